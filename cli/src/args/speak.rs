//! The command line of `syrinx speak`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use syrinx_models::speech::SpeechSettings;
use syrinx_models::{Backend, Device};

use super::between;
use crate::audio::BitDepth;

/// The arguments of `syrinx speak`.
#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("script").required(true).args(["text", "file"])),
    group(ArgGroup::new("target").required(true).args(["output", "stdout"])),
    after_help = "\
The script is plain text or SSML (speak, p, s, break, prosody, phoneme, sub, say-as, emotion). Sounds may stand \
between double brackets, as in \"[[hh ax l ow1]]\". A finished output appears in one step; until then, what was \
there before stays.

Examples:
  syrinx speak \"Hello there.\" -o hello.wav
  syrinx speak --file script.txt -o book.wav --rate 1.1 --timings book.json
  syrinx speak --file script.ssml -o out.wav --lexicon names.txt --pitch -2 --seed 7
  syrinx speak \"Hello there.\" --voice voices/piper-medium/ -o hello.wav
  syrinx speak \"Hello there.\" --stdout s16 | aplay -f S16_LE -r 32000"
)]
pub struct SpeakArgs {
    /// What to say
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
    /// Say what is in this file
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The WAV file to write
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Write raw samples to standard output while they are made: f32 or s16, both little-endian, one channel
    #[arg(long, value_name = "FORMAT")]
    pub stdout: Option<RawFormat>,
    /// The voice: "default", or a folder with the files of a public voice (piper, VITS, Matcha, Kokoro, FastSpeech 2)
    #[arg(long, value_name = "V", default_value = "default")]
    pub voice: String,
    /// The speaker inside the voice, by name or number [default: the first]
    #[arg(long, value_name = "S")]
    pub speaker: Option<String>,
    /// A lexicon: lines of a word, a tab, and its sounds in ARPAbet, or in IPA between slashes
    #[arg(long, value_name = "FILE")]
    pub lexicon: Option<PathBuf>,
    /// Speed, 0.25 to 4; 2 is twice as fast
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.25, 4.0), allow_negative_numbers = true)]
    pub rate: f32,
    /// Shift of the pitch in semitones, -24 to 24, for voices that have a pitch of their own
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = between(-24.0, 24.0), allow_negative_numbers = true)]
    pub pitch: f32,
    /// Range of the pitch around its mean, 0 (monotone) to 2, for voices that have a pitch of their own
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.0, 2.0), allow_negative_numbers = true)]
    pub intonation: f32,
    /// Change of the level in dB, -60 to 20
    #[arg(long, value_name = "DB", default_value_t = 0.0, value_parser = between(-60.0, 20.0), allow_negative_numbers = true)]
    pub volume: f32,
    /// Length of the pauses between sentences, 0 to 4; those that the script gives stay
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.0, 4.0), allow_negative_numbers = true)]
    pub pause: f32,
    /// The emotion, for voices that have emotions
    #[arg(long, value_name = "E")]
    pub emotion: Option<String>,
    /// How much of the emotion, 0 to 2
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.0, 2.0), allow_negative_numbers = true)]
    pub intensity: f32,
    /// How much a voice leaves to chance, 0 (nothing) to 2
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.0, 2.0), allow_negative_numbers = true)]
    pub variation: f32,
    /// Seed of everything random: the same seed gives the same samples
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub seed: u64,
    /// Write when words and phones are spoken, as JSON
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,
    /// Where the networks run: cpu, cuda or cuda:N
    #[arg(long, value_name = "D", default_value = "cpu")]
    pub device: Device,
    /// What runs the networks: onnxruntime or tract [default: onnxruntime where it is installed]
    #[arg(long, value_name = "B")]
    pub backend: Option<Backend>,
    /// Sample format of the output: 16 (dithered), 24, or 32f (floats)
    #[arg(long, value_name = "BITS", default_value_t = BitDepth::Int24)]
    pub bit_depth: BitDepth,
    /// Also write a report beside the output, as OUT.json
    #[arg(long, requires = "output")]
    pub json: bool,
}

/// Raw samples on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RawFormat {
    /// 32-bit floats.
    F32,
    /// 16-bit integers, with triangular dither.
    S16,
}

impl SpeakArgs {
    /// The settings of the speech.
    pub fn settings(&self) -> SpeechSettings {
        SpeechSettings {
            speaker: self.speaker.clone(),
            rate: self.rate,
            pitch: self.pitch,
            intonation: self.intonation,
            volume: self.volume,
            pause: self.pause,
            emotion: self.emotion.clone(),
            intensity: self.intensity,
            variation: self.variation,
        }
    }
}
