use super::*;
use crate::runtime::RuntimeConfig;

/// The tiny So-VITS-SVC graphs of the parity tests, this one with random numbers inside.
const RANDOM: &[u8] = include_bytes!("../../../tests/golden/sovits/v40_random_numbered.onnx");
const PLAIN: &[u8] = include_bytes!("../../../tests/golden/sovits/v40_sid.onnx");
const MIX: &[u8] = include_bytes!("../../../tests/golden/sovits/v41_mix.onnx");

fn tract() -> Runtime {
    Runtime::new(RuntimeConfig {
        backend: Some(crate::runtime::Backend::Tract),
        ..RuntimeConfig::default()
    })
    .unwrap()
}

/// Numbers that look random and are the same everywhere.
fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let mut state = 0x9e37_79b9 ^ salt;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// What the golden graphs are fed for this many frames.
fn feeds(frames: usize) -> Vec<(String, Tensor)> {
    let content = frames.div_ceil(2);
    let row = [1, frames];
    let f0 = (0..frames).map(|x| 150.0 + 3.0 * (x % 17) as f32).collect();
    let owners = (0..frames)
        .map(|x| (x * content / frames + 1) as i64)
        .collect();
    let mix =
        (0..frames).flat_map(|x| [0.5, 0.3, 0.2].map(|share: f32| share * (1.0 + (x % 3) as f32)));
    let mix: Vec<f32> = mix.collect();
    let named = |name: &str, tensor| (name.to_owned(), tensor);
    vec![
        named(
            "c",
            Tensor::f32(&[1, content, 256], numbers(content * 256, 1)),
        ),
        named("f0", Tensor::f32(&row, f0)),
        named("mel2ph", Tensor::i64(&row, owners)),
        named(
            "uv",
            Tensor::f32(
                &row,
                (0..frames)
                    .map(|x| f32::from(u8::from(x % 11 > 2)))
                    .collect(),
            ),
        ),
        named(
            "noise",
            Tensor::f32(&[1, 192, frames], numbers(192 * frames, 2)),
        ),
        named("sid", Tensor::i64(&[1], vec![1])),
        named(
            "vol",
            Tensor::f32(&row, (0..frames).map(|x| 0.02 * (x % 5) as f32).collect()),
        ),
        named("mix", Tensor::f32(&[frames, 3], mix)),
    ]
}

/// The same with the mix of speakers under the name of the number.
fn mixed_feeds(frames: usize) -> Vec<(String, Tensor)> {
    let mut fed: Vec<_> = feeds(frames)
        .into_iter()
        .filter(|(name, _)| name != "sid")
        .collect();
    for (name, _) in &mut fed {
        if name == "mix" {
            *name = "sid".to_owned();
        }
    }
    fed
}

fn run(graph: &Graph, fed: &[(String, Tensor)]) -> Vec<Tensor> {
    let inputs: Vec<(&str, &Tensor)> = fed
        .iter()
        .filter(|(name, _)| graph.proto().input.iter().any(|info| info.name == *name))
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    graph.run(&tract(), &inputs).unwrap()
}

fn floats(tensor: &Tensor) -> &[f32] {
    tensor.as_f32().unwrap()
}

/// The largest difference as a share of the first one's peak.
fn difference(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let peak = expected.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let off = expected.iter().zip(found).map(|(a, b)| (a - b).abs());
    off.fold(0.0, f32::max) / peak
}

/// Samples `from..to` along time of `[1, channels, time]`.
fn section(tensor: &Tensor, from: usize, to: usize) -> Tensor {
    let (channels, time) = (tensor.shape()[1], tensor.shape()[2]);
    let rows = (0..channels).flat_map(|row| floats(tensor)[row * time..][from..to].to_vec());
    Tensor::f32(&[1, channels, to - from], rows.collect())
}

#[test]
fn random_nodes_become_inputs() {
    let mut graph = Graph::decode("voice", RANDOM).unwrap();
    let fed: Vec<_> = feeds(24);
    let random = expose_randomness(&mut graph, &|frames| feeds(frames), &tract()).unwrap();
    assert_eq!(random.len(), 1, "{random:?}");
    assert_eq!(
        random[0].distribution,
        Distribution::Normal {
            mean: 0.0,
            deviation: 1.0
        }
    );
    let sizes: Vec<usize> = random[0].shape.iter().map(|extent| extent.at(24)).collect();
    assert_eq!(sizes, [1, 1, 24 * 512]);
    let with = |salt| {
        let noise = Tensor::f32(&sizes, numbers(24 * 512, salt));
        let mut fed = fed.clone();
        fed.push((random[0].name.clone(), noise));
        run(&graph, &fed)
    };
    assert_eq!(with(3), with(3));
    assert_ne!(with(3), with(4));
}

#[test]
fn a_generator_in_chunks_is_the_whole_one() {
    for (onnx, feeds) in [(PLAIN, feeds as fn(usize) -> _), (MIX, mixed_feeds)] {
        let graph = Graph::decode("voice", onnx).unwrap();
        let cut = Cut::find(&graph, &|frames| feeds(frames), &tract()).unwrap();
        assert_eq!(cut.hop, 512);
        let frames = 60;
        let fed = feeds(frames);
        let whole = run(&graph, &fed);
        let mut latents = run(&cut.head, &fed);
        let source = cut.source(&graph).unwrap().unwrap();
        latents.extend(run(&source, &fed));
        let tensors: Vec<&CutTensor> = cut.latents.iter().chain(&cut.excitation).collect();
        let named: Vec<(String, Tensor)> = tensors
            .iter()
            .zip(&latents)
            .map(|(tensor, value)| (tensor.name.clone(), value.clone()))
            .collect();
        assert!(difference(floats(&whole[0]), floats(&run(&cut.generator, &named)[0])) < 1e-6);

        let full = StreamedGenerator::new(&cut, usize::MAX).unwrap();
        assert!(
            (1..40).contains(&full.shape.full_lookahead),
            "{}",
            full.shape.full_lookahead
        );
        let context = Context::of(&cut).unwrap();
        assert_eq!(context.right, full.shape.full_lookahead);
        for lookahead in [0, 1, full.shape.full_lookahead] {
            let streamed = StreamedGenerator::new(&cut, lookahead).unwrap();
            let mut states = streamed.shape.start();
            let (mut from, mut audio) = (0, Vec::new());
            for chunk in [4, 1, 7, 3, 8].into_iter().cycle() {
                let to = from + chunk + lookahead;
                if to > frames {
                    break;
                }
                let mut fed: Vec<(String, Tensor)> = tensors
                    .iter()
                    .zip(&latents)
                    .map(|(tensor, value)| {
                        let rate = tensor.rate();
                        let part = match rate {
                            0 => value.clone(),
                            rate => section(value, from * rate, to * rate),
                        };
                        (tensor.name.clone(), part)
                    })
                    .collect();
                let inputs = streamed
                    .shape
                    .states
                    .iter()
                    .map(|state| state.input.clone());
                fed.extend(inputs.zip(states));
                let mut given = run(&streamed.graph, &fed).into_iter();
                let made = given.next().unwrap();
                assert_eq!(made.shape(), [1, 1, chunk * 512]);
                audio.extend_from_slice(floats(&made));
                states = given.collect();
                from += chunk;
            }
            // Near the start the whole graph pads every layer; after its context, both are the same.
            let settled = 30 * 512;
            let expected = &floats(&whole[0])[settled..audio.len()];
            let off = difference(expected, &audio[settled..]);
            if lookahead == full.shape.full_lookahead {
                assert!(off < 1e-5, "{off}");
            } else {
                assert!(off > 1e-4, "{off}: a shorter lookahead must show");
            }
        }
    }
}

#[test]
fn what_is_no_synthesizer_is_refused() {
    let encoder = include_bytes!("../../../tests/golden/sovits/encoder_256.onnx");
    let graph = Graph::decode("encoder", encoder).unwrap();
    let feeds = |frames: usize| {
        let samples = 400 + 320 * frames;
        vec![(
            "source".to_owned(),
            Tensor::f32(&[1, 1, samples], numbers(samples, 5)),
        )]
    };
    let error = Cut::find(&graph, &feeds, &tract()).unwrap_err().to_string();
    assert!(error.contains("encoder: expected a generator"), "{error}");
}
