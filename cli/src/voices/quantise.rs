//! `syrinx voices quantise`: lets a voice compute with eight bits.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use syrinx_dsp::{SampleRate, resample_all};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::svc::Int8Parameters;
use syrinx_models::{Device, Runtime, SampleSource, Voice};

use super::find;
use super::speech::own_speech;
use crate::audio::recording::Recording;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::output::say;
use crate::progress::Progress;

/// Steps of a plan: encoder, head, generator, comparison.
const STEPS: u64 = 4;

/// Seconds of a recording that are read; a plan needs eight.
const MOST_SECONDS: usize = 20;

/// Plans the voice that `asked` names on a recording, or takes its plan away, and writes its manifest anew.
///
/// # Errors
/// If there is no such voice, it is no folder, cannot be loaded or planned, or its manifest cannot be written.
pub fn run(
    asked: &str,
    recording: Option<&Path>,
    remove: bool,
    json: bool,
) -> Result<Exit, CliError> {
    let bundle = Arc::new(find::open(asked)?);
    let manifest = manifest_of(asked, bundle.path())?;
    if remove {
        write(&manifest, None)?;
        say(format!("voice {asked}: computes in fp32 again"))?;
        return Ok(Exit::Success);
    }
    let runtime = Runtime::new(RuntimeConfig {
        kept_networks: syrinx_models::voices::network_folder(),
        ..RuntimeConfig::default()
    })
    .map_err(CliError::runtime)?;
    let voice = Voice::load(&runtime, bundle, Device::Cpu).map_err(CliError::load(asked))?;
    let speech = match recording {
        Some(path) => read(path, voice.output_rate())?,
        None => {
            let speech = own_speech()?;
            resampled(&speech.samples, speech.rate, voice.output_rate())?
        }
    };
    let stop = Interrupt::install()?;
    let mut progress = Progress::new(&format!("planning {asked}"), Some(STEPS), &stop);
    let plan = voice
        .plan_int8(&speech, &mut progress)
        .map_err(|source| CliError::other(format!("voice {asked}"), source))?;
    drop(progress);
    let Some(plan) = plan else {
        say(format!(
            "voice {asked}: is small; eight bits would not make it faster"
        ))?;
        return Ok(Exit::Success);
    };
    write(&manifest, Some(&plan))?;
    say(if json {
        as_json(&plan)?
    } else {
        in_words(asked, &plan)
    })?;
    Ok(Exit::Success)
}

/// The manifest of a voice that is a folder; others cannot be changed.
fn manifest_of(asked: &str, path: &Path) -> Result<PathBuf, CliError> {
    let manifest = path.join("voice.json");
    match manifest.is_file() {
        true => Ok(manifest),
        false => Err(CliError::other(
            format!("voice {asked}"),
            format!(
                "expected a folder whose manifest can be written, found {}",
                path.display()
            ),
        )),
    }
}

/// Up to [`MOST_SECONDS`] of a recording at `rate`.
fn read(path: &Path, rate: SampleRate) -> Result<Vec<f32>, CliError> {
    let mut recording = Recording::open(path).map_err(CliError::decode(path))?;
    let from = recording.info().rate;
    let mut samples = vec![0.0; MOST_SECONDS * from.hz() as usize];
    let mut length = 0;
    while length < samples.len() {
        let count = recording
            .read(&mut samples[length..])
            .map_err(|error| CliError::other(path.display(), error))?;
        if count == 0 {
            break;
        }
        length += count;
    }
    resampled(&samples[..length], from, rate)
}

fn resampled(samples: &[f32], from: SampleRate, to: SampleRate) -> Result<Vec<f32>, CliError> {
    resample_all(samples, from, to).map_err(|error| CliError::other("resampling", error))
}

/// Writes the manifest with `plan` in it, or without one, in one step.
fn write(manifest: &Path, plan: Option<&Int8Parameters>) -> Result<(), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::other(manifest.display(), error);
    let text = fs::read(manifest).map_err(|error| failed(&error))?;
    let mut value: Value = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
    match (&mut value["parameters"], plan) {
        (Value::Object(parameters), Some(plan)) => {
            let plan = serde_json::to_value(plan).map_err(|error| failed(&error))?;
            parameters.insert("int8".to_owned(), plan);
        }
        (Value::Object(parameters), None) => {
            parameters.remove("int8");
        }
        _ => return Err(failed(&"expected parameters, found none")),
    }
    let text = serde_json::to_vec_pretty(&value).map_err(|error| failed(&error))?;
    let aside = manifest.with_extension("new");
    fs::write(&aside, text).map_err(|error| failed(&error))?;
    fs::rename(&aside, manifest).map_err(|error| failed(&error))
}

fn as_json(plan: &Int8Parameters) -> Result<String, CliError> {
    let value = serde_json::json!({
        "layers": {
            "encoder": plan.encoder.layers.len(),
            "head": plan.head.layers.len(),
            "generator": plan.generator.layers.len(),
        },
        "snr_db": plan.snr_db,
        "log_spectral_distance_db": plan.log_spectral_distance_db,
        "f0_error_cents": plan.f0_error_cents,
    });
    serde_json::to_string_pretty(&value).map_err(|error| CliError::other("JSON", error))
}

fn in_words(asked: &str, plan: &Int8Parameters) -> String {
    let mut lines = vec![format!(
        "voice {asked}: computes with eight bits from now on"
    )];
    for (name, network) in [
        ("encoder", &plan.encoder),
        ("head", &plan.head),
        ("generator", &plan.generator),
    ] {
        lines.push(format!(
            "{name:<10} {} layers, {:.1} dB above its error",
            network.layers.len(),
            network.snr_db
        ));
    }
    let f0 = plan
        .f0_error_cents
        .map(|cents| format!(", F0 off by {cents:.2} cents"));
    lines.push(format!(
        "audio      {:.1} dB above its error, spectra {:.2} dB apart{}",
        plan.snr_db,
        plan.log_spectral_distance_db,
        f0.unwrap_or_default()
    ));
    lines.push(format!(
        "`syrinx voices quantise {asked} --remove` takes it back"
    ));
    lines.join("\n")
}
