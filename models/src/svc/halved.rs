//! Plans how a parted voice computes with sixteen bits on a GPU, from a recording.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rehearsal::{Rehearsal, finite_snr_db, named, step, unsupported};
use super::streamed::{GraphFile, PreparedSynthesizer};
use super::{ContentEncoder, SvcVoice};
use crate::error::ConvertError;
use crate::graph::{Feed, Graph, GraphError, Ranges, half, too_wide};
use crate::progress::Observer;
use crate::runtime::Runtime;

/// What stays f32 when a voice computes with sixteen bits, and what that costs in sound.
///
/// The cost is measured on the CPU, where ONNX Runtime rounds weights and what lies between layers that it does not fuse,
/// and sums in f32; a GPU may round more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fp16Parameters {
    /// Tensors of the content encoder whose values are too wide for f16.
    pub encoder: BTreeSet<String>,
    /// Those of the part before the generator.
    pub head: BTreeSet<String>,
    /// Those of the generator.
    pub generator: BTreeSet<String>,
    /// SNR of the audio against fp32, in dB.
    pub snr_db: f64,
    /// Distance of its spectra from those of fp32, in dB.
    pub log_spectral_distance_db: f64,
    /// Median distance of F0 from that of fp32, in cents, where there is one.
    pub f0_error_cents: Option<f64>,
}

/// Plans the voice's networks on `recording`, at the voice's own rate. Progress counts the four steps.
///
/// # Errors
/// If the voice is not parted, there is too little of a recording, or a network fails.
pub(super) fn plan(
    voice: &SvcVoice,
    recording: &[f32],
    observer: &mut dyn Observer,
) -> Result<Fp16Parameters, ConvertError> {
    let rehearsal = Rehearsal::new(voice, recording, "fp16")?;
    let failed = |error: GraphError| unsupported(voice, "fp16", &error.to_string());
    let (heard, runtime) = (&rehearsal.heard, &voice.runtime);
    let graph = GraphFile::Bundled(Arc::clone(&voice.bundle), "encoder")
        .read()
        .map_err(ConvertError::Load)?;
    let feeds = heard.each_ref().map(|heard| heard.speech_16k.clone());
    let (encoder_graph, encoder) = halved(&graph, &feeds, runtime).map_err(failed)?;
    drop(graph);
    step(observer, 1)?;

    let feeds = heard.each_ref().map(|heard| named(&heard.inputs));
    let prepared = &rehearsal.prepared;
    let (head_graph, head) = halved(&prepared.head.read()?, &feeds, runtime).map_err(failed)?;
    step(observer, 2)?;

    let feeds = rehearsal.between().map_err(failed)?;
    let generator = prepared.generator.read()?;
    let (generator_graph, generator) = halved(&generator, &feeds, runtime).map_err(failed)?;
    step(observer, 3)?;

    let session = encoder_graph.load(runtime, voice.device)?;
    let wanted = voice.parameters.content_output.as_deref();
    let dim = voice.variant.content_dim;
    let listening = ContentEncoder::with_output("encoder", Box::new(session), wanted, dim)?;
    let prepared = PreparedSynthesizer {
        head: GraphFile::Made(Arc::new(head_graph)),
        generator: GraphFile::Made(Arc::new(generator_graph)),
        ..prepared.clone()
    };
    let error = rehearsal.error_of(listening, &prepared)?.map_err(failed)?;
    step(observer, 4)?;
    Ok(Fp16Parameters {
        encoder,
        head,
        generator,
        snr_db: finite_snr_db(error.snr_db),
        log_spectral_distance_db: error.log_spectral_distance_db,
        f0_error_cents: error.f0_error_cents,
    })
}

/// `graph` with sixteen bits, and what stays f32 because what it gave for `feeds` is too wide.
fn halved(
    graph: &Graph,
    feeds: &[Feed; 2],
    runtime: &Runtime,
) -> Result<(Graph, BTreeSet<String>), GraphError> {
    let wide = too_wide(graph, &Ranges::measure(graph, feeds, runtime)?);
    Ok((half(graph, &wide)?, wide.into_iter().collect()))
}
