//! Moves content towards a speaker's timbre: to the nearest of the centres that its features were clustered to.

use super::error::RetrievalError;
use super::rows::{BLOCK, Rows};
use super::{check_content, mix};
use crate::error::RunError;

/// The k-means centres of one or more speakers.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansCentres {
    /// In the order of the file, or of the numbers that [`KMeansCentres::number`] gave.
    sets: Vec<CentreSet>,
}

/// The centres of one speaker.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CentreSet {
    /// The speaker's name, where the file gives one.
    pub(super) name: Option<String>,
    /// The speaker's number.
    pub(super) speaker: usize,
    pub(super) centres: Rows,
}

impl KMeansCentres {
    /// There is at least one set, and all are of one width.
    pub(super) fn new(sets: Vec<CentreSet>) -> KMeansCentres {
        debug_assert!(!sets.is_empty());
        KMeansCentres { sets }
    }

    /// The width of the centres.
    pub fn dim(&self) -> usize {
        self.sets[0].centres.dim()
    }

    /// The memory of the centres, in bytes.
    pub fn bytes(&self) -> usize {
        let values = |set: &CentreSet| set.centres.len() * set.centres.dim();
        4 * self.sets.iter().map(values).sum::<usize>()
    }

    /// For each speaker its number, its name where the file gives one, and how many centres it has.
    pub fn speakers(&self) -> impl Iterator<Item = (usize, Option<&str>, usize)> {
        let speaker = |set: &'_ CentreSet| set.centres.len();
        self.sets
            .iter()
            .map(move |set| (set.speaker, set.name.as_deref(), speaker(set)))
    }

    /// The centres of a speaker, one after the other; `None` where there are none for this number.
    pub fn values(&self, speaker: usize) -> Option<&[f32]> {
        let mut sets = self.sets.iter();
        sets.find(|set| set.speaker == speaker)
            .map(|set| set.centres.values())
    }

    /// Gives the speakers of a file that knows them by name (`kmeans_10000.pt`) the numbers that the voice has for
    /// them. Until then, and in files that know no names, they count from 0 in the order of the file.
    ///
    /// # Errors
    /// If the file has a name that is not among those of the voice, `file` is named with both.
    pub fn number<'n>(
        &mut self,
        file: &str,
        speakers: impl IntoIterator<Item = (usize, &'n str)> + Clone,
    ) -> Result<(), RetrievalError> {
        for set in &mut self.sets {
            let Some(name) = &set.name else { continue };
            let known = speakers
                .clone()
                .into_iter()
                .find(|(_, known)| known == name);
            let Some((number, _)) = known else {
                let known: Vec<_> = speakers.into_iter().map(|(_, name)| name).collect();
                return Err(RetrievalError::Content {
                    file: file.to_owned(),
                    expected: format!("centres of the voice's speakers ({})", known.join(", ")),
                    found: format!("some of {name:?}"),
                });
            };
            set.speaker = number;
        }
        Ok(())
    }

    /// Blends each row of `content` with the nearest centre of the speaker: `rate * centre + (1 - rate) * row`.
    ///
    /// Reference: So-VITS-SVC, `cluster/__init__.py` and `inference/infer_tool.py`.
    ///
    /// # Errors
    /// If `content` is not rows of the centres' width, or the speaker has no centres.
    pub fn blend(&self, content: &mut [f32], speaker: usize, rate: f32) -> Result<(), RunError> {
        check_content(content, self.dim(), self.dim())?;
        let Some(set) = self.sets.iter().find(|set| set.speaker == speaker) else {
            let known: Vec<_> = self
                .sets
                .iter()
                .map(|set| set.speaker.to_string())
                .collect();
            return Err(RunError::Input {
                name: "speaker".to_owned(),
                expected: format!("one with centres: {}", known.join(", ")),
                found: speaker.to_string(),
            });
        };
        for block in content.chunks_mut(BLOCK * self.dim()) {
            let nearest = set.centres.nearest(block, 1);
            for (row, nearest) in block.chunks_exact_mut(self.dim()).zip(&nearest) {
                if let [hit] = nearest.hits() {
                    mix(row, set.centres.row(hit.row), rate);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, speaker: usize, value: f32) -> CentreSet {
        CentreSet {
            name: Some(name.to_owned()),
            speaker,
            centres: Rows::new(vec![value, 0.0, -value, 0.0], 2),
        }
    }

    #[test]
    fn each_speaker_has_its_own_centres_under_the_number_of_the_voice() {
        let mut centres = KMeansCentres::new(vec![set("Ann", 0, 1.0), set("Ben", 1, 3.0)]);
        centres
            .number("k.pt", [(4, "Ben"), (2, "Ann"), (0, "Carl")])
            .unwrap();
        let mut content = [2.0, 1.0];
        centres.blend(&mut content, 4, 0.25).unwrap();
        assert_eq!(content, [2.25, 0.75]);
        let mut content = [-2.0, 1.0];
        centres.blend(&mut content, 2, 1.0).unwrap();
        assert_eq!(content, [-1.0, 0.0]);

        let error = centres.blend(&mut content, 0, 1.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "input \"speaker\": expected one with centres: 2, 4, found 0"
        );
        let error = centres.number("k.pt", [(0, "Ann")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "k.pt: expected centres of the voice's speakers (Ann), found some of \"Ben\""
        );
    }
}
