//! Streamed vocoders against whole ones and against `tests/golden/speech/make_vocoders.py`, on both backends.

use serde::Deserialize;

use super::*;
use crate::model::Model;
use crate::runtime::Backend;
use crate::speech::fixtures::{bytes, difference, runtime, runtimes, uniform};

/// Streamed samples may differ from whole ones by this share of the peak, the order of f32 sums. The
/// networks of these tests differ by nothing at all.
const STREAMED: f32 = 1e-6;

/// The same between backends, and torch, whose sums are in another order.
const TORCH: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    mels: usize,
    frames: usize,
    step: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    seed: u32,
    hop: usize,
    left: Option<usize>,
    right: Option<usize>,
    samples: Vec<f32>,
}

impl Case {
    fn file(&self) -> Vec<u8> {
        bytes(&format!("{}.onnx", self.name))
    }

    fn mel(&self, golden: &Golden) -> Mel {
        Mel {
            values: uniform(golden.mels * golden.frames, self.seed),
            bands: golden.mels,
        }
    }

    /// The samples of the whole graph, run as it was exported.
    fn whole(&self, mel: &Mel, runtime: &Runtime) -> Vec<f32> {
        let mut session = runtime
            .load_any("whole", &self.file(), Device::Cpu)
            .unwrap();
        let layout = MelLayout::of("whole", session.inputs(), mel.bands).unwrap();
        let (name, tensor) = layout.tensor(mel);
        let outputs = session.run(&[(&name, &tensor)]).unwrap();
        outputs[0].as_f32().unwrap().to_vec()
    }
}

fn golden() -> Golden {
    serde_json::from_slice(&bytes("vocoders.json")).unwrap()
}

/// All chunks, and their lengths.
fn spoken(mut sounding: Box<dyn Sounding>) -> (Vec<f32>, Vec<usize>) {
    let (mut samples, mut lengths) = (Vec::new(), Vec::new());
    loop {
        let before = samples.len();
        let more = sounding.next_chunk(&mut samples).unwrap();
        lengths.push(samples.len() - before);
        if !more {
            return (samples, lengths);
        }
    }
}

fn part(mel: &Mel, frames: usize) -> Mel {
    Mel {
        values: mel.values[..frames * mel.bands].to_vec(),
        bands: mel.bands,
    }
}

#[test]
fn contexts_are_those_of_the_configurations() {
    let runtime = runtime(Backend::Tract).unwrap();
    let golden = golden();
    for case in &golden.cases {
        let loaded = Vocoder::load(
            &case.name,
            &case.file(),
            golden.mels,
            (&runtime, Device::Cpu),
        );
        match (loaded.unwrap().streaming(), case.left, case.right) {
            (Streaming::Exact { hop, left, right }, Some(a), Some(b)) => {
                assert_eq!((hop, left, right), (case.hop, a, b), "{}", case.name);
            }
            (Streaming::PerSegment { reason }, None, None) => {
                assert!(reason.contains("samples per frame"), "{reason}");
            }
            (found, ..) => panic!("{}: {found:?}", case.name),
        }
    }
}

#[test]
fn streamed_vocoders_give_what_whole_ones_give() {
    let golden = golden();
    let mut most = 0.0f32;
    for runtime in runtimes() {
        for case in golden.cases.iter().filter(|case| case.left.is_some()) {
            let device = (&runtime, Device::Cpu);
            let vocoder = Vocoder::load(&case.name, &case.file(), golden.mels, device).unwrap();
            let mel = case.mel(&golden);
            let whole = case.whole(&mel, &runtime);
            let kept: Vec<f32> = whole.iter().step_by(golden.step).copied().collect();
            let torch = difference(&kept, &case.samples);
            assert!(torch <= TORCH, "{}: {torch:e} from torch", case.name);

            let (streamed, lengths) = spoken(vocoder.begin(&mel).unwrap());
            let off = difference(&streamed, &whole);
            assert!(off <= STREAMED, "{}: {off:e}", case.name);
            most = most.max(off);
            let frames: Vec<usize> = lengths.iter().map(|length| length / case.hop).collect();
            assert_eq!(frames[..2], [8, 16], "{}", case.name);
            assert_eq!(frames.iter().sum::<usize>(), golden.frames);
        }
    }
    eprintln!("streamed against whole: {most:e} of the peak at most");
}

/// Utterances shorter than a chunk and its future, in one part and in two, and all ends.
#[test]
fn ends_of_every_length_are_those_of_the_whole() {
    let golden = golden();
    let Some(runtime) = runtime(Backend::OnnxRuntime) else {
        return;
    };
    for name in ["hifigan_v3", "kan_24k"] {
        let case = golden.cases.iter().find(|case| case.name == name).unwrap();
        let device = (&runtime, Device::Cpu);
        let vocoder = Vocoder::load(name, &case.file(), golden.mels, device).unwrap();
        let mel = case.mel(&golden);
        for frames in 1..golden.frames {
            let mel = part(&mel, frames);
            let (streamed, _) = spoken(vocoder.begin(&mel).unwrap());
            let off = difference(&streamed, &case.whole(&mel, &runtime));
            assert!(off <= STREAMED, "{name} with {frames} frames: {off:e}");
        }
    }
}

/// A frame of context less than was computed must show, and one more must not be needed.
#[test]
fn a_frame_reaches_as_far_as_its_context_and_no_further() {
    let golden = golden();
    for runtime in runtimes() {
        for case in golden.cases.iter().filter(|case| case.left.is_some()) {
            let mel = case.mel(&golden);
            let mut changed = mel.clone();
            let place = 44;
            changed.values[place * mel.bands..][..mel.bands].fill(5.0);
            let (before, after) = (case.whole(&mel, &runtime), case.whole(&changed, &runtime));
            let differs = |frame: usize| {
                let samples = frame * case.hop..(frame + 1) * case.hop;
                before[samples.clone()] != after[samples]
            };
            let reached: Vec<usize> = (0..golden.frames).filter(|&frame| differs(frame)).collect();
            let (first, last) = (reached[0], reached[reached.len() - 1]);
            let (left, right) = (case.left.unwrap(), case.right.unwrap());
            assert!(
                place - first <= right && last - place <= left,
                "{}",
                case.name
            );
            // Of the outermost taps little is left in f32, so the last frames may not show.
            assert!(place - first + 4 >= right, "{}: {first}", case.name);
            assert!(last - place + 4 >= left, "{}: {last}", case.name);
        }
    }
}

#[test]
fn utterances_at_the_same_time_do_not_disturb_each_other() {
    let golden = golden();
    let runtime = runtime(Backend::Tract).unwrap();
    let case = &golden.cases[2];
    let device = (&runtime, Device::Cpu);
    let vocoder = Vocoder::load(&case.name, &case.file(), golden.mels, device).unwrap();
    let mel = case.mel(&golden);
    let (alone, _) = spoken(vocoder.begin(&mel).unwrap());
    let mut first = vocoder.begin(&mel).unwrap();
    let mut second = vocoder.begin(&part(&mel, 70)).unwrap();
    let (mut one, mut other) = (Vec::new(), Vec::new());
    loop {
        let more = first.next_chunk(&mut one).unwrap();
        second.next_chunk(&mut other).unwrap();
        if !more {
            break;
        }
    }
    assert_eq!(one, alone);
}

#[test]
fn a_vocoder_that_needs_all_frames_gets_them_and_says_so() {
    let golden = golden();
    let case = golden
        .cases
        .iter()
        .find(|case| case.left.is_none())
        .unwrap();
    for runtime in runtimes() {
        let device = (&runtime, Device::Cpu);
        let vocoder = Vocoder::load(&case.name, &case.file(), golden.mels, device).unwrap();
        let (samples, lengths) = spoken(vocoder.begin(&case.mel(&golden)).unwrap());
        assert_eq!(lengths, [golden.frames * case.hop]);
        let kept: Vec<f32> = samples.iter().step_by(golden.step).copied().collect();
        let off = difference(&kept, &case.samples);
        assert!(off <= TORCH, "{off:e}");
    }
}

#[test]
fn other_inputs_are_refused_with_what_was_found() {
    let golden = golden();
    let runtime = runtime(Backend::Tract).unwrap();
    let device = (&runtime, Device::Cpu);
    let error = Vocoder::load("hifigan", &golden.cases[0].file(), 80, device)
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "hifigan: expected one input, f32[1, 80, ?] or f32[1, ?, 80], found mel f32[1, 8, ?]"
    );
    let not_finite = Mel {
        values: vec![f32::NAN; golden.mels * 4],
        bands: golden.mels,
    };
    let vocoder = Vocoder::load("hifigan", &golden.cases[0].file(), golden.mels, device).unwrap();
    let error = vocoder.begin(&not_finite).err().unwrap();
    assert!(error.to_string().contains("finite"), "{error}");
}
