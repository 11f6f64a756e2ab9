//! What is compared at each stage of a conversion, and how near it must come.

/// How near a stage must come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    /// Every value the same.
    Same,
    /// No value further off than this.
    Greatest(f64),
    /// The difference at least so many dB below the reference.
    Snr(f64),
    /// Any difference: what is shown is a choice of the peer's, not an error.
    Shown,
}

/// Which frames are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Frames {
    All,
    Voiced,
    Unvoiced,
}

/// At which rate audio is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rate {
    /// The voice's own.
    Voice,
    /// The recording's, 16 kHz.
    Recording,
}

/// A stage of a conversion, and how it is compared.
pub(super) struct Stage {
    pub(super) name: &'static str,
    /// The arrays, without `syrinx_` and `peer_`.
    pub(super) ours: &'static str,
    pub(super) peers: &'static str,
    pub(super) frames: Frames,
    /// Whether it is heard, so that spectra are compared too, and at which rate.
    pub(super) audio: Option<Rate>,
    pub(super) bound: Bound,
    pub(super) note: &'static str,
}

/// The rate of recordings that are converted whole.
pub(super) const RECORDING_RATE: f64 = 16_000.0;

/// Bounds, with what is found on the voices of random weights: content 113 dB (the order of sums in twelve layers);
/// F0 1e-4 Hz (a rounding of f32; a frame's shift would be whole Hz); audio 114-128 dB, and a content frame off by one
/// costs 40 dB; whole files 106 dB.
pub(super) const STAGES: [Stage; 15] = [
    Stage::new("content", "content", Bound::Snr(90.0)),
    Stage::new("content per frame", "phone", Bound::Snr(90.0)),
    Stage::new("voiced", "uv", Bound::Same),
    Stage {
        frames: Frames::Voiced,
        ..Stage::new("F0 in Hz, voiced", "f0", Bound::Greatest(1e-3))
    },
    Stage {
        frames: Frames::Unvoiced,
        note: "the fork reaches the next voiced F0 a frame early; ours is numpy's interp, as upstream's",
        ..Stage::new("F0 in Hz, gaps", "f0", Bound::Shown)
    },
    Stage::new("F0 in Hz, filled", "filled", Bound::Greatest(1e-3)),
    Stage::new("coarse F0", "coarse", Bound::Same),
    Stage::new("content frame", "mel2ph", Bound::Same),
    Stage {
        peers: "spoken_single",
        audio: Some(Rate::Voice),
        note: "the peer sums up phases in single precision, as its export does",
        ..Stage::new("audio, same sums", "spoken", Bound::Snr(60.0))
    },
    Stage {
        audio: Some(Rate::Voice),
        note: "the peer as it is, phases in double precision: any export drifts from it",
        ..Stage::new("audio", "spoken", Bound::Shown)
    },
    Stage {
        audio: Some(Rate::Voice),
        note: "F0 zero where unvoiced: rounding decides the phase after a gap",
        ..Stage::new("audio, F0 with gaps", "spoken_gaps", Bound::Shown)
    },
    Stage::new("file, high-passed", "whole_filtered", Bound::Greatest(1e-6)),
    Stage {
        audio: Some(Rate::Recording),
        note: "RVC's own pipeline, with its loudness; the peer with our F0 and sums",
        ..Stage::new("file", "whole", Bound::Snr(80.0))
    },
    Stage {
        audio: Some(Rate::Recording),
        note: "a recording that is cut, with the voice's own loudness",
        ..Stage::new("file, cut", "cut", Bound::Snr(80.0))
    },
    Stage {
        audio: Some(Rate::Recording),
        note: "the same with loudness: the peer's windows move with the length of the recording",
        ..Stage::new("file, cut, loudness", "followed", Bound::Shown)
    },
];

impl Stage {
    const fn new(name: &'static str, array: &'static str, bound: Bound) -> Stage {
        Stage {
            name,
            ours: array,
            peers: array,
            frames: Frames::All,
            audio: None,
            bound,
            note: "",
        }
    }
}

impl Bound {
    /// The bound in words; nothing where there is none.
    pub(super) fn shown(self) -> String {
        match self {
            Bound::Same => "same".to_owned(),
            Bound::Greatest(most) => format!("<= {most}"),
            Bound::Snr(least) => format!(">= {least} dB"),
            Bound::Shown => String::new(),
        }
    }
}
