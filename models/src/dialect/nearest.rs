//! Says which contract of a synthesizer comes closest to a graph, and what keeps the graph from having it.

use std::fmt;

use super::SynthesizerDialect;
use super::contract::{CONTRACTS, Input, Presence};
use super::synthesizer::gives_audio;
use crate::model::TensorSpec;

/// The contract that comes closest to a graph, and what keeps the graph from having it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The contract.
    pub dialect: SynthesizerDialect,
    /// Inputs of the contract that the graph lacks, such as `rnd f32[1, 192, ?]`.
    pub missing: Vec<String>,
    /// Inputs of another type or shape: what the contract expects, and what was found.
    pub unlike: Vec<(String, String)>,
    /// Inputs that the contract does not have.
    pub unknown: Vec<String>,
    /// Whether the graph gives audio: an output `audio`, or a single one, f32 of rank 1 to 3.
    pub gives_audio: bool,
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "closest: {}", self.dialect)?;
        if !self.missing.is_empty() {
            write!(f, "; missing {}", self.missing.join(", "))?;
        }
        for (expected, found) in &self.unlike {
            write!(f, "; expected {expected}, found {found}")?;
        }
        if !self.unknown.is_empty() {
            write!(f, "; not in the contract: {}", self.unknown.join(", "))?;
        }
        if !self.gives_audio {
            f.write_str("; missing the output audio f32[1, 1, ?]")?;
        }
        Ok(())
    }
}

/// The contract that comes closest to a graph with these tensors: the one that shares most names with it, and of those
/// the one with the least that keeps the graph from having it. `None` if it shares no name with any.
pub fn nearest(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Option<Nearest> {
    let compared = CONTRACTS.iter().map(|(dialect, contract)| {
        let found = compare(contract, inputs);
        let against = found.missing.len() + found.unknown.len() + found.unlike.len();
        (found.shared, against, dialect, found)
    });
    let best = compared
        .filter(|(shared, ..)| *shared > 0)
        .max_by_key(|(shared, against, ..)| (2 * *shared as isize - *against as isize, *shared));
    best.map(|(_, _, dialect, found)| Nearest {
        dialect: *dialect,
        missing: found.missing,
        unlike: found.unlike,
        unknown: found.unknown,
        gives_audio: gives_audio(outputs),
    })
}

/// What a contract and a graph have in common, and what not.
pub(super) struct Compared {
    shared: usize,
    missing: Vec<String>,
    unlike: Vec<(String, String)>,
    unknown: Vec<String>,
}

impl Compared {
    /// Whether nothing keeps the graph from having the contract.
    pub(super) fn is_equal(&self) -> bool {
        self.missing.is_empty() && self.unlike.is_empty() && self.unknown.is_empty()
    }
}

pub(super) fn compare(contract: &[Input], inputs: &[TensorSpec]) -> Compared {
    let named = |name: &str| inputs.iter().find(|spec| spec.name == name);
    let has_f0 = contract
        .iter()
        .any(|input| input.presence == Presence::WithF0 && named(input.name).is_some());
    let mut compared = Compared {
        shared: 0,
        missing: Vec::new(),
        unlike: Vec::new(),
        unknown: Vec::new(),
    };
    for input in contract {
        match named(input.name) {
            Some(spec) => {
                compared.shared += 1;
                if !input.fits(spec) {
                    compared.unlike.push((input.to_string(), spec.to_string()));
                }
            }
            None => {
                let needed = match input.presence {
                    Presence::Always => true,
                    Presence::Optional => false,
                    Presence::WithF0 => has_f0,
                };
                compared.missing.extend(needed.then(|| input.to_string()));
            }
        }
    }
    let known = |spec: &&TensorSpec| contract.iter().any(|input| input.name == spec.name);
    let unknown = inputs.iter().filter(|spec| !known(spec));
    compared.unknown = unknown.map(TensorSpec::to_string).collect();
    compared
}
