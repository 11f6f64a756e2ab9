//! Plans which layers of a parted voice compute with eight bits, from a recording.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SvcVoice;
use super::loading;
use super::precision::Precisions;
use super::rehearsal::{Rehearsal, finite_snr_db, named, step, unsupported};
use super::streamed::{GraphFile, PreparedSynthesizer};
use crate::error::ConvertError;
use crate::graph::{
    Choice, ChoiceBound, Feed, Graph, GraphError, Layer, QuantiseOptions, Ranges, quantise,
};
use crate::progress::Observer;
use crate::runtime::{Backend, Device, Runtime};

/// The error that a network may bring, and how long to look for layers that hurt. The content encoder decides which phone
/// is heard and has the larger bound in time, because its layers are more.
const BOUND: ChoiceBound = ChoiceBound {
    snr_db: 25.0,
    time: Duration::from_secs(45),
};

/// Which layers of one network compute with eight bits, and the ranges that their scales follow from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// Ranges of tensors.
    pub ranges: Ranges,
    /// What the layers give, by which they are known.
    pub layers: Vec<String>,
    /// The SNR of the network's outputs on the held-out part, in dB.
    pub snr_db: f64,
}

/// How a voice computes with eight bits, and what that costs in sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Int8Parameters {
    /// The content encoder.
    pub encoder: NetworkPlan,
    /// The part before the generator.
    pub head: NetworkPlan,
    /// The generator.
    pub generator: NetworkPlan,
    /// SNR of the audio against fp32, in dB.
    pub snr_db: f64,
    /// Distance of its spectra from those of fp32, in dB.
    pub log_spectral_distance_db: f64,
    /// Median distance of F0 from that of fp32, in cents, where there is one.
    pub f0_error_cents: Option<f64>,
}

impl Int8Parameters {
    /// Whether eight bits are faster there; elsewhere the voice runs in fp32.
    pub fn serves(runtime: &Runtime, device: Device) -> bool {
        runtime.backend() == Backend::OnnxRuntime && device == Device::Cpu
    }
}

impl NetworkPlan {
    /// Names it: another plan has another name.
    pub(super) fn identity(&self) -> String {
        // Numbers and names can always be written; a plan without a name would only be kept in vain.
        let text = serde_json::to_string(self).unwrap_or_default();
        let digest = Sha256::digest(text.as_bytes());
        let hex: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("int8 {hex}")
    }

    /// `graph`, or a streamed form of it, with the planned layers in eight bits.
    ///
    /// # Errors
    /// If the plan is of another graph.
    pub(super) fn apply(&self, graph: &Graph) -> Result<Graph, GraphError> {
        let layers: Vec<Layer> = Layer::all(graph)
            .into_iter()
            .filter(|layer| self.layers.contains(&layer.output))
            .collect();
        quantise(graph, &self.ranges, &layers, QuantiseOptions::default())
    }

    /// Measures and chooses.
    fn find(
        graph: &Graph,
        feeds: &[Feed; 2],
        runtime: &Runtime,
    ) -> Result<NetworkPlan, GraphError> {
        let [calibration, held_out] = feeds.each_ref().map(std::slice::from_ref);
        let ranges = Ranges::measure(graph, calibration, runtime)?;
        let options = QuantiseOptions::default();
        let choice = Choice::find(graph, &ranges, options, held_out, BOUND, runtime)?;
        Ok(NetworkPlan {
            ranges,
            layers: choice
                .layers
                .into_iter()
                .map(|layer| layer.output)
                .collect(),
            snr_db: finite_snr_db(choice.snr_db),
        })
    }
}

/// Plans the voice's networks on `recording`, at the voice's own rate. Progress counts the four steps.
///
/// # Errors
/// If the voice is not parted, there is too little of a recording, or a network fails.
pub(super) fn plan(
    voice: &SvcVoice,
    recording: &[f32],
    observer: &mut dyn Observer,
) -> Result<Int8Parameters, ConvertError> {
    let rehearsal = Rehearsal::new(voice, recording, "int8")?;
    let failed = |error: GraphError| unsupported(voice, "int8", &error.to_string());
    let (heard, runtime) = (&rehearsal.heard, &voice.runtime);
    let graph = GraphFile::Bundled(Arc::clone(&voice.bundle), "encoder")
        .read()
        .map_err(ConvertError::Load)?;
    let feeds = heard.each_ref().map(|heard| heard.speech_16k.clone());
    let encoder = NetworkPlan::find(&graph, &feeds, runtime).map_err(failed)?;
    drop(graph);
    step(observer, 1)?;

    let feeds = heard.each_ref().map(|heard| named(&heard.inputs));
    let prepared = &rehearsal.prepared;
    let head = NetworkPlan::find(&prepared.head.read()?, &feeds, runtime).map_err(failed)?;
    step(observer, 2)?;

    let feeds = rehearsal.between().map_err(failed)?;
    let generator = prepared.generator.read()?;
    let generator = NetworkPlan::find(&generator, &feeds, runtime).map_err(failed)?;
    step(observer, 3)?;

    let mut plan = Int8Parameters {
        encoder,
        head,
        generator,
        snr_db: 0.0,
        log_spectral_distance_db: 0.0,
        f0_error_cents: None,
    };
    let prepared = PreparedSynthesizer {
        precisions: Precisions {
            int8: Some(plan.clone()),
            fp16: None,
        },
        ..prepared.clone()
    };
    let encoder = loading::encoder(
        runtime,
        &voice.bundle,
        voice.device,
        &voice.parameters,
        voice.variant,
        &prepared.precisions,
    )?;
    let error = rehearsal.error_of(encoder, &prepared)?.map_err(failed)?;
    plan.snr_db = finite_snr_db(error.snr_db);
    plan.log_spectral_distance_db = error.log_spectral_distance_db;
    plan.f0_error_cents = error.f0_error_cents;
    step(observer, 4)?;
    Ok(plan)
}
