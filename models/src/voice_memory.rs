//! Estimates how much memory a voice takes, from its manifest.

use std::fmt;

use crate::bundle::VoiceBundle;
use crate::converter::ConverterSpec;
use crate::runtime::Megabytes;
use crate::settings::StreamWish;

/// The longest piece of a whole file, in seconds: the slicer's own bound.
const PIECE_SECONDS: f64 = 30.0;

/// The longest usual window of a stream, in milliseconds: context, chunk and lookahead at best quality.
const WINDOW_MS: [f64; 3] = [2_500.0, 500.0, 160.0];

/// What a network holds while it runs, per second of audio, as a share of its weights.
///
/// Measured in fp32 on full-size networks as the growth of ONNX Runtime's arena on the CPU, over 1 to 30 s of audio:
/// content encoder 25 to 27 MB/s of 377 MB; the head of a synthesizer 4 to 25 MB/s of 53 to 64 MB, more the longer the
/// audio, because of its attention; the generator 50 (So-VITS-SVC, 44.1 kHz) to 100 MB/s (RVC, 48 kHz) of 58 to 63 MB.
/// The larger ones are taken: too small an estimate ends in the middle of a conversion.
const SHARES: [(&str, f64); 5] = [
    ("encoder", 0.08),
    ("head", 0.4),
    ("generator", 1.6),
    ("synthesizer", 1.0),
    ("f0", 0.5),
];

/// How much memory a voice takes: an estimate, from the sizes in its manifest.
///
/// On a GPU it is what a pipeline reserves, with a driver's own needs left aside. On the CPU the weights of optimised
/// networks are mapped from disk and shared between all instances and processes, so an instance takes
/// [`VoiceMemory::activations`] beside them; in eight bits both are less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceMemory {
    weights: u64,
    activations: u64,
}

impl VoiceMemory {
    /// Of one stream that hears windows of `spec`.
    pub fn of_stream(bundle: &VoiceBundle, spec: &ConverterSpec) -> VoiceMemory {
        let overlap = spec.overlap().to_ms(spec.output_rate);
        let new = (spec.chunk + spec.lookahead).to_ms(spec.input_rate) + overlap;
        let context = spec.context.to_ms(spec.input_rate);
        VoiceMemory::of(bundle, (context + new) / 1e3, new / 1e3)
    }

    /// Of one stream whose window is partly chosen.
    pub(crate) fn of_wish(bundle: &VoiceBundle, wish: StreamWish) -> VoiceMemory {
        let wished = [wish.context_ms, wish.chunk_ms, wish.lookahead_ms];
        let mut chosen = wished
            .iter()
            .zip(WINDOW_MS)
            .map(|(ms, most)| ms.unwrap_or(most));
        let context = chosen.next().unwrap_or_default();
        let new: f64 = chosen.sum();
        VoiceMemory::of(bundle, (context + new) / 1e3, new / 1e3)
    }

    /// Of the conversion of whole files.
    pub fn of_files(bundle: &VoiceBundle) -> VoiceMemory {
        VoiceMemory::of(bundle, PIECE_SECONDS, PIECE_SECONDS)
    }

    /// With networks that hear `heard` seconds at once; a generator with a memory of its own is given `spoken` of them.
    fn of(bundle: &VoiceBundle, heard: f64, spoken: f64) -> VoiceMemory {
        let files = &bundle.manifest().files;
        let networks = files
            .iter()
            .filter(|(_, file)| file.path.ends_with(".onnx"));
        let mut memory = VoiceMemory {
            weights: 0,
            activations: 0,
        };
        for (role, file) in networks {
            let known = SHARES.iter().find(|(name, _)| name == role);
            let share = known.map_or(1.0, |&(_, share)| share);
            let seconds = if role == "generator" { spoken } else { heard };
            memory.weights += file.bytes;
            memory.activations += (file.bytes as f64 * share * seconds) as u64;
        }
        memory
    }

    /// Bytes of weights.
    pub fn weights(&self) -> u64 {
        self.weights
    }

    /// Bytes beside them while it runs.
    pub fn activations(&self) -> u64 {
        self.activations
    }

    /// Bytes in all.
    pub fn total(&self) -> u64 {
        self.weights + self.activations
    }
}

impl fmt::Display for VoiceMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of weights and about {} beside them",
            Megabytes(self.weights),
            Megabytes(self.activations)
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::converter::Join;
    use syrinx_dsp::{SampleRate, Samples};

    /// A voice whose manifest says that it has files of these sizes; nothing is in them.
    fn bundle(files: &[(&str, &str, u64)]) -> (tempfile::TempDir, VoiceBundle) {
        let folder = tempfile::tempdir().unwrap();
        let entry = |(role, path, bytes): &(&str, &str, u64)| {
            let entry = json!({"path": path, "sha256": "0".repeat(64), "bytes": bytes});
            (role.to_string(), entry)
        };
        let manifest = json!({
            "format": 1, "kind": "so-vits", "name": "sized", "rate": 44_100, "hop": 512,
            "speakers": [{"name": "a", "id": 0}],
            "files": files.iter().map(entry).collect::<serde_json::Map<_, _>>(),
            "licence": "MIT", "consent": "None.",
        });
        for (_, path, bytes) in files {
            // Without content, they take no room on disk.
            let file = std::fs::File::create(folder.path().join(path)).unwrap();
            file.set_len(*bytes).unwrap();
        }
        std::fs::write(folder.path().join("voice.json"), manifest.to_string()).unwrap();
        let bundle = VoiceBundle::open(folder.path()).unwrap();
        (folder, bundle)
    }

    const MB: u64 = 1_000_000;

    /// The So-VITS-SVC voice on which the shares were measured.
    fn full_size() -> (tempfile::TempDir, VoiceBundle) {
        bundle(&[
            ("encoder", "encoder.onnx", 377 * MB),
            ("head", "head.onnx", 64 * MB),
            ("generator", "generator.onnx", 58 * MB),
            ("index", "voice.index", 900 * MB),
        ])
    }

    #[test]
    fn estimates_are_no_less_than_what_was_measured_and_not_twice_as_much() {
        let (_folder, bundle) = full_size();
        let spec = ConverterSpec {
            input_rate: SampleRate::of(44_100),
            output_rate: SampleRate::of(44_100),
            chunk: Samples(22_050),
            context: Samples(110_250),
            lookahead: Samples(7_056),
            join: Join::Exact,
            terms: Vec::new(),
        };
        let stream = VoiceMemory::of_stream(&bundle, &spec);
        assert_eq!(stream.weights(), 499 * MB, "an index stays in main memory");
        // Encoder and head on 3.16 s, the generator on 0.66 s of them.
        let measured = (80 + 13 + 33) * MB;
        assert!(
            (measured..2 * measured).contains(&stream.activations()),
            "{stream}"
        );
        assert_eq!(VoiceMemory::of_wish(&bundle, StreamWish::default()), stream);
        let files = VoiceMemory::of_files(&bundle);
        let measured = (815 + 738 + 1_500) * MB;
        assert!(
            (measured..2 * measured).contains(&files.activations()),
            "{files}"
        );
        assert_eq!(files.total(), files.weights() + files.activations());
    }

    #[test]
    fn a_shorter_window_takes_less_and_a_voice_in_one_piece_more() {
        let (_folder, parted) = full_size();
        let wish = StreamWish {
            context_ms: Some(400.0),
            ..StreamWish::default()
        };
        let short = VoiceMemory::of_wish(&parted, wish);
        assert!(
            short.activations()
                < VoiceMemory::of_wish(&parted, StreamWish::default()).activations()
        );
        let (_folder, whole) = bundle(&[
            ("encoder", "encoder.onnx", 377 * MB),
            ("synthesizer", "synthesizer.onnx", 122 * MB),
        ]);
        let whole = VoiceMemory::of_wish(&whole, wish);
        assert_eq!(whole.weights(), short.weights());
        assert!(whole.activations() > short.activations());
        assert_eq!(
            whole.to_string(),
            "499 MB of weights and about 161 MB beside them"
        );
    }
}
