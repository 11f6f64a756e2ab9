//! The recognition that loads a synthesizer and the one that tells dialects apart agree.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{audio_output, recognise};
use crate::dialect::SynthesizerDialect;
use crate::graph::Graph;
use crate::model::{ElementType, TensorSpec};
use crate::svc::fixtures::golden;

/// Every committed graph that can be read, and its file.
fn graphs() -> Vec<(String, Vec<TensorSpec>, Vec<TensorSpec>)> {
    let of_all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let mut folders = vec![golden(""), of_all];
    let mut graphs = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "onnx") {
                let name = path.display().to_string();
                let bytes = std::fs::read(&path).unwrap();
                // Some are there to be refused.
                let graph = Graph::decode(&name, &bytes).ok();
                let specs = graph.and_then(|graph| graph.specs().ok());
                graphs.extend(specs.map(|(inputs, outputs)| (name, inputs, outputs)));
            }
        }
    }
    graphs
}

/// What both say of these tensors, if they agree.
#[track_caller]
fn agreed(what: &str, inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Option<SynthesizerDialect> {
    let loads = recognise(what, inputs).ok();
    let loads = loads.filter(|_| audio_output(outputs).is_some());
    let loads = loads.map(|variant| variant.dialect);
    assert_eq!(
        loads,
        SynthesizerDialect::recognise(inputs, outputs),
        "{what}"
    );
    loads
}

#[test]
fn both_recognitions_agree_on_every_committed_graph() {
    use SynthesizerDialect as D;
    let mut seen = HashSet::new();
    let graphs = graphs();
    assert!(graphs.len() >= 30, "{} graphs", graphs.len());
    for (name, inputs, outputs) in &graphs {
        seen.extend(agreed(name, inputs, outputs));
    }
    let every = [
        D::SoVits,
        D::SoVitsVcClient,
        D::RvcWebUi,
        D::RvcVcClient,
        D::RvcTrimmed,
        D::RvcPlain,
    ];
    assert_eq!(seen, HashSet::from(every));
}

#[test]
fn both_recognitions_agree_on_what_is_nearly_a_voice() {
    for (name, inputs, outputs) in &graphs() {
        if agreed(name, inputs, outputs).is_none() {
            continue;
        }
        for (at, spec) in inputs.iter().enumerate() {
            let changed = |change: &dyn Fn(&mut TensorSpec)| {
                let mut inputs = inputs.clone();
                change(&mut inputs[at]);
                let what = format!("{name}, {spec} as {}", inputs[at]);
                agreed(&what, &inputs, outputs);
            };
            let mut less = inputs.clone();
            less.remove(at);
            agreed(&format!("{name} without {spec}"), &less, outputs);
            changed(&|spec| spec.name.push('_'));
            changed(&|spec| spec.shape.push(Some(1)));
            changed(&|spec| {
                spec.shape.pop();
            });
            changed(&|spec| spec.shape.fill(None));
            changed(&|spec| spec.shape.fill(Some(2)));
            changed(&|spec| spec.shape.fill(Some(1)));
            changed(&|spec| {
                spec.element = match spec.element {
                    ElementType::F32 => ElementType::I64,
                    _ => ElementType::F32,
                };
            });
        }
        for (at, _) in outputs.iter().enumerate() {
            let mut other = outputs.clone();
            other[at].shape = vec![None; 4];
            agreed(&format!("{name} with audio of rank 4"), inputs, &other);
            other[at].shape.clear();
            agreed(&format!("{name} with a number for audio"), inputs, &other);
            other[at].element = ElementType::I64;
            agreed(&format!("{name} with whole numbers"), inputs, &other);
        }
        let two = [outputs.clone(), vec![TensorSpec::f32("x", &[None])]].concat();
        agreed(&format!("{name} with two outputs"), inputs, &two);
        agreed(&format!("{name} without outputs"), inputs, &[]);
    }
}
