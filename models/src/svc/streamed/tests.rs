use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};
use syrinx_dsp::{SampleRate, Semitones};

use super::speaker::{CutSpeaker, Span};
use super::{PartedSynthesizer, PreparedSynthesizer};
use crate::converter::{Converter, Join};
use crate::model::Tensor;
use crate::quality::Quality;
use crate::runtime::{Backend, Device, Runtime, RuntimeConfig};
use crate::svc::{Content, Features, Speaker, SvcVoice, Variant};
use crate::{LiveControls, Stream, StreamConfig, Voice, VoiceBundle};

/// A synthesizer built as real ones are, tiny; `tests/golden/streamed/make_streamed.py` says how.
const SYNTHESIZER: &[u8] = include_bytes!("../../../../tests/golden/streamed/streamed.onnx");
const ENCODER: &[u8] = include_bytes!("../../../../tests/golden/sovits/encoder_256.onnx");
const RATE: SampleRate = SampleRate::of(44_100);
const HOP: usize = 512;

pub(super) fn tract() -> Runtime {
    Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..RuntimeConfig::default()
    })
    .unwrap()
}

/// The voice as an import leaves it: parted.
fn voice(folder: &std::path::Path) -> Voice {
    Voice::load(&tract(), bundle(folder), Device::Cpu).unwrap()
}

/// The same voice as its own type.
pub(crate) fn svc_voice(folder: &std::path::Path) -> SvcVoice {
    SvcVoice::load(&tract(), &bundle(folder), Device::Cpu).unwrap()
}

pub(super) fn bundle(folder: &std::path::Path) -> Arc<VoiceBundle> {
    let mut prepared = crate::svc::prepare("synthesizer", SYNTHESIZER, RATE, &tract()).unwrap();
    let shape = crate::svc::part_encoder(ENCODER, &prepared.stream, &tract()).unwrap();
    prepared.stream.encoder = Some(shape);
    let files: [(&str, &[u8]); 3] = [
        ("encoder", ENCODER),
        ("head", &prepared.head),
        ("generator", &prepared.generator),
    ];
    let mut entries = serde_json::Map::new();
    for (role, content) in files {
        let path = format!("{role}.onnx");
        std::fs::write(folder.join(&path), content).unwrap();
        let hash: String = Sha256::digest(content)
            .iter()
            .map(|x| format!("{x:02x}"))
            .collect();
        entries.insert(
            role.to_owned(),
            json!({"path": path, "sha256": hash, "bytes": content.len()}),
        );
    }
    let manifest = json!({
        "format": 1, "kind": "so-vits", "name": "tiny", "rate": 44_100, "hop": HOP,
        "speakers": [{"name": "a", "id": 0}, {"name": "b", "id": 1}],
        "files": entries, "licence": "MIT OR Apache-2.0", "consent": "Random weights.",
        "parameters": {"stream": prepared.stream},
    });
    std::fs::write(folder.join("voice.json"), manifest.to_string()).unwrap();
    Arc::new(VoiceBundle::open(folder).unwrap())
}

/// A gliding tone with harmonics and a pause, at the voice's rate.
pub(super) fn speech(samples: usize) -> Vec<f32> {
    let mut phase = 0.0f64;
    (0..samples)
        .map(|n| {
            let time = n as f64 / 44_100.0;
            phase += (170.0 + 40.0 * (5.0 * time).sin()) / 44_100.0;
            let wave: f64 = (1..9)
                .map(|k| (std::f64::consts::TAU * phase * f64::from(k)).sin() / f64::from(k))
                .sum();
            let pause = (0.9..1.2).contains(&(time % 2.0));
            if pause { 0.0 } else { 0.2 * wave as f32 }
        })
        .collect()
}

pub(super) fn stream(voice: &Voice, controls: &LiveControls) -> Stream {
    let converter = voice.live(controls, Quality::LowestLatency).unwrap();
    Stream::new(converter, StreamConfig::new(RATE, 4_096)).unwrap()
}

fn run(stream: &mut Stream, input: &[f32], blocks: &[usize]) -> Vec<f32> {
    let (mut output, mut at) = (Vec::new(), 0);
    for &block in blocks.iter().cycle() {
        let end = (at + block).min(input.len());
        let mut part = input[at..end].to_vec();
        stream.process(&mut part).unwrap();
        output.extend(part);
        at = end;
        if at == input.len() {
            return output;
        }
    }
    output
}

#[test]
fn it_streams_without_a_join_and_as_specified() {
    let folder = tempfile::tempdir().unwrap();
    let voice = voice(folder.path());
    for quality in Quality::ALL {
        let live = voice.live(&LiveControls::default(), quality).unwrap();
        assert_eq!(
            live.spec(),
            &Voice::spec_of(voice.bundle(), quality).unwrap()
        );
        assert_eq!(live.spec().join, Join::Exact);
        let sum: f64 = live.spec().terms.iter().map(|term| term.ms).sum();
        let whole = live.spec().chunk.to_ms(RATE) + live.spec().lookahead.to_ms(RATE);
        assert!((sum - whole).abs() < 1e-9);
    }
}

#[test]
fn the_output_does_not_depend_on_blocks_and_repeats() {
    let folder = tempfile::tempdir().unwrap();
    let voice = voice(folder.path());
    let input = speech(60_000);
    let seeded = LiveControls {
        seed: 7,
        ..LiveControls::default()
    };
    let mut first = stream(&voice, &seeded);
    let whole = run(&mut first, &input, &[4_096]);
    assert!(whole.iter().any(|x| x.abs() > 0.01));
    assert_eq!(
        run(&mut stream(&voice, &seeded), &input, &[1, 700, 64]),
        whole
    );
    first.reset();
    assert_eq!(run(&mut first, &input, &[480]), whole);
    assert_eq!(first.missing(), 0);
    assert_ne!(
        run(
            &mut stream(&voice, &LiveControls::default()),
            &input,
            &[480]
        ),
        whole
    );
}

/// Largest step between neighbours, and between neighbours at chunk borders.
fn steps(signal: &[f32], chunk: usize) -> (f32, f32) {
    let step = |n: usize| (signal[n] - signal[n - 1]).abs();
    let all = (1..signal.len()).map(step).fold(0.0, f32::max);
    let at_borders = (1..signal.len() / chunk)
        .map(|k| step(k * chunk))
        .fold(0.0, f32::max);
    (all, at_borders)
}

#[test]
fn controls_change_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let voice = voice(folder.path());
    let input = speech(90_000);
    let mut stream = stream(&voice, &LiveControls::default());
    let chunk = stream.spec().chunk.0;
    let latency = stream.latency();
    let mut output = Vec::new();
    for (number, block) in input.chunks(chunk).enumerate() {
        let semitones = [0.0, 5.0, -7.0, 0.0, 12.0, -12.0][number / 3 % 6];
        stream.set_controls(&LiveControls {
            formant: Semitones(semitones),
            transpose: Semitones(-semitones),
            speaker: (number / 2 % 2) as u32,
            ..LiveControls::default()
        });
        let mut part = block.to_vec();
        stream.process(&mut part).unwrap();
        output.extend(part);
    }
    assert_eq!(
        (output.len(), stream.missing(), stream.latency()),
        (input.len(), 0, latency)
    );
    // A border is no louder than the signal itself.
    let (all, at_borders) = steps(&output[chunk..], chunk);
    assert!(at_borders < all, "{at_borders} of {all}");
}

/// What the synthesizer gets for frames that are all alike, so that every window gives the same latents.
fn steady(variant: Variant, frames: usize) -> Vec<(&'static str, Tensor)> {
    let content = Content {
        frame_ms: 20,
        start_ms: None,
        tensor: Tensor::f32(&[1, 2, 256], vec![0.1; 512]),
        frames: 2,
    };
    let features = Features {
        content: &content,
        mel2ph: vec![1; frames],
        f0: vec![210.0; frames],
        uv: vec![1.0; frames],
        noise: vec![0.2; 192 * frames],
        noise_scale: 0.2,
        volume: None,
    };
    variant.tensors(features, &Speaker::One(1)).unwrap()
}

#[test]
fn chunks_are_the_whole_one() {
    let graph = crate::graph::Graph::decode("synthesizer", SYNTHESIZER).unwrap();
    let variant =
        crate::svc::synthesizer::recognise("synthesizer", &graph.specs().unwrap().0).unwrap();
    let prepared =
        PreparedSynthesizer::new("synthesizer", SYNTHESIZER, variant, RATE, &tract()).unwrap();
    let (frames, seed) = (70, 3);
    let mut whole = PartedSynthesizer::load(&prepared, RATE, &tract(), Device::Cpu).unwrap();
    let inputs = steady(variant, frames);
    let inputs: Vec<(&str, &Tensor)> = inputs
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    let whole = whole.run(&inputs, &vec![210.0; frames], (0, seed)).unwrap();
    let whole = whole[0].as_f32().unwrap();

    let mut speaker =
        CutSpeaker::load(&prepared, usize::MAX, RATE, seed, &tract(), Device::Cpu).unwrap();
    let (mut spoken, mut at) = (Vec::new(), 0);
    for count in [5, 1, 8, 3, 9].into_iter().cycle() {
        let span = Span { before: 6, count };
        let heard = span.before + count + speaker.lookahead();
        if at + count + speaker.lookahead() > frames {
            break;
        }
        let inputs = steady(variant, heard);
        let part = speaker
            .speak(inputs, &vec![210.0; heard], at as i64, span)
            .unwrap();
        assert_eq!(part.len(), count * HOP);
        spoken.extend(part);
        at += count;
    }
    // Near the start the whole graph pads every layer with zeros, so its context is left away.
    let settled = 25 * HOP..spoken.len();
    let peak = whole[settled.clone()]
        .iter()
        .fold(0.0f32, |peak, x| peak.max(x.abs()));
    let off = settled
        .map(|n| (whole[n] - spoken[n]).abs())
        .fold(0.0, f32::max)
        / peak;
    // The prior pads the ends of every window, which lie at the far end of the generator's lookahead.
    assert!(off < 2e-3, "{off}");
}
