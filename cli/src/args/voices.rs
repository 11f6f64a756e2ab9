//! The arguments of `syrinx voices`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use syrinx_models::svc::Unvoiced;
use syrinx_models::{Backend, Device};

/// The arguments of `syrinx voices`.
#[derive(Args, Debug)]
#[command(after_help = "\
Voices are folders or zips with a voice.json. Installed ones lie in $SYRINX_HOME/voices, else in \
$XDG_DATA_HOME/syrinx/voices, else in ~/.local/share/syrinx/voices (Windows: %APPDATA%\\syrinx\\voices; macOS: \
~/Library/Application Support/syrinx/voices).

Examples:
  syrinx voices
  syrinx voices inspect default
  syrinx voices inspect ./my-voice.zip --json")]
pub struct VoicesArgs {
    /// What to show [default: list]
    #[command(subcommand)]
    pub action: Option<VoicesAction>,
    /// As JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `syrinx voices` shows.
#[derive(Debug, Subcommand)]
pub enum VoicesAction {
    /// Every voice, one line each
    #[command(after_help = "Example:\n  syrinx voices list --json")]
    List,
    /// One voice: speakers, licence, rate, hash, latency, card
    #[command(after_help = "\
Examples:
  syrinx voices inspect default
  syrinx voices inspect ./my-voice.zip --json")]
    Inspect {
        /// "default", the name of an installed voice, or a folder or zip
        #[arg(value_name = "V")]
        voice: String,
    },
    /// Make a voice of a So-VITS-SVC or RVC export, or of the files of a voice that speaks
    Import(Box<ImportArgs>),
    /// Measure how short this machine can make a voice's chunks; takes about a minute
    #[command(after_help = "\
What is found is kept per voice, and live streams use it from their next start.

Examples:
  syrinx voices calibrate anna
  syrinx voices calibrate anna --device cuda:0")]
    Calibrate {
        /// The name of an installed voice, or a folder or zip
        #[arg(value_name = "V")]
        voice: String,
        /// Where the networks run: cpu, cuda or cuda:N
        #[arg(long, value_name = "D", default_value_t = Device::Cpu)]
        device: Device,
    },
    /// Let a voice compute with fewer bits: int8 is two to four times as fast on the CPU, fp16 is for GPUs; says at what cost
    #[command(after_help = "\
The plan is made on four seconds of speech, measured on four others, and written into the voice. A voice may have both: \
int8 serves on the CPU, fp16 on GPUs.

Examples:
  syrinx voices quantise anna
  syrinx voices quantise anna --to fp16
  syrinx voices quantise anna --with my-recording.wav
  syrinx voices quantise anna --remove")]
    Quantise {
        /// The name of an installed voice, or a folder
        #[arg(value_name = "V")]
        voice: String,
        /// What to compute with
        #[arg(long, value_name = "BITS", default_value = "int8")]
        to: Bits,
        /// Speech to plan on, best the voice that will be converted [default: built in]
        #[arg(long = "with", value_name = "RECORDING")]
        recording: Option<PathBuf>,
        /// Take the plan away again
        #[arg(long, conflicts_with = "recording")]
        remove: bool,
    },
}

/// The arguments of `syrinx voices import`.
#[derive(Args, Debug)]
#[command(after_help = "\
Takes ONNX exports of So-VITS-SVC 4.0 and 4.1 (upstream, MoeVS, VCClient) and RVC (WebUI, MoeVS, VCClient and \
its fork), and tells by their tensors which they are. What no file states is asked for by name. Zips in folders are \
looked into, encoders are looked for in hubert/ and pretrain/ around the voice. The voice speaks before it is kept, as \
a recording and as a stream; until then nothing stands in the folder of voices.

Voices that speak (piper, VITS of sherpa-onnx, Matcha, Kokoro, FastSpeech 2, Sambert of `cargo xtask export-kantts`) are \
told by their configuration, manifest or table of symbols: name their folder, or their files.

A zip may unpack to 100 times its size (4 MiB in any case), at most 8 GiB, and hold 10,000 files.

Examples:
  syrinx voices import voice.zip
  syrinx voices import en_US-amy-medium.onnx --licence CC-BY-4.0
  syrinx voices import voice_SoVits.onnx config.json --encoder vec-768-layer-12.onnx
  syrinx voices import rvc.onnx --rate 40000 --encoder vec-768-layer-12.onnx --index added.index --f0 rmvpe.onnx
  syrinx voices import moevs/ moevs/Models/Mei.json --name Mei --licence CC-BY-4.0 --consent 'the speaker agreed, 2025'")]
pub struct ImportArgs {
    /// Files, folders and zips with the voice: .onnx, config.json, MoeVS project, .index, k-means centres; where folders
    /// hold several of a kind, the ones that are named as well are meant
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The voice's name [default: that of the project or file]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The rate of the voice in Hz, where no file states it
    #[arg(long, value_name = "HZ")]
    pub rate: Option<u32>,
    /// The content encoder that the voice was trained with
    #[arg(long, value_name = "PATH")]
    pub encoder: Option<PathBuf>,
    /// An F0 model: RMVPE, FCPE or CREPE [default: Syrinx's own tracker]
    #[arg(long, value_name = "PATH")]
    pub f0: Option<PathBuf>,
    /// A feature index or k-means centres
    #[arg(long, value_name = "PATH")]
    pub index: Option<PathBuf>,
    /// The speakers' names in the order of their numbers
    #[arg(long, value_name = "A,B,..", value_delimiter = ',')]
    pub speakers: Vec<String>,
    /// What F0 is where there is none [default: interpolate for So-VITS-SVC, zero for RVC]
    #[arg(long, value_name = "HOW")]
    pub unvoiced: Option<UnvoicedArg>,
    /// The licence [default: unknown]
    #[arg(long, value_name = "TEXT")]
    pub licence: Option<String>,
    /// Whose voice it is and what they agreed to [default: unknown]
    #[arg(long, value_name = "TEXT")]
    pub consent: Option<String>,
    /// Make the voice's folder in this one [default: where voices are installed]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace a voice of the same name, be it a folder or a zip
    #[arg(long)]
    pub replace: bool,
    /// Make one zip of the voice, to pass on, instead of a folder
    #[arg(long)]
    pub zip: bool,
    /// What runs the networks: onnxruntime or tract [default: onnxruntime where it is installed]
    #[arg(long, value_name = "B")]
    pub backend: Option<Backend>,
}

/// What a voice computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bits {
    /// eight bits, on the CPU
    Int8,
    /// sixteen bits, on GPUs
    Fp16,
}

impl Bits {
    /// As the manifest calls it.
    pub fn key(self) -> &'static str {
        match self {
            Bits::Int8 => "int8",
            Bits::Fp16 => "fp16",
        }
    }

    /// As a person would.
    pub fn in_words(self) -> &'static str {
        match self {
            Bits::Int8 => "eight bits",
            Bits::Fp16 => "sixteen bits on GPUs",
        }
    }
}

/// What F0 is where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnvoicedArg {
    /// a line between the voiced frames around
    Interpolate,
    /// 0: the source is noise alone
    Zero,
}

impl From<UnvoicedArg> for Unvoiced {
    fn from(asked: UnvoicedArg) -> Unvoiced {
        match asked {
            UnvoicedArg::Interpolate => Unvoiced::Interpolate,
            UnvoicedArg::Zero => Unvoiced::Zero,
        }
    }
}
