use std::collections::HashSet;

use syrinx_dsp::ScaleKind;
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

/// Something that looks at parameters of any type.
trait Look {
    fn at<P: Param>(&mut self, parameter: &P);
}

/// Shows all parameters, and makes sure that none is left out.
fn show_all(p: &VoiceParameters, look: &mut impl Look) {
    let ints = [
        &p.voice,
        &p.speaker,
        &p.transpose,
        &p.strength,
        &p.seed,
        &p.speech.line,
        &p.speech.emotion,
        &p.pitch.key,
        &p.pitch.note,
        &p.pitch.bend_range,
        &p.harmony.interval_1,
        &p.harmony.interval_2,
        &p.harmony.interval_3,
    ];
    let floats = [
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
        &p.input.high_pass,
        &p.input.denoise,
        &p.pitch.strength,
        &p.pitch.speed,
        &p.pitch.vibrato,
        &p.pitch.glide,
        &p.harmony.level_1,
        &p.harmony.level_2,
        &p.harmony.level_3,
    ];
    let switches = [
        &p.bypass,
        &p.speech.speak,
        &p.output.limiter,
        &p.output.feedback_guard,
    ];
    ints.iter().for_each(|parameter| look.at(*parameter));
    floats.iter().for_each(|parameter| look.at(*parameter));
    switches.iter().for_each(|parameter| look.at(*parameter));
    look.at(&p.quality);
    look.at(&p.on_underrun);
    look.at(&p.speech.mode);
    look.at(&p.speech.notes);
    look.at(&p.pitch.target);
    look.at(&p.pitch.scale);
    let count = ints.len() + floats.len() + switches.len() + 6;
    assert_eq!(count, p.param_map().len(), "one was left out");
}

#[test]
fn every_text_leads_back_to_its_value() {
    struct ThereAndBack;
    impl Look for ThereAndBack {
        fn at<P: Param>(&mut self, parameter: &P) {
            round_trip(parameter);
        }
    }
    show_all(&parameters(), &mut ThereAndBack);
}

#[test]
fn every_parameter_has_a_name_and_a_unit_or_choices() {
    /// What is counted, and chosen by its number.
    const COUNTED: [&str; 2] = ["Seed", "Line"];
    const UNITS: [&str; 6] = [" st", " ct", " dB", " %", " Hz", " ms"];

    #[derive(Default)]
    struct Labels(HashSet<String>);
    impl Look for Labels {
        fn at<P: Param>(&mut self, parameter: &P) {
            let name = parameter.name();
            assert!(!name.trim().is_empty());
            assert!(self.0.insert(name.to_owned()), "{name} is there twice");
            let texts = [0.0, 0.37, 1.0].map(|x| parameter.normalized_value_to_string(x, true));
            let has_unit = |text: &String| UNITS.iter().any(|unit| text.ends_with(unit));
            let has_words = |text: &String| text.chars().any(char::is_alphabetic);
            let is_named = texts.iter().all(|text| has_unit(text) || has_words(text));
            assert!(is_named || COUNTED.contains(&name), "{name}: {texts:?}");
        }
    }
    show_all(&parameters(), &mut Labels::default());
}

#[test]
fn no_parameter_takes_nonsense() {
    struct Nonsense;
    impl Look for Nonsense {
        fn at<P: Param>(&mut self, parameter: &P) {
            // The framework reads a choice letter by letter, so that nothing else is taken there either.
            for text in [
                "",
                "  ",
                "xyzzy",
                "12 bananas",
                "--3",
                "nan",
                "inf",
                "1e3",
                "+",
            ] {
                let found = parameter.string_to_normalized_value(text);
                assert_eq!(found, None, "{}: {text:?}", parameter.name());
            }
        }
    }
    show_all(&parameters(), &mut Nonsense);
}

#[test]
fn what_people_type_is_taken() {
    let p = parameters();
    let int = |parameter: &IntParam, text: &str| {
        let position = parameter.string_to_normalized_value(text);
        position.map(|position| parameter.preview_plain(position))
    };
    let float = |parameter: &FloatParam, text: &str| {
        let position = parameter.string_to_normalized_value(text);
        position.map(|position| parameter.preview_plain(position))
    };
    assert_eq!(int(&p.transpose, "+3"), Some(3));
    assert_eq!(int(&p.transpose, "-2,0 semitones"), Some(-2));
    assert_eq!(int(&p.transpose, "99"), Some(24), "as far as it goes");
    assert_eq!(float(&p.input_gain, "-12dB"), Some(-12.0));
    assert_eq!(float(&p.gate, "Off"), Some(formats::GATE_OFF));
    assert_eq!(float(&p.mix, "0.5"), Some(50.0));
    assert_eq!(float(&p.mix, "50%"), Some(50.0));
    assert_eq!(float(&p.intonation, "1,5"), Some(150.0));
    assert_eq!(float(&p.speech.rate, "0.5"), Some(50.0));
    assert_eq!(int(&p.strength, "0.25"), Some(25));
    let bypass = |text| p.bypass.string_to_normalized_value(text);
    assert_eq!([bypass("YES"), bypass("off")], [Some(1.0), Some(0.0)]);
    assert_eq!(int(&p.pitch.key, "F#"), Some(6));
    assert_eq!(int(&p.pitch.key, "b flat"), Some(10));
    for text in ["A2", "45", "110 Hz"] {
        assert_eq!(int(&p.pitch.note, text), Some(45), "{text:?}");
    }
    assert_eq!(int(&p.pitch.note, "C9"), Some(96), "as far as it goes");
    assert_eq!(int(&p.pitch.bend_range, "12 st"), Some(12));
    assert_eq!(float(&p.pitch.speed, "0.2 s"), Some(200.0));
    assert_eq!(float(&p.pitch.vibrato, "1.5"), Some(150.0));
    for text in ["third above", "+3rd", "3rd"] {
        assert_eq!(int(&p.harmony.interval_1, text), Some(2), "{text:?}");
    }
    assert_eq!(int(&p.harmony.interval_3, "octave down"), Some(-7));
    assert_eq!(float(&p.harmony.level_2, "-12dB"), Some(-12.0));
    // Voices and speakers by how they begin, and in any case.
    assert_eq!(int(&p.voice, "someone"), Some(1));
    assert_eq!(int(&p.voice, "None"), Some(VoiceSlots::COUNT as i32 - 1));
    assert_eq!(int(&p.voice, "No voice 5"), Some(5));
    assert_eq!(int(&p.voice, "someone else"), None);
    assert_eq!(int(&p.speaker, "Speaker 200"), Some(200));
    let (number, name) = p.voices.0.speakers(0).remove(0);
    assert_eq!(int(&p.speaker, &name.to_uppercase()), Some(number as i32));
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
    assert_eq!(shown(&p.pitch.note, 45), "A2");
    assert_eq!(shown(&p.pitch.key, 10), "Bb");
    assert_eq!(shown(&p.pitch.bend_range, 2), "2 st");
    assert_eq!(shown(&p.harmony.interval_1, -5), "sixth below");
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
        "notes", "sprate", "sppitc", "spinto", "sppaus", "spemot", "spinty", "hipass", "denois",
        "target", "key", "scale", "corstr", "corspd", "mnote", "vibrat", "glide", "bendrg",
        "hm1int", "hm1lev", "hm2int", "hm2lev", "hm3int", "hm3lev", "limit", "fbguar",
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
    assert_eq!(
        TargetChoice::ids(),
        Some(&["free", "scale", "midi", "monotone"][..])
    );
    // What the command calls them.
    let scales = ScaleKind::ALL.map(ScaleKind::name);
    assert_eq!(ScaleChoice::ids(), Some(&scales[..]));
}

#[test]
fn only_what_changes_the_latency_is_kept_from_automation() {
    let p = parameters();
    assert!(p.quality.flags().contains(ParamFlags::NON_AUTOMATABLE));
    assert!(
        p.input
            .denoise
            .flags()
            .contains(ParamFlags::NON_AUTOMATABLE)
    );
    let limiter = p.output.limiter.flags();
    assert!(limiter.contains(ParamFlags::NON_AUTOMATABLE));
    assert!(p.bypass.flags().contains(ParamFlags::BYPASS));
    for flags in [
        p.voice.flags(),
        p.transpose.flags(),
        p.mix.flags(),
        p.on_underrun.flags(),
        p.input.high_pass.flags(),
        p.pitch.target.flags(),
        p.harmony.interval_1.flags(),
        p.output.feedback_guard.flags(),
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
    for kind in ScaleKind::ALL {
        assert_eq!(ScaleKind::from(ScaleChoice::from(kind)), kind);
    }
    assert_eq!(ScaleChoice::variants().len(), ScaleKind::ALL.len());
}
