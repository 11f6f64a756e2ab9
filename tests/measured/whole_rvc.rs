//! Whole recordings with RVC voices, from the bundle to the file, beside what RVC made of them.
//!
//! Both at 16 kHz, the recordings' rate: what RVC gave at its own rate is resampled as ours is.

use std::sync::Arc;

use serde_json::Value;
use syrinx_dsp::{SampleRate, Semitones, ZeroPhase, butterworth, resample_all};
use syrinx_models::{
    ConvertSettings, Device, Quiet, Runtime, SliceSource, Transpose, VecSink, Voice, VoiceBundle,
};

use super::folder::{Failure, Folder};

const RATE: SampleRate = SampleRate::of(16_000);

/// Writes the filtered recording, and ours and theirs of each recording that the request lists.
pub fn convert(runtime: &Runtime, folder: &Folder) -> Result<(), Failure> {
    let mut filter = ZeroPhase::new(butterworth::high_pass(5, 48.0, RATE)?);
    let mut filtered = Vec::new();
    filter.push(&folder.floats("whole_filtered_in")?, &mut filtered);
    filter.finish(&mut filtered);
    let filtered: Vec<f32> = filtered.iter().map(|&x| x as f32).collect();
    folder.put_floats("syrinx_whole_filtered", &filtered)?;

    for case in folder.list("whole")? {
        compare(runtime, folder, case)?;
    }
    Ok(())
}

fn compare(runtime: &Runtime, folder: &Folder, case: &Value) -> Result<(), Failure> {
    let text = |key: &str| case[key].as_str().ok_or(format!("{key}: expected a text"));
    let name = text("name")?;
    let bundle = VoiceBundle::open(folder.inside(text("bundle")?))?;
    let mut voice = Voice::load(runtime, Arc::new(bundle), Device::Cpu)?;
    let settings = ConvertSettings {
        transpose: Transpose::Fixed(Semitones(folder.number("whole_transpose")? as f32)),
        ..ConvertSettings::default()
    };
    let recording = folder.floats(&format!("{name}_recording"))?;
    let (mut source, mut sink) = (SliceSource::new(&recording, RATE), VecSink::default());
    voice.convert_file(&mut source, &mut sink, &settings, &mut Quiet)?;

    let theirs = folder.floats(&format!("{name}_theirs"))?;
    let theirs = resample_all(&theirs, voice.output_rate(), RATE)?;
    let spans: Vec<(usize, usize)> = serde_json::from_value(case["spans"].clone())?;
    let within = |signal: &[f32]| -> Result<Vec<f32>, Failure> {
        let parts = spans.iter().map(|&(start, end)| signal.get(start..end));
        let parts: Option<Vec<_>> = parts.collect();
        Ok(parts.ok_or("a span lies outside the recording")?.concat())
    };
    folder.put_floats(&format!("syrinx_{name}"), &within(&sink.samples)?)?;
    folder.put_floats(&format!("peer_{name}"), &within(&theirs)?)
}
