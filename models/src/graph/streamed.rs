//! Gives a generator's convolutions their past as state, so that a stream needs no past again.

mod needs;
mod rows;
mod stage;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tract_onnx::pb::{NodeProto, ValueInfoProto};

use self::needs::{full_lookahead, needs};
use self::stage::Stage;
use super::reach::Reach;
use super::{Cut, Graph, GraphError, attributes, declare, repeat};
use crate::model::{ElementType, Tensor};

/// The axis of time in all tensors of a generator.
const TIME: i64 = 2;

/// A state of a streamed generator: zeros at the start of a stream, then what the last run gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateTensor {
    /// The input's name.
    pub input: String,
    /// The output's name.
    pub output: String,
    /// Its shape at the start of a stream, `[1, channels, samples]`; without samples where it grows with the stream's past.
    pub shape: [usize; 3],
}

/// A generator as a graph that is run chunk by chunk.
///
/// It gets the latents and the excitation of `chunk + lookahead` frames and the states, and gives the audio of the
/// chunk and the next states. The past of every convolution lies in the states; of the future it knows the lookahead,
/// and what lies behind that counts as zero, as it does behind the end of a whole recording. With a lookahead of
/// [`StreamedShape::full_lookahead`] frames the audio is that of the uncut graph, except near the start, where
/// the uncut graph pads every layer with zeros.
///
/// In the lookahead, the layers at low rates are computed again with the next chunk, once its latents are better known;
/// the layers at the rate of the audio only as far as the next layers need it.
#[derive(Clone, Debug)]
pub struct StreamedGenerator {
    /// The graph.
    pub graph: Graph,
    /// How it is fed.
    pub shape: StreamedShape,
}

/// How a streamed generator is fed, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamedShape {
    /// Its states.
    pub states: Vec<StateTensor>,
    /// Frames of future that it is given.
    pub lookahead: usize,
    /// Frames of future that make a difference.
    pub full_lookahead: usize,
    /// The output with the audio, `[1, 1, chunk * hop]`.
    pub audio: String,
}

impl StreamedGenerator {
    /// Rewrites the generator of `cut` for this many frames of lookahead.
    ///
    /// # Errors
    /// If an operator works along time in a way that this rewriting does not know.
    pub fn new(cut: &Cut, lookahead: usize) -> Result<StreamedGenerator, GraphError> {
        StreamedGenerator::with_stages(cut, lookahead, &[], 1)
    }

    /// The same with one state for all layers between two changes of rate, computed by so many threads.
    ///
    /// The layers compute the samples of their own past again, up to 60 of them in public vocoders, in place of a copy of
    /// every layer's input: the fewer channels a generator has, the more that is worth. Where two threads would wait for each
    /// other in one layer, the stage is computed in two rows of a batch.
    ///
    /// Exact near the start of a stream too, where the uncut graph pads every layer with zeros.
    ///
    /// # Errors
    /// As those of [`StreamedGenerator::new`].
    pub fn staged(
        cut: &Cut,
        lookahead: usize,
        threads: usize,
    ) -> Result<StreamedGenerator, GraphError> {
        let tensors = cut.latents.iter().chain(&cut.excitation);
        let moving: Vec<&str> = tensors
            .filter(|tensor| tensor.rate() > 0)
            .map(|tensor| tensor.name.as_str())
            .collect();
        let stages = stage::stages(&cut.generator, &moving);
        StreamedGenerator::with_stages(cut, lookahead, &stages, threads)
    }

    fn with_stages(
        cut: &Cut,
        lookahead: usize,
        stages: &[Stage],
        threads: usize,
    ) -> Result<StreamedGenerator, GraphError> {
        let needs = needs(cut)?;
        let full_lookahead = full_lookahead(cut, &needs);
        let lookahead = lookahead.min(full_lookahead);
        let mut rewriting = Rewriting {
            graph: cut.generator.clone(),
            nodes: Vec::new(),
            beyond: HashMap::new(),
            rates: HashMap::new(),
            states: Vec::new(),
            outputs: Vec::new(),
        };
        for tensor in cut.latents.iter().chain(&cut.excitation) {
            let rate = tensor.rate();
            rewriting.rates.insert(tensor.name.clone(), rate);
            rewriting
                .beyond
                .insert(tensor.name.clone(), lookahead * rate);
        }
        for (index, node) in cut.generator.nodes().iter().enumerate() {
            match stages.iter().find(|stage| stage.nodes.contains(&index)) {
                // All that a stage reads comes before its last node, and nobody reads from it before.
                Some(stage) if stage.nodes.last() == Some(&index) => {
                    rewriting.stage(stage, threads);
                }
                Some(_) => {}
                None => rewriting.rewrite(node, &needs)?,
            }
        }
        let audio = rewriting.finish(cut)?;
        let Rewriting { graph, states, .. } = rewriting;
        Ok(StreamedGenerator {
            graph,
            shape: StreamedShape {
                states,
                lookahead,
                full_lookahead,
                audio,
            },
        })
    }
}

impl StreamedShape {
    /// The states at the start of a stream.
    pub fn start(&self) -> Vec<Tensor> {
        self.states
            .iter()
            .map(|state| Tensor::zeros(&state.shape))
            .collect()
    }
}

/// A generator that is being rewritten, node by node.
struct Rewriting {
    graph: Graph,
    nodes: Vec<NodeProto>,
    /// How many samples behind the chunk's end each tensor reaches.
    beyond: HashMap<String, usize>,
    /// Samples per frame of each tensor; 0 for what does not change in time.
    rates: HashMap<String, usize>,
    states: Vec<StateTensor>,
    outputs: Vec<ValueInfoProto>,
}

impl Rewriting {
    fn rewrite(
        &mut self,
        node: &NodeProto,
        needs: &HashMap<String, usize>,
    ) -> Result<(), GraphError> {
        let changes = |name: &String| self.rates.get(name).is_some_and(|&rate| rate > 0);
        if !node.input.iter().any(changes) {
            // Constants, and conditions that do not change in time.
            self.nodes.push(node.clone());
            if node.input.iter().any(|name| self.rates.contains_key(name)) {
                self.rates.insert(node.output[0].clone(), 0);
                self.beyond.insert(node.output[0].clone(), 0);
            }
            return Ok(());
        }
        match node.op_type.as_str() {
            "Conv" => self.convolution(node),
            "ConvTranspose" => self.transposed(node, needs),
            "Resize" => self.repeated(node),
            _ => {
                self.pointwise(node);
                Ok(())
            }
        }
    }

    /// A convolution reads its past from a state and pads only at the end.
    fn convolution(&mut self, node: &NodeProto) -> Result<(), GraphError> {
        let reach = Reach::of(&self.graph, node)?;
        let input = &node.input[0];
        let (rate, beyond) = (self.rates[input], self.beyond[input]);
        let mut rewritten = node.clone();
        if reach.left > 0 {
            rewritten.input[0] = self.with_past(input, [1, reach.channels, reach.left], beyond);
            let pads = attributes::ints(node, "pads");
            attributes::set_ints(&mut rewritten, "pads", &[0, pads[1]]);
        }
        self.nodes.push(rewritten);
        if rate % reach.stride != 0 || beyond % reach.stride != 0 {
            return Err(self.refuse(node, "a stride that divides the samples of a frame"));
        }
        self.rates
            .insert(node.output[0].clone(), rate / reach.stride);
        self.beyond
            .insert(node.output[0].clone(), beyond / reach.stride);
        Ok(())
    }

    /// A transposed convolution reads the last inputs before the chunk from a state, and leaves away what they gave
    /// before. As its outputs cost most, it makes no more of them than are needed.
    fn transposed(
        &mut self,
        node: &NodeProto,
        needs: &HashMap<String, usize>,
    ) -> Result<(), GraphError> {
        let reach = Reach::of(&self.graph, node)?;
        if reach.dilation != 1 || reach.kernel < reach.stride + reach.left {
            return Err(self.refuse(node, "a kernel at least as long as stride and padding"));
        }
        let input = node.input[0].clone();
        let (rate, beyond) = (self.rates[&input], self.beyond[&input]);
        let needed = needs.get(&input).map_or(beyond, |&need| need.min(beyond));
        let mut tensor = self.shorten(&input, beyond - needed);
        let earlier = reach.earlier();
        if earlier > 0 {
            tensor = self.with_past(&tensor, [1, reach.channels, earlier], needed);
        }
        let mut rewritten = node.clone();
        rewritten.input[0] = tensor;
        let begin = earlier * reach.stride + reach.left;
        let end = reach.kernel - reach.stride - reach.left;
        attributes::set_ints(&mut rewritten, "pads", &[begin as i64, end as i64]);
        self.nodes.push(rewritten);
        self.rates
            .insert(node.output[0].clone(), rate * reach.stride);
        self.beyond
            .insert(node.output[0].clone(), needed * reach.stride);
        Ok(())
    }

    /// Repeating needs no past: each sample is of one input.
    fn repeated(&mut self, node: &NodeProto) -> Result<(), GraphError> {
        let factor = repeat::factor(&self.graph, node)
            .ok_or_else(|| self.refuse(node, "each sample repeated a whole number of times"))?;
        let (rate, beyond) = (self.rates[&node.input[0]], self.beyond[&node.input[0]]);
        self.nodes.push(node.clone());
        self.rates.insert(node.output[0].clone(), rate * factor);
        self.beyond.insert(node.output[0].clone(), beyond * factor);
        Ok(())
    }

    /// Inputs of a sum that reach differently far are brought to the shorter.
    fn pointwise(&mut self, node: &NodeProto) {
        let mut rewritten = node.clone();
        let streams: Vec<(usize, String)> = node
            .input
            .iter()
            .enumerate()
            .filter(|(_, name)| self.rates.get(*name).is_some_and(|&rate| rate > 0))
            .map(|(index, name)| (index, name.clone()))
            .collect();
        let shortest = streams
            .iter()
            .map(|(_, name)| self.beyond[name])
            .min()
            .unwrap_or(0);
        for (index, name) in &streams {
            rewritten.input[*index] = self.shorten(name, self.beyond[name] - shortest);
        }
        let rate = streams.first().map_or(0, |(_, name)| self.rates[name]);
        self.nodes.push(rewritten);
        self.rates.insert(node.output[0].clone(), rate);
        self.beyond.insert(node.output[0].clone(), shortest);
    }

    /// A state before `tensor`, whose next value is what lies before the chunk's end.
    fn with_past(&mut self, tensor: &str, shape: [usize; 3], beyond: usize) -> String {
        self.with_state(tensor, (shape, shape[2]), shape.map(Some), beyond)
    }

    /// A state before `tensor` that has nothing at the start of a stream, and then as much as there was, up to `samples`.
    fn with_growing_past(
        &mut self,
        tensor: &str,
        channels: usize,
        samples: usize,
        beyond: usize,
    ) -> String {
        let sizes = [Some(1), Some(channels), None];
        self.with_state(tensor, ([1, channels, 0], samples), sizes, beyond)
    }

    fn with_state(
        &mut self,
        tensor: &str,
        (shape, samples): ([usize; 3], usize),
        sizes: [Option<usize>; 3],
        beyond: usize,
    ) -> String {
        let number = self.states.len();
        let (state, next) = (format!("state_{number}"), format!("next_state_{number}"));
        let joined = format!("with_state_{number}");
        let mut concat = attributes::node("Concat", &[&state, tensor], &joined);
        attributes::set_int(&mut concat, "axis", TIME);
        self.nodes.push(concat);
        let end = match beyond {
            0 => i64::MAX,
            beyond => -(beyond as i64),
        };
        self.slice(&joined, -((beyond + samples) as i64), end, &next);
        let declared = declare(&state, ElementType::F32, &sizes);
        self.graph.proto_mut().input.push(declared);
        self.outputs.push(declare(&next, ElementType::F32, &sizes));
        self.states.push(StateTensor {
            input: state,
            output: next,
            shape,
        });
        joined
    }

    /// `tensor` without its last `samples`.
    fn shorten(&mut self, tensor: &str, samples: usize) -> String {
        if samples == 0 {
            return tensor.to_owned();
        }
        let name = format!("{tensor}_without_{samples}");
        if !self.nodes.iter().any(|node| node.output[0] == name) {
            self.slice(tensor, 0, -(samples as i64), &name);
        }
        name
    }

    fn slice(&mut self, tensor: &str, start: i64, end: i64, output: &str) {
        let mut index = |value: i64| {
            self.graph
                .add_constant(&format!("{output}_bound"), &Tensor::i64(&[1], vec![value]))
        };
        let bounds = [index(start), index(end), index(TIME)];
        let inputs = [tensor, &bounds[0], &bounds[1], &bounds[2]];
        self.nodes.push(attributes::node("Slice", &inputs, output));
    }

    /// Cuts the audio to the chunk and puts everything into the graph.
    fn finish(&mut self, cut: &Cut) -> Result<String, GraphError> {
        let audio = self.graph.proto().output[0].name.clone();
        let beyond = self.beyond.get(&audio).copied().unwrap_or(0);
        let chunk = self.shorten(&audio, beyond);
        let proto = self.graph.proto_mut();
        proto.node = std::mem::take(&mut self.nodes);
        proto.output = vec![declare(&chunk, ElementType::F32, &[Some(1), Some(1), None])];
        proto.output.append(&mut self.outputs);
        self.graph.prune()?;
        match self.rates.get(&audio) {
            Some(&rate) if rate == cut.hop => Ok(chunk),
            rate => Err(GraphError::Structure {
                graph: cut.generator.name().to_owned(),
                expected: format!("{} samples per frame", cut.hop),
                found: format!("{rate:?}"),
            }),
        }
    }

    fn refuse(&self, node: &NodeProto, expected: &str) -> GraphError {
        GraphError::Structure {
            graph: self.graph.name().to_owned(),
            expected: expected.to_owned(),
            found: format!("{} {:?}", node.op_type, node.name),
        }
    }
}
