//! States what each public synthesizer takes: the names, types and shapes of its inputs.

use std::fmt;

use super::SynthesizerDialect;
use crate::model::{ElementType, TensorSpec};

/// A dimension of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// This one.
    Is(usize),
    /// Any, declared or not.
    Any,
    /// Any, but the graph declares it.
    Declared,
}

/// An element type with a shape.
pub(super) type Form = (ElementType, &'static [Size]);

/// When an input is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Always,
    /// With or without.
    Optional,
    /// All that have this are there, or none.
    WithF0,
}

/// An input of a contract: any of its forms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) forms: &'static [Form],
    pub(super) presence: Presence,
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
pub(super) const CONTRACTS: &[(SynthesizerDialect, &[Input])] = &[
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
impl Input {
    /// Whether a tensor of this name has one of its forms.
    pub(super) fn fits(&self, spec: &TensorSpec) -> bool {
        self.forms.iter().any(|form| fits(form, spec))
    }
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
