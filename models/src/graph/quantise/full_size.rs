//! Full-size networks of random weights, as `tests/peers` makes them: run by hand, since they take minutes.
//!
//! `SYRINX_FULL_SIZE=<folder> cargo test -p syrinx-models --lib -- --ignored --nocapture full_size`

use std::path::PathBuf;
use std::time::Instant;

use syrinx_dsp::SampleRate;

use super::tests::numbers;
use super::*;
use crate::graph::{Cut, CutTensor, StreamedGenerator, VariantError, fold_weights};
use crate::runtime::RuntimeConfig;

fn runtime(threads: usize) -> Runtime {
    let config = RuntimeConfig {
        backend: Some(Backend::OnnxRuntime),
        threads,
        ..RuntimeConfig::default()
    };
    Runtime::new(config).unwrap()
}

fn graph(file: &str) -> Graph {
    let folder = std::env::var_os("SYRINX_FULL_SIZE").expect("SYRINX_FULL_SIZE names the folder");
    let onnx = std::fs::read(PathBuf::from(folder).join(file)).unwrap();
    let mut graph = Graph::decode(file, &onnx).unwrap();
    fold_weights(&mut graph, &runtime(2)).unwrap();
    graph
}

/// Inputs of a So-VITS voice; `salt` makes another recording of it.
fn voice_feed(frames: usize, salt: u32) -> Feed {
    let content = frames * 100 / 172 + 1;
    let row = [1, frames];
    // From the tenth on, higher than any that ranges are measured on.
    let base = if salt < 10 {
        130.0 + 40.0 * (salt % 3) as f32
    } else {
        500.0
    };
    let f0 = (0..frames).map(|x| base * (1.0 + 0.1 * (x as f32 * 0.1).sin()));
    let owners = (0..frames).map(|x| (x * content / frames + 1) as i64);
    let voiced = (0..frames).map(|x| f32::from(u8::from(x % 31 > 2)));
    let named = |name: &str, tensor| (name.to_owned(), tensor);
    let (c, noise) = (content * 768, 192 * frames);
    vec![
        named("c", Tensor::f32(&[1, content, 768], numbers(c, salt))),
        named("f0", Tensor::f32(&row, f0.collect())),
        named("mel2ph", Tensor::i64(&row, owners.collect())),
        named("uv", Tensor::f32(&row, voiced.collect())),
        named(
            "noise",
            Tensor::f32(&[1, 192, frames], numbers(noise, salt + 9)),
        ),
        named("sid", Tensor::i64(&[1], vec![0])),
    ]
}

fn run(graph: &Graph, feed: &Feed) -> Vec<Tensor> {
    let mut session = graph.load(&runtime(2), Device::Cpu).unwrap();
    let inputs = inputs_of(&session, feed);
    session.run(&inputs).unwrap()
}

/// What the generator of `cut` gets.
fn latents(graph: &Graph, cut: &Cut, feed: &Feed) -> Feed {
    let source = cut.source(graph).unwrap().unwrap();
    let mut values = run(&cut.head, feed);
    values.extend(run(&source, feed));
    let tensors = cut.latents.iter().chain(&cut.excitation);
    tensors
        .map(|tensor| tensor.name.clone())
        .zip(values)
        .collect()
}

/// The first `frames` of the latents, and zeros for what is a state.
fn part(session: &OnnxSession, cut: &Cut, feed: &Feed, frames: usize) -> Feed {
    let tensors: Vec<&CutTensor> = cut.latents.iter().chain(&cut.excitation).collect();
    let of = |name: &str| {
        let (tensor, (_, value)) = tensors.iter().zip(feed).find(|(x, _)| x.name == name)?;
        let keep = tensor.rate() * frames;
        if keep == 0 {
            return Some(value.clone());
        }
        let (channels, time) = (value.shape()[1], value.shape()[2]);
        let rows = (0..channels).flat_map(|row| &value.as_f32().unwrap()[row * time..][..keep]);
        Some(Tensor::f32(&[1, channels, keep], rows.copied().collect()))
    };
    let inputs = session.inputs().iter().map(|spec| {
        let zeros = || {
            spec.shape
                .iter()
                .map(|size| size.unwrap_or(0))
                .collect::<Vec<_>>()
        };
        let value = of(&spec.name).unwrap_or_else(|| Tensor::zeros(&zeros()));
        (spec.name.clone(), value)
    });
    inputs.collect()
}

/// Milliseconds of each session, the median of runs in turn, so that a load on the machine meets all alike.
fn times(sessions: &mut [OnnxSession], feeds: &[Feed]) -> Vec<f64> {
    const RUNS: usize = 9;
    let mut taken = vec![Vec::new(); sessions.len()];
    for round in 0..=RUNS {
        for (index, session) in sessions.iter_mut().enumerate() {
            let inputs = inputs_of(session, &feeds[index]);
            let started = Instant::now();
            session.run(&inputs).unwrap();
            if round > 0 {
                taken[index].push(started.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    taken
        .into_iter()
        .map(|mut runs| {
            runs.sort_by(f64::total_cmp);
            runs[RUNS / 2]
        })
        .collect()
}

fn robust(graph: &Graph) -> Vec<Layer> {
    let layers = Layer::all(graph).into_iter();
    layers.filter(|layer| !layer.is_delicate).collect()
}

#[test]
#[ignore = "needs full-size networks"]
fn full_size_generator() {
    let graph = graph("sovits/voice_still.onnx");
    let runtime_2 = runtime(2);
    let cut = Cut::find(&graph, &|frames| voice_feed(frames, 1), &runtime_2).unwrap();
    let calibration: Vec<Feed> = [1, 2]
        .map(|salt| latents(&graph, &cut, &voice_feed(172, salt)))
        .into();
    let held_out = latents(&graph, &cut, &voice_feed(172, 3));
    let ranges = Ranges::measure(&cut.generator, &calibration, &runtime_2).unwrap();
    let layers = robust(&cut.generator);
    let original = run(&cut.generator, &held_out);
    let high = latents(&graph, &cut, &voice_feed(172, 10));
    let original_high = run(&cut.generator, &high);
    let rate = SampleRate::of(44_100);
    let plain = QuantiseOptions::default();
    let per_tensor = QuantiseOptions {
        granularity: Granularity::PerTensor,
        ..plain
    };
    let sums = QuantiseOptions {
        sums: true,
        ..plain
    };
    let mut variants = vec![cut.generator.clone()];
    for (name, options) in [("int8", plain), ("per tensor", per_tensor), ("sums", sums)] {
        let variant = quantise(&cut.generator, &ranges, &layers, options).unwrap();
        let audio = run(&variant, &held_out);
        let (a, b) = (original[0].as_f32().unwrap(), audio[0].as_f32().unwrap());
        println!("{name}: {}", VariantError::of(a, b, rate).unwrap());
        let audio = run(&variant, &high);
        let (a, b) = (
            original_high[0].as_f32().unwrap(),
            audio[0].as_f32().unwrap(),
        );
        println!("{name}, 500 Hz: {}", VariantError::of(a, b, rate).unwrap());
        if name != "per tensor" {
            variants.push(variant);
        }
    }
    let started = Instant::now();
    let bound = ChoiceBound {
        snr_db: 45.0,
        ..ChoiceBound::default()
    };
    let feeds = [held_out.clone()];
    let choice = Choice::find(&cut.generator, &ranges, plain, &feeds, bound, &runtime_2).unwrap();
    let (kept, float) = (choice.layers.len(), choice.float.len());
    let taken = started.elapsed();
    println!(
        "45 dB: {kept} int8, {float} float, {:.1} dB, found in {taken:.1?}",
        choice.snr_db
    );
    let streamed = StreamedGenerator::new(&cut, 4).unwrap();
    let mut chunked = vec![streamed.graph.clone()];
    for options in [plain, sums] {
        chunked.push(quantise(&streamed.graph, &ranges, &layers, options).unwrap());
    }
    for threads in [1, 2] {
        let runtime = runtime(threads);
        for (kind, graphs, frames, beyond) in [
            ("whole", &variants, 172, 0),
            ("whole", &variants, 32, 0),
            ("whole", &variants, 8, 0),
            ("streamed", &chunked, 8, 4),
            ("streamed", &chunked, 32, 4),
        ] {
            let load = |graph: &Graph| graph.load(&runtime, Device::Cpu).unwrap();
            let mut sessions: Vec<OnnxSession> = graphs.iter().map(load).collect();
            let fed = |session| part(session, &cut, &held_out, frames + beyond);
            let feeds: Vec<Feed> = sessions.iter().map(fed).collect();
            let seconds = frames as f64 * 512.0 / 44_100.0;
            let found = times(&mut sessions, &feeds);
            let per_second: Vec<String> = found
                .iter()
                .map(|ms| format!("{ms:.1} ms = {:.3}", ms / 1e3 / seconds))
                .collect();
            println!(
                "{threads} threads, {kind} {frames}+{beyond}: {}",
                per_second.join(", ")
            );
        }
    }
}

#[test]
#[ignore = "needs full-size networks"]
fn full_size_encoder_and_head() {
    let runtime_2 = runtime(2);
    let voice = graph("sovits/voice_still.onnx");
    let cut = Cut::find(&voice, &|frames| voice_feed(frames, 1), &runtime_2).unwrap();
    let encoder = graph("encoder_768.onnx");
    let speech = |salt: u32| -> Feed {
        let hum = |n: usize| (n as f32 * (0.05 + 0.01 * salt as f32)).sin() * 0.2;
        let noise = numbers(32_000, salt);
        let audio = noise.iter().enumerate().map(|(n, x)| hum(n) + 0.05 * x);
        vec![(
            "source".to_owned(),
            Tensor::f32(&[1, 1, 32_000], audio.collect()),
        )]
    };
    let heads = [1, 2, 3].map(|salt| voice_feed(172, salt));
    let speeches = [1, 2, 3].map(speech);
    for (name, graph, feeds) in [
        ("head", &cut.head, &heads),
        ("encoder", &encoder, &speeches),
    ] {
        let started = Instant::now();
        let ranges = Ranges::measure(graph, &feeds[..2], &runtime_2).unwrap();
        println!("{name}: calibrated in {:.1?}", started.elapsed());
        let layers = robust(graph);
        let convolutions: Vec<Layer> = layers
            .iter()
            .filter(|layer| layer.kind == LayerKind::Convolution)
            .cloned()
            .collect();
        let products: Vec<Layer> = layers
            .iter()
            .filter(|layer| layer.kind == LayerKind::Product)
            .cloned()
            .collect();
        let original = run(graph, &feeds[2]);
        let mut variants = vec![graph.clone()];
        for chosen in [&convolutions, &products, &layers] {
            let options = QuantiseOptions::default();
            let variant = quantise(graph, &ranges, chosen, options).unwrap();
            let found = run(&variant, &feeds[2]);
            let pairs = original.iter().zip(&found);
            let snrs: Vec<String> = pairs
                .map(|(a, b)| {
                    crate::graph::variant_error::snr_db(a.as_f32().unwrap(), b.as_f32().unwrap())
                })
                .map(|snr| format!("{snr:.1} dB"))
                .collect();
            println!("{name}: {} layers, {}", chosen.len(), snrs.join(", "));
            variants.push(variant);
        }
        for threads in [1, 2] {
            let load = |graph: &Graph| graph.load(&runtime(threads), Device::Cpu).unwrap();
            let mut sessions: Vec<OnnxSession> = variants.iter().map(load).collect();
            let feeds = vec![feeds[2].clone(); sessions.len()];
            println!(
                "{name}, {threads} threads, 2 s: {:.1?} ms",
                times(&mut sessions, &feeds)
            );
        }
    }
}

/// Inputs of an RVC voice.
fn rvc_feed(frames: usize, salt: u32) -> Feed {
    let row = [1, frames];
    let hertz: Vec<f32> = (0..frames)
        .map(|x| 160.0 * (1.0 + 0.1 * (x as f32 * 0.1 + salt as f32).sin()))
        .collect();
    let bins = hertz.iter().map(|hertz| (hertz / 5.0) as i64).collect();
    let named = |name: &str, tensor| (name.to_owned(), tensor);
    let (phone, noise) = (768 * frames, 192 * frames);
    vec![
        named(
            "phone",
            Tensor::f32(&[1, frames, 768], numbers(phone, salt)),
        ),
        named("phone_lengths", Tensor::i64(&[1], vec![frames as i64])),
        named("pitch", Tensor::i64(&row, bins)),
        named("pitchf", Tensor::f32(&row, hertz)),
        named("ds", Tensor::i64(&[1], vec![0])),
        named(
            "rnd",
            Tensor::f32(&[1, 192, frames], numbers(noise, salt + 9)),
        ),
    ]
}

#[test]
#[ignore = "needs full-size networks"]
fn full_size_whole_voices() {
    let runtime_2 = runtime(2);
    type Feeds = fn(usize, u32) -> Feed;
    for (file, feed, rate) in [
        ("sovits/voice_still.onnx", voice_feed as Feeds, 44_100),
        ("rvc/voice_still.onnx", rvc_feed, 40_000),
    ] {
        let graph = graph(file);
        let ranges = Ranges::measure(&graph, &[feed(172, 1), feed(172, 2)], &runtime_2).unwrap();
        let layers = robust(&graph);
        let quantised = quantise(&graph, &ranges, &layers, QuantiseOptions::default()).unwrap();
        let held_out = feed(172, 3);
        let (a, b) = (run(&graph, &held_out), run(&quantised, &held_out));
        let (a, b) = (a[0].as_f32().unwrap(), b[0].as_f32().unwrap());
        let error = VariantError::of(a, b, SampleRate::of(rate)).unwrap();
        println!("{file}: {} layers, {error}", layers.len());
        for threads in [1, 2] {
            let load = |graph: &Graph| graph.load(&runtime(threads), Device::Cpu).unwrap();
            let mut sessions = [load(&graph), load(&quantised)];
            let feeds = [held_out.clone(), held_out.clone()];
            let seconds = a.len() as f64 / f64::from(rate);
            let found = times(&mut sessions, &feeds);
            println!("{file}, {threads} threads, {seconds:.2} s: {found:.1?} ms");
        }
    }
}
