//! How the networks of a parted voice compute: in f32, with eight bits or with sixteen.

use std::collections::{BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use super::halved::Fp16Parameters;
use super::parameters::SvcParameters;
use super::quantised::{Int8Parameters, NetworkPlan};
use crate::graph::{Graph, GraphError, half, half_serves};
use crate::runtime::{Device, Runtime};

/// How one network computes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Precision<'a> {
    /// As it was exported.
    Fp32,
    /// With eight bits, by a plan.
    Int8(&'a NetworkPlan),
    /// With sixteen bits but for what gives these tensors.
    Fp16(&'a BTreeSet<String>),
}

impl Precision<'_> {
    /// Names it: another plan has another name.
    pub(crate) fn identity(&self) -> String {
        match self {
            Precision::Fp32 => "fp32".to_owned(),
            Precision::Int8(plan) => plan.identity(),
            Precision::Fp16(kept) => {
                let mut hash = Sha256::new();
                for name in *kept {
                    hash.update(name.len().to_le_bytes());
                    hash.update(name);
                }
                let digest = hash.finalize();
                let hex: String = digest[..16]
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                format!("fp16 {hex}")
            }
        }
    }

    /// `graph`, or a part or a streamed form of the planned one, computing so.
    ///
    /// # Errors
    /// If the plan is of another graph.
    pub(crate) fn apply(&self, graph: Graph) -> Result<Graph, GraphError> {
        match self {
            Precision::Fp32 => Ok(graph),
            Precision::Int8(plan) => plan.apply(&graph),
            Precision::Fp16(kept) => {
                let kept: HashSet<String> = kept.iter().cloned().collect();
                half(&graph, &kept)
            }
        }
    }
}

/// The plans of a voice, of which one may serve where it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Precisions {
    pub(crate) int8: Option<Int8Parameters>,
    pub(crate) fp16: Option<Fp16Parameters>,
}

impl Precisions {
    /// Those that a bundle states.
    pub(super) fn of(parameters: &SvcParameters) -> Precisions {
        Precisions {
            int8: parameters.int8.clone(),
            fp16: parameters.fp16.clone(),
        }
    }

    /// How the content encoder computes there.
    pub(crate) fn encoder(&self, runtime: &Runtime, device: Device) -> Precision<'_> {
        self.of_network(runtime, device, |int8| &int8.encoder, |fp16| &fp16.encoder)
    }

    /// How the head computes there.
    pub(crate) fn head(&self, runtime: &Runtime, device: Device) -> Precision<'_> {
        self.of_network(runtime, device, |int8| &int8.head, |fp16| &fp16.head)
    }

    /// How the generator computes there.
    pub(crate) fn generator(&self, runtime: &Runtime, device: Device) -> Precision<'_> {
        self.of_network(
            runtime,
            device,
            |int8| &int8.generator,
            |fp16| &fp16.generator,
        )
    }

    fn of_network(
        &self,
        runtime: &Runtime,
        device: Device,
        int8: impl Fn(&Int8Parameters) -> &NetworkPlan,
        fp16: impl Fn(&Fp16Parameters) -> &BTreeSet<String>,
    ) -> Precision<'_> {
        if let Some(plan) = &self.int8
            && Int8Parameters::serves(runtime, device)
        {
            return Precision::Int8(int8(plan));
        }
        match &self.fp16 {
            Some(kept) if half_serves(runtime, device) => Precision::Fp16(fp16(kept)),
            _ => Precision::Fp32,
        }
    }
}
