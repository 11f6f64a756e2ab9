//! A voice without F0, which has no source, is parted and streamed like others.

use syrinx_dsp::SampleRate;

use super::speaker::{CutSpeaker, Span};
use super::tests::tract;
use super::{PartedSynthesizer, PreparedSynthesizer, StreamParameters};
use crate::graph::Graph;
use crate::model::Tensor;
use crate::runtime::Device;
use crate::svc::synthesizer::recognise;
use crate::svc::{Content, Features, Speaker, Variant};

/// `tests/golden/streamed/make_streamed.py` says how it is built.
const UNPITCHED: &[u8] = include_bytes!("../../../../tests/golden/streamed/unpitched.onnx");
const RATE: SampleRate = SampleRate::of(40_000);
const HOP: usize = 400;

/// What it gets for frames that are all alike, so that every window gives the same latents but for the noise.
fn steady(variant: Variant, frames: usize) -> Vec<(&'static str, Tensor)> {
    let content = Content {
        frame_ms: 10,
        start_ms: None,
        tensor: Tensor::f32(&[1, 2, 256], vec![0.1; 512]),
        frames: 2,
    };
    let features = Features {
        content: &content,
        mel2ph: vec![1; frames],
        f0: vec![0.0; frames],
        uv: vec![0.0; frames],
        noise: Vec::new(),
        noise_scale: 0.0,
        volume: None,
    };
    variant.tensors(features, &Speaker::One(1)).unwrap()
}

#[test]
fn chunks_without_a_source_are_the_whole_one() {
    let graph = Graph::decode("synthesizer", UNPITCHED).unwrap();
    let inputs = graph.specs().unwrap().0;
    let variant = recognise("synthesizer", &inputs).unwrap();
    let prepared =
        PreparedSynthesizer::new("synthesizer", UNPITCHED, variant, RATE, &tract()).unwrap();
    assert!(prepared.mix.is_none() && prepared.excitation.is_none() && !prepared.noisy);
    assert_eq!((prepared.hop, prepared.random.len()), (HOP, 1), "noise");
    let stream = StreamParameters::of(&prepared, inputs);
    let text = serde_json::to_string(&stream).unwrap();
    assert!(!text.contains("\"mix\""), "{text}");
    assert_eq!(
        serde_json::from_str::<StreamParameters>(&text).unwrap(),
        stream
    );

    let (frames, seed) = (70, 3);
    let mut whole = PartedSynthesizer::load(&prepared, RATE, &tract(), Device::Cpu).unwrap();
    let inputs = steady(variant, frames);
    let inputs: Vec<(&str, &Tensor)> = inputs.iter().map(|(name, x)| (*name, x)).collect();
    let whole = whole.run(&inputs, &vec![0.0; frames], (0, seed)).unwrap();
    let whole = whole[0].as_f32().unwrap();
    assert_eq!(whole.len(), frames * HOP);

    let mut speaker =
        CutSpeaker::load(&prepared, usize::MAX, RATE, seed, &tract(), Device::Cpu).unwrap();
    let (mut spoken, mut at) = (Vec::new(), 0);
    for count in [5, 1, 8, 3, 9].into_iter().cycle() {
        // One frame is what the prior's convolution reaches.
        let span = Span { before: 2, count };
        let heard = span.before + count + speaker.lookahead();
        if at + count + speaker.lookahead() > frames {
            break;
        }
        let inputs = steady(variant, heard);
        let first = at as i64 - span.before as i64;
        let part = speaker.speak(inputs, &vec![0.0; heard], first, span);
        spoken.extend(part.unwrap());
        at += count;
    }
    // Near the start the whole graph pads every layer with zeros, so its context is left away.
    let settled = 25 * HOP..spoken.len();
    assert!(settled.len() > 15 * HOP);
    let peak = whole[settled.clone()]
        .iter()
        .fold(0.0f32, |peak, x| peak.max(x.abs()));
    let off = settled
        .map(|n| (whole[n] - spoken[n]).abs())
        .fold(0.0, f32::max)
        / peak;
    // The prior's convolution pads the ends of every window with zeros.
    assert!(peak > 0.01 && off < 2e-3, "{off} of {peak}");
}
