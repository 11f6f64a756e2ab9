//! What is written down about a conversion: the provenance inside the WAV, and the report beside it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use syrinx_dsp::{PitchSettings, PitchTarget};
use syrinx_models::{LatencyTerm, Transpose};

use crate::args::ConvertArgs;
use crate::audio::BitDepth;
use crate::audio::info_chunk::{COMMENT, InfoEntry, SOFTWARE};
use crate::interrupt::Interrupt;

/// The program's name and version, as files carry it.
pub const PROGRAM: &str = concat!("Syrinx ", env!("CARGO_PKG_VERSION"));

/// Bytes that are hashed at once.
const HASH_PIECE: usize = 1 << 16;

/// How far F0 was to be shifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TransposeAsked {
    /// This many semitones.
    Semitones(f32),
    /// "auto".
    Word(String),
}

/// Where the pitch was to be led.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PitchAsked {
    /// free, scale or monotone.
    pub target: String,
    /// The key, 0 (C) to 11 (B).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<u8>,
    /// The notes of the scale: bit n stands for n semitones above the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u16>,
    /// The share of the distance that was to be taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<f32>,
    /// The time constant in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_ms: Option<f32>,
    /// The note of monotone, as MIDI counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<f32>,
    /// The depth of the vibrato.
    pub vibrato: f32,
}

impl PitchAsked {
    /// `None` where nothing was asked.
    pub fn of(settings: &PitchSettings) -> Option<PitchAsked> {
        let mut asked = PitchAsked {
            target: "free".to_owned(),
            key: None,
            steps: None,
            strength: None,
            speed_ms: None,
            note: None,
            vibrato: settings.vibrato,
        };
        match settings.target {
            PitchTarget::Free => {}
            PitchTarget::Scale {
                scale,
                strength,
                speed_ms,
            } => {
                asked.target = "scale".to_owned();
                asked.key = Some(scale.key());
                asked.steps = Some(scale.steps());
                asked.strength = Some(strength);
                asked.speed_ms = Some(speed_ms);
            }
            PitchTarget::Held { note, .. } => {
                asked.target = "held".to_owned();
                asked.note = note.map(|note| note.0);
            }
            PitchTarget::Monotone { note } => {
                asked.target = "monotone".to_owned();
                asked.note = Some(note.0);
            }
        }
        (!settings.is_neutral()).then_some(asked)
    }
}

/// The second voices that were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HarmonyAsked {
    /// The key, 0 (C) to 11 (B).
    pub key: u8,
    /// The notes of the scale: bit n stands for n semitones above the key.
    pub steps: u16,
    /// How many notes of the scale each lies above the first voice; below 0 beneath.
    pub degrees: Vec<i8>,
    /// How loud they are beside the first.
    pub level_db: f32,
}

impl HarmonyAsked {
    /// `None` where none was asked for.
    pub fn of(arguments: &ConvertArgs) -> Option<HarmonyAsked> {
        let degrees = arguments.harmony.degrees();
        let scale = arguments.pitch.chosen_scale();
        (!degrees.is_empty()).then(|| HarmonyAsked {
            key: scale.key(),
            steps: scale.steps(),
            degrees,
            level_db: arguments.harmony.level().0,
        })
    }
}

/// What the user chose, as far as it changes the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingsAsked {
    /// The speaker; none is the voice's first.
    pub speaker: Option<String>,
    /// The strength; none is the voice's own.
    pub strength: Option<f32>,
    /// The transposition.
    pub transpose: TransposeAsked,
    /// The shift of the formants in semitones.
    pub formant: f32,
    /// The range of F0 around its mean.
    pub intonation: f32,
    /// Where the pitch was to be led; none is as it was sung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pitch: Option<PitchAsked>,
    /// The second voices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harmony: Option<HarmonyAsked>,
    /// The gate's threshold in dB; none is off.
    pub gate_db: Option<f32>,
    /// The share of the converted signal.
    pub mix: f32,
    /// The seed.
    pub seed: u64,
    /// Whether it was converted as a stream.
    pub streamed: bool,
    /// The chunk asked for, in milliseconds; none is the voice's own.
    pub chunk_ms: Option<f32>,
    /// The context asked for, in milliseconds; none is the voice's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_ms: Option<f32>,
    /// The lookahead asked for, in milliseconds; none is the voice's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookahead_ms: Option<f32>,
    /// The sample format.
    pub bit_depth: BitDepth,
}

impl SettingsAsked {
    /// From the command line.
    pub fn new(arguments: &ConvertArgs) -> SettingsAsked {
        SettingsAsked {
            speaker: arguments.speaker.clone(),
            strength: arguments.strength,
            transpose: match arguments.transpose {
                Transpose::Auto => TransposeAsked::Word("auto".to_owned()),
                Transpose::Fixed(semitones) => TransposeAsked::Semitones(semitones.0),
            },
            formant: arguments.formant,
            intonation: arguments.intonation,
            pitch: PitchAsked::of(&arguments.pitch.settings()),
            harmony: HarmonyAsked::of(arguments),
            gate_db: arguments.gate,
            mix: arguments.mix,
            seed: arguments.seed,
            streamed: arguments.streamed,
            chunk_ms: arguments.chunk,
            context_ms: arguments.context,
            lookahead_ms: arguments.lookahead,
            bit_depth: arguments.bit_depth,
        }
    }
}

/// A voice, beyond doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceIdentity {
    /// Its name.
    pub name: String,
    /// SHA-256 of the bundle.
    pub sha256: String,
}

/// Where an output comes from: everything that decides its samples. It names no path and no time, so that the
/// same conversion gives the same file anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// SHA-256 of the input file.
    pub input_sha256: String,
    /// The voice.
    pub voice: VoiceIdentity,
    /// What the user chose.
    pub settings: SettingsAsked,
    /// The shift of F0 that was applied, in semitones.
    pub transpose_semitones: f32,
}

impl Provenance {
    /// The INFO entries that carry it: the program, and the rest as JSON.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn to_info(&self) -> io::Result<Vec<InfoEntry>> {
        let json = serde_json::to_string(self)?;
        Ok(vec![
            InfoEntry::new(SOFTWARE, PROGRAM),
            InfoEntry::new(COMMENT, &json),
        ])
    }

    /// Reads it back; `None` where there is none of ours.
    pub fn from_info(entries: &[InfoEntry]) -> Option<Provenance> {
        let comment = entries.iter().find(|entry| entry.name == COMMENT)?;
        serde_json::from_str(&comment.text).ok()
    }
}

/// The input in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputReport {
    /// As given on the command line.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Samples per second.
    pub rate: u32,
    /// Channels; more than one were downmixed.
    pub channels: usize,
    /// Samples per channel.
    pub samples: u64,
}

/// The output in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputReport {
    /// As given or derived.
    pub path: PathBuf,
    /// The sample format.
    pub bit_depth: BitDepth,
    /// Samples, always those of the input.
    pub samples: u64,
    /// Samples beyond full scale that were clipped.
    pub clipped: u64,
    /// The largest magnitude; 1 is full scale.
    pub peak: f32,
    /// By how many dB the limiter lowered the highest peak, which would not have fitted; 0 if it did nothing.
    pub limited_db: f32,
    /// Whether triangular dither was added.
    pub dithered: bool,
}

/// One part of a latency in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TermReport {
    /// What it is.
    pub name: String,
    /// Its length in milliseconds.
    pub ms: f64,
    /// What it would cost to shorten it.
    pub note: String,
}

impl From<&LatencyTerm> for TermReport {
    fn from(term: &LatencyTerm) -> TermReport {
        TermReport {
            name: term.name.to_owned(),
            ms: term.ms,
            note: term.note.to_owned(),
        }
    }
}

/// The streaming in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamReport {
    /// The latency of the stream at the rate of the recording, in samples; it was cut off.
    pub latency_samples: usize,
    /// The same in milliseconds.
    pub latency_ms: f64,
    /// Seconds that opening took, its networks loaded and prewarmed; part of the computing time.
    pub opened_s: f64,
    /// The chunk in milliseconds.
    pub chunk_ms: f64,
    /// Samples that were missing when they were due; 0 unless the stream's arithmetic is wrong.
    pub missing_samples: u64,
    /// The parts of the voice's own latency.
    pub terms: Vec<TermReport>,
}

/// Everything about one conversion, as written to `OUT.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The program and its version.
    pub program: String,
    /// What was read.
    pub input: InputReport,
    /// What was written.
    pub output: OutputReport,
    /// The voice.
    pub voice: VoiceIdentity,
    /// The speaker inside the voice.
    pub speaker: String,
    /// What the user chose.
    pub settings: SettingsAsked,
    /// The shift of F0 that was applied, in semitones.
    pub transpose_semitones: f32,
    /// Why it is this one.
    pub transpose_reason: String,
    /// What ran the networks.
    pub backend: String,
    /// Where they ran.
    pub device: String,
    /// Length of the recording in seconds.
    pub duration_s: f64,
    /// Time for reading, converting and writing in seconds; loading the voice is not in it.
    pub compute_s: f64,
    /// Compute time over audio time; below 1 keeps up.
    pub real_time_factor: f64,
    /// Only with --streamed.
    pub stream: Option<StreamReport>,
}

/// SHA-256 of a file as hexadecimal digits; `None` if the user asked to stop.
///
/// # Errors
/// If it cannot be read.
pub fn sha256_of(path: &Path, stop: &Interrupt) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; HASH_PIECE];
    loop {
        if stop.is_asked() {
            return Ok(None);
        }
        match file.read(&mut piece)? {
            0 => break,
            count => hash.update(&piece[..count]),
        }
    }
    Ok(Some(
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use syrinx_dsp::Note;

    use super::*;

    fn provenance(transpose: TransposeAsked) -> Provenance {
        Provenance {
            input_sha256: "00".repeat(32),
            voice: VoiceIdentity {
                name: "default".to_owned(),
                sha256: "11".repeat(32),
            },
            settings: SettingsAsked {
                speaker: None,
                strength: Some(0.35),
                transpose,
                formant: 1.5,
                intonation: 0.3,
                pitch: PitchAsked::of(&PitchSettings {
                    target: PitchTarget::Monotone { note: Note(57.3) },
                    vibrato: 0.4,
                    ..PitchSettings::default()
                }),
                harmony: Some(HarmonyAsked {
                    key: 2,
                    steps: 0b1010_1011_0101,
                    degrees: vec![2, -5],
                    level_db: -6.5,
                }),
                gate_db: Some(-45.3),
                mix: 0.9,
                seed: u64::MAX,
                streamed: true,
                chunk_ms: None,
                context_ms: None,
                lookahead_ms: Some(80.0),
                bit_depth: BitDepth::Float32,
            },
            transpose_semitones: -3.0,
        }
    }

    #[test]
    fn provenance_survives_the_way_through_the_file() {
        for transpose in [
            TransposeAsked::Word("auto".to_owned()),
            TransposeAsked::Semitones(-3.7),
        ] {
            let original = provenance(transpose);
            let entries = original.to_info().unwrap();
            assert_eq!(Provenance::from_info(&entries), Some(original));
        }
        assert_eq!(
            Provenance::from_info(&[InfoEntry::new(COMMENT, "a nice recording")]),
            None
        );
        assert_eq!(Provenance::from_info(&[]), None);
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            sha256_of(&path, &Interrupt::default()).unwrap().as_deref(),
            Some(expected)
        );
        let stop = Interrupt::default();
        stop.ask();
        assert_eq!(sha256_of(&path, &stop).unwrap(), None);
    }
}
