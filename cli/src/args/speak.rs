//! The command line of `syrinx speak`.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgGroup, Args, ValueEnum};
use syrinx_models::speech::SpeechSettings;
use syrinx_models::speech::text::Language;
use syrinx_models::{Backend, Device};

use super::{INTONATION_RANGE, TRANSPOSE_RANGE, between, usage};
use crate::audio::BitDepth;

/// The range of `--rate`: a quarter of a voice's speed to four times as fast.
pub const RATE_RANGE: (f32, f32) = (0.25, 4.0);

/// The range of `--volume`: from where 16 bits hardly hold it to where it is all limiter.
pub const VOLUME_RANGE_DB: (f32, f32) = (-60.0, 20.0);

/// The range of `--pause`: from none to four times as long.
pub const PAUSE_RANGE: (f32, f32) = (0.0, 4.0);

/// The range of `--intensity` and `--variation`: from nothing to twice what the voice has.
pub const SHARE_RANGE: (f32, f32) = (0.0, 2.0);

/// The arguments of `syrinx speak`.
#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("script").required(true).args(["text", "file", "batch"])),
    group(ArgGroup::new("target").required(true).args(["output", "stdout", "out_dir"])),
    after_help = "\
The script is plain text or SSML (speak, p, s, break, prosody, phoneme, sub, say-as, emotion). Sounds may stand \
between double brackets, as in \"[[hh ax l ow1]]\". A finished output appears in one step; until then, what was \
there before stays.

Scripts, lexicons and tables are UTF-8, or UTF-16 that begins with its mark.

A table for --batch is CSV. Its first row names the columns: text or file (beside the table), and if \
wanted output (a name), voice, language, speaker, seed, rate, pitch, intonation, volume, pause, emotion, intensity and \
variation. What a row leaves empty is as on the command line. A row that fails stops no other.

Examples:
  syrinx speak \"Hello there.\" -o hello.wav
  syrinx speak --file script.txt -o book.wav --rate 1.1 --timings book.json
  syrinx speak --file script.ssml -o out.wav --lexicon names.txt --pitch -2 --seed 7
  syrinx speak \"Hello there.\" --voice voices/piper-medium/ -o hello.wav
  syrinx speak --file lines.ssml --voice mei --speaker F7 --emotion happy --intensity 1.5 -o lines.wav
  syrinx speak --batch lines.csv --out-dir spoken
  syrinx speak \"Hello there.\" --stdout s16 | aplay -f S16_LE -r 32000"
)]
pub struct SpeakArgs {
    /// What to say
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
    /// Say what is in this file
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Speak every row of this table into a file of its own
    #[arg(long, value_name = "CSV", requires = "out_dir")]
    pub batch: Option<PathBuf>,
    /// With --batch, write one WAV per row here; finished ones are skipped
    #[arg(long, value_name = "DIR", alias = "output-dir", requires = "batch")]
    pub out_dir: Option<PathBuf>,
    /// With --batch, do again what is finished
    #[arg(long, requires = "batch")]
    pub force: bool,
    /// The WAV file to write
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Write raw samples to standard output while they are made: f32 or s16, both little-endian, one channel
    #[arg(long, value_name = "FORMAT")]
    pub stdout: Option<RawFormat>,
    /// The voice: "default", the name of an installed one, a folder or zip of one, or a folder with the files of a public
    /// voice (piper, VITS, Matcha, Kokoro, FastSpeech 2, Sambert)
    #[arg(long, value_name = "V", default_value = "default")]
    pub voice: String,
    /// The language of the script, for voices of several [default: the voice's own]
    #[arg(long, value_name = "L")]
    pub language: Option<LanguageArg>,
    /// The speaker inside the voice, by name or number [default: the first]
    #[arg(long, value_name = "S")]
    pub speaker: Option<String>,
    /// A lexicon: lines of a word, a tab, and its sounds in ARPAbet, or in IPA between slashes
    #[arg(long, value_name = "FILE")]
    pub lexicon: Option<PathBuf>,
    /// Speed, 0.25 to 4; 2 is twice as fast
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(RATE_RANGE.0, RATE_RANGE.1), allow_negative_numbers = true)]
    pub rate: f32,
    /// Shift of the pitch in semitones, -24 to 24, for voices that have a pitch of their own
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = between(TRANSPOSE_RANGE.0, TRANSPOSE_RANGE.1), allow_negative_numbers = true)]
    pub pitch: f32,
    /// Range of the pitch around its mean, 0 (monotone) to 2, for voices that have a pitch of their own
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(INTONATION_RANGE.0, INTONATION_RANGE.1), allow_negative_numbers = true)]
    pub intonation: f32,
    /// Change of the level in dB, -60 to 20
    #[arg(long, value_name = "DB", default_value_t = 0.0, value_parser = between(VOLUME_RANGE_DB.0, VOLUME_RANGE_DB.1), allow_negative_numbers = true)]
    pub volume: f32,
    /// Length of the pauses between sentences, 0 to 4; those that the script gives stay
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(PAUSE_RANGE.0, PAUSE_RANGE.1), allow_negative_numbers = true)]
    pub pause: f32,
    /// The emotion, for voices that have emotions
    #[arg(long, value_name = "E")]
    pub emotion: Option<String>,
    /// How much of the emotion, 0 to 2
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(SHARE_RANGE.0, SHARE_RANGE.1), allow_negative_numbers = true)]
    pub intensity: f32,
    /// How much a voice leaves to chance, 0 (nothing) to 2
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(SHARE_RANGE.0, SHARE_RANGE.1), allow_negative_numbers = true)]
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
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
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
    #[arg(long, conflicts_with = "stdout")]
    pub json: bool,
}

/// The languages of scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    /// English.
    En,
    /// Mandarin; words in Latin letters are read as English.
    Zh,
}

impl From<LanguageArg> for Language {
    fn from(asked: LanguageArg) -> Language {
        match asked {
            LanguageArg::En => Language::English,
            LanguageArg::Zh => Language::Mandarin,
        }
    }
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
    /// Refuses what only a table needs where there is none. The definition cannot: a table and a text exclude each other,
    /// and what is excluded is not asked for.
    ///
    /// # Errors
    /// As an error of usage.
    pub fn check(&self) -> Result<(), clap::Error> {
        for (flag, given) in [
            ("--out-dir", self.out_dir.is_some()),
            ("--force", self.force),
        ] {
            if given && self.batch.is_none() {
                let message =
                    format!("{flag} goes with --batch CSV alone; one script goes to --output");
                return Err(usage("speak", ErrorKind::MissingRequiredArgument, message));
            }
        }
        Ok(())
    }

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
