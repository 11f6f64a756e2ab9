//! `syrinx voices quantise`: lets a voice compute with eight bits, or with sixteen on GPUs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use syrinx_dsp::{SampleRate, resample_all};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::svc::{Fp16Parameters, Int8Parameters};
use syrinx_models::{Device, Runtime, SampleSource, Voice};

use super::find;
use super::speech::own_speech;
use crate::args::Bits;
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
    bits: Bits,
    recording: Option<&Path>,
    remove: bool,
    json: bool,
) -> Result<Exit, CliError> {
    let bundle = Arc::new(find::open(asked)?);
    let manifest = manifest_of(asked, bundle.path())?;
    if remove {
        write(&manifest, bits, None)?;
        say(format!(
            "voice {asked}: no longer computes with {}",
            bits.in_words()
        ))?;
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
    let plan = match bits {
        Bits::Int8 => voice
            .plan_int8(&speech, &mut progress)
            .map(|plan| plan.as_ref().map(Plan::of_int8)),
        Bits::Fp16 => voice
            .plan_fp16(&speech, &mut progress)
            .map(|plan| plan.as_ref().map(Plan::of_fp16)),
    };
    let plan = plan.map_err(|source| CliError::other(format!("voice {asked}"), source))?;
    drop(progress);
    let Some(plan) = plan.transpose()? else {
        say(format!(
            "voice {asked}: is small; {} would not make it faster",
            bits.in_words()
        ))?;
        return Ok(Exit::Success);
    };
    write(&manifest, bits, Some(&plan.parameters))?;
    say(if json {
        plan.as_json()?
    } else {
        plan.in_words(asked, bits)
    })?;
    Ok(Exit::Success)
}

/// A plan, as shown and as written.
struct Plan {
    /// What belongs into the manifest.
    parameters: Value,
    /// A line for each network, and the same for programs.
    networks: Vec<(&'static str, String, Value)>,
    snr_db: f64,
    log_spectral_distance_db: f64,
    f0_error_cents: Option<f64>,
}

impl Plan {
    fn of_int8(plan: &Int8Parameters) -> Result<Plan, CliError> {
        let networks = [
            ("encoder", &plan.encoder),
            ("head", &plan.head),
            ("generator", &plan.generator),
        ];
        let networks = networks.map(|(name, network)| {
            let layers = network.layers.len();
            let line = format!("{layers} layers, {:.1} dB above its error", network.snr_db);
            (name, line, layers.into())
        });
        Ok(Plan {
            parameters: value(plan)?,
            networks: networks.into(),
            snr_db: plan.snr_db,
            log_spectral_distance_db: plan.log_spectral_distance_db,
            f0_error_cents: plan.f0_error_cents,
        })
    }

    fn of_fp16(plan: &Fp16Parameters) -> Result<Plan, CliError> {
        let networks = [
            ("encoder", &plan.encoder),
            ("head", &plan.head),
            ("generator", &plan.generator),
        ];
        let networks = networks.map(|(name, wide)| {
            let line = format!("{} tensors too wide for it", wide.len());
            (name, line, wide.len().into())
        });
        Ok(Plan {
            parameters: value(plan)?,
            networks: networks.into(),
            snr_db: plan.snr_db,
            log_spectral_distance_db: plan.log_spectral_distance_db,
            f0_error_cents: plan.f0_error_cents,
        })
    }

    fn as_json(&self) -> Result<String, CliError> {
        let networks = self.networks.iter();
        let networks: serde_json::Map<String, Value> = networks
            .map(|(name, _, count)| ((*name).to_owned(), count.clone()))
            .collect();
        let value = serde_json::json!({
            "layers": networks,
            "snr_db": self.snr_db,
            "log_spectral_distance_db": self.log_spectral_distance_db,
            "f0_error_cents": self.f0_error_cents,
        });
        serde_json::to_string_pretty(&value).map_err(|error| CliError::other("JSON", error))
    }

    fn in_words(&self, asked: &str, bits: Bits) -> String {
        let mut lines = vec![format!(
            "voice {asked}: computes with {} from now on",
            bits.in_words()
        )];
        let networks = self.networks.iter();
        lines.extend(networks.map(|(name, line, _)| format!("{name:<10} {line}")));
        let f0 = self
            .f0_error_cents
            .map(|cents| format!(", F0 off by {cents:.2} cents"));
        lines.push(format!(
            "audio      {:.1} dB above its error, spectra {:.2} dB apart{}",
            self.snr_db,
            self.log_spectral_distance_db,
            f0.unwrap_or_default()
        ));
        if bits == Bits::Fp16 {
            lines.push("measured on the CPU; a GPU may round more".to_owned());
        }
        lines.push(format!(
            "`syrinx voices quantise {asked} --to {} --remove` takes it back",
            bits.key()
        ));
        lines.join("\n")
    }
}

fn value(plan: &impl serde::Serialize) -> Result<Value, CliError> {
    serde_json::to_value(plan).map_err(|error| CliError::other("JSON", error))
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
fn write(manifest: &Path, bits: Bits, plan: Option<&Value>) -> Result<(), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::other(manifest.display(), error);
    let text = fs::read(manifest).map_err(|error| failed(&error))?;
    let mut value: Value = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
    match (&mut value["parameters"], plan) {
        (Value::Object(parameters), Some(plan)) => {
            parameters.insert(bits.key().to_owned(), plan.clone());
        }
        (Value::Object(parameters), None) => {
            parameters.remove(bits.key());
        }
        _ => return Err(failed(&"expected parameters, found none")),
    }
    let text = serde_json::to_vec_pretty(&value).map_err(|error| failed(&error))?;
    let aside = manifest.with_extension("new");
    fs::write(&aside, text).map_err(|error| failed(&error))?;
    fs::rename(&aside, manifest).map_err(|error| failed(&error))
}
