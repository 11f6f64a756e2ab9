//! Chooses the layers to quantise, so that the error stays under a bound.

use std::time::{Duration, Instant};

use super::{Feed, Layer, QuantiseOptions, Ranges, quantise};
use crate::graph::variant_error::snr_db;
use crate::graph::{Graph, GraphError};
use crate::model::{Model, Tensor};
use crate::runtime::{Device, Runtime};

/// Into how many parts a group of layers is split to find those that hurt, each of which costs a load and a run: of 80
/// layers one that hurts is found with a dozen of them.
const PARTS: usize = 4;

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
    /// Quantises all layers that are not delicate, and if `bound` does not hold, leaves layers float, the worst first. They
    /// are looked for in groups of neighbours: the group with the most noise is split until it is one layer, or the time
    /// is over. The errors of layers add like noise, which predicts how many must go; what is chosen is measured.
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
        let (mut float, mut chosen): (Vec<Layer>, Vec<Layer>) =
            all.iter().cloned().partition(|layer| layer.is_delicate);
        let allowed = 10f64.powf(-bound.snr_db / 10.0);
        let mut suspects = Suspects::new(&measure, &chosen)?;
        let mut noise = suspects.noise();
        while noise > allowed {
            let mut hurting = Vec::new();
            let mut predicted = noise;
            while predicted > allowed {
                let may_split = started.elapsed() < bound.time;
                let Some(group) = suspects.worst(may_split)? else {
                    break;
                };
                predicted -= group.noise;
                hurting.extend(group.layers);
            }
            chosen.retain(|layer| !hurting.contains(layer));
            float.append(&mut hurting);
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

/// Groups of layers that may hurt.
struct Suspects<'a> {
    measure: &'a Measure<'a>,
    groups: Vec<Group>,
}

impl<'a> Suspects<'a> {
    fn new(measure: &'a Measure<'a>, layers: &[Layer]) -> Result<Suspects<'a>, GraphError> {
        let groups = vec![Group::measured(measure, layers)?];
        Ok(Suspects { measure, groups })
    }

    /// The noise of all of them.
    fn noise(&self) -> f64 {
        self.groups.iter().map(|group| group.noise).sum()
    }

    /// Takes the worst layer out; or, where no more may be split, the group whose layers are the worst. `None` when there
    /// is nothing left.
    fn worst(&mut self, may_split: bool) -> Result<Option<Group>, GraphError> {
        loop {
            let rank = |group: &Group| match may_split {
                true => group.noise,
                false => group.noise / group.layers.len() as f64,
            };
            let groups = self.groups.iter().enumerate();
            let worst = groups.max_by(|(_, a), (_, b)| rank(a).total_cmp(&rank(b)));
            let Some((index, _)) = worst else {
                return Ok(None);
            };
            let group = self.groups.swap_remove(index);
            if group.layers.len() == 1 || !may_split {
                return Ok(Some(group));
            }
            for part in group.layers.chunks(group.layers.len().div_ceil(PARTS)) {
                self.groups.push(Group::measured(self.measure, part)?);
            }
        }
    }
}

/// Layers next to each other.
struct Group {
    layers: Vec<Layer>,
    noise: f64,
}

impl Group {
    fn measured(measure: &Measure, layers: &[Layer]) -> Result<Group, GraphError> {
        Ok(Group {
            layers: layers.to_vec(),
            noise: measure.noise(layers)?,
        })
    }
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
