use std::collections::HashSet;

use syrinx_engine::{SpeechControls, SpeechMode, VoiceIdentity};

use super::*;

/// Parameters of an instance with the default voice and a missing one.
fn parameters() -> VoiceParameters {
    let voices = Arc::new(VoiceSlots::default());
    let mut identities = voices.identities();
    identities.push(VoiceIdentity {
        name: "Someone missing".to_owned(),
        sha256: "0".repeat(64),
    });
    voices.restore(identities);
    VoiceParameters::new(&voices, &Arc::default())
}

/// Shows every position of a fine grid, types it in again and looks where that leads.
fn round_trip<P: Param>(parameter: &P) {
    let count = parameter.step_count().unwrap_or(4_000);
    for index in 0..=count {
        let position = index as f32 / count as f32;
        let text = parameter.normalized_value_to_string(position, true);
        let back = parameter.string_to_normalized_value(&text);
        let Some(back) = back else {
            panic!("{}: {text:?} is not understood", parameter.name());
        };
        let again = parameter.normalized_value_to_string(back, true);
        assert_eq!(text, again, "{} at {position}", parameter.name());
        assert!(
            parameter.preview_plain(back) == parameter.preview_plain(position),
            "{}: {text:?} came back as another value",
            parameter.name()
        );
    }
}

#[test]
fn every_text_leads_back_to_its_value() {
    let p = parameters();
    for int in [
        &p.voice,
        &p.speaker,
        &p.transpose,
        &p.strength,
        &p.seed,
        &p.speech.line,
        &p.speech.emotion,
    ] {
        round_trip(int);
    }
    for float in [
        &p.fine,
        &p.formant,
        &p.intonation,
        &p.gate,
        &p.input_gain,
        &p.output_gain,
        &p.loudness,
        &p.mix,
        &p.speech.rate,
        &p.speech.pitch,
        &p.speech.intonation,
        &p.speech.pause,
        &p.speech.intensity,
    ] {
        round_trip(float);
    }
    round_trip(&p.speech.mode);
    round_trip(&p.speech.notes);
    round_trip(&p.speech.speak);
    round_trip(&p.bypass);
    round_trip(&p.quality);
    round_trip(&p.on_underrun);
}

#[test]
fn values_are_shown_with_names_and_units() {
    let p = parameters();
    let shown = |parameter: &IntParam, value| {
        parameter.normalized_value_to_string(parameter.preview_normalized(value), true)
    };
    assert_eq!(shown(&p.voice, 1), "Someone missing");
    assert_eq!(shown(&p.voice, 63), "no voice 63");
    assert_eq!(shown(&p.transpose, 3), "+3 st");
    assert_eq!(shown(&p.strength, -1), "voice's own");
    let name = p.voices.0.name(0).expect("the default voice");
    assert_eq!(shown(&p.voice, 0), name);
    let speakers = p.voices.0.speakers(0);
    let (number, name) = speakers.first().expect("a speaker");
    assert_eq!(&shown(&p.speaker, *number as i32), name);
}

#[test]
fn ids_are_what_projects_know() {
    let ids: Vec<String> = parameters()
        .param_map()
        .into_iter()
        .map(|entry| entry.0)
        .collect();
    let expected = [
        "voice", "spkr", "transp", "fine", "formnt", "intona", "streng", "gate", "ingain",
        "outgan", "loud", "mix", "bypass", "qualty", "underr", "seed", "mode", "speak", "line",
        "notes", "sprate", "sppitc", "spinto", "sppaus", "spemot", "spinty",
    ];
    assert_eq!(ids, expected);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    assert_eq!(
        QualityChoice::ids(),
        Some(&["lowest-latency", "low-latency", "balanced", "best"][..])
    );
    assert_eq!(UnderrunChoice::ids(), Some(&["dry", "gap"][..]));
    assert_eq!(
        ModeChoice::ids(),
        Some(&["convert", "speak", "speak-convert"][..])
    );
    assert_eq!(NoteChoice::ids(), Some(&["lines", "pitch", "off"][..]));
}

#[test]
fn only_quality_is_kept_from_automation() {
    let p = parameters();
    assert!(p.quality.flags().contains(ParamFlags::NON_AUTOMATABLE));
    assert!(p.bypass.flags().contains(ParamFlags::BYPASS));
    for flags in [
        p.voice.flags(),
        p.transpose.flags(),
        p.mix.flags(),
        p.on_underrun.flags(),
    ] {
        assert!(!flags.contains(ParamFlags::NON_AUTOMATABLE));
    }
}

#[test]
fn defaults_leave_the_engine_at_its_own() {
    let p = parameters();
    assert_eq!(p.settings(), Settings::default());
    assert_eq!(p.quality(), Quality::default());
    assert_eq!(p.speech.controls(0), SpeechControls::default());
}

#[test]
fn choices_and_the_engines_types_are_one_to_one() {
    for quality in Quality::ALL {
        assert_eq!(Quality::from(QualityChoice::from(quality)), quality);
    }
    for choice in [OnUnderrun::Dry, OnUnderrun::Gap] {
        assert_eq!(OnUnderrun::from(UnderrunChoice::from(choice)), choice);
    }
    assert_eq!(QualityChoice::variants().len(), Quality::ALL.len());
    for mode in [
        SpeechMode::Convert,
        SpeechMode::Speak,
        SpeechMode::SpeakAndConvert,
    ] {
        assert_eq!(SpeechMode::from(ModeChoice::from(mode)), mode);
    }
}
