//! Rewrites a synthesizer on its way into a bundle.

use serde_json::{Map, Value, json};
use syrinx_dsp::SampleRate;

use super::candidates::read;
use super::error::ImportError;
use super::feeds::feeds;
use super::plan::{Content, Plan};
use crate::bundle::{MAX_FILE_BYTES, VoiceKindName};
use crate::graph::{Cut, Graph, GraphError, RandomInput, StreamedGenerator, expose_randomness};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, Runtime};
use crate::svc::{PreparedFiles, part_encoder};

/// Frames of lookahead with which it is tried whether a generator can be streamed; any number would do.
const LOOKAHEAD: usize = 1;

/// Frames for which a whole synthesizer is asked how many samples it gives.
const FRAMES: usize = 40;

/// A synthesizer as the bundle will hold it.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The graphs by role.
    pub(super) files: Vec<(&'static str, Vec<u8>)>,
    /// What the manifest's parameters say of them.
    pub(super) parameters: Map<String, Value>,
    /// Samples per frame.
    pub(super) hop: u32,
    /// What is worth knowing.
    pub(super) note: Option<String>,
}

/// Passes the synthesizer's bytes on their way from its file into a bundle: parted for streaming, with its randomness as
/// inputs ([`crate::svc::prepare`]); its content encoder likewise. One that cannot be parted stays whole, with its randomness as inputs all the same,
/// and is streamed in whole windows; the note says why.
///
/// # Errors
/// If the synthesizer gives another number of samples per frame than rate and configuration say.
pub(super) fn prepare(
    plan: &Plan,
    onnx: Vec<u8>,
    runtime: &Runtime,
) -> Result<Prepared, ImportError> {
    let name = plan.synthesizer.name();
    let parted = crate::svc::prepare(&name, &onnx, SampleRate::of(plan.rate), runtime);
    let why = match parted.and_then(can_be_streamed) {
        Ok(parts) => {
            let found = parts.stream.excitation.as_ref().map(|tensor| tensor.rate());
            let mut stream = parts.stream;
            let encoder = part_encoder(&encoder_of(plan)?, &stream, runtime);
            let note = encoder.as_ref().err().map(|error| {
                format!(
                    "streams encode whole windows, because the encoder cannot be parted: {error}"
                )
            });
            stream.encoder = encoder.ok();
            return Ok(Prepared {
                hop: hop(plan, found)?,
                parameters: Map::from_iter([("stream".to_owned(), json!(stream))]),
                files: vec![("head", parts.head), ("generator", parts.generator)],
                note,
            });
        }
        Err(error) => format!("streams in whole windows, because it cannot be parted: {error}"),
    };
    let (onnx, parameters, note, found) = match seeded(&name, &onnx, plan, runtime) {
        Ok((graph, random)) => {
            let found = samples_per_frame(&graph, &random, plan, runtime);
            let random = Map::from_iter([("random".to_owned(), json!(random))]);
            (graph.encode(), random, why, found)
        }
        // It may still play, though never the same twice; if not, the proof says why.
        Err(error) => {
            let note = format!("{why}; no seed decides its random numbers: {error}");
            (onnx, Map::new(), note, None)
        }
    };
    Ok(Prepared {
        hop: hop(plan, found)?,
        files: vec![("synthesizer", onnx)],
        parameters,
        note: Some(note),
    })
}

/// The bytes of the content encoder.
fn encoder_of(plan: &Plan) -> Result<Vec<u8>, ImportError> {
    let mut files = plan.files.iter();
    match files.find(|(role, _)| *role == "encoder") {
        Some((_, Content::File(file))) => read(file, MAX_FILE_BYTES),
        Some((_, Content::Made(_, bytes))) => Ok(bytes.clone()),
        None => Ok(Vec::new()),
    }
}

/// Tries whether the generator's convolutions can be given their past as state.
fn can_be_streamed(parts: PreparedFiles) -> Result<PreparedFiles, GraphError> {
    let stream = &parts.stream;
    let cut = Cut {
        head: Graph::empty("head"),
        generator: Graph::decode("generator", &parts.generator)?,
        latents: stream.latents.clone(),
        excitation: stream.excitation.clone(),
        hop: stream.excitation.as_ref().map_or(1, |tensor| tensor.rate()),
    };
    StreamedGenerator::new(&cut, LOOKAHEAD)?;
    Ok(parts)
}

/// Samples per frame: what the synthesizer was found to give.
///
/// # Errors
/// If that is not what the rate (RVC) or the configuration (So-VITS-SVC) says.
fn hop(plan: &Plan, found: Option<usize>) -> Result<u32, ImportError> {
    let Some(found) = found.and_then(|found| u32::try_from(found).ok()) else {
        return Ok(plan.hop());
    };
    if plan.hop.is_none() && plan.kind != VoiceKindName::Rvc || found == plan.hop() {
        return Ok(found);
    }
    let (name, expected, stated) = match plan.kind {
        VoiceKindName::Rvc => ("the rate (--rate)", found * 100, plan.rate),
        _ => ("hop_length of the configuration", found, plan.hop()),
    };
    Err(ImportError::Value {
        name,
        expected: format!(
            "{expected}, as {} gives {found} samples per frame",
            plan.synthesizer.name()
        ),
        found: stated.to_string(),
    })
}

/// The whole graph with its randomness as inputs.
fn seeded(
    name: &str,
    onnx: &[u8],
    plan: &Plan,
    runtime: &Runtime,
) -> Result<(Graph, Vec<RandomInput>), GraphError> {
    let mut graph = Graph::decode(name, onnx)?;
    let (inputs, _) = graph.specs()?;
    let fed = |frames: usize| feeds(plan.dialect, &inputs, frames);
    let random = expose_randomness(&mut graph, &fed, runtime)?;
    Ok((graph, random))
}

/// How many samples a whole synthesizer gives per frame; `None` where it does not run, of which the proof says why.
fn samples_per_frame(
    graph: &Graph,
    random: &[RandomInput],
    plan: &Plan,
    runtime: &Runtime,
) -> Option<usize> {
    let (inputs, _) = graph.specs().ok()?;
    let own = |name: &str| random.iter().any(|input| input.name == name);
    let plain: Vec<_> = inputs.into_iter().filter(|spec| !own(&spec.name)).collect();
    let mut fed = feeds(plan.dialect, &plain, FRAMES);
    fed.extend(random.iter().map(|input| {
        let shape: Vec<usize> = input.shape.iter().map(|size| size.at(FRAMES)).collect();
        (input.name.clone(), Tensor::zeros(&shape))
    }));
    let fed: Vec<(&str, &Tensor)> = fed
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let mut session = graph.load(runtime, Device::Cpu).ok()?;
    let outputs = session.run(&fed).ok()?;
    let named = session
        .outputs()
        .iter()
        .position(|output| output.name == "audio");
    let audio = outputs.get(named.unwrap_or(0)).and_then(Tensor::as_f32)?;
    let per_frame = audio.len() / FRAMES;
    (per_frame > 0 && audio.len().is_multiple_of(FRAMES)).then_some(per_frame)
}
