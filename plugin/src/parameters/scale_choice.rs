//! The kind of scale, as a host's parameter.

use nice_plug::prelude::Enum;
use syrinx_dsp::ScaleKind;

/// The [`ScaleKind`] as a host's parameter; the ids are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ScaleChoice {
    /// [`ScaleKind::Chromatic`].
    #[id = "chromatic"]
    #[name = "Chromatic"]
    Chromatic,
    /// [`ScaleKind::Major`].
    #[id = "major"]
    #[name = "Major"]
    Major,
    /// [`ScaleKind::NaturalMinor`].
    #[id = "minor"]
    #[name = "Minor"]
    NaturalMinor,
    /// [`ScaleKind::HarmonicMinor`].
    #[id = "harmonic-minor"]
    #[name = "Harmonic minor"]
    HarmonicMinor,
    /// [`ScaleKind::MajorPentatonic`].
    #[id = "major-pentatonic"]
    #[name = "Major pentatonic"]
    MajorPentatonic,
    /// [`ScaleKind::MinorPentatonic`].
    #[id = "minor-pentatonic"]
    #[name = "Minor pentatonic"]
    MinorPentatonic,
}

impl From<ScaleKind> for ScaleChoice {
    fn from(kind: ScaleKind) -> Self {
        match kind {
            ScaleKind::Chromatic => ScaleChoice::Chromatic,
            ScaleKind::Major => ScaleChoice::Major,
            ScaleKind::NaturalMinor => ScaleChoice::NaturalMinor,
            ScaleKind::HarmonicMinor => ScaleChoice::HarmonicMinor,
            ScaleKind::MajorPentatonic => ScaleChoice::MajorPentatonic,
            ScaleKind::MinorPentatonic => ScaleChoice::MinorPentatonic,
        }
    }
}

impl From<ScaleChoice> for ScaleKind {
    fn from(choice: ScaleChoice) -> Self {
        match choice {
            ScaleChoice::Chromatic => ScaleKind::Chromatic,
            ScaleChoice::Major => ScaleKind::Major,
            ScaleChoice::NaturalMinor => ScaleKind::NaturalMinor,
            ScaleChoice::HarmonicMinor => ScaleKind::HarmonicMinor,
            ScaleChoice::MajorPentatonic => ScaleKind::MajorPentatonic,
            ScaleChoice::MinorPentatonic => ScaleKind::MinorPentatonic,
        }
    }
}
