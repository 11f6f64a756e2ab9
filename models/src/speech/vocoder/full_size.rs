//! Vocoders of full size: streamed against whole, and what streaming costs against windows of the whole graph.
//!
//! `tests/peers/speech_vocoders.py FOLDER` makes them; then run with `SYRINX_FULL_SIZE_VOCODERS=FOLDER`.

use std::path::PathBuf;
use std::time::Instant;

use super::*;
use crate::model::Model;
use crate::runtime::Backend;
use crate::speech::fixtures::{difference, runtime, uniform};

const BANDS: usize = 80;
const FRAMES: usize = 344;

#[test]
#[ignore = "needs full-size vocoders: see the head of this file"]
fn full_size_vocoders() {
    let folder = std::env::var_os("SYRINX_FULL_SIZE_VOCODERS").map(PathBuf::from);
    let folder = folder.expect("SYRINX_FULL_SIZE_VOCODERS names the folder");
    let runtime = runtime(Backend::OnnxRuntime).expect("a library");
    let mel = Mel {
        values: uniform(BANDS * FRAMES, 9),
        bands: BANDS,
    };
    for name in ["v1", "v2", "v3", "kan_16k"] {
        let onnx = std::fs::read(folder.join(format!("{name}.onnx"))).unwrap();
        let vocoder = Vocoder::load(name, &onnx, BANDS, (&runtime, Device::Cpu)).unwrap();
        let mut session = runtime.load_any(name, &onnx, Device::Cpu).unwrap();
        let layout = MelLayout::of(name, session.inputs(), BANDS).unwrap();
        let mut run = |mel: &Mel| {
            let (name, tensor) = layout.tensor(mel);
            let outputs = session.run(&[(&name, &tensor)]).unwrap();
            outputs[0].as_f32().unwrap().to_vec()
        };
        run(&mel);
        let begun = Instant::now();
        let whole = run(&mel);
        let whole_s = begun.elapsed().as_secs_f64();

        let begun = Instant::now();
        let mut sounding = vocoder.begin(&mel).unwrap();
        let (mut streamed, mut first_s) = (Vec::new(), None);
        while sounding.next_chunk(&mut streamed).unwrap() {
            first_s.get_or_insert_with(|| begun.elapsed().as_secs_f64());
        }
        let streamed_s = begun.elapsed().as_secs_f64();
        let Streaming::Exact { left, right, .. } = vocoder.streaming() else {
            panic!("{:?}", vocoder.streaming());
        };
        let begun = Instant::now();
        let (mut from, mut chunk) = (0, 8);
        while from < FRAMES {
            let window = from.saturating_sub(left)..(from + chunk + right).min(FRAMES);
            run(&Mel {
                values: mel.values[window.start * BANDS..window.end * BANDS].to_vec(),
                bands: BANDS,
            });
            (from, chunk) = (from + chunk, (2 * chunk).min(64));
        }
        let windows_s = begun.elapsed().as_secs_f64();
        let off = difference(&streamed, &whole);
        eprintln!(
            "{name}: {off:.1e} of the peak off; {FRAMES} frames whole {whole_s:.3} s, streamed {streamed_s:.3} s \
             (first chunk {:.4} s), in windows {windows_s:.3} s",
            first_s.unwrap_or(streamed_s)
        );
        assert!(off <= 1e-6, "{name}: {off:e}");
    }
}
