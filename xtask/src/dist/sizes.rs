//! How large the archives are, what makes them so, and how large they may be.

use anyhow::{Result, bail};

use super::tree::Tree;

/// The most bytes that an archive may have.
const LIMIT: u64 = 60_000_000;
/// How many of its largest files are shown.
const SHOWN: usize = 4;

/// The size of one archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The archive's name.
    pub archive: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its largest files, with their bytes when unpacked.
    pub largest: Vec<(String, u64)>,
}

impl Sizes {
    /// Looks at the files of an archive of `bytes`.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn of(archive: &str, bytes: u64, tree: &Tree) -> Result<Sizes> {
        let mut largest = Vec::new();
        for (path, entry) in tree.entries() {
            largest.push((path.to_owned(), entry.open()?.1));
        }
        largest.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        largest.truncate(SHOWN);
        Ok(Sizes {
            archive: archive.to_owned(),
            bytes,
            largest,
        })
    }
}

/// The sizes as a table.
pub fn table(all: &[Sizes]) -> String {
    let mut table = format!("{:<40} {:>8}   largest files, unpacked\n", "archive", "MB");
    for sizes in all {
        let largest: Vec<_> = sizes
            .largest
            .iter()
            .map(|(path, bytes)| format!("{path} {:.1}", megabytes(*bytes)))
            .collect();
        let (archive, size) = (&sizes.archive, megabytes(sizes.bytes));
        table.push_str(&format!(
            "{archive:<40} {size:>8.1}   {}\n",
            largest.join(", ")
        ));
    }
    table
}

/// Refuses archives that are too large.
///
/// # Errors
/// With one line for each.
pub fn ensure_within_limit(all: &[Sizes]) -> Result<()> {
    let large: Vec<_> = all
        .iter()
        .filter(|sizes| sizes.bytes > LIMIT)
        .map(|sizes| format!("{} has {:.1} MB", sizes.archive, megabytes(sizes.bytes)))
        .collect();
    if large.is_empty() {
        return Ok(());
    }
    bail!(
        "{}; expected at most {:.0} MB",
        large.join(", "),
        megabytes(LIMIT)
    )
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(bytes: u64) -> Sizes {
        let mut tree = Tree::default();
        for (name, size) in [("a", 1), ("b", 5), ("c", 3), ("d", 2), ("e", 4)] {
            tree.add_text(name, vec![0; size]).unwrap();
        }
        Sizes::of("x.tar.xz", bytes, &tree).unwrap()
    }

    #[test]
    fn the_largest_files_are_shown() {
        let names: Vec<_> = sizes(0).largest.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["b", "e", "c", "d"]);
        let table = table(&[sizes(12_340_000)]);
        assert!(
            table.contains("x.tar.xz") && table.contains("12.3"),
            "{table}"
        );
    }

    #[test]
    fn an_archive_over_the_limit_is_refused_by_name() {
        ensure_within_limit(&[sizes(LIMIT)]).unwrap();
        let error = ensure_within_limit(&[sizes(1), sizes(LIMIT + 100_000)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "x.tar.xz has 60.1 MB; expected at most 60 MB"
        );
    }
}
