//! Names a voice and its speakers.

use super::candidates::FoundSynthesizer;
use super::error::ImportError;
use super::request::ImportRequest;
use super::texts::VoiceText;
use crate::voices::DEFAULT_VOICE;

/// Names of a voice and its speakers are as long as manifests allow.
const MAX_NAME_BYTES: usize = 200;

/// Most speakers that get a number for a name; a graph may declare any count.
const MAX_UNNAMED: usize = 1_000;

/// The speakers with their numbers: those that the user names, else those of the voice's texts that the synthesizer can
/// know.
///
/// # Errors
/// If the user names more than the synthesizer knows.
pub(super) fn speakers(
    request: &ImportRequest,
    text: &VoiceText,
    synthesizer: &FoundSynthesizer,
    name: &str,
) -> Result<Vec<(String, u32)>, ImportError> {
    let limit = synthesizer.knows.unwrap_or(usize::MAX);
    if !request.speakers.is_empty() {
        if request.speakers.len() > limit {
            return Err(ImportError::Value {
                name: "--speakers",
                expected: format!("at most {limit} names"),
                found: request.speakers.len().to_string(),
            });
        }
        return Ok(request.speakers.iter().cloned().zip(0..).collect());
    }
    let mut speakers: Vec<(String, u32)> = Vec::new();
    for (name, number) in &text.speakers {
        // A configuration can list more than the graph was exported with, and one number or name twice.
        let taken = speakers
            .iter()
            .any(|known| known.0 == *name || known.1 == *number);
        if (*number as usize) < limit && !taken && check_name("", name).is_ok() {
            speakers.push((name.clone(), *number));
        }
    }
    if speakers.is_empty() {
        speakers = match synthesizer.mixes {
            Some(count) => (0..count.min(MAX_UNNAMED) as u32)
                .map(|number| (format!("speaker {number}"), number))
                .collect(),
            None => vec![(name.to_owned(), 0)],
        };
    }
    Ok(speakers)
}

/// Names as manifests take them: plain text of some length.
pub(super) fn check_name(flag: &'static str, name: &str) -> Result<(), ImportError> {
    let plain = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if plain && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    Err(ImportError::Value {
        name: flag,
        expected: format!("1 to {MAX_NAME_BYTES} bytes of plain text"),
        found: format!("{:?}", name.chars().take(40).collect::<String>()),
    })
}

/// The name under which a voice is asked for must not be another one's.
pub(super) fn check_voice_name(name: &str) -> Result<(), ImportError> {
    check_name("--name", name)?;
    match name.trim() == DEFAULT_VOICE {
        true => Err(ImportError::Value {
            name: "--name",
            expected: "another name than that of the voice inside the program".to_owned(),
            found: format!("{name:?}"),
        }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::SynthesizerDialect;
    use crate::import::source::FoundFile;

    fn known(names: &[&str], spoken: &[(&str, u32)], mixes: Option<usize>) -> String {
        let request = ImportRequest {
            speakers: names.iter().map(|name| (*name).to_owned()).collect(),
            ..ImportRequest::default()
        };
        let spoken = spoken.iter();
        let text = VoiceText {
            speakers: spoken.map(|(name, id)| ((*name).to_owned(), *id)).collect(),
            ..VoiceText::default()
        };
        let synthesizer = FoundSynthesizer {
            file: FoundFile::default(),
            dialect: SynthesizerDialect::SoVits,
            dim: None,
            mixes,
            knows: mixes.or(Some(5)),
            text: None,
        };
        let found = match speakers(&request, &text, &synthesizer, "Mei") {
            Ok(found) => found,
            Err(error) => return error.to_string(),
        };
        let words = found.iter().map(|(name, id)| format!("{name}={id}"));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn speakers_are_named_by_the_user_then_by_the_texts_then_by_number() {
        let text = [("a", 1), ("b", 0)];
        assert_eq!(known(&["x", "y"], &text, Some(2)), "x=0 y=1");
        assert_eq!(known(&[], &text, Some(2)), "a=1 b=0");
        assert_eq!(known(&[], &[], Some(2)), "speaker 0=0 speaker 1=1");
        assert_eq!(known(&[], &[], None), "Mei=0");
        assert_eq!(known(&[], &[("a", 4), ("b", 5)], None), "a=4");
        let more = known(&["x", "y", "z"], &text, Some(2));
        assert_eq!(more, "--speakers: expected at most 2 names, found 3");
    }

    #[test]
    fn what_the_texts_say_is_not_believed() {
        // Numbers that the graph does not know, names and numbers that come twice, and names that are none.
        let text = [
            ("a", 0),
            ("a", 1),
            ("b", 0),
            ("", 1),
            ("c\n", 1),
            ("far", 9),
        ];
        assert_eq!(known(&[], &text, Some(2)), "a=0");
        assert_eq!(known(&[], &text[3..], Some(2)), "speaker 0=0 speaker 1=1");
        let many = known(&[], &[], Some(usize::MAX));
        assert_eq!(many.split('=').count() - 1, MAX_UNNAMED);
    }

    #[test]
    fn the_built_in_voice_keeps_its_name() {
        assert!(check_voice_name("Mei").is_ok());
        for name in ["default", " default ", "", "a\tb", &"x".repeat(201)] {
            assert!(check_voice_name(name).is_err(), "{name:?}");
        }
    }
}
