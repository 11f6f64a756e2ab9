//! Generators whose stages share a past, against the whole ones, on both backends.

use std::ops::Range;

use super::*;
use crate::graph::{fold_weights, plain_layers};
use crate::model::Model;
use crate::runtime::{Device, Runtime};
use crate::speech::fixtures::{bytes, difference, runtimes, uniform};

const MELS: usize = 8;
const FRAMES: usize = 90;

/// The vocoder of this name, cut.
fn vocoder(name: &str, runtime: &Runtime) -> Cut {
    let mut graph = Graph::decode(name, &bytes(&format!("{name}.onnx"))).unwrap();
    fold_weights(&mut graph, runtime).unwrap();
    plain_layers(&mut graph, runtime).unwrap();
    let (inputs, _) = graph.specs().unwrap();
    let mel = inputs[0].name.clone();
    let feeds = move |frames| vec![(mel.clone(), Tensor::zeros(&[1, MELS, frames]))];
    Cut::of_speech(&graph, &[], &feeds, runtime).unwrap()
}

/// Frames of random mel, `[1, bands, frames]`.
fn frames(span: Range<usize>) -> Tensor {
    let all = uniform(MELS * FRAMES, 5);
    let rows = all.chunks_exact(FRAMES);
    let part = rows.flat_map(|row| row[span.clone()].to_vec()).collect();
    Tensor::f32(&[1, MELS, span.len()], part)
}

/// The audio of all frames in chunks of these lengths, the last of them by the graph without lookahead.
fn in_chunks(cut: &Cut, threads: usize, chunks: &[usize], runtime: &Runtime) -> Vec<f32> {
    let ahead = StreamedGenerator::staged(cut, usize::MAX, threads).unwrap();
    let end = StreamedGenerator::staged(cut, 0, threads).unwrap();
    let mut sessions = [&ahead, &end].map(|one| one.graph.load(runtime, Device::Cpu).unwrap());
    let (mut states, mut audio, mut begin) = (ahead.shape.start(), Vec::new(), 0);
    for &chunk in chunks {
        let is_end = begin + chunk == FRAMES;
        let known = if is_end { 0 } else { ahead.shape.lookahead };
        let latents = frames(begin..begin + chunk + known);
        let mut inputs = vec![(cut.latents[0].name.as_str(), &latents)];
        let given = ahead.shape.states.iter().zip(&states);
        inputs.extend(given.map(|(state, value)| (state.input.as_str(), value)));
        let mut outputs = sessions[usize::from(is_end)].run(&inputs).unwrap();
        audio.extend_from_slice(outputs.remove(0).as_f32().unwrap());
        states = outputs;
        begin += chunk;
    }
    audio
}

#[test]
fn stages_lie_between_changes_of_rate() {
    let runtime = &runtimes()[0];
    let cut = vocoder("hifigan_v3", runtime);
    let moving = [cut.latents[0].name.as_str()];
    let found = stage::stages(&cut.generator, &moving);
    // Kernels of 3, 5 and 7 with dilations of 1 and 2, 2 and 6, 3 and 12: the last branch reaches farthest.
    let reach: Vec<(usize, usize)> = found.iter().map(|one| (one.left, one.right)).collect();
    assert_eq!(reach, [(45, 45); 3]);
    for one in &found {
        let first = &cut.generator.nodes()[one.nodes[0]];
        assert!(first.input.contains(&one.entry), "{one:?}");
    }
}

#[test]
fn stages_in_one_and_two_rows_give_the_samples_of_the_whole() {
    for runtime in runtimes() {
        for name in ["hifigan_v3", "kan_24k"] {
            let cut = vocoder(name, &runtime);
            let mut whole = cut.generator.load(&runtime, Device::Cpu).unwrap();
            let all = frames(0..FRAMES);
            let outputs = whole.run(&[(&cut.latents[0].name, &all)]).unwrap();
            let whole = outputs[0].as_f32().unwrap();
            for threads in [1, 2] {
                // Chunks shorter than what a stage sees, and one frame alone.
                for chunks in [&[8, 16, 32, 34][..], &[1, 1, 2, 3, 40, 43], &[90]] {
                    let found = in_chunks(&cut, threads, chunks, &runtime);
                    let off = difference(&found, whole);
                    assert!(
                        off <= 1e-6,
                        "{name}, {threads} threads, {chunks:?}: {off:e}"
                    );
                }
            }
        }
    }
}
