//! Vocoders of full size: streamed against whole, and what streaming costs against windows of the whole graph.
//!
//! `tests/peers/speech_vocoders.py FOLDER` makes them; then run with `SYRINX_FULL_SIZE_VOCODERS=FOLDER`. `cargo xtask
//! parity speech` does both, and reads the lines that are printed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;
use crate::graph::{RandomInput, expose_randomness};
use crate::model::Model;
use crate::runtime::Backend;
use crate::speech::fixtures::{difference, found, runtime, uniform};
use crate::svc::RandomFeeds;

const FRAMES: usize = 344;

/// Streamed samples may differ from whole ones by this share of the peak; a frame too little of context is more than 1e-2.
const STREAMED: f32 = 1e-6;

/// A whole graph of hundreds of channels differs from itself by as much when it is run on a few frames alone, since products
/// of matrices as narrow as that are summed in another order: streamed samples may by this many times of it.
const ROUNDINGS: f32 = 2.0;

/// Frames of such a run, about what a first chunk and its future are.
const FEW: usize = 32;

/// Mel bands of each vocoder.
const NAMES: [(&str, usize); 9] = [
    ("v1", 80),
    ("v2", 80),
    ("v3", 80),
    ("speecht5", 80),
    ("nsf", 128),
    ("kan_16k", 80),
    ("kan_noncausal_16k", 80),
    ("kan_24k", 80),
    ("kan_48k", 80),
];

/// A vocoder, and what it is given.
struct Given {
    onnx: Vec<u8>,
    mel: Mel,
    /// 220 Hz with an unvoiced stretch.
    f0: Vec<f32>,
    /// The whole graph, its random numbers outside.
    graph: Graph,
    random: Vec<RandomInput>,
    layout: MelLayout,
}

impl Given {
    fn new(folder: &Path, name: &str, bands: usize, runtime: &Runtime) -> Given {
        let onnx = std::fs::read(folder.join(format!("{name}.onnx"))).unwrap();
        let mut graph = Graph::decode(name, &onnx).unwrap();
        let (inputs, _) = graph.specs().unwrap();
        let layout = MelLayout::of(name, &inputs[..1], bands).unwrap();
        let silent = |frames: usize| {
            let f0 = Tensor::zeros(&[1, frames]);
            vec![layout.silence(frames), (F0.to_owned(), f0)]
        };
        let random = expose_randomness(&mut graph, &silent, runtime).unwrap();
        Given {
            mel: Mel {
                values: uniform(bands * FRAMES, 9),
                bands,
            },
            f0: (0..FRAMES)
                .map(|frame| {
                    if (100..140).contains(&frame) {
                        0.0
                    } else {
                        220.0
                    }
                })
                .collect(),
            random,
            graph,
            layout,
            onnx,
        }
    }

    /// The samples of the whole graph for the first `frames` frames, and the seconds that a second run took.
    fn whole(&self, frames: usize, runtime: &Runtime) -> (Vec<f32>, f64) {
        let mut session = self.graph.load(runtime, Device::Cpu).unwrap();
        let (name, mel) = self.layout.tensor(&Mel {
            values: self.mel.values[..frames * self.mel.bands].to_vec(),
            bands: self.mel.bands,
        });
        let f0 = Tensor::f32(&[1, frames], self.f0[..frames].to_vec());
        let drawn = RandomFeeds::new(self.random.clone(), 0).frames(0, frames);
        let mut inputs = vec![(name.as_str(), &mel), (F0, &f0)];
        inputs.extend(drawn.iter().map(|(name, value)| (name.as_str(), value)));
        inputs.retain(|(name, _)| session.inputs().iter().any(|spec| spec.name == *name));
        session.run(&inputs).unwrap();
        let begun = Instant::now();
        let outputs = session.run(&inputs).unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        (outputs[0].as_f32().unwrap().to_vec(), seconds)
    }
}

#[test]
#[ignore = "needs full-size vocoders: see the head of this file"]
fn full_size_vocoders() {
    let folder = std::env::var_os("SYRINX_FULL_SIZE_VOCODERS").map(PathBuf::from);
    let folder = folder.expect("SYRINX_FULL_SIZE_VOCODERS names the folder");
    let runtime = runtime(Backend::OnnxRuntime).expect("a library");
    let mut beyond = Vec::new();
    for (name, bands) in NAMES {
        let given = Given::new(&folder, name, bands, &runtime);
        let vocoder = Vocoder::load(name, &given.onnx, bands, (&runtime, Device::Cpu)).unwrap();
        let Streaming::Exact { hop, left, right } = vocoder.streaming() else {
            panic!("{name}: {:?}", vocoder.streaming());
        };
        let (whole, whole_s) = given.whole(FRAMES, &runtime);
        let (few, _) = given.whole(FEW, &runtime);
        let same = (FEW - right) * hop;
        let rounding = difference(&few[..same], &whole[..same]);
        let limit = STREAMED.max(ROUNDINGS * rounding);
        let begun = Instant::now();
        let mut sounding = vocoder.begin_pitched(&given.mel, &given.f0, 0).unwrap();
        let (mut streamed, mut first_s) = (Vec::new(), None);
        while sounding.next_chunk(&mut streamed).unwrap() {
            first_s.get_or_insert_with(|| begun.elapsed().as_secs_f64());
        }
        let streamed_s = begun.elapsed().as_secs_f64();
        let off = difference(&streamed, &whole);
        let first_s = first_s.unwrap_or(streamed_s);
        let note = format!(
            "context {left}/{right} frames; the whole graph rounds by {rounding:.1e}; {FRAMES} frames whole {whole_s:.3} s, \
             streamed {streamed_s:.3} s, first chunk {first_s:.3} s"
        );
        found(
            &format!("vocoder {name}"),
            "whole graph",
            streamed.len(),
            off,
            limit,
            &note,
        );
        if off > limit {
            beyond.push(format!("{name}: {off:e}"));
        }
    }
    assert!(beyond.is_empty(), "{beyond:?}");
}
