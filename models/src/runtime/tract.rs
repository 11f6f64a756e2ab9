//! Runs networks with tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    DatumType, Framework, InferenceFact, InferenceModel, InferenceModelExt, IntoRunnable,
    IntoTValue, TValue, Tensor as TractTensor, TractError, TractResult, TypedRunnableModel,
    TypedSimpleState,
};
use tract_onnx::tract_core::ops::scan::Scan;

use super::{Backend, contract, graph};
use crate::error::{LoadError, RunError};
use crate::model::{ElementType, Model, Tensor, TensorData, TensorSpec};

/// Plans that are kept for a graph with free dimensions, one for each set of input shapes. A whole-file
/// conversion has two (a full window and the last one), a pipeline with two modes four; a plan holds its own
/// copy of the weights in packed form, so a larger number is paid in memory.
const PLANS: usize = 4;

/// A network in tract.
///
/// tract optimises a graph for the shapes that it will see. A graph whose dimensions are all declared gets its
/// plan at load; one with free dimensions gets a plan at the first run with new input shapes.
pub(super) struct TractModel {
    network: Arc<Network>,
    /// The most recently used one comes last.
    plans: Vec<Plan>,
}

/// What the sharers of a network have in common.
struct Network {
    graph: InferenceModel,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    /// The plans that some sharer keeps. The lock is taken for input shapes that are new to a sharer, which would
    /// have to wait for a plan of its own anyway; never for a run with known shapes.
    plans: Mutex<Vec<SharedPlan>>,
}

/// The graph, optimised for one set of input shapes; it lives as long as a sharer keeps it.
struct SharedPlan {
    shapes: Vec<Vec<usize>>,
    runnable: Weak<TypedRunnableModel>,
}

/// A plan with a sharer's own state.
struct Plan {
    shapes: Vec<Vec<usize>>,
    state: TypedSimpleState,
}

impl Network {
    /// The plan for these shapes, another sharer's or a new one, with a state of its own.
    fn plan(&self, shapes: Vec<Vec<usize>>) -> TractResult<Plan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|plan| plan.runnable.strong_count() > 0);
        let known = plans.iter().find(|plan| plan.shapes == shapes);
        let runnable = match known.and_then(|plan| plan.runnable.upgrade()) {
            Some(runnable) => runnable,
            None => {
                let runnable = optimised(&self.graph, &self.inputs, &shapes)?;
                plans.push(SharedPlan {
                    shapes: shapes.clone(),
                    runnable: Arc::downgrade(&runnable),
                });
                runnable
            }
        };
        Ok(Plan {
            shapes,
            state: TypedSimpleState::new(&runnable)?,
        })
    }
}

impl TractModel {
    /// Loads a decoded network.
    pub(super) fn load(model: &str, proto: &ModelProto) -> Result<TractModel, LoadError> {
        let refuse = |reason: String| LoadError::Graph {
            model: model.to_owned(),
            backend: Backend::Tract,
            reason,
        };
        let (inputs, outputs) = graph::specs(model, proto)?;
        let graph = guarded(|| parse(proto)).map_err(refuse)?;
        let fixed: Option<Vec<Vec<usize>>> = inputs
            .iter()
            .map(|spec| spec.shape.iter().copied().collect())
            .collect();
        let network = Network {
            graph,
            inputs,
            outputs,
            plans: Mutex::default(),
        };
        let mut plans = Vec::new();
        if let Some(shapes) = fixed {
            plans.push(guarded(|| network.plan(shapes)).map_err(refuse)?);
        }
        Ok(TractModel {
            network: Arc::new(network),
            plans,
        })
    }

    /// The same network with plans in common and a state of its own.
    pub(super) fn share(&self, model: &str) -> Result<TractModel, LoadError> {
        let own = |plan: &Plan| {
            Ok(Plan {
                shapes: plan.shapes.clone(),
                state: TypedSimpleState::new(plan.state.plan())?,
            })
        };
        let plans = guarded(|| self.plans.iter().map(own).collect()).map_err(|reason| {
            LoadError::Graph {
                model: model.to_owned(),
                backend: Backend::Tract,
                reason,
            }
        })?;
        Ok(TractModel {
            network: Arc::clone(&self.network),
            plans,
        })
    }

    /// The plan for the shapes of `inputs`, taken out of the store or made.
    fn take_plan(&mut self, inputs: &[&Tensor]) -> Result<Plan, String> {
        let fits = |plan: &Plan| {
            plan.shapes
                .iter()
                .zip(inputs)
                .all(|(shape, tensor)| shape == tensor.shape())
        };
        if let Some(index) = self.plans.iter().position(fits) {
            return Ok(self.plans.remove(index));
        }
        let shapes: Vec<Vec<usize>> = inputs
            .iter()
            .map(|tensor| tensor.shape().to_vec())
            .collect();
        guarded(|| self.network.plan(shapes))
    }

    /// Keeps a plan as the most recently used one.
    fn keep_plan(&mut self, plan: Plan) {
        if self.plans.len() == PLANS {
            self.plans.remove(0);
        }
        self.plans.push(plan);
    }
}

impl Model for TractModel {
    fn inputs(&self) -> &[TensorSpec] {
        &self.network.inputs
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.network.outputs
    }

    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
        let failed = |reason: String| RunError::Backend {
            backend: Backend::Tract,
            reason,
        };
        let network = Arc::clone(&self.network);
        let inputs = contract::ordered(&network.inputs, inputs)?;
        // A plan whose run failed is in an unknown state: it is dropped, not kept.
        let mut plan = self.take_plan(&inputs).map_err(failed)?;
        let outputs = guarded(|| {
            let values = inputs
                .iter()
                .map(|tensor| to_tract(tensor))
                .collect::<TractResult<_>>()?;
            let results = plan.state.run(values)?;
            results.iter().map(from_tract).collect()
        })
        .map_err(failed)?;
        self.keep_plan(plan);
        Ok(outputs)
    }
}

/// Runs `work` and turns a panic into an error. Graphs are untrusted, and tract's parser and optimiser contain
/// assertions and unchecked indices that a made-up graph can trip; a voice must never end the program. (The
/// panic's own message still goes to the panic hook.)
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("tract gave up: {}", text.unwrap_or("no message")))
        }
    }
}

fn parse(proto: &ModelProto) -> TractResult<InferenceModel> {
    // Exporters write shapes of inner values in terms of symbols; they contradict the sizes that plans put in
    // their place, and tract infers all of them anyway.
    let onnx = tract_onnx::onnx().with_ignore_value_info(true);
    let parsed = onnx.model_for_proto_model(proto)?;
    // For a graph with free dimensions this would otherwise show at the first run.
    for node in parsed.nodes() {
        let op = node.op.name();
        if op.starts_with("Unimplemented") {
            return Err(TractError::msg(format!(
                "node {:?}: tract has no operator {op}",
                node.name
            )));
        }
    }
    Ok(parsed)
}

fn optimised(
    graph: &InferenceModel,
    inputs: &[TensorSpec],
    shapes: &[Vec<usize>],
) -> TractResult<Arc<TypedRunnableModel>> {
    let mut graph = graph.clone();
    for (index, (spec, shape)) in inputs.iter().zip(shapes).enumerate() {
        let element = match spec.element {
            ElementType::F32 => DatumType::F32,
            ElementType::I64 => DatumType::I64,
        };
        graph.set_input_fact(index, InferenceFact::dt_shape(element, shape.as_slice()))?;
    }
    let mut typed = graph.into_typed()?;
    for node in typed.nodes_mut() {
        // LSTM and GRU: tract would begin a run with what the run before left, which is right for endless streams alone.
        // Ours carry their state from outside, if they have one.
        if let Some(scan) = node.op_as_mut::<Scan>() {
            scan.reset_every_turn = true;
        }
    }
    typed.into_optimized()?.into_runnable()
}

fn to_tract(tensor: &Tensor) -> TractResult<TValue> {
    Ok(match tensor.data() {
        TensorData::F32(data) => TractTensor::from_shape(tensor.shape(), data)?.into_tvalue(),
        TensorData::I64(data) => TractTensor::from_shape(tensor.shape(), data)?.into_tvalue(),
    })
}

fn from_tract(value: &TValue) -> TractResult<Tensor> {
    if value.datum_type() == DatumType::F32 {
        let data = value.try_as_plain_ram()?.as_slice::<f32>()?;
        return Ok(Tensor::f32(value.shape(), data.to_vec()));
    }
    // tract keeps integers that come from shapes as symbolic dimensions; by now they are numbers.
    let integers = value.cast_to::<i64>()?;
    let data = integers.try_as_plain_ram()?.as_slice::<i64>()?;
    Ok(Tensor::i64(value.shape(), data.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_kept_but_not_without_bound() {
        let onnx = include_bytes!("../../tests/golden/graphs/matmul.onnx");
        let proto = graph::decode("matmul", Backend::Tract, onnx).unwrap();
        let mut model = TractModel::load("matmul", &proto).unwrap();
        assert_eq!(model.plans.len(), 0);
        let kept = |model: &TractModel| -> Vec<usize> {
            model.plans.iter().map(|plan| plan.shapes[0][1]).collect()
        };
        for frames in [1, 2, 3, 4, 1, 5] {
            model
                .run(&[("x", &Tensor::zeros(&[1, frames, 8]))])
                .unwrap();
        }
        // The least recently used one went.
        assert_eq!(kept(&model), [3, 4, 1, 5]);
    }

    #[test]
    fn sharers_have_their_plans_in_common() {
        let onnx = include_bytes!("../../tests/golden/graphs/matmul.onnx");
        let proto = graph::decode("matmul", Backend::Tract, onnx).unwrap();
        let mut first = TractModel::load("matmul", &proto).unwrap();
        let run = |model: &mut TractModel, frames| {
            model
                .run(&[("x", &Tensor::zeros(&[1, frames, 8]))])
                .unwrap();
        };
        run(&mut first, 1);
        let mut second = first.share("matmul").unwrap();
        // One that was there before, one that the second makes, and one that nobody keeps any more.
        run(&mut second, 2);
        run(&mut first, 2);
        let plan = |model: &TractModel, frames| {
            let found = model.plans.iter().find(|plan| plan.shapes[0][1] == frames);
            Arc::clone(found.unwrap().state.plan())
        };
        for frames in [1, 2] {
            assert!(
                Arc::ptr_eq(&plan(&first, frames), &plan(&second, frames)),
                "{frames}"
            );
        }
        drop(second);
        for frames in [3, 4, 5, 6] {
            run(&mut first, frames);
        }
        let kept = |model: &TractModel| {
            let plans = model.network.plans.lock().unwrap();
            let alive = plans.iter().filter(|plan| plan.runnable.strong_count() > 0);
            alive.count()
        };
        assert_eq!(kept(&first), PLANS);
    }
}
