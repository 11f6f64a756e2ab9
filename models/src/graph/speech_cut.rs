//! Parts a speech network before its vocoder, where nobody can say beforehand how many frames there will be.

use super::cut::{audio_of, boundary, part_of_inputs};
use super::{Cut, CutTensor, Extent, Graph, GraphError, declare, probe};
use crate::model::{ElementType, Tensor};
use crate::runtime::Runtime;

/// Numbers of symbols or frames at which a network is run, to see which tensors get longer.
pub(super) const SIZES: [usize; 2] = [9, 14];

/// The least samples per frame of a vocoder: with fewer the cut would lie in the midst of one, behind something that works
/// on all of time. Public vocoders have 80 and more.
const LEAST_HOP: usize = 32;

/// What a network is fed for a number of symbols or frames: its inputs by name.
pub type SymbolFeeds<'a> = &'a dyn Fn(usize) -> Vec<(String, Tensor)>;

impl Cut {
    /// Finds the vocoder of `graph` and cuts before it, as [`Cut::find`] does; but what `feeds` is given is a number of
    /// symbols, or of frames, and how many frames come of it is the network's business. The head gives the latents and
    /// then the tensors `more`; it is without nodes where the latents are what the network itself is given.
    ///
    /// Latents whose length differs between two runs change in time; the others hold for all of it.
    ///
    /// # Errors
    /// If there is no vocoder of convolutions, or its audio is not a whole number of samples for every frame.
    pub fn of_speech(
        graph: &Graph,
        more: &[String],
        feeds: SymbolFeeds<'_>,
        runtime: &Runtime,
    ) -> Result<Cut, GraphError> {
        let audio = audio_of(graph)?;
        let found = boundary(graph, &audio.name)?;
        let tensors: Vec<String> = found.iter().chain(more).cloned().collect();
        let shapes = shapes_at_sizes(graph, &tensors, feeds, runtime)?;
        let latents: Vec<CutTensor> = found
            .iter()
            .zip(&shapes)
            .map(|(name, shapes)| latent(graph, name, shapes))
            .collect::<Result<_, _>>()?;
        let declared = |tensor: &CutTensor| tensor.declared();
        let inputs = latents.iter().map(declared).collect();
        let generator = graph.extract("generator", inputs, vec![audio.clone()])?;
        let hop = hop(&generator, &audio.name, &latents, runtime)?;
        let mut outputs: Vec<_> = latents.iter().map(declared).collect();
        for (name, shapes) in more.iter().zip(&shapes[found.len()..]) {
            outputs.push(declare(
                name,
                ElementType::F32,
                &vec![None; shapes[0].len()],
            ));
        }
        let given = |tensor: &CutTensor| {
            let mut inputs = graph.proto().input.iter();
            inputs.any(|info| info.name == tensor.name)
        };
        let head = match latents.iter().all(given) && more.is_empty() {
            true => Graph::empty("head"),
            false => part_of_inputs(graph, "head", outputs)?,
        };
        Ok(Cut {
            head,
            generator,
            latents,
            excitation: None,
            hop,
        })
    }
}

/// The shapes of `tensors` at each of [`SIZES`].
pub(super) fn shapes_at_sizes(
    graph: &Graph,
    tensors: &[String],
    feeds: SymbolFeeds<'_>,
    runtime: &Runtime,
) -> Result<Vec<[Vec<usize>; 2]>, GraphError> {
    let fed = SIZES.map(feeds);
    let fed: Vec<Vec<(&str, &Tensor)>> = fed
        .iter()
        .map(|fed| {
            fed.iter()
                .map(|(name, tensor)| (name.as_str(), tensor))
                .collect()
        })
        .collect();
    let fed: Vec<&[(&str, &Tensor)]> = fed.iter().map(Vec::as_slice).collect();
    let found = probe::shapes(graph, tensors, &fed, runtime)?;
    let pairs = found[0].iter().zip(&found[1]);
    Ok(pairs
        .map(|(short, long)| [short.clone(), long.clone()])
        .collect())
}

fn latent(graph: &Graph, name: &str, shapes: &[Vec<usize>; 2]) -> Result<CutTensor, GraphError> {
    let fixed = |fixed| Extent {
        per_frame: 0,
        fixed,
    };
    let frames = Extent {
        per_frame: 1,
        fixed: 0,
    };
    match (&shapes[0][..], &shapes[1][..]) {
        (&[1, channels, short], &[1, same, long]) if channels == same => Ok(CutTensor {
            name: name.to_owned(),
            shape: vec![
                fixed(1),
                fixed(channels),
                if short == long { fixed(short) } else { frames },
            ],
        }),
        _ => Err(GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: format!("{name} before the vocoder to be f32[1, channels, frames]"),
            found: format!("{shapes:?}"),
        }),
    }
}

/// The samples that a frame gives.
fn hop(
    generator: &Graph,
    audio: &str,
    latents: &[CutTensor],
    runtime: &Runtime,
) -> Result<usize, GraphError> {
    let feeds = |frames: usize| -> Vec<(String, Tensor)> {
        let zeros = |tensor: &CutTensor| {
            let shape: Vec<usize> = tensor.shape.iter().map(|size| size.at(frames)).collect();
            (tensor.name.clone(), Tensor::zeros(&shape))
        };
        latents.iter().map(zeros).collect()
    };
    let shapes = probe(generator, &[audio.to_owned()], &feeds, runtime)?;
    let moving = latents.iter().any(|tensor| tensor.rate() == 1);
    match shapes.first().and_then(|shape| shape.last()) {
        Some(&Extent {
            per_frame: hop @ LEAST_HOP..,
            fixed: 0,
        }) if moving => Ok(hop),
        found => Err(GraphError::Structure {
            graph: generator.name().to_owned(),
            expected: format!(
                "a vocoder with one input per frame and at least {LEAST_HOP} samples per frame"
            ),
            found: format!("{latents:?} and {found:?} samples"),
        }),
    }
}

/// Lets `graph` give the float tensor `tensor` as its last output too.
///
/// # Errors
/// If the graph does not run.
pub fn give_also(
    graph: &mut Graph,
    tensor: &str,
    feeds: SymbolFeeds<'_>,
    runtime: &Runtime,
) -> Result<(), GraphError> {
    let shapes = shapes_at_sizes(graph, &[tensor.to_owned()], feeds, runtime)?;
    let rank = shapes.first().map_or(0, |shapes| shapes[0].len());
    let declared = declare(tensor, ElementType::F32, &vec![None; rank]);
    graph.proto_mut().output.push(declared);
    Ok(())
}

impl Graph {
    /// Leaves these outputs alone, in this order.
    ///
    /// # Errors
    /// If one is not there.
    pub fn keep_outputs(&mut self, names: &[Option<&str>]) -> Result<(), GraphError> {
        let mut kept = Vec::new();
        for name in names.iter().flatten() {
            let outputs = &self.proto().output;
            let found = outputs.iter().find(|info| info.name == *name);
            kept.push(found.cloned().ok_or_else(|| GraphError::Structure {
                graph: self.name().to_owned(),
                expected: format!("the output {name}"),
                found: format!("{} others", outputs.len()),
            })?);
        }
        self.proto_mut().output = kept;
        self.prune()
    }

    /// What the only `Ceil` of the graph gives: speech networks round durations up to frames by it.
    pub fn only_ceil(&self) -> Option<String> {
        let mut found = self.nodes().iter().filter(|node| node.op_type == "Ceil");
        match (found.next(), found.next()) {
            (Some(only), None) => only.output.first().cloned(),
            _ => None,
        }
    }
}
