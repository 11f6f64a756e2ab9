//! A voice of full size: when its first sound comes, and what a second of speech costs.
//!
//! `tests/peers/export_kantts.py --random FOLDER` makes it; then run with `SYRINX_FULL_SIZE_SAMBERT=FOLDER`.

use std::path::PathBuf;
use std::time::Instant;

use syrinx_text::{FrontEnd, Language, Script};

use super::*;
use crate::runtime::Backend;
use crate::speech::fixtures::runtime;

const TEXT: &str = "今天的天气很好，我们一起去公园散步，然后回家吃饭。";

#[test]
#[ignore = "needs a full-size voice: see the head of this file"]
fn full_size_sambert() {
    let folder = std::env::var_os("SYRINX_FULL_SIZE_SAMBERT").map(PathBuf::from);
    let folder = folder.expect("SYRINX_FULL_SIZE_SAMBERT names the folder");
    let files: Vec<SpeechFile> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            SpeechFile {
                name: entry.file_name().into_string().unwrap(),
                bytes: std::fs::read(entry.path()).unwrap().into(),
            }
        })
        .collect();
    let manifest = files.iter().find(|file| SambertVoice::is_manifest(file));
    let manifest = manifest.expect("a manifest");
    let script = Script::new(TEXT).unwrap();
    let segments = FrontEnd::new(Language::Mandarin).segments(&script).unwrap();
    let segment = segments.max_by_key(Segment::phone_count).unwrap();
    for threads in [1, 2] {
        let runtime = runtime(Backend::OnnxRuntime).expect("a library");
        let runtime = runtime.with_threads(threads);
        let begun = Instant::now();
        let mut voice = SambertVoice::load(manifest, &files, &runtime, Device::Cpu).unwrap();
        eprintln!(
            "loaded in {:.2} s, {threads} threads",
            begun.elapsed().as_secs_f64()
        );
        let settings = SpeechSettings::default();
        let mut before: Option<Vec<f32>> = None;
        for _ in 0..3 {
            let begun = Instant::now();
            let mut utterance = voice.prepare(&segment, &settings, 0).unwrap();
            let prepared_s = begun.elapsed().as_secs_f64();
            let (mut samples, mut first_s) = (Vec::new(), None);
            while utterance.next_chunk(&mut samples).unwrap() {
                first_s.get_or_insert_with(|| begun.elapsed().as_secs_f64());
            }
            let all_s = begun.elapsed().as_secs_f64();
            let seconds = samples.len() as f64 / f64::from(voice.spec.rate.hz());
            eprintln!(
                "{} phones, {seconds:.2} s of speech: prepared after {prepared_s:.3} s, first sound after {:.3} s, all \
                 after {all_s:.3} s, real-time factor {:.3}",
                segment.phone_count(),
                first_s.unwrap_or(all_s),
                all_s / seconds
            );
            if let Some(before) = &before {
                assert!(*before == samples);
            }
            before = Some(samples);
        }
    }
}
