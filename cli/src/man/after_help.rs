//! Parts what stands behind the options of `--help` into the sections that manual pages have.

/// A section of a manual page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) lines: Vec<String>,
    /// Whether lines are not to be filled up.
    pub(super) keeps_lines: bool,
}

/// What is neither an example nor the exit status.
const NOTES: &str = "NOTES";
const EXAMPLES: &str = "EXAMPLES";
const EXIT_STATUS: &str = "EXIT STATUS";

/// The sections in which pages have them: notes, examples, exit status; none that is empty.
pub(super) fn sections(after_help: &str) -> Vec<Section> {
    let section = |title, keeps_lines| Section {
        title,
        lines: Vec::new(),
        keeps_lines,
    };
    let mut all = [
        section(NOTES, false),
        section(EXAMPLES, true),
        section(EXIT_STATUS, false),
    ];
    for paragraph in after_help.split("\n\n") {
        let first = paragraph.lines().next().unwrap_or_default();
        if let "Example:" | "Examples:" = first {
            let lines = paragraph.lines().skip(1);
            all[1]
                .lines
                .extend(lines.map(|line| line.trim_start().to_owned()));
        } else if let Some(status) = paragraph.strip_prefix("Exit status: ") {
            all[2].lines.push(status.to_owned());
        } else {
            if !all[0].lines.is_empty() {
                all[0].lines.push(String::new());
            }
            all[0].lines.extend(paragraph.lines().map(str::to_owned));
        }
    }
    all.into_iter()
        .filter(|section| section.lines.iter().any(|line| !line.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_sections() {
        let found = sections("One.\n\nTwo\n  a  b\n\nExamples:\n  x\n  y\n\nExit status: 0 done.");
        let lines =
            |lines: &[&str]| -> Vec<String> { lines.iter().map(|&line| line.to_owned()).collect() };
        assert_eq!(
            found,
            [
                Section {
                    title: NOTES,
                    lines: lines(&["One.", "", "Two", "  a  b"]),
                    keeps_lines: false
                },
                Section {
                    title: EXAMPLES,
                    lines: lines(&["x", "y"]),
                    keeps_lines: true
                },
                Section {
                    title: EXIT_STATUS,
                    lines: lines(&["0 done."]),
                    keeps_lines: false
                },
            ]
        );
        assert!(sections("").is_empty());
        assert_eq!(sections("Example:\n  x")[0].title, EXAMPLES);
    }
}
