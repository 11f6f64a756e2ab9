//! The command line of `syrinx convert`.

use std::path::PathBuf;

use clap::Args;
use clap::error::ErrorKind;
use syrinx_dsp::{Decibels, Semitones};
use syrinx_models::{Backend, ConvertSettings, Device, Transpose};

use super::{
    CHUNK_RANGE_MS, FORMANT_RANGE, GATE_RANGE, HarmonyArgs, INTONATION_RANGE, PitchArgs,
    TRANSPOSE_RANGE, between, usage,
};
use crate::audio::BitDepth;

/// The arguments of `syrinx convert`.
#[derive(Args, Debug)]
#[command(
    override_usage = "syrinx convert [OPTIONS] IN OUT\n       \
                      syrinx convert [OPTIONS] --out-dir DIR IN...",
    after_help = "\
Reads wav, flac, mp3 and ogg vorbis of 8 to 192 kHz and any number of channels (which become one), and \
writes mono WAV of the same rate and the same number of samples. A finished output appears in one step; \
until then, what was there before stays.

Examples:
  syrinx convert me.wav other.wav
  syrinx convert me.flac other.wav --voice default --speaker rms --strength 0.7
  syrinx convert me.mp3 lower.wav --transpose -5 --gate -45 --bit-depth 16
  syrinx convert me.wav robot.wav --formant 2.5 --intonation 0
  syrinx convert sung.wav tuned.wav --pitch-target scale --key D --scale minor --correction-speed 30
  syrinx convert me.wav drone.wav --pitch-target monotone --note A2
  syrinx convert sung.wav choir.wav --harmony 3,-6 --key D --scale minor
  syrinx convert me.wav live.wav --streamed --chunk 20 --json
  syrinx convert --out-dir converted takes/ extra.ogg"
)]
pub struct ConvertArgs {
    /// The recording and the WAV file to write, or with --out-dir any number of recordings and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write one WAV per recording here, keeping the layout of folders; finished ones are skipped
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// With --out-dir, do again what is finished
    #[arg(long, requires = "out_dir")]
    pub force: bool,
    /// The voice: "default", the name of an installed one, or a folder or zip
    #[arg(long, value_name = "V", default_value = "default")]
    pub voice: String,
    /// The speaker inside the voice, by name or number [default: the first]
    #[arg(long, value_name = "S")]
    pub speaker: Option<String>,
    /// How much of the timbre is the voice's, 0 to 1, for voices that have it [default: the voice's]
    #[arg(long, value_name = "X", value_parser = between(0.0, 1.0), allow_negative_numbers = true)]
    pub strength: Option<f32>,
    /// Shift of the pitch in semitones, -24 to 24, or "auto": towards the voice's own
    #[arg(long, value_name = "N", default_value = "auto", value_parser = transpose, allow_negative_numbers = true)]
    pub transpose: Transpose,
    /// Shift of the formants in semitones, -12 to 12; the pitch stays
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = between(FORMANT_RANGE.0, FORMANT_RANGE.1), allow_negative_numbers = true)]
    pub formant: f32,
    /// Range of the pitch around its mean, 0 (monotone) to 2; 1 leaves it
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(INTONATION_RANGE.0, INTONATION_RANGE.1), allow_negative_numbers = true)]
    pub intonation: f32,
    /// Where the pitch is led.
    #[command(flatten)]
    pub pitch: PitchArgs,
    /// Second voices.
    #[command(flatten)]
    pub harmony: HarmonyArgs,
    /// Treat input below this level in dB as silence, -100 to 0 [default: off]
    #[arg(long, value_name = "DB", value_parser = between(GATE_RANGE.0, GATE_RANGE.1), allow_negative_numbers = true)]
    pub gate: Option<f32>,
    /// Share of the converted signal, 0 (the input) to 1
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = between(0.0, 1.0), allow_negative_numbers = true)]
    pub mix: f32,
    /// Seed of everything random: the same seed gives the same samples
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub seed: u64,
    /// Where the networks run: cpu, cuda or cuda:N
    #[arg(long, value_name = "D", default_value = "cpu")]
    pub device: Device,
    /// What runs the networks: onnxruntime or tract [default: onnxruntime where it is installed]
    #[arg(long, value_name = "B")]
    pub backend: Option<Backend>,
    /// Convert as a live stream would, without knowing what comes, and cut off its latency
    #[arg(long)]
    pub streamed: bool,
    /// With --streamed, the length of a chunk in milliseconds, as near as the voice can
    #[arg(long, value_name = "MS", requires = "streamed", value_parser = between(CHUNK_RANGE_MS.0, CHUNK_RANGE_MS.1), allow_negative_numbers = true)]
    pub chunk: Option<f32>,
    /// With --streamed, how much of the past a So-VITS or RVC voice hears with each chunk, in milliseconds
    #[arg(long, value_name = "MS", requires = "streamed", value_parser = between(100.0, 5000.0), allow_negative_numbers = true)]
    pub context: Option<f32>,
    /// With --streamed, how much of the future a So-VITS or RVC voice waits for, in milliseconds
    #[arg(long, value_name = "MS", requires = "streamed", value_parser = between(25.0, 500.0), allow_negative_numbers = true)]
    pub lookahead: Option<f32>,
    /// Threads for the networks of a stream; files take all cores, and a stream what `voices calibrate` found, else 1
    #[arg(long, value_name = "N", requires = "streamed", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: Option<u16>,
    /// Sample format of the output: 16 (dithered), 24, or 32f (floats)
    #[arg(long, value_name = "BITS", default_value_t = BitDepth::Int24)]
    pub bit_depth: BitDepth,
    /// Also write a report beside each output, as OUT.json
    #[arg(long)]
    pub json: bool,
}

/// What is converted into what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// One recording into one file.
    File {
        /// The recording.
        input: PathBuf,
        /// The file to write.
        output: PathBuf,
    },
    /// Many recordings and folders into a folder.
    Folder {
        /// Recordings and folders of recordings.
        inputs: Vec<PathBuf>,
        /// Where the outputs go.
        folder: PathBuf,
    },
}

impl ConvertArgs {
    /// Checks that the options fit together.
    ///
    /// # Errors
    /// If one needs another, as an error of usage.
    pub fn check(&self) -> Result<(), clap::Error> {
        self.harmony
            .check()
            .and_then(|()| self.pitch.check(!self.harmony.harmony.is_empty()))
            .map_err(|message| usage("convert", ErrorKind::ArgumentConflict, message))
    }

    /// What is converted into what.
    ///
    /// # Errors
    /// If the paths do not fit together, as an error of usage.
    pub fn destination(&self) -> Result<Destination, clap::Error> {
        if let Some(folder) = &self.out_dir {
            return Ok(Destination::Folder {
                inputs: self.paths.clone(),
                folder: folder.clone(),
            });
        }
        let [input, output] = self.paths.as_slice() else {
            let count = self.paths.len();
            return Err(usage(
                "convert",
                ErrorKind::WrongNumberOfValues,
                format!(
                    "expected IN and OUT, found {count} path{}; for many, use --out-dir DIR",
                    plural(count)
                ),
            ));
        };
        let ending = output
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        if ending.as_deref() != Some("wav") {
            return Err(usage(
                "convert",
                ErrorKind::InvalidValue,
                format!(
                    "{}: outputs are WAV files (expected a name that ends in .wav)",
                    output.display()
                ),
            ));
        }
        Ok(Destination::File {
            input: input.clone(),
            output: output.clone(),
        })
    }

    /// The settings of the conversion.
    pub fn settings(&self) -> ConvertSettings {
        ConvertSettings {
            speaker: self.speaker.clone(),
            transpose: self.transpose,
            formant: Semitones(self.formant),
            intonation: self.intonation,
            pitch: self.pitch.settings(),
            strength: self.strength,
            gate: self.gate.map(Decibels),
            mix: self.mix,
            seed: self.seed,
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn transpose(text: &str) -> Result<Transpose, String> {
    let (lowest, highest) = TRANSPOSE_RANGE;
    if text == "auto" {
        return Ok(Transpose::Auto);
    }
    between(lowest, highest)(text)
        .map(|value| Transpose::Fixed(Semitones(value)))
        .map_err(|_| format!("expected auto or {lowest} to {highest}, found {text}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::{Cli, Command};

    use super::*;

    fn parse(line: &str) -> Result<ConvertArgs, clap::Error> {
        let words = ["syrinx", "convert"]
            .into_iter()
            .chain(line.split_whitespace());
        match Cli::try_parse_from(words)?.command {
            Command::Convert(arguments) => Ok(*arguments),
            other => panic!("expected convert, found {other:?}"),
        }
    }

    #[test]
    fn negative_numbers_are_values() {
        let arguments = parse("a.wav b.wav --transpose -3 --gate -45.5 --formant -2.5").unwrap();
        assert_eq!(arguments.transpose, Transpose::Fixed(Semitones(-3.0)));
        assert_eq!(arguments.settings().gate, Some(Decibels(-45.5)));
        assert_eq!(arguments.settings().formant, Semitones(-2.5));
        assert_eq!(parse("a.wav b.wav").unwrap().transpose, Transpose::Auto);
    }

    #[test]
    fn what_is_not_said_is_the_default_of_the_settings() {
        assert_eq!(
            parse("a.wav b.wav").unwrap().settings(),
            ConvertSettings::default()
        );
        let said = parse("a.wav b.wav --formant 3 --intonation 0.5")
            .unwrap()
            .settings();
        assert_eq!((said.formant, said.intonation), (Semitones(3.0), 0.5));
    }

    #[test]
    fn numbers_out_of_range_name_range_and_value() {
        for (line, expected) in [
            (
                "a b.wav --transpose 25",
                "expected auto or -24 to 24, found 25",
            ),
            (
                "a b.wav --transpose -24.5",
                "expected auto or -24 to 24, found -24.5",
            ),
            (
                "a b.wav --transpose up",
                "expected auto or -24 to 24, found up",
            ),
            ("a b.wav --formant -12.5", "expected -12 to 12, found -12.5"),
            ("a b.wav --formant nan", "expected -12 to 12, found nan"),
            ("a b.wav --intonation 2.1", "expected 0 to 2, found 2.1"),
            ("a b.wav --intonation -1", "expected 0 to 2, found -1"),
            ("a b.wav --gate 3", "expected -100 to 0, found 3"),
            ("a b.wav --mix -0.1", "expected 0 to 1, found -0.1"),
            ("a b.wav --mix nan", "expected 0 to 1, found nan"),
            ("a b.wav --strength 1.5", "expected 0 to 1, found 1.5"),
            (
                "a b.wav --streamed --chunk 0",
                "expected 1 to 1000, found 0",
            ),
            ("a b.wav --vibrato 2.5", "expected 0 to 2, found 2.5"),
            (
                "a b.wav --pitch-target scale --key H",
                "expected C to B, with # or b, or 0 to 11, found H",
            ),
            (
                "a b.wav --pitch-target scale --scale dorian",
                "expected chromatic, major, minor, harmonic-minor, major-pentatonic, minor-pentatonic, found dorian",
            ),
            (
                "a b.wav --pitch-target scale --correction-speed 1001",
                "expected 0 to 1000, found 1001",
            ),
            (
                "a b.wav --pitch-target monotone --note C9",
                "expected C1 to C7 or 24 to 96, found C9",
            ),
            ("a b.wav --pitch-target monotone", "--note <NOTE>"),
            (
                "a b.wav --pitch-target sideways",
                "[possible values: free, scale, monotone]",
            ),
            (
                "a b.wav --bit-depth 8",
                "expected 16, 24 or 32f, found \"8\"",
            ),
            (
                "a b.wav --device gpu",
                "expected cpu, cuda or cuda:N, found \"gpu\"",
            ),
            (
                "a b.wav --backend torch",
                "expected onnxruntime or tract, found \"torch\"",
            ),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn options_that_need_others_say_so() {
        for line in ["a b.wav --chunk 20", "a b.wav --force", ""] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        for (line, option, target) in [
            ("--key D", "--key", "scale"),
            ("--scale major --pitch-target free", "--scale", "scale"),
            (
                "--correction-strength 0.5",
                "--correction-strength",
                "scale",
            ),
            (
                "--pitch-target monotone --note 57 --correction-speed 5",
                "--correction-speed",
                "scale",
            ),
            ("--pitch-target scale --note A3", "--note", "monotone"),
        ] {
            let error = parse(&format!("a b.wav {line}"))
                .unwrap()
                .check()
                .unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let expected = format!("{option} needs --pitch-target {target}");
            assert!(error.to_string().contains(&expected), "{line}: {error}");
        }
    }

    #[test]
    fn paths_become_a_destination_or_an_error_of_usage() {
        let file = parse("a.mp3 b.WAV").unwrap().destination().unwrap();
        assert_eq!(
            file,
            Destination::File {
                input: "a.mp3".into(),
                output: "b.WAV".into()
            }
        );
        let folder = parse("a b c --out-dir d").unwrap().destination().unwrap();
        let inputs = ["a", "b", "c"].map(PathBuf::from).to_vec();
        assert_eq!(
            folder,
            Destination::Folder {
                inputs,
                folder: "d".into()
            }
        );
        for (line, expected) in [
            ("a.wav", "expected IN and OUT, found 1 path;"),
            ("a b c", "expected IN and OUT, found 3 paths;"),
            ("a.wav b.mp3", "b.mp3: outputs are WAV files"),
            ("a.wav b", "b: outputs are WAV files"),
        ] {
            let error = parse(line).unwrap().destination().unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(expected), "{line}: {error}");
        }
    }
}
