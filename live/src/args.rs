//! The command line: devices, voice and settings, in which ranges, with examples.

mod commands;
mod harmony;
mod live_use;
pub mod pitch;

use clap::{Parser, ValueEnum};
use syrinx_dsp::{Decibels, Scale, Semitones};
use syrinx_engine::{Activation, Harmony, LiveControls, OnUnderrun, Quality, Settings};

pub use self::commands::{Command, LatencyArgs, RouteArgs};
use self::harmony::HarmonyArgs;
pub use self::live_use::LiveUseArgs;
use self::pitch::PitchArgs;

/// The range of transposition: beyond two octaves no voice sounds like one.
pub const TRANSPOSE_RANGE: (f32, f32) = (-24.0, 24.0);

/// The range of `--fine`, in cents.
pub const FINE_RANGE: (f32, f32) = (-100.0, 100.0);

/// The range of `--formant`: an octave is from a giant to a mouse.
pub const FORMANT_RANGE: (f32, f32) = (-12.0, 12.0);

/// The range of the gains: from all but nothing to as much as a quiet microphone needs.
pub const GAIN_RANGE: (f32, f32) = (-60.0, 24.0);

/// The range of `--gate`: from below the noise of 16 bits to full scale.
pub const GATE_RANGE: (f32, f32) = (-100.0, 0.0);

/// The range of `--high-pass`: from below every voice to the lowest of children.
pub const HIGH_PASS_RANGE: (f32, f32) = (20.0, 300.0);

/// The range of `--block`: below 16 frames no device keeps up, above 8192 it is no live use.
const BLOCK_RANGE: std::ops::RangeInclusive<i64> = 16..=8192;

/// The range of `--rate`: what the engine resamples.
const RATE_RANGE: std::ops::RangeInclusive<i64> = 8_000..=384_000;

/// The range of `--safety`: none at all to where a conversation is hard.
const SAFETY_RANGE_MS: (f32, f32) = (0.0, 200.0);

/// Which system of devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// JACK if its server runs, else the system's own
    #[default]
    Auto,
    /// a JACK server that runs (PipeWire has one too)
    Jack,
    /// Linux without a server
    Alsa,
    /// Windows
    Wasapi,
    /// macOS
    Coreaudio,
}

/// Latency against sound and safety.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum QualityArg {
    /// the shortest chunks, for machines twice as fast as needed
    #[default]
    Lowest,
    /// the same chunks with more time for each
    Low,
    /// longer chunks and more context
    Balanced,
    /// the longest
    Best,
}

impl From<QualityArg> for Quality {
    fn from(quality: QualityArg) -> Quality {
        match quality {
            QualityArg::Lowest => Quality::LowestLatency,
            QualityArg::Low => Quality::LowLatency,
            QualityArg::Balanced => Quality::Balanced,
            QualityArg::Best => Quality::Best,
        }
    }
}

/// What is heard while converted sound is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnUnderrunArg {
    /// your own voice, so that words go on
    #[default]
    Dry,
    /// silence, so that your own voice never gets out
    Gap,
}

/// Changes your voice while you speak.
#[derive(Debug, Parser)]
#[command(
    name = "syrinx-live",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "\
Keys while it runs in a terminal: space panic (your own voice at once, undelayed), m mute, t talk (with \
--push-to-talk), b bypass, 1 to 9 voices, v next voice, o record, up/down transpose, left/right fine, f/F formant, \
+/- output gain, i latency in detail, r reset counts, ? help, q quit.

Examples:
  syrinx-live --list-devices
  syrinx-live
  syrinx-live --voice default --speaker rms --transpose -5
  syrinx-live --backend jack --quality low
  syrinx-live --quality balanced --reserve 100
  syrinx-live --input usb --output 0 --monitor headphones --monitor-gain -6
  syrinx-live --record-dry me.wav --record-wet other.wav --push-to-talk --hotkey talk=F9
  syrinx-live --remote 8765
  syrinx-live --json --seconds 60
  syrinx-live route
  syrinx-live latency

Exit status: 0 stopped (also by Ctrl-C), 1 something failed, 2 wrong command line."
)]
pub struct LiveArgs {
    /// What to do instead
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Show the devices of every backend, and which is the default
    #[arg(long)]
    pub list_devices: bool,
    /// Which system of devices
    #[arg(long, value_name = "B", value_enum, default_value_t)]
    pub backend: Backend,
    /// The microphone: a number of --list-devices, or a part of its name that no other has [default: the system's]
    #[arg(long, value_name = "NAME|NUMBER")]
    pub input: Option<String>,
    /// The channel of the input to use, counted from 1 [default: the mean of all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub input_channel: Option<u16>,
    /// Where the changed voice goes [default: the system's]
    #[arg(long, value_name = "NAME|NUMBER")]
    pub output: Option<String>,
    /// A second output that hears the same
    #[arg(long, value_name = "NAME|NUMBER")]
    pub monitor: Option<String>,
    /// Gain of the monitor in dB, -60 to 24
    #[arg(long, value_name = "DB", default_value_t = 0.0, requires = "monitor", value_parser = between(GAIN_RANGE), allow_negative_numbers = true)]
    pub monitor_gain: f32,
    /// Sampling rate in Hz [default: the output's; JACK's own]
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(RATE_RANGE))]
    pub rate: Option<u32>,
    /// Frames that a device takes at once: fewer, less latency [default: 256; JACK's own]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(BLOCK_RANGE))]
    pub block: Option<u32>,
    /// Milliseconds kept in hand between devices with clocks of their own; more, fewer drop-outs
    #[arg(long, value_name = "MS", default_value_t = 5.0, value_parser = between(SAFETY_RANGE_MS))]
    pub safety: f32,
    /// Milliseconds kept in hand for machines that stand still now and then, beyond what --quality leaves for computing;
    /// all of it is latency
    #[arg(long, value_name = "MS", default_value_t = 0.0, value_parser = between((0.0, Activation::LONGEST_RESERVE.as_millis() as f32)))]
    pub reserve: f32,
    /// The name among JACK's clients
    #[arg(long, value_name = "NAME", default_value = "syrinx")]
    pub name: String,
    /// Leave JACK's ports unconnected
    #[arg(long)]
    pub no_connect: bool,
    /// The voice: "default", "none" (dry, at the same latency), an installed one, or a folder or zip
    #[arg(long, value_name = "V", default_value = "default")]
    pub voice: String,
    /// The speaker inside the voice, by name or number [default: the first]
    #[arg(long, value_name = "S")]
    pub speaker: Option<String>,
    /// Shift of the pitch in semitones, -24 to 24
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = between(TRANSPOSE_RANGE), allow_negative_numbers = true)]
    pub transpose: f32,
    /// Shift of the pitch in cents on top of it, -100 to 100
    #[arg(long, value_name = "CENTS", default_value_t = 0.0, value_parser = between(FINE_RANGE), allow_negative_numbers = true)]
    pub fine: f32,
    /// Shift of the formants in semitones, -12 to 12
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = between(FORMANT_RANGE), allow_negative_numbers = true)]
    pub formant: f32,
    /// Range of the melody, 0 (monotone) to 2; 1 leaves it
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between((0.0, 2.0)), allow_negative_numbers = true)]
    pub intonation: f32,
    /// How much of the timbre is the voice's, 0 to 1, for voices that have it [default: the voice's]
    #[arg(long, value_name = "X", value_parser = between((0.0, 1.0)), allow_negative_numbers = true)]
    pub strength: Option<f32>,
    /// Treat input below this level in dB as silence, -100 to 0 [default: off]
    #[arg(long, value_name = "DB", value_parser = between(GATE_RANGE), allow_negative_numbers = true)]
    pub gate: Option<f32>,
    /// Where the pitch is led.
    #[command(flatten)]
    pub pitch: PitchArgs,
    /// Second voices.
    #[command(flatten)]
    pub harmony: HarmonyArgs,
    /// Take away what is below this frequency before the voice hears it, 20 to 300 Hz [default: off]
    #[arg(long, value_name = "HZ", value_parser = between(HIGH_PASS_RANGE), allow_negative_numbers = true)]
    pub high_pass: Option<f32>,
    /// Take noise out of what the voice hears, 0 (off) to 1; above 0 it adds some 20 ms
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = between((0.0, 1.0)), allow_negative_numbers = true)]
    pub denoise: f32,
    /// Gain before everything in dB, -60 to 24
    #[arg(long, value_name = "DB", default_value_t = 0.0, value_parser = between(GAIN_RANGE), allow_negative_numbers = true)]
    pub input_gain: f32,
    /// Gain after everything in dB, -60 to 24
    #[arg(long, value_name = "DB", default_value_t = 0.0, value_parser = between(GAIN_RANGE), allow_negative_numbers = true)]
    pub output_gain: f32,
    /// How far the loudness follows the input's, 0 to 1
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = between((0.0, 1.0)), allow_negative_numbers = true)]
    pub loudness: f32,
    /// Keep peaks of the output below -1 dB; adds the few milliseconds that it looks ahead
    #[arg(long)]
    pub limit: bool,
    /// Turn the output down while the microphone hears it from loudspeakers
    #[arg(long)]
    pub feedback_guard: bool,
    /// Share of the converted signal, 0 (the input) to 1
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between((0.0, 1.0)), allow_negative_numbers = true)]
    pub mix: f32,
    /// Begin with the unchanged voice
    #[arg(long)]
    pub bypass: bool,
    /// Latency against sound and safety
    #[arg(long, value_name = "Q", value_enum, default_value_t)]
    pub quality: QualityArg,
    /// What is heard while converted sound is missing
    #[arg(long, value_name = "W", value_enum, default_value_t)]
    pub on_underrun: OnUnderrunArg,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Print states (with --list-devices, devices) as JSON, one object per line
    #[arg(long)]
    pub json: bool,
    /// Seconds between lines of state, where standard output is no terminal
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = between((0.05, 3600.0)))]
    pub status_interval: f32,
    /// Stop after this many seconds [default: run until asked to stop]
    #[arg(long, value_name = "S", value_parser = between((0.0, 1e6)))]
    pub seconds: Option<f32>,
    /// Talking, recording, remote control.
    #[command(flatten)]
    pub live_use: LiveUseArgs,
}

impl LiveArgs {
    /// Checks what options mean together.
    ///
    /// # Errors
    /// In words, if one is not heard beside the others.
    pub fn check(&self) -> Result<(), String> {
        self.harmony.check()?;
        self.pitch.check(!self.harmony.harmony.is_empty())
    }

    /// The notes in which second voices are counted; the default's own where there are none.
    fn harmony_notes(&self) -> Scale {
        match self.harmony.harmony.is_empty() {
            true => Harmony::default().scale,
            false => self.pitch.notes(),
        }
    }

    /// What to begin with, but for voice and speaker, which are looked up by name.
    pub fn settings(&self) -> Settings {
        Settings {
            controls: LiveControls {
                transpose: Semitones(self.transpose + self.fine / 100.0),
                formant: Semitones(self.formant),
                intonation: self.intonation,
                strength: self.strength,
                seed: self.seed,
                pitch: self.pitch.settings(),
                ..LiveControls::default()
            },
            high_pass: self.high_pass,
            denoise: self.denoise,
            gate: self.gate.map(Decibels),
            loudness: self.loudness,
            harmony: self.harmony.settings(self.harmony_notes()),
            limit: self.limit,
            feedback_guard: self.feedback_guard,
            input_gain: Decibels(self.input_gain),
            output_gain: Decibels(self.output_gain),
            mix: self.mix,
            bypass: self.bypass,
            on_underrun: match self.on_underrun {
                OnUnderrunArg::Dry => OnUnderrun::Dry,
                OnUnderrunArg::Gap => OnUnderrun::Gap,
            },
            ..Settings::default()
        }
    }
}

/// Reads a number of a closed range.
fn between((lowest, highest): (f32, f32)) -> impl Fn(&str) -> Result<f32, String> + Clone {
    move |text| match text.parse::<f32>() {
        Ok(value) if (lowest..=highest).contains(&value) => Ok(value),
        _ => Err(format!("expected {lowest} to {highest}, found {text}")),
    }
}

#[cfg(test)]
mod tests;
