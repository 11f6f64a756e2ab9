//! Tells the exports of synthesizers apart by their tensors, and says which one comes closest to another graph.

use std::fmt;

use super::SynthesizerDialect;
use crate::model::{ElementType, TensorSpec};

/// A dimension of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// This one.
    Is(usize),
    /// Any, declared or not.
    Any,
    /// Any, but the graph declares it.
    Declared,
}

/// An element type with a shape.
type Form = (ElementType, &'static [Size]);

/// When an input is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Always,
    /// With or without.
    Optional,
    /// All that have this are there, or none.
    WithF0,
}

/// An input of a contract: any of its forms.
#[derive(Clone, Copy, Debug)]
struct Input {
    name: &'static str,
    forms: &'static [Form],
    presence: Presence,
}

const fn always(name: &'static str, forms: &'static [Form]) -> Input {
    Input {
        name,
        forms,
        presence: Presence::Always,
    }
}

const fn with_f0(name: &'static str, forms: &'static [Form]) -> Input {
    Input {
        name,
        forms,
        presence: Presence::WithF0,
    }
}

use ElementType::{F32, I64};
use Size::{Any, Declared, Is};

const CONTENT: &[Form] = &[(F32, &[Is(1), Any, Any])];
const ROW: &[Form] = &[(F32, &[Is(1), Any])];
const WHOLE_ROW: &[Form] = &[(I64, &[Is(1), Any])];
const NOISE: &[Form] = &[(F32, &[Is(1), Is(192), Any])];
const LENGTH: &[Form] = &[(I64, &[Is(1)])];
const SCALAR: &[Form] = &[(I64, &[]), (I64, &[Is(1)])];
const SPEAKER: &[Form] = &[(I64, &[Is(1)]), (F32, &[Any, Declared])];

/// Every contract with its inputs. Sources: the exporters of So-VITS-SVC 4.1-Stable, VCClient v1, RVC WebUI (branch
/// 20240604) and its fork with trimmed history.
const CONTRACTS: &[(SynthesizerDialect, &[Input])] = &[
    (
        SynthesizerDialect::SoVits,
        &[
            always("c", CONTENT),
            always("f0", ROW),
            always("mel2ph", WHOLE_ROW),
            always("uv", ROW),
            always("noise", NOISE),
            always("sid", SPEAKER),
            Input {
                name: "vol",
                forms: ROW,
                presence: Presence::Optional,
            },
        ],
    ),
    (
        SynthesizerDialect::SoVitsVcClient,
        &[
            always("c", CONTENT),
            always("f0", ROW),
            always("uv", ROW),
            always("g", &[(I64, &[Is(1), Is(1)])]),
            always("noise_scale", &[(F32, &[Is(1)])]),
        ],
    ),
    (
        SynthesizerDialect::RvcWebUi,
        &[
            always("phone", CONTENT),
            always("phone_lengths", LENGTH),
            with_f0("pitch", WHOLE_ROW),
            with_f0("pitchf", ROW),
            always("ds", SPEAKER),
            always("rnd", NOISE),
        ],
    ),
    (
        SynthesizerDialect::RvcVcClient,
        &[
            always("feats", CONTENT),
            always("p_len", LENGTH),
            with_f0("pitch", WHOLE_ROW),
            with_f0("pitchf", ROW),
            always("sid", SPEAKER),
        ],
    ),
    (
        SynthesizerDialect::RvcTrimmed,
        &[
            always("feats", CONTENT),
            always("p_len", LENGTH),
            with_f0("pitch", WHOLE_ROW),
            with_f0("pitchf", ROW),
            always("sid", SPEAKER),
            always("skip_head", SCALAR),
            always("return_length", SCALAR),
            always("formant_length", SCALAR),
        ],
    ),
    (
        SynthesizerDialect::RvcPlain,
        &[
            always("phone", CONTENT),
            with_f0("pitch", WHOLE_ROW),
            with_f0("pitchf", ROW),
        ],
    ),
];

impl SynthesizerDialect {
    /// The contract of a graph with these tensors; `None` if it has none of the contracts. The order of the tensors
    /// does not matter; an input more or less does.
    pub fn recognise(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Option<SynthesizerDialect> {
        if !gives_audio(outputs) {
            return None;
        }
        let fitting = CONTRACTS.iter().find(|(_, contract)| {
            let found = compare(contract, inputs);
            found.missing.is_empty() && found.unlike.is_empty() && found.unknown.is_empty()
        });
        fitting.map(|(dialect, _)| *dialect)
    }

    /// The frames that the content's width and length stand in: the axis of the width.
    pub fn width_axis(self) -> usize {
        match self {
            SynthesizerDialect::SoVitsVcClient => 1,
            _ => 2,
        }
    }

    /// How many frames of history the graph must be given before a segment, and told to leave away: 24 for
    /// [`SynthesizerDialect::RvcTrimmed`], else none.
    ///
    /// Its flow begins `max(skip_head - 24, 0)` frames into the segment. Its exporter traces that with a longer head, which
    /// leaves `skip_head - 24` alone in the graph; told to leave less away, the graph gives no sample at all.
    pub fn history(self) -> usize {
        match self {
            SynthesizerDialect::RvcTrimmed => 24,
            _ => 0,
        }
    }

    /// The name of the input for content.
    pub fn content_input(self) -> &'static str {
        match self {
            SynthesizerDialect::SoVits | SynthesizerDialect::SoVitsVcClient => "c",
            SynthesizerDialect::RvcWebUi | SynthesizerDialect::RvcPlain => "phone",
            SynthesizerDialect::RvcVcClient | SynthesizerDialect::RvcTrimmed => "feats",
        }
    }
}

impl fmt::Display for SynthesizerDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SynthesizerDialect::SoVits => "So-VITS-SVC",
            SynthesizerDialect::SoVitsVcClient => "VCClient So-VITS-SVC",
            SynthesizerDialect::RvcWebUi => "RVC WebUI",
            SynthesizerDialect::RvcVcClient => "VCClient RVC",
            SynthesizerDialect::RvcTrimmed => "VCClient RVC with trimmed history",
            SynthesizerDialect::RvcPlain => "RVC without lengths and speaker",
        })
    }
}

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
struct Compared {
    shared: usize,
    missing: Vec<String>,
    unlike: Vec<(String, String)>,
    unknown: Vec<String>,
}

fn compare(contract: &[Input], inputs: &[TensorSpec]) -> Compared {
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
                if !input.forms.iter().any(|form| fits(form, spec)) {
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

fn fits((element, shape): &Form, spec: &TensorSpec) -> bool {
    let size = |(size, found): (&Size, &Option<usize>)| match (size, found) {
        (Size::Is(expected), Some(found)) => expected == found,
        (Size::Declared, found) => found.is_some_and(|count| count > 0),
        _ => true,
    };
    *element == spec.element
        && shape.len() == spec.shape.len()
        && shape.iter().zip(&spec.shape).all(size)
}

/// Whether one of the outputs is audio: the one of that name, or the only one.
fn gives_audio(outputs: &[TensorSpec]) -> bool {
    let fits =
        |spec: &TensorSpec| spec.element == ElementType::F32 && (1..=3).contains(&spec.shape.len());
    match outputs {
        [only] => fits(only),
        several => several
            .iter()
            .any(|spec| spec.name == "audio" && fits(spec)),
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for (index, (element, shape)) in self.forms.iter().enumerate() {
            let sizes: Vec<String> = shape
                .iter()
                .map(|size| match size {
                    Size::Is(size) => size.to_string(),
                    Size::Any => "?".to_owned(),
                    Size::Declared => "number".to_owned(),
                })
                .collect();
            let or = if index == 0 { "" } else { " or" };
            write!(f, "{or} {element}[{}]", sizes.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio() -> Vec<TensorSpec> {
        vec![TensorSpec::f32("audio", &[Some(1), Some(1), None])]
    }

    /// What the contract's exporter declares: the first form of each input, widths of 768.
    fn declared(contract: &[Input], form: usize) -> Vec<TensorSpec> {
        let spec = |input: &Input| {
            let (element, shape) = input.forms[form.min(input.forms.len() - 1)];
            let shape = shape.iter().enumerate().map(|(axis, size)| match size {
                Size::Is(size) => Some(*size),
                Size::Any => (axis == 2).then_some(768),
                Size::Declared => Some(3),
            });
            TensorSpec {
                name: input.name.to_owned(),
                element,
                shape: shape.collect(),
            }
        };
        contract.iter().map(spec).collect()
    }

    fn without(specs: &[TensorSpec], names: &[&str]) -> Vec<TensorSpec> {
        let kept = specs
            .iter()
            .filter(|spec| !names.contains(&spec.name.as_str()));
        kept.cloned().collect()
    }

    #[test]
    fn every_contract_is_recognised_in_each_form_and_in_any_order() {
        for (dialect, contract) in CONTRACTS {
            for form in [0, 1] {
                let mut inputs = declared(contract, form);
                for _ in 0..inputs.len() {
                    inputs.rotate_left(1);
                    let found = SynthesizerDialect::recognise(&inputs, &audio());
                    assert_eq!(found, Some(*dialect), "{inputs:?}");
                }
                let silent = [TensorSpec::i64("audio", &[Some(1), None])];
                assert_eq!(SynthesizerDialect::recognise(&inputs, &silent), None);
            }
        }
    }

    #[test]
    fn an_input_more_or_less_or_unlike_is_no_contract() {
        for (dialect, contract) in CONTRACTS {
            let inputs = declared(contract, 0);
            let more = [inputs.clone(), vec![TensorSpec::f32("t_window", &[None])]].concat();
            assert_eq!(SynthesizerDialect::recognise(&more, &audio()), None);
            for (index, input) in contract.iter().enumerate() {
                let mut unlike = inputs.clone();
                unlike[index].shape.push(Some(7));
                let found = SynthesizerDialect::recognise(&unlike, &audio());
                assert_ne!(found, Some(*dialect), "{}", input.name);
                let less = without(&inputs, &[input.name]);
                let found = SynthesizerDialect::recognise(&less, &audio());
                let optional = input.presence == Presence::Optional;
                assert_eq!(found == Some(*dialect), optional, "{}", input.name);
            }
        }
    }

    #[test]
    fn voices_without_f0_lack_both_of_its_inputs() {
        for (dialect, contract) in CONTRACTS {
            let inputs = declared(contract, 0);
            let less = without(&inputs, &["pitch", "pitchf"]);
            if less.len() < inputs.len() {
                let found = SynthesizerDialect::recognise(&less, &audio());
                assert_eq!(found, Some(*dialect));
            }
        }
    }

    #[test]
    fn the_nearest_contract_says_what_is_missing() {
        let rvc = declared(CONTRACTS[2].1, 0);
        let found = nearest(&without(&rvc, &["rnd"]), &audio()).unwrap();
        assert_eq!(
            found.to_string(),
            "closest: RVC WebUI; missing rnd f32[1, 192, ?]"
        );
        let mut so_vits = declared(CONTRACTS[0].1, 0);
        so_vits[2] = TensorSpec::f32("mel2ph", &[Some(1), None]);
        so_vits.push(TensorSpec::f32("t_window", &[Some(1), Some(2048), None]));
        let found = nearest(&so_vits, &[]).unwrap();
        assert_eq!(
            found.to_string(),
            "closest: So-VITS-SVC; expected mel2ph i64[1, ?], found mel2ph f32[1, ?]; \
             not in the contract: t_window f32[1, 2048, ?]; missing the output audio f32[1, 1, ?]"
        );
        assert_eq!(nearest(&[TensorSpec::f32("x", &[None])], &audio()), None);
    }

    /// A mix whose number of speakers is not declared cannot be fed.
    #[test]
    fn a_mix_declares_how_many_speakers_it_has() {
        let mut inputs = declared(CONTRACTS[0].1, 1);
        let sid = inputs.iter().position(|spec| spec.name == "sid").unwrap();
        assert_eq!(inputs[sid].shape, [None, Some(3)]);
        inputs[sid].shape[1] = None;
        assert_eq!(SynthesizerDialect::recognise(&inputs, &audio()), None);
    }
}
