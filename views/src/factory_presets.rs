//! The presets that come with Syrinx.

use crate::Preset;

/// Name, and what differs from the defaults.
const ALL: &[(&str, &[(&str, &str)])] = &[
    ("Natural", &[]),
    (
        "An octave up",
        &[("Transpose", "+12 st"), ("Formant", "+2 st")],
    ),
    (
        "An octave down",
        &[("Transpose", "-12 st"), ("Formant", "-2 st")],
    ),
    ("Smaller", &[("Transpose", "+4 st"), ("Formant", "+3 st")]),
    ("Larger", &[("Transpose", "-4 st"), ("Formant", "-3 st")]),
    ("Calm", &[("Intonation", "50 %")]),
    ("Lively", &[("Intonation", "150 %")]),
    ("Straight tone", &[("Vibrato", "0 %")]),
    (
        "In tune, C major",
        &[
            ("PitchTarget", "Scale"),
            ("Scale", "Major"),
            ("Correction", "80 %"),
            ("CorrectionSpeed", "120"),
        ],
    ),
    (
        "Hard tuning, C major",
        &[
            ("PitchTarget", "Scale"),
            ("Scale", "Major"),
            ("CorrectionSpeed", "0"),
            ("Vibrato", "0 %"),
        ],
    ),
    ("Sings your keyboard", &[("PitchTarget", "MIDI")]),
    ("Robot", &[("PitchTarget", "Monotone")]),
    (
        "Third above, C major",
        &[("Scale", "Major"), ("Harmony1", "third above")],
    ),
    ("All of the voice", &[("Strength", "100 %")]),
];

/// The presets that come with Syrinx.
pub fn factory_presets() -> Vec<Preset> {
    let value = |(id, text): &(&str, &str)| ((*id).to_owned(), (*text).to_owned());
    let preset = |(name, values): &(&str, &[(&str, &str)])| Preset {
        name: (*name).to_owned(),
        factory: true,
        values: values.iter().map(value).collect(),
        lines: None,
    };
    ALL.iter().map(preset).collect()
}
