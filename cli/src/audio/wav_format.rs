//! The sample formats that can be written, and how long a WAV file may become in each.

use std::str::FromStr;

use hound::{SampleFormat, WavSpec};
use syrinx_dsp::SampleRate;

/// Bytes that chunk sizes of a RIFF file can count.
const RIFF_LIMIT: u64 = u32::MAX as u64;

/// Bytes that are kept free for headers and the provenance.
const HEADROOM: u64 = 1 << 20;

/// Bits of a sample in a WAV file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum BitDepth {
    /// 16-bit integers, with triangular dither.
    #[serde(rename = "16")]
    Int16,
    /// 24-bit integers.
    #[default]
    #[serde(rename = "24")]
    Int24,
    /// 32-bit floats.
    #[serde(rename = "32f")]
    Float32,
}

impl BitDepth {
    /// Bytes of one sample.
    pub fn bytes(self) -> u64 {
        match self {
            BitDepth::Int16 => 2,
            BitDepth::Int24 => 3,
            BitDepth::Float32 => 4,
        }
    }

    /// Mono samples that fit into one WAV file, whose sizes are 32-bit numbers.
    pub fn max_samples(self) -> u64 {
        (RIFF_LIMIT - HEADROOM) / self.bytes()
    }

    /// The mono WAV format of these bits at `rate`.
    pub fn spec(self, rate: SampleRate) -> WavSpec {
        let (bits_per_sample, sample_format) = match self {
            BitDepth::Int16 => (16, SampleFormat::Int),
            BitDepth::Int24 => (24, SampleFormat::Int),
            BitDepth::Float32 => (32, SampleFormat::Float),
        };
        WavSpec {
            channels: 1,
            sample_rate: rate.hz(),
            bits_per_sample,
            sample_format,
        }
    }
}

impl FromStr for BitDepth {
    type Err = String;

    fn from_str(text: &str) -> Result<BitDepth, String> {
        match text {
            "16" => Ok(BitDepth::Int16),
            "24" => Ok(BitDepth::Int24),
            "32f" => Ok(BitDepth::Float32),
            _ => Err(format!("expected 16, 24 or 32f, found {text:?}")),
        }
    }
}

impl std::fmt::Display for BitDepth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BitDepth::Int16 => "16",
            BitDepth::Int24 => "24",
            BitDepth::Float32 => "32f",
        })
    }
}
