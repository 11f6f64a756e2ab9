//! Picks one of several files that could be meant.

use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::source::FoundFile;

/// What is looked for, and what to do where it is not clear which one is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// What it is, for messages.
    pub(super) what: &'static str,
    /// What to do.
    pub(super) advice: &'static str,
    /// The folder whose files come first.
    pub(super) beside: Option<&'a Path>,
}

impl Wanted<'_> {
    /// The one of `found` that is meant: the only one, else the only one that the user named, else the only one in the
    /// folder of the synthesizer.
    ///
    /// # Errors
    /// If it could be several.
    pub(super) fn one_of<'f, T>(
        &self,
        found: &[&'f T],
        file: impl Fn(&T) -> &FoundFile,
    ) -> Result<Option<&'f T>, ImportError> {
        if found.len() <= 1 {
            return Ok(found.first().copied());
        }
        let only = |fits: &dyn Fn(&FoundFile) -> bool| {
            let mut fitting = found.iter().copied().filter(|one| fits(file(one)));
            fitting.next().filter(|_| fitting.next().is_none())
        };
        let beside = |file: &FoundFile| self.beside.is_some() && file.path.parent() == self.beside;
        if let Some(one) = only(&|file| file.named).or_else(|| only(&beside)) {
            return Ok(Some(one));
        }
        Err(self.several(found.iter().map(|one| &file(one).shown)))
    }

    /// The error for several files.
    pub(super) fn several<'f>(&self, paths: impl Iterator<Item = &'f PathBuf>) -> ImportError {
        let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
        ImportError::Several {
            what: self.what,
            found: paths.join(", "),
            advice: self.advice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_one_comes_before_the_one_beside() {
        let named = FoundFile::named(Path::new("a/x.onnx"));
        let beside = FoundFile::found(Path::new("b/y.onnx"));
        let other = FoundFile::found(Path::new("c/z.onnx"));
        let wanted = Wanted {
            what: "synthesizer",
            advice: "name one",
            beside: Some(Path::new("b")),
        };
        let one_of = |found: &[&'static str]| {
            let all = [&named, &beside, &other];
            let found: Vec<&FoundFile> = all
                .into_iter()
                .filter(|file| found.contains(&&*file.name()))
                .collect();
            let one = wanted.one_of(&found, |file| file);
            one.map(|one| one.map(FoundFile::name))
        };
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(one_of(&[]).unwrap(), None);
        assert_eq!(one_of(&["z.onnx"]).unwrap(), name("z.onnx"));
        assert_eq!(one_of(&["y.onnx", "z.onnx"]).unwrap(), name("y.onnx"));
        assert_eq!(
            one_of(&["x.onnx", "y.onnx", "z.onnx"]).unwrap(),
            name("x.onnx")
        );
        let nowhere = Wanted {
            beside: None,
            ..wanted
        };
        let error = nowhere.one_of(&[&beside, &other], |file| file).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected one synthesizer, found b/y.onnx, c/z.onnx; name one"
        );
    }
}
