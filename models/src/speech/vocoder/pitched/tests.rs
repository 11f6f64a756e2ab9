//! NSF-HiFiGAN against `tests/golden/speech/make_vocoders.py`: streamed, whole, and in torch.

use serde::Deserialize;

use super::*;
use crate::runtime::Backend;
use crate::speech::fixtures::{bytes, difference, runtime, runtimes, uniform};
use crate::speech::vocoder::Vocoder;

/// Streamed samples may differ from whole ones by this share of the peak, the order of f32 sums.
const STREAMED: f32 = 1e-6;

/// The same from torch: 1.7e-4 were seen, because it sums turns in double precision where exports sum in single. A frame's
/// shift of F0, or a phase that is lost, is more than 1e-2.
const TORCH: f32 = 1e-3;

#[derive(Deserialize)]
struct Golden {
    mels: usize,
    frames: usize,
    step: usize,
    pitched: Case,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    seed: u32,
    hop: usize,
    left: usize,
    right: usize,
    f0: Vec<f32>,
    samples: Vec<f32>,
}

struct Setting {
    golden: Golden,
    mel: Mel,
}

impl Setting {
    fn new() -> Setting {
        let golden: Golden = serde_json::from_slice(&bytes("vocoders.json")).unwrap();
        let mel = Mel {
            values: uniform(golden.mels * golden.frames, golden.pitched.seed),
            bands: golden.mels,
        };
        Setting { golden, mel }
    }

    fn file(&self) -> Vec<u8> {
        bytes(&format!("{}.onnx", self.golden.pitched.name))
    }

    fn load(&self, runtime: &Runtime) -> Vocoder {
        let device = (runtime, Device::Cpu);
        Vocoder::load("nsf", &self.file(), self.golden.mels, device).unwrap()
    }

    fn begin(&self, vocoder: &Vocoder, seed: u64) -> Box<dyn Sounding> {
        let f0 = &self.golden.pitched.f0;
        vocoder.begin_pitched(&self.mel, f0, seed).unwrap()
    }

    /// The samples of the whole graph, run as it was exported but for its random nodes, which give `drawn`.
    fn whole(&self, runtime: &Runtime, drawn: impl Fn(Vec<RandomInput>) -> Feeds) -> Vec<f32> {
        let mut graph = Graph::decode("whole", &self.file()).unwrap();
        let frames = self.golden.frames;
        let mel = Tensor::f32(&[1, frames, self.golden.mels], self.mel.values.clone());
        let f0 = Tensor::f32(&[1, frames], self.golden.pitched.f0.clone());
        let silent = |count: usize| {
            vec![
                (
                    "mel".to_owned(),
                    Tensor::zeros(&[1, count, self.golden.mels]),
                ),
                ("f0".to_owned(), Tensor::zeros(&[1, count])),
            ]
        };
        let random = expose_randomness(&mut graph, &silent, runtime).unwrap();
        assert_eq!(random.len(), 2, "phases and noise");
        let drawn = drawn(random);
        let mut inputs = vec![("mel", &mel), ("f0", &f0)];
        inputs.extend(drawn.iter().map(|(name, tensor)| (name.as_str(), tensor)));
        let outputs = graph.run(runtime, &inputs).unwrap();
        outputs[0].as_f32().unwrap().to_vec()
    }

    fn drawn(&self, seed: u64) -> impl Fn(Vec<RandomInput>) -> Feeds {
        let frames = self.golden.frames;
        move |random| RandomFeeds::new(random, seed).frames(0, frames)
    }
}

type Feeds = Vec<(String, Tensor)>;

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

#[test]
fn streamed_samples_are_those_of_the_whole_graph() {
    let setting = Setting::new();
    let case = &setting.golden.pitched;
    for runtime in runtimes() {
        let vocoder = setting.load(&runtime);
        let expected = Streaming::Exact {
            hop: case.hop,
            left: case.left,
            right: case.right,
        };
        assert_eq!(vocoder.streaming(), expected);
        let (streamed, lengths) = spoken(setting.begin(&vocoder, 5));
        assert_eq!(lengths[..2], [8 * case.hop, 16 * case.hop]);
        let whole = setting.whole(&runtime, setting.drawn(5));
        let off = difference(&streamed, &whole);
        eprintln!("streamed against whole: {off:e} of the peak");
        assert!(off <= STREAMED, "{off:e}");
        // Other noise is other sound, so the comparison above is of the noise too.
        let (other, _) = spoken(setting.begin(&vocoder, 6));
        assert!(difference(&other, &whole) > 1e-4);
        assert_eq!(spoken(setting.begin(&vocoder, 5)).0, streamed);
    }
}

#[test]
fn without_noise_the_graph_gives_what_torch_gives() {
    let setting = Setting::new();
    for runtime in runtimes() {
        let silent = |random: Vec<RandomInput>| {
            let mut drawn = RandomFeeds::new(random, 0).frames(0, setting.golden.frames);
            for (_, tensor) in &mut drawn {
                *tensor = Tensor::zeros(tensor.shape());
            }
            drawn
        };
        let whole = setting.whole(&runtime, silent);
        let kept: Vec<f32> = whole.iter().step_by(setting.golden.step).copied().collect();
        let off = difference(&kept, &setting.golden.pitched.samples);
        eprintln!("from torch: {off:e} of the peak");
        assert!(off <= TORCH, "{off:e}");
    }
}

#[test]
fn frequencies_that_cannot_be_meant_are_refused() {
    let setting = Setting::new();
    let runtime = runtime(Backend::Tract).unwrap();
    let vocoder = setting.load(&runtime);
    let refused = |f0: &[f32]| {
        let begun = vocoder.begin_pitched(&setting.mel, f0, 0);
        begun.err().unwrap().to_string()
    };
    assert!(refused(&[100.0; 3]).contains("expected 90 frequencies in Hz"));
    assert!(refused(&[-1.0; 90]).contains("the least of them -1"));
    assert!(refused(&[f32::NAN; 90]).contains("finite"));
    let without = vocoder.begin(&setting.mel).err().unwrap().to_string();
    assert!(without.contains("F0 of every frame"), "{without}");
}
