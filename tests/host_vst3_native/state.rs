//! What a project saves, and what people type.

use syrinx_tests::signals::vowel;

use crate::rig::Rig;
use crate::{RATE, open};

/// The names and texts of all parameters.
fn values(rig: &Rig) -> Vec<(String, String)> {
    rig.params()
        .into_iter()
        .map(|param| {
            let text = rig.text(param.id, rig.value(param.id));
            (param.name, text)
        })
        .collect()
}

#[test]
fn a_state_brings_everything_back() {
    let Some(module) = open() else { return };
    let mut rig = Rig::new(&module);
    for (index, param) in rig.params().iter().enumerate() {
        rig.set_inactive(param.id, [0.25, 0.5, 0.75][index % 3]);
    }
    let wanted = values(&rig);
    let saved = rig.save();
    let mut other = Rig::new(&module);
    assert_ne!(values(&other), wanted);
    assert!(other.load(&saved));
    assert_eq!(values(&other), wanted);
    assert_eq!(other.save(), saved);
    for damaged in [&b""[..], b"{", b"\0\0\0\0", &saved[..saved.len() / 2]] {
        assert!(!other.load(damaged), "a damaged state is refused");
        assert_eq!(values(&other), wanted, "and changes nothing");
    }
}

#[test]
fn a_loaded_state_sounds_like_the_saved_one() {
    let Some(module) = open() else { return };
    let speech = vowel(RATE, 0.7, 110.0, 170.0);
    let bounce = |rig: &mut Rig| {
        rig.set_offline(true);
        rig.activate(48_000.0, 512);
        rig.run(&speech, &[512])
    };
    let mut rig = Rig::new(&module);
    let plain = bounce(&mut rig);
    let as_new = rig.save();
    for (name, text) in [("Transpose", "+5 st"), ("Formant", "-2"), ("Mix", "80 %")] {
        rig.type_inactive(name, text);
    }
    let wanted = bounce(&mut rig);
    assert!(wanted != plain);
    let saved = rig.save();

    let mut other = Rig::new(&module);
    assert!(other.load(&saved));
    assert!(bounce(&mut other) == wanted);
    // While it is active and has played something else.
    assert!(other.load(&as_new));
    assert!(bounce(&mut other) == plain);
}

#[test]
fn what_people_type_into_a_host_is_understood() {
    let Some(module) = open() else { return };
    let rig = Rig::new(&module);
    for param in rig.params() {
        for value in [0.0, 0.37, 1.0, param.default] {
            let text = rig.text(param.id, value);
            let back = rig.typed(param.id, &text);
            let again = back.map(|back| rig.text(param.id, back));
            assert_eq!(again.as_ref(), Some(&text), "{}", param.name);
        }
        for text in ["", "xyzzy", "12 bananas"] {
            assert_eq!(rig.typed(param.id, text), None, "{}: {text:?}", param.name);
        }
    }
}
