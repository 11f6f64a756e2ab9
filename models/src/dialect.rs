//! Names the public contracts of voices' networks: which tensors a graph takes and gives; and tells them apart.

mod content;
mod contract;
mod f0;
mod nearest;
mod synthesizer;

use serde::{Deserialize, Serialize};

pub use nearest::{Nearest, nearest};

/// The contract of a synthesizer: what it takes besides F0, and in which layout.
///
/// Shapes: `T` frames of the synthesizer, `Tc` content frames of 20 ms, `D` the width of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SynthesizerDialect {
    /// So-VITS-SVC 4.0 / 4.1, upstream's export, which MoeVS and most shared files use: `c` f32 `[1, Tc, D]`, `f0`,
    /// `mel2ph`, `uv`, `noise` f32 `[1, 192, T]`, `sid` as number or mix, `vol` or none → `audio`.
    SoVits,
    /// So-VITS-SVC 4.0 as VCClient exports it: `c` f32 `[1, D, T]`, `f0`, `uv`, `g` i64 `[1, 1]`, `noise_scale` f32
    /// `[1]` → `audio`.
    SoVitsVcClient,
    /// RVC as its WebUI and MoeVS export it: `phone` f32 `[1, T, D]`, `phone_lengths`, `pitch`, `pitchf`, `ds` as
    /// number or mix, `rnd` f32 `[1, 192, T]` → `audio`. Its noise is not scaled inside.
    RvcWebUi,
    /// RVC as VCClient exports it: `feats`, `p_len`, `pitch`, `pitchf`, `sid` → `audio`. Without `pitch` and
    /// `pitchf` for voices without F0. Noise and its scale are inside; what else it is, its metadata say.
    RvcVcClient,
    /// VCClient's with `skip_head`, `return_length` and `formant_length` i64, so that the graph leaves away history.
    RvcTrimmed,
    /// RVC with `phone`, `pitch` and `pitchf` alone → `audio`.
    RvcPlain,
}

/// The contract of a content encoder: speech at 16 kHz to content frames of 20 ms.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentDialect {
    /// The name of the input, f32.
    pub input: String,
    /// Whether the input is `[1, 1, N]`, else `[1, N]`.
    pub channel: bool,
    /// The name of a second input that masks padding, where there is one: the same shape as the input, all true.
    pub mask: Option<String>,
    /// The name of the output that is taken.
    pub output: String,
    /// Whether the output is `[1, D, Tc]`, else `[1, Tc, D]`.
    pub channel_major: bool,
    /// The width `D`, where the graph declares it.
    pub dim: Option<usize>,
}

/// The contract of an F0 model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum F0Dialect {
    /// RMVPE as RVC has it: `mel` f32 `[1, 128, T]`, `T` a multiple of 32 → salience `[1, T, 360]`.
    RmvpeSalience,
    /// RMVPE of VCClient: `waveform` f32 `[1, N]`, `threshold` f32 `[1]` → `pitchf`.
    RmvpeWaveform,
    /// RMVPE with its decoding inside: `mel` f32 `[1, 128, T]`, `threshold` f32 scalar → `pitchf` `[1, T]`.
    RmvpePitch,
    /// FCPE: `mel` f32 `[1, T, 128]`, `threshold` f32 scalar → `pitchf` `[1, T, 1]`.
    Fcpe,
    /// CREPE: `frames` f32 `[n, 1024]` → salience `[n, 360]`.
    Crepe,
}
