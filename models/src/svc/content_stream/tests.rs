use super::*;
use crate::runtime::{Backend, RuntimeConfig};

const ENCODER: &[u8] = include_bytes!("../../../../tests/golden/sovits/encoder_768.onnx");
const RATE: SampleRate = SampleRate::of(44_100);

/// The hop of a So-VITS-SVC voice; a chunk is no whole number of content frames.
const FRAME: usize = 512;

fn runtime() -> Runtime {
    Runtime::new(RuntimeConfig {
        backend: Some(Backend::Tract),
        ..RuntimeConfig::default()
    })
    .unwrap()
}

fn stream(runtime: &Runtime) -> ContentStream {
    let graph = Graph::decode("encoder", ENCODER).unwrap();
    let input = wave_of(&graph, (None, Some(768))).unwrap();
    let cut = EncoderCut::find(&graph, &input.input).unwrap();
    let load =
        |graph: &Graph| -> Box<dyn Model> { Box::new(graph.load(runtime, Device::Cpu).unwrap()) };
    let networks = [load(&cut.front), load(&cut.back)];
    ContentStream::new(networks, input, &cut.shape, RATE).unwrap()
}

/// Speech-like: a tone that glides, and stops for a while.
fn recording(frames: usize) -> Vec<f32> {
    let gate = |n: usize| f32::from(u8::from(n % 30_000 < 22_000));
    let tone = |n: usize| (0.02 * n as f32 + 3e-7 * (n * n) as f32).sin();
    (0..frames * FRAME)
        .map(|n| 0.3 * gate(n) * tone(n))
        .collect()
}

/// What a whole encoder gives for the recording, frame by frame.
fn whole(audio: &[f32], runtime: &Runtime) -> Vec<Vec<f32>> {
    let session = runtime.load_any("encoder", ENCODER, Device::Cpu).unwrap();
    let mut encoder = ContentEncoder::new("encoder", Box::new(session)).unwrap();
    let mut resampler = AlignedResampler::new(RATE, CONTENT_RATE).unwrap();
    let content = encoder.encode(&resampler.whole(audio)).unwrap();
    rows(&content)
}

fn rows(content: &Content) -> Vec<Vec<f32>> {
    let dim = content.tensor.shape()[2];
    let values = content.tensor.as_f32().unwrap();
    values.chunks(dim).map(<[f32]>::to_vec).collect()
}

#[test]
fn every_window_hears_the_frames_of_the_recording() {
    let runtime = runtime();
    let audio = recording(90);
    let expected = whole(&audio, &runtime);
    for chunk in [9, 1, 30] {
        let mut stream = stream(&runtime);
        let window = 30.max(chunk);
        let mut compared = 0;
        for (index, samples) in audio.chunks_exact(chunk * FRAME).enumerate() {
            stream.push(samples);
            let start = ((index + 1) * chunk) as i64 - window as i64;
            let content = stream
                .content(start * FRAME as i64, window * FRAME)
                .unwrap();
            let seconds = start as f64 * FRAME as f64 / f64::from(RATE.hz());
            let first = (seconds * 1e3 + content.start_ms.unwrap()) / 20.0;
            assert!(
                (first - first.round()).abs() < 1e-9,
                "the grid of the stream: {first}"
            );
            assert!((0.0..20.0).contains(&content.start_ms.unwrap()));
            // All that the window holds but for the resampler's delay: at most a frame less.
            let most = window * FRAME * 16_000 / 44_100 / 320;
            assert!(
                content.frames + 2 >= most && content.frames <= most,
                "{}",
                content.frames
            );
            for (at, row) in (first.round() as i64..).zip(rows(&content)) {
                let Some(expected) = usize::try_from(at).ok().and_then(|at| expected.get(at))
                else {
                    continue;
                };
                let off = row.iter().zip(expected).map(|(a, b)| (a - b).abs());
                let off = off.fold(0.0, f32::max);
                // Rounding; a frame that is off by a sample differs by a thousandth and more.
                assert!(off < 1e-5, "chunk {chunk}, frame {at}: {off}");
                compared += 1;
            }
        }
        assert!(compared > 40, "{compared}");
    }
}

#[test]
fn a_pause_that_nobody_hears_leaves_the_grid_where_it_is() {
    let runtime = runtime();
    let mut audio = recording(60);
    audio[12 * FRAME..42 * FRAME].fill(0.0);
    let expected = whole(&audio, &runtime);
    let mut stream = stream(&runtime);
    let window = 12;
    for (index, samples) in audio.chunks_exact(6 * FRAME).enumerate() {
        stream.push(samples);
        let start = (index as i64 + 1) * 6 - window;
        if (12..42 - window).contains(&start) {
            stream.forget_before(start * FRAME as i64);
            assert!(
                stream.speech.len() < 2 * 12 * FRAME,
                "what is passed over is let go of"
            );
            continue;
        }
        let content = stream
            .content(start * FRAME as i64, window as usize * FRAME)
            .unwrap();
        let seconds = start as f64 * FRAME as f64 / f64::from(RATE.hz());
        let first = ((seconds * 1e3 + content.start_ms.unwrap()) / 20.0).round() as i64;
        for (at, row) in (first..).zip(rows(&content)).filter(|(at, _)| *at >= 0) {
            let off = row
                .iter()
                .zip(&expected[at as usize])
                .map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f32::max) < 1e-5, "frame {at}");
        }
    }
    stream.reset();
    stream.push(&audio[..window as usize * FRAME]);
    let again = stream.content(0, window as usize * FRAME).unwrap();
    assert_eq!(again.start_ms, Some(0.0), "another stream begins at 0");
}

#[test]
fn the_past_counts_as_long_as_it_is_like_the_present() {
    let tone = |gain: f32, length: usize| vec![gain; length];
    let mut statistics = Statistics::unknown(Some(1));
    assert_eq!(
        statistics.share_of_past(&tone(0.1, 16_000)),
        0.0,
        "nothing is known yet"
    );
    assert!((statistics.share_of_past(&tone(0.1, 16_000)) - 0.5).abs() < 1e-9);
    // After three seconds the oldest is forgotten.
    for _ in 0..10 {
        statistics.share_of_past(&tone(0.1, 16_000));
    }
    let share = statistics.share_of_past(&tone(0.1, 1_600));
    assert!((share - (1.0 - 1_600.0 / MEMORY)).abs() < 1e-9, "{share}");
    // Neither does digital silence, not even before all else.
    assert_eq!(statistics.share_of_past(&[]), 1.0);
    assert_eq!(Statistics::unknown(Some(1)).share_of_past(&[]), 0.0);
    // A pause changes nothing.
    assert_eq!(statistics.share_of_past(&tone(0.001, 1_600)), 1.0);
    assert!((statistics.share_of_past(&tone(0.1, 1_600)) - share).abs() < 1e-9);
    // A voice after noise is not normalised as noise.
    let mut statistics = Statistics::unknown(Some(1));
    statistics.share_of_past(&tone(0.001, 48_000));
    let share = statistics.share_of_past(&tone(0.1, 1_600));
    assert!(share < 0.02, "{share}");
}
