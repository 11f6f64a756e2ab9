//! Loads presets as hosts do, from the files that are written for them.

mod support;

use std::fs;
use std::sync::Arc;

use nice_plug::plugin::PluginState;
use support::Host;
use syrinx_engine::{SpeechLine, VoiceIdentity};
use syrinx_plugin::host_presets::{HostShelf, program_state};
use syrinx_views::{Control, Line, Preset, factory_presets};

fn factory(name: &str) -> Preset {
    let mut all = factory_presets().into_iter();
    all.find(|preset| preset.name == name).unwrap()
}

fn line(text: &str) -> SpeechLine {
    SpeechLine {
        text: text.to_owned(),
        bar: None,
    }
}

/// An instance that was turned and speaks a line of its own.
fn turned() -> Host {
    let host = Host::new();
    let voices = host.plugin.engine().voices();
    let mut identities = voices.identities();
    identities.push(VoiceIdentity {
        name: "Somebody".to_owned(),
        ..identities[0].clone()
    });
    voices.restore(identities);
    let p = host.plugin.parameters();
    Host::set(&p.voice, 1);
    Host::set(&p.transpose, -7);
    Host::set(&p.formant, -3.0);
    Host::set(&p.intonation, 150.0);
    Host::set(&p.input_gain, 3.0);
    Host::set(&p.mix, 60.0);
    p.speech.lines.0.replace(vec![line("mine")]);
    host
}

#[test]
fn one_that_comes_with_syrinx_decides_about_the_character_alone() {
    let mut host = turned();
    let voices = host.plugin.engine().voices().identities();
    let state = program_state(&factory("An octave up"), host.plugin.engine().voices());
    host.open(state);
    let p = host.plugin.parameters();
    assert_eq!((p.transpose.value(), p.formant.value()), (12, 2.0));
    assert_eq!(p.intonation.value(), 100.0);
    assert_eq!((p.voice.value(), p.input_gain.value()), (1, 3.0));
    assert_eq!(p.mix.value(), 60.0);
    assert_eq!(p.speech.lines.0.all(), [line("mine")]);
    assert_eq!(host.plugin.engine().voices().identities(), voices);
    assert_eq!(voices[1].name, "Somebody");
    // What the mark asked for is not saved with the project.
    assert!(!host.save().fields.contains_key("leaves"));
}

#[test]
fn a_users_own_is_the_whole_sound() {
    let mut host = turned();
    let value = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let mine = Preset {
        name: "Mine".to_owned(),
        factory: false,
        values: vec![
            value("Transpose", "+5 st"),
            value("Mix", "70 %"),
            value("PitchTarget", "Scale"),
        ],
        lines: Some(vec![Line {
            text: "theirs".to_owned(),
            bar: None,
        }]),
    };
    host.open(program_state(&mine, &Arc::default()));
    let p = host.plugin.parameters();
    assert_eq!((p.transpose.value(), p.mix.value()), (5, 70.0));
    assert_eq!((p.formant.value(), p.input_gain.value()), (0.0, 0.0));
    assert_eq!(
        p.pitch.target.value(),
        syrinx_plugin::parameters::TargetChoice::Scale
    );
    assert_eq!(p.speech.lines.0.all(), [line("theirs")]);
    // Lines that a preset says nothing of stay.
    let mut host = turned();
    host.open(program_state(
        &Preset {
            lines: None,
            ..mine
        },
        &Arc::default(),
    ));
    assert_eq!(
        host.plugin.parameters().speech.lines.0.all(),
        [line("mine")]
    );
}

#[test]
fn a_state_says_what_the_framework_saves() {
    // Every parameter but those that no preset holds, in the framework's own form.
    let saved = Host::new().save();
    let state = program_state(&Preset::default(), &Arc::default());
    let without = ["bypass", "speak"];
    let expected = saved.params.iter();
    let expected: Vec<_> = expected
        .filter(|(id, _)| !without.contains(&id.as_str()))
        .map(|(id, value)| (id, format!("{value:?}")))
        .collect();
    let found: Vec<_> = state
        .params
        .iter()
        .map(|(id, value)| (id, format!("{value:?}")))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(state.params.len() + without.len(), Control::ALL.len());
}

#[test]
fn the_files_hold_the_states() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = HostShelf::new(Some(folder.path().to_owned()), &Arc::default());
    shelf.mirror(&[]).unwrap();
    for preset in factory_presets() {
        let file = folder.path().join(format!("{}.vstpreset", preset.name));
        let file = fs::read(&file).unwrap_or_else(|_| panic!("{}", file.display()));
        let at = i64::from_le_bytes(file[40..48].try_into().unwrap()) as usize;
        let state: PluginState = serde_json::from_slice(&file[48..at]).unwrap();
        let mut host = turned();
        host.open(state);
        let said = preset.values.iter().find(|(id, _)| id == "Transpose");
        let expected = said.map_or(0.0, |(_, text)| {
            text.trim_end_matches(" st").parse::<f32>().unwrap()
        });
        let found = host.plugin.parameters().transpose.value();
        assert_eq!(found as f32, expected, "{}", preset.name);
    }
}
