//! Whole recordings and windows through the pipeline, with networks whose answer is known.

use std::f64::consts::TAU;
use std::sync::{Arc, Mutex};

use syrinx_dsp::{Note, PitchSettings, PitchTarget, SampleRate, Scale, Semitones};

use super::*;
use crate::error::RunError;
use crate::model::{Model, Tensor, TensorSpec};
use crate::progress::Quiet;
use crate::sample_io::{SliceSource, VecSink};

const RATE: SampleRate = SampleRate::of(44_100);
const HOP: usize = 512;

/// What the networks were given.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Vec<f32>>>>);

impl Seen {
    fn push(&self, values: &[f32]) {
        self.0.lock().unwrap().push(values.to_vec());
    }

    fn take(&self) -> Vec<Vec<f32>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A content encoder that says nothing.
struct Mute([TensorSpec; 1], [TensorSpec; 1]);

impl Model for Mute {
    fn inputs(&self) -> &[TensorSpec] {
        &self.0
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.1
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let frames = content_frames(inputs[0].1.shape()[2]);
        Ok(vec![Tensor::zeros(&[1, frames, 2])])
    }
}

/// A synthesizer whose samples are the loudness of their frame, and which remembers an input.
struct Loudness(Vec<TensorSpec>, [TensorSpec; 1], Seen, &'static str);

impl Model for Loudness {
    fn inputs(&self) -> &[TensorSpec] {
        &self.0
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.1
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let find = |name| {
            inputs
                .iter()
                .find(|input| input.0 == name)
                .unwrap()
                .1
                .as_f32()
                .unwrap()
        };
        self.2.push(find(self.3));
        let audio: Vec<f32> = find("vol").iter().flat_map(|&level| [level; HOP]).collect();
        Ok(vec![Tensor::f32(&[1, 1, audio.len()], audio)])
    }
}

fn loudness_pipeline() -> (SvcPipeline, Seen) {
    pipeline_that_remembers("noise")
}

fn pipeline_that_remembers(input: &'static str) -> (SvcPipeline, Seen) {
    let seen = Seen::default();
    let encoder = Mute(
        [TensorSpec::f32("source", &[None, Some(1), None])],
        [TensorSpec::f32("embed", &[None, None, Some(2)])],
    );
    let row = [Some(1), None];
    let inputs = vec![
        TensorSpec::f32("c", &[None, None, Some(2)]),
        TensorSpec::f32("f0", &row),
        TensorSpec::i64("mel2ph", &row),
        TensorSpec::f32("uv", &row),
        TensorSpec::f32("noise", &[Some(1), Some(192), None]),
        TensorSpec::i64("sid", &[Some(1)]),
        TensorSpec::f32("vol", &row),
    ];
    let output = [TensorSpec::f32("audio", &[None, None, None])];
    let synthesizer = Loudness(inputs, output, seen.clone(), input);
    let pipeline = SvcPipeline::new(
        ContentEncoder::new("mute", Box::new(encoder)).unwrap(),
        Synthesizer::new("loudness", Box::new(synthesizer), HOP).unwrap(),
        PipelineConfig {
            rate: RATE,
            hop: HOP,
            noise_scale: 0.4,
            unvoiced: super::Unvoiced::Interpolate,
        },
    );
    (pipeline.unwrap(), seen)
}

fn controls(seed: u64) -> Controls {
    Controls {
        speaker: Speaker::One(0),
        transpose: Semitones(0.0),
        seed,
        ..Controls::default()
    }
}

fn file_settings() -> FileSettings {
    FileSettings {
        controls: controls(0),
        method: FileMethod::Slices(SlicerConfig::default()),
        loudness: 0.0,
    }
}

fn converted(samples: &[f32], rate: u32, settings: &FileSettings) -> (Vec<f32>, Seen) {
    let (mut pipeline, seen) = loudness_pipeline();
    let mut source = SliceSource::new(samples, SampleRate::of(rate));
    let mut sink = VecSink::default();
    convert_file(&mut pipeline, &mut source, &mut sink, settings, &mut Quiet).unwrap();
    (sink.samples, seen)
}

/// A square wave: its level is 0.25 in every window.
fn square(seconds: f64, rate: u32) -> Vec<f32> {
    let half = rate as usize / 400;
    (0..(seconds * f64::from(rate)) as usize)
        .map(|n| {
            if (n / half).is_multiple_of(2) {
                0.25
            } else {
                -0.25
            }
        })
        .collect()
}

#[test]
fn as_many_samples_come_out_as_went_in() {
    for rate in [8_000, 16_000, 44_100, 48_000, 96_000] {
        for length in [0, 1, 2, 511, 12_345, rate as usize + 1] {
            let mut samples = square(2.0, rate);
            samples.truncate(length);
            let (output, _) = converted(&samples, rate, &file_settings());
            assert_eq!(output.len(), length, "{length} samples at {rate} Hz");
        }
    }
}

#[test]
fn output_lies_where_the_input_was() {
    for rate in [44_100, 48_000, 16_000] {
        let second = rate as usize;
        let samples = [
            vec![0.0; 8 * second],
            square(2.0, rate),
            vec![0.0; 8 * second],
        ]
        .concat();
        let (output, _) = converted(&samples, rate, &file_settings());
        // A frame's level is measured over one hop around its beginning: half a hop either way.
        let slack = HOP * second / 44_100;
        let quiet = |range: &[f32]| range.iter().all(|x| x.abs() < 0.01);
        assert!(quiet(&output[..8 * second - 2 * slack]));
        assert!(quiet(&output[10 * second + 2 * slack..]));
        let middle = &output[8 * second + 2 * slack..10 * second - 2 * slack];
        // Resampling rounds the square's edges off.
        assert!(middle.iter().all(|x| (x - 0.25).abs() < 0.02), "{rate} Hz");
        let energy: f32 = output.iter().sum::<f32>() / second as f32;
        assert!((energy - 0.5).abs() < 0.01, "{energy} at {rate} Hz");
    }
}

#[test]
fn pieces_cut_by_force_join_without_a_seam() {
    let slicer = SlicerConfig {
        max_piece_ms: 2_000.0,
        ..SlicerConfig::default()
    };
    let samples = square(9.3, 44_100);
    let settings = FileSettings {
        method: FileMethod::Slices(slicer),
        ..file_settings()
    };
    let (output, seen) = converted(&samples, 44_100, &settings);
    assert_eq!(seen.take().len(), 5);
    assert_eq!(output.len(), samples.len());
    for (index, sample) in output[HOP..samples.len() - HOP].iter().enumerate() {
        // A join that is off by one hop of a piece's edge would drop to half.
        assert!((sample - 0.25).abs() < 0.003, "{sample} at {index}");
    }
}

#[test]
fn silence_is_not_converted() {
    let samples = vec![0.0; 44_100 * 20];
    let (output, seen) = converted(&samples, 44_100, &file_settings());
    assert_eq!(output, samples);
    assert_eq!(seen.take().len(), 0);
    let slicer = SlicerConfig {
        threshold_db: -10.0,
        ..SlicerConfig::default()
    };
    let settings = FileSettings {
        method: FileMethod::Slices(slicer),
        ..file_settings()
    };
    let (output, seen) = converted(&square(3.0, 48_000), 48_000, &settings);
    assert!(output.len() == 144_000 && output.iter().all(|&x| x == 0.0));
    assert_eq!(seen.take().len(), 0);
}

#[test]
fn an_observer_stops_a_conversion() {
    struct After(u64, bool);
    impl Observer for After {
        fn progress(&mut self, done: u64) {
            assert!(done > 0);
            self.1 |= done >= self.0;
        }

        fn cancelled(&self) -> bool {
            self.1
        }
    }
    let samples = vec![0.0; 44_100 * 60];
    let (mut pipeline, _) = loudness_pipeline();
    let mut source = SliceSource::new(&samples, RATE);
    let mut sink = VecSink::default();
    let mut observer = After(44_100, false);
    let result = convert_file(
        &mut pipeline,
        &mut source,
        &mut sink,
        &file_settings(),
        &mut observer,
    );
    assert!(matches!(result, Err(ConvertError::Cancelled)));
    assert!(
        (44_100..50_000).contains(&sink.samples.len()),
        "{}",
        sink.samples.len()
    );
}

#[test]
fn progress_ends_at_the_length() {
    struct Last(u64);
    impl Observer for Last {
        fn progress(&mut self, done: u64) {
            assert!(done >= self.0);
            self.0 = done;
        }
    }
    let samples = square(3.0, 32_000);
    let (mut pipeline, _) = loudness_pipeline();
    let mut source = SliceSource::new(&samples, SampleRate::of(32_000));
    let (mut sink, mut last) = (VecSink::default(), Last(0));
    convert_file(
        &mut pipeline,
        &mut source,
        &mut sink,
        &file_settings(),
        &mut last,
    )
    .unwrap();
    assert_eq!(last.0, 96_000);
}

#[test]
fn windows_of_a_stream_share_the_noise_of_their_frames() {
    let (pipeline, seen) = loudness_pipeline();
    let mut converter = SvcConverter::new(pipeline, controls(3), None).unwrap();
    let spec = converter.spec().clone();
    let input = square(4.0, 44_100);
    let mut output = vec![0.0; spec.output_len()];
    for call in 0..3 {
        let start = call * spec.chunk.0;
        converter
            .convert(&input[start..start + spec.input_len()], &mut output)
            .unwrap();
    }
    let windows = seen.take();
    let (frames, step) = (spec.input_len() / HOP, spec.chunk.0 / HOP);
    for pair in windows.windows(2) {
        for channel in 0..NOISE_CHANNELS {
            let before = &pair[0][channel * frames..][..frames];
            let after = &pair[1][channel * frames..][..frames];
            assert_eq!(before[step..], after[..frames - step]);
        }
    }

    converter.reset();
    converter
        .convert(&input[..spec.input_len()], &mut output)
        .unwrap();
    assert_eq!(seen.take()[0], windows[0]);
    assert!(output.iter().all(|x| (x - 0.25).abs() < 0.02));
}

/// A tone with harmonics at a pitch as MIDI counts, whole frames long.
fn tone(pitch: f32, seconds: usize) -> Vec<f32> {
    let f0_hz = f64::from(Note(pitch).to_hz());
    (0..(seconds * 44_100).next_multiple_of(HOP))
        .map(|n| {
            let phase = TAU * f0_hz * n as f64 / 44_100.0;
            let partials = (1..=10).map(|k| (f64::from(k) * phase).sin() / f64::from(k));
            (0.1 * partials.sum::<f64>()) as f32
        })
        .collect()
}

#[test]
fn the_synthesizer_gets_f0_on_its_target() {
    let scale = PitchTarget::Scale {
        scale: Scale::CHROMATIC,
        strength: 1.0,
        speed_ms: 20.0,
    };
    let monotone = PitchTarget::Monotone { note: Note(60.0) };
    for (target, transpose, expected) in [
        (PitchTarget::Free, 0.0, 57.4),
        (scale, 0.0, 57.0),
        (scale, 5.3, 63.0),
        (monotone, -3.0, 60.0),
    ] {
        let pitch = PitchSettings {
            target,
            ..PitchSettings::default()
        };
        let controls = Controls {
            transpose: Semitones(transpose),
            pitch,
            ..controls(0)
        };
        let (mut pipeline, seen) = pipeline_that_remembers("f0");
        pipeline.convert(&tone(57.4, 2), 0, &controls).unwrap();
        let mut segments = seen.take();

        let (pipeline, seen) = pipeline_that_remembers("f0");
        let mut converter = SvcConverter::new(pipeline, controls, None).unwrap();
        let spec = converter.spec().clone();
        let (input, mut output) = (tone(57.4, 5), vec![0.0; spec.output_len()]);
        for start in (0..input.len() - spec.input_len()).step_by(spec.chunk.0) {
            let window = &input[start..start + spec.input_len()];
            converter.convert(window, &mut output).unwrap();
        }
        segments.extend(seen.take());
        assert!(segments.len() > 3, "{} segments", segments.len());
        for f0_hz in segments {
            let heard = Note::from_hz(f0_hz[f0_hz.len() / 2]).0;
            // Five cents, as near as the tracker hears a tone; the targets are 40 and more away.
            assert!((heard - expected).abs() < 0.05, "{heard} in {target:?}");
        }
    }
}

#[test]
fn a_window_of_silence_is_not_converted() {
    let (pipeline, seen) = loudness_pipeline();
    let mut converter = SvcConverter::new(pipeline, controls(0), Some(100.0)).unwrap();
    let spec = converter.spec().clone();
    let mut output = vec![1.0; spec.output_len()];
    converter
        .convert(&vec![0.0; spec.input_len()], &mut output)
        .unwrap();
    assert!(output.iter().all(|&x| x == 0.0) && seen.take().is_empty());
    let short = converter.convert(&vec![0.0; 100], &mut output);
    assert!(matches!(short, Err(RunError::Input { .. })));
    let (pipeline, _) = loudness_pipeline();
    let refused = SvcConverter::new(pipeline, controls(0), Some(f64::NAN));
    assert!(matches!(
        refused,
        Err(ConvertError::Setting { name: "chunk", .. })
    ));
}

#[test]
fn a_synthesizer_that_gives_nan_is_an_error_and_no_sound() {
    let (mut pipeline, _) = loudness_pipeline();
    // The fake's output is its input's loudness, so what is not a number comes out again.
    let audio = vec![f32::NAN; 8 * HOP];
    let error = pipeline.convert(&audio, 0, &controls(0)).unwrap_err();
    assert!(
        matches!(&error, RunError::Output { name, .. } if name == "audio"),
        "{error}"
    );
}
