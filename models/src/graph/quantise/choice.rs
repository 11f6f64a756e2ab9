//! Chooses the layers to quantise, so that the error stays under a bound.

use std::time::{Duration, Instant};

use super::{Feed, Layer, QuantiseOptions, Ranges, quantise};
use crate::graph::variant_error::snr_db;
use crate::graph::{Graph, GraphError};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, Runtime};

/// Into how many groups the layers are parted, in the order of the graph, to find those that hurt. Each costs a load and a
/// run; a group is about one block of a generator.
const GROUPS: usize = 16;

/// What a choice is to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChoiceBound {
    /// The lowest SNR that an output of the graph may have, in dB.
    pub snr_db: f64,
    /// How long to look for the layers that hurt; at least the whole is measured once, and what was found by then
    /// decides.
    pub time: Duration,
}

impl Default for ChoiceBound {
    /// 30 dB, in at most a minute. Full-size generators of random weights reach 39 dB with all robust layers, at 0.6 dB
    /// between the spectra; at 25 dB it is 2.4 dB, more than an ear lets pass.
    fn default() -> Self {
        ChoiceBound {
            snr_db: 30.0,
            time: Duration::from_secs(60),
        }
    }
}

/// Which layers of a graph are quantised and which stay float.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Those that are quantised, in the graph's order.
    pub layers: Vec<Layer>,
    /// Those that could be, but stay float.
    pub float: Vec<Layer>,
    /// The lowest SNR of an output with these, in dB; infinite where nothing is quantised.
    pub snr_db: f64,
}

impl Choice {
    /// Quantises all layers that are not delicate, and if `bound` does not hold, leaves groups of them float, the worst
    /// first. The errors of groups add like noise, which predicts how many must go; what is chosen is measured.
    ///
    /// `held_out` is to be another recording than the one that `ranges` come from.
    ///
    /// # Errors
    /// If a graph does not run, or there is nothing to measure on.
    pub fn find(
        graph: &Graph,
        ranges: &Ranges,
        options: QuantiseOptions,
        held_out: &[Feed],
        bound: ChoiceBound,
        runtime: &Runtime,
    ) -> Result<Choice, GraphError> {
        let started = Instant::now();
        let measure = Measure::new(graph, ranges, options, held_out, runtime)?;
        let all = Layer::all(graph);
        let (delicate, robust): (Vec<Layer>, Vec<Layer>) =
            all.iter().cloned().partition(|layer| layer.is_delicate);
        let total = measure.noise(&robust)?;
        let allowed = 10f64.powf(-bound.snr_db / 10.0);
        let mut groups: Vec<Group> = Vec::new();
        if total > allowed {
            for layers in robust.chunks(robust.len().div_ceil(GROUPS).max(1)) {
                if started.elapsed() > bound.time {
                    break;
                }
                groups.push(Group {
                    layers: layers.to_vec(),
                    noise: measure.noise(layers)?,
                });
            }
            groups.sort_by(|a, b| b.noise.total_cmp(&a.noise));
        }
        let mut chosen = robust;
        let mut noise = total;
        let mut groups = groups.into_iter();
        let mut float = delicate;
        while noise > allowed {
            let mut predicted = noise;
            let before = float.len();
            while predicted > allowed {
                let Some(group) = groups.next() else { break };
                predicted -= group.noise;
                float.extend(group.layers);
            }
            if float.len() == before {
                // Nothing more is known to hurt: the bound does not hold in the time given.
                float.append(&mut chosen);
            }
            chosen.retain(|layer| !float.contains(layer));
            noise = measure.noise(&chosen)?;
        }
        let position = |layer: &Layer| all.iter().position(|known| known == layer);
        float.sort_by_key(position);
        Ok(Choice {
            layers: chosen,
            float,
            snr_db: -10.0 * noise.log10(),
        })
    }
}

/// Layers next to each other.
struct Group {
    layers: Vec<Layer>,
    noise: f64,
}

/// Measures what quantising layers does to the outputs.
struct Measure<'a> {
    graph: &'a Graph,
    ranges: &'a Ranges,
    options: QuantiseOptions,
    held_out: &'a [Feed],
    runtime: &'a Runtime,
    /// What the original gives for each feed.
    expected: Vec<Vec<Tensor>>,
}

impl<'a> Measure<'a> {
    fn new(
        graph: &'a Graph,
        ranges: &'a Ranges,
        options: QuantiseOptions,
        held_out: &'a [Feed],
        runtime: &'a Runtime,
    ) -> Result<Measure<'a>, GraphError> {
        if held_out.is_empty() {
            return Err(GraphError::Structure {
                graph: graph.name().to_owned(),
                expected: "a recording to measure the error on".to_owned(),
                found: "none".to_owned(),
            });
        }
        Ok(Measure {
            graph,
            ranges,
            options,
            held_out,
            runtime,
            expected: run(graph, held_out, runtime)?,
        })
    }

    /// Power of the error over power of the output, of the output that suffers most.
    fn noise(&self, layers: &[Layer]) -> Result<f64, GraphError> {
        if layers.is_empty() {
            return Ok(0.0);
        }
        let variant = quantise(self.graph, self.ranges, layers, self.options)?;
        let found = run(&variant, self.held_out, self.runtime)?;
        let outputs = self.expected.iter().flatten().zip(found.iter().flatten());
        let noises = outputs.filter_map(|(expected, found)| {
            let snr_db = snr_db(expected.as_f32()?, found.as_f32()?);
            Some(10f64.powf(-snr_db / 10.0))
        });
        Ok(noises.fold(0.0, f64::max))
    }
}

/// What `graph` gives for each feed.
fn run(graph: &Graph, feeds: &[Feed], runtime: &Runtime) -> Result<Vec<Vec<Tensor>>, GraphError> {
    let mut session = graph.load(runtime, Device::Cpu)?;
    let mut given = Vec::new();
    for feed in feeds {
        let inputs = super::inputs_of(&session, feed);
        given.push(session.run(&inputs)?);
    }
    Ok(given)
}
