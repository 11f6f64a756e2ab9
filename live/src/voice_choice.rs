//! Finds the voice and speaker that the command line names.

use std::path::Path;

use syrinx_engine::VoiceSlots;
use syrinx_models::voices;

use crate::controls::NO_VOICE;
use crate::error::LiveError;

/// The slot of the voice that `asked` names: "default", "none", an installed one, or a folder or zip. Reads the
/// folder of installed voices, so that all of them have slots after it.
///
/// # Errors
/// If there is none of that name, or it is refused.
pub fn voice_slot(slots: &VoiceSlots, asked: &str) -> Result<u32, LiveError> {
    slots.refresh();
    match asked {
        "none" => return Ok(NO_VOICE),
        voices::DEFAULT_VOICE => return Ok(0),
        _ => {}
    }
    if let Some(slot) = slots.find(asked) {
        return Ok(slot);
    }
    let installed = voices::installed();
    let by_name = installed.iter().find(|path| voices::name_of(path) == asked);
    let path = by_name.map_or(Path::new(asked), |path| path.as_path());
    if asked.is_empty() || !path.exists() {
        let known = slots.identities().into_iter().map(|voice| voice.name);
        let names: Vec<String> = ["default".to_owned(), "none".to_owned()]
            .into_iter()
            .chain(known.skip(1))
            .collect();
        return Err(LiveError::NoVoice {
            name: asked.to_owned(),
            expected: names.join(", "),
        });
    }
    slots.add(path).map_err(|source| LiveError::Voice {
        name: asked.to_owned(),
        source: Box::new(source),
    })
}

/// The number of the speaker that `asked` names, by name or number, in the voice in `slot`.
///
/// # Errors
/// If the voice has no such speaker.
pub fn speaker_number(slots: &VoiceSlots, slot: u32, asked: &str) -> Result<u32, LiveError> {
    let speakers = slots.speakers(slot);
    let number = asked.parse::<u32>().ok();
    let found = speakers
        .iter()
        .find(|(id, name)| name == asked || Some(*id) == number);
    let names = || {
        let names: Vec<String> = speakers
            .iter()
            .map(|(id, name)| format!("{id} {name}"))
            .collect();
        match names.is_empty() {
            true => "none, since there is no voice".to_owned(),
            false => names.join(", "),
        }
    };
    found
        .map(|(id, _)| *id)
        .ok_or_else(|| LiveError::NoSpeaker {
            name: asked.to_owned(),
            expected: names(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_voice_its_speakers_and_none_are_found() {
        let slots = VoiceSlots::default();
        assert_eq!(voice_slot(&slots, "default").unwrap(), 0);
        assert_eq!(voice_slot(&slots, "none").unwrap(), NO_VOICE);
        let speakers = slots.speakers(0);
        assert!(speakers.len() > 1, "{speakers:?}");
        let (id, name) = &speakers[1];
        assert_eq!(speaker_number(&slots, 0, name).unwrap(), *id);
        assert_eq!(speaker_number(&slots, 0, &id.to_string()).unwrap(), *id);
    }

    #[test]
    fn what_is_not_there_lists_what_is() {
        let slots = VoiceSlots::default();
        let error = voice_slot(&slots, "nobody").unwrap_err().to_string();
        assert!(
            error.contains("\"nobody\": not found (expected default, none"),
            "{error}"
        );
        let error = speaker_number(&slots, 0, "nobody").unwrap_err().to_string();
        assert!(error.contains(&slots.speakers(0)[0].1), "{error}");
        let error = speaker_number(&slots, NO_VOICE, "0")
            .unwrap_err()
            .to_string();
        assert!(error.contains("there is no voice"), "{error}");
    }
}
