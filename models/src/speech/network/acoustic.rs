//! Prepares and runs the network that turns symbols into latents, mel frames or audio.

use super::feeding::Feeding;
use crate::error::RunError;
use crate::graph::{
    Cut, Graph, GraphError, RandomInput, fold_weights, free_randomness, give_also, plain_layers,
};
use crate::model::{ElementType, Model, Tensor, TensorData};
use crate::runtime::{Device, OnnxSession, Runtime};
use crate::speech::vocoder::{F0, load_fastest, shared_out};
use crate::svc::RandomFeeds;

/// Random numbers along time for each symbol. Public voices speak two to six frames for a symbol, with the symbols between
/// phones fewer; a network that takes more begins anew with the first, seconds later. Drawing takes time before the first
/// sound: sixteen for a symbol were a tenth of it.
const DRAWN_PER_SYMBOL: usize = 4;

/// Random numbers along time that are drawn whatever the text is.
const DRAWN_AT_LEAST: usize = 64;

/// An acoustic network as a graph, with its randomness outside.
pub(crate) struct AcousticGraph {
    graph: Graph,
    random: Vec<RandomInput>,
    /// The tensor with the frames of each symbol.
    durations: Option<String>,
    /// Whether that is an output of the network itself.
    tells: bool,
    /// The outputs that are taken, before the durations.
    wanted: usize,
}

impl AcousticGraph {
    /// Prepares `graph`, of whose outputs `wanted` are taken, in this order.
    ///
    /// The frames of each symbol are an output of the graph if one is called after them, else what its only `Ceil` gives.
    ///
    /// # Errors
    /// If it draws random numbers in a way that is not known, or does not run.
    pub(crate) fn new(
        mut graph: Graph,
        wanted: &[&str],
        feeding: &Feeding,
        runtime: &Runtime,
    ) -> Result<AcousticGraph, GraphError> {
        let (_, outputs) = graph.specs()?;
        let told = outputs
            .iter()
            .find(|output| output.name.contains("duration"));
        let told = told.map(|output| output.name.clone());
        let kept = wanted.iter().map(|name| Some(*name));
        let kept: Vec<Option<&str>> = kept.chain([told.as_deref()]).collect();
        graph.keep_outputs(&kept)?;
        fold_weights(&mut graph, runtime)?;
        plain_layers(&mut graph, runtime)?;
        let random = free_randomness(&mut graph, &|count| feeding.trial(count), runtime)?;
        Ok(AcousticGraph {
            durations: told.clone().or_else(|| graph.only_ceil()),
            tells: told.is_some(),
            wanted: wanted.len(),
            graph,
            random,
        })
    }

    /// What it is fed to try it.
    fn trial(&self, feeding: &Feeding, count: usize) -> Vec<(String, Tensor)> {
        let mut fed = feeding.trial(count);
        let drawn = RandomFeeds::new(self.random.clone(), 0);
        fed.extend(drawn.frames(0, drawn_for(count)));
        fed
    }

    /// Parts it before the vocoder that is in it.
    ///
    /// # Errors
    /// If there is none that can be streamed.
    pub(crate) fn cut(&self, feeding: &Feeding, runtime: &Runtime) -> Result<Cut, GraphError> {
        let mut graph = self.graph.clone();
        if self.tells {
            let (_, outputs) = graph.specs()?;
            graph.keep_outputs(&[outputs.first().map(|output| output.name.as_str())])?;
        }
        let also: Vec<String> = self.durations.iter().cloned().collect();
        Cut::of_speech(&graph, &also, &|count| self.trial(feeding, count), runtime)
    }

    /// Loads the head of `cut`.
    ///
    /// # Errors
    /// If a backend refuses it.
    pub(crate) fn load_head(
        &self,
        cut: &Cut,
        runtime: &Runtime,
        device: Device,
    ) -> Result<Acoustic, GraphError> {
        Ok(Acoustic::new(
            load_fastest(&cut.head, &shared_out(runtime), device)?,
            self.random.clone(),
            cut.latents.len(),
        ))
    }

    /// Loads all of it.
    ///
    /// # Errors
    /// If a backend refuses it.
    pub(crate) fn load(
        &self,
        feeding: &Feeding,
        runtime: &Runtime,
        device: Device,
    ) -> Result<Acoustic, GraphError> {
        let mut graph = self.graph.clone();
        if let Some(durations) = self.durations.as_ref().filter(|_| !self.tells) {
            let trial = |count| self.trial(feeding, count);
            give_also(&mut graph, durations, &trial, runtime)?;
        }
        let session = load_fastest(&graph, &shared_out(runtime), device)?;
        Ok(Acoustic::new(session, self.random.clone(), self.wanted))
    }
}

/// A loaded acoustic network.
pub(crate) struct Acoustic {
    session: OnnxSession,
    random: Vec<RandomInput>,
    /// The outputs before the durations.
    made: usize,
    durations: Option<Vec<f32>>,
}

impl Acoustic {
    fn new(session: OnnxSession, random: Vec<RandomInput>, made: usize) -> Acoustic {
        let read =
            |input: &RandomInput| session.inputs().iter().any(|spec| spec.name == input.name);
        Acoustic {
            random: random.into_iter().filter(read).collect(),
            session,
            made,
            durations: None,
        }
    }

    /// Runs it on the inputs for `count` symbols; gives what comes before the durations.
    pub(super) fn run(
        &mut self,
        mut inputs: Vec<(String, Tensor)>,
        count: usize,
        seed: u64,
    ) -> Result<Vec<Tensor>, RunError> {
        inputs.extend(RandomFeeds::new(self.random.clone(), seed).frames(0, drawn_for(count)));
        let read = |name: &str| self.session.inputs().iter().any(|spec| spec.name == name);
        let fed: Vec<(&str, &Tensor)> = inputs
            .iter()
            .filter(|(name, _)| read(name))
            .map(|(name, tensor)| (name.as_str(), tensor))
            .collect();
        let mut outputs = self.session.run(&fed)?;
        let durations = outputs.drain(self.made.min(outputs.len())..).next();
        self.durations = durations.map(|durations| floats(&durations));
        Ok(outputs)
    }

    /// The frames of each symbol of the last run, where the network tells.
    pub(super) fn durations(&self) -> Option<&[f32]> {
        self.durations.as_deref()
    }
}

fn floats(tensor: &Tensor) -> Vec<f32> {
    match tensor.data() {
        TensorData::F32(values) => values.clone(),
        TensorData::I64(values) => values.iter().map(|&value| value as f32).collect(),
    }
}

fn drawn_for(symbols: usize) -> usize {
    DRAWN_AT_LEAST + DRAWN_PER_SYMBOL * symbols
}

/// The output of `graph` with mel frames or audio: the first of f32 that is neither durations nor F0.
pub(crate) fn main_output(graph: &Graph) -> Result<String, crate::error::LoadError> {
    let (_, outputs) = graph.specs()?;
    let fits = |output: &&crate::model::TensorSpec| {
        let is_other = output.name.contains("duration") || output.name == F0;
        output.element == ElementType::F32 && !is_other
    };
    let found = outputs.iter().find(fits).map(|output| output.name.clone());
    found.ok_or_else(|| crate::error::LoadError::Tensor {
        model: graph.name().to_owned(),
        expected: "an output of f32 with mel frames or audio".to_owned(),
        found: crate::svc::list(&outputs),
    })
}
