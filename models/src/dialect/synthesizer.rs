//! Tells the exports of synthesizers apart by their tensors.

use std::fmt;

use super::SynthesizerDialect;
use super::contract::CONTRACTS;
use super::nearest::compare;
use crate::model::{ElementType, TensorSpec};

impl SynthesizerDialect {
    /// The contract of a graph with these tensors; `None` if it has none of the contracts. The order of the tensors
    /// does not matter; an input more or less does.
    pub fn recognise(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Option<SynthesizerDialect> {
        if !gives_audio(outputs) {
            return None;
        }
        let fitting = CONTRACTS
            .iter()
            .find(|(_, contract)| compare(contract, inputs).is_equal());
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

/// Whether one of the outputs is audio: the one of that name, or the only one.
pub(super) fn gives_audio(outputs: &[TensorSpec]) -> bool {
    let fits =
        |spec: &TensorSpec| spec.element == ElementType::F32 && (1..=3).contains(&spec.shape.len());
    match outputs {
        [only] => fits(only),
        several => several
            .iter()
            .any(|spec| spec.name == "audio" && fits(spec)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::contract::{Input, Presence, Size};
    use crate::dialect::nearest;

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
