//! Tells F0 models by their tensors.

use std::fmt;

use super::F0Dialect;
use crate::model::{ElementType, TensorSpec};

/// Bands of the spectra that RMVPE and FCPE take.
const MELS: usize = 128;
/// Bins of a salience, 20 cents each.
const BINS: usize = 360;
/// Samples of a frame of CREPE.
const FRAME: usize = 1024;

impl F0Dialect {
    /// The contract of a graph with these tensors; `None` if it is no F0 model that is known.
    pub fn recognise(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Option<F0Dialect> {
        let (main, threshold) = match inputs {
            [main] => (main, false),
            [main, other] if is_threshold(other) => (main, true),
            [other, main] if is_threshold(other) => (main, true),
            _ => return None,
        };
        if main.element != ElementType::F32 {
            return None;
        }
        let gives = |dialect: &F0Dialect| outputs.iter().any(|output| dialect.gives(output));
        F0Dialect::ALL
            .into_iter()
            .filter(|dialect| dialect.decodes_inside() == threshold && dialect.takes(main))
            .find(gives)
    }

    const ALL: [F0Dialect; 5] = [
        F0Dialect::RmvpeSalience,
        F0Dialect::RmvpeWaveform,
        F0Dialect::RmvpePitch,
        F0Dialect::Fcpe,
        F0Dialect::Crepe,
    ];

    fn decodes_inside(self) -> bool {
        !matches!(self, F0Dialect::RmvpeSalience | F0Dialect::Crepe)
    }

    fn takes(self, input: &TensorSpec) -> bool {
        // Names matter only where shapes do not tell.
        let (name, shape): (Option<&str>, &[Option<usize>]) = match self {
            F0Dialect::RmvpeSalience => (None, &[Some(1), Some(MELS), None]),
            F0Dialect::RmvpePitch => (Some("mel"), &[Some(1), Some(MELS), None]),
            F0Dialect::RmvpeWaveform => (Some("waveform"), &[Some(1), None]),
            F0Dialect::Fcpe => (Some("mel"), &[Some(1), None, Some(MELS)]),
            F0Dialect::Crepe => (Some("frames"), &[None, Some(FRAME)]),
        };
        let expected = TensorSpec::f32(name.unwrap_or(&input.name), shape);
        expected.accepts(input)
    }

    fn gives(self, output: &TensorSpec) -> bool {
        let (name, shape): (Option<&str>, &[Option<usize>]) = match self {
            F0Dialect::RmvpeSalience => (None, &[Some(1), None, Some(BINS)]),
            F0Dialect::Crepe => (None, &[None, Some(BINS)]),
            F0Dialect::RmvpePitch => (Some("pitchf"), &[Some(1), None]),
            F0Dialect::Fcpe => (Some("pitchf"), &[Some(1), None, Some(1)]),
            // Exports of any rank are known.
            F0Dialect::RmvpeWaveform => {
                return output.name == "pitchf" && output.element == ElementType::F32;
            }
        };
        let expected = TensorSpec::f32(name.unwrap_or(&output.name), shape);
        expected.accepts(output)
    }
}

impl fmt::Display for F0Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            F0Dialect::RmvpeSalience => "RMVPE (salience)",
            F0Dialect::RmvpeWaveform => "RMVPE (from the wave)",
            F0Dialect::RmvpePitch => "RMVPE (F0)",
            F0Dialect::Fcpe => "FCPE",
            F0Dialect::Crepe => "CREPE",
        })
    }
}

fn is_threshold(spec: &TensorSpec) -> bool {
    let one = matches!(spec.shape[..], [] | [None | Some(1)]);
    spec.name == "threshold" && spec.element == ElementType::F32 && one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::RunError;
    use crate::model::{Model, Tensor};
    use crate::svc::pitch::PitchModel;

    struct Declared(Vec<TensorSpec>, Vec<TensorSpec>);

    impl Model for Declared {
        fn inputs(&self) -> &[TensorSpec] {
            &self.0
        }

        fn outputs(&self) -> &[TensorSpec] {
            &self.1
        }

        fn run(&mut self, _inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError> {
            Ok(Vec::new())
        }
    }

    fn table() -> Vec<(Vec<TensorSpec>, TensorSpec, F0Dialect)> {
        let mel = TensorSpec::f32("mel", &[Some(1), Some(128), None]);
        let frames_first = TensorSpec::f32("mel", &[Some(1), None, Some(128)]);
        let scalar = TensorSpec::f32("threshold", &[]);
        let one = TensorSpec::f32("threshold", &[Some(1)]);
        let salience = |name: &str| TensorSpec::f32(name, &[Some(1), None, Some(360)]);
        let row = TensorSpec::f32("pitchf", &[Some(1), None]);
        vec![
            (
                vec![mel.clone()],
                salience("output"),
                F0Dialect::RmvpeSalience,
            ),
            (
                vec![TensorSpec::f32("input", &[None, Some(128), None])],
                salience("hidden"),
                F0Dialect::RmvpeSalience,
            ),
            (
                vec![TensorSpec::f32("waveform", &[Some(1), None]), one],
                row.clone(),
                F0Dialect::RmvpeWaveform,
            ),
            (vec![mel, scalar.clone()], row, F0Dialect::RmvpePitch),
            (
                vec![scalar, frames_first],
                TensorSpec::f32("pitchf", &[Some(1), None, Some(1)]),
                F0Dialect::Fcpe,
            ),
            (
                vec![TensorSpec::f32("frames", &[None, Some(1024)])],
                TensorSpec::f32("probabilities", &[None, Some(360)]),
                F0Dialect::Crepe,
            ),
        ]
    }

    #[test]
    fn the_public_models_are_recognised_as_what_plays_them() {
        for (inputs, output, expected) in table() {
            let outputs = vec![output];
            assert_eq!(F0Dialect::recognise(&inputs, &outputs), Some(expected));
            let model = Box::new(Declared(inputs, outputs));
            PitchModel::new("f0", model, expected).unwrap();
        }
    }

    #[test]
    fn others_are_not() {
        for (inputs, output, expected) in table() {
            let outputs = [output.clone()];
            let more = [inputs.clone(), vec![TensorSpec::f32("x", &[])]].concat();
            assert_eq!(F0Dialect::recognise(&more, &outputs), None);
            for index in 0..inputs.len() {
                let mut other = inputs.clone();
                other[index].shape.push(Some(2));
                assert_eq!(F0Dialect::recognise(&other, &outputs), None, "{expected}");
                let mut other = inputs.clone();
                other[index].element = ElementType::I64;
                assert_eq!(F0Dialect::recognise(&other, &outputs), None, "{expected}");
            }
            let mut other = output;
            other.element = ElementType::I64;
            assert_eq!(F0Dialect::recognise(&inputs, &[other]), None);
            assert_eq!(F0Dialect::recognise(&inputs, &[]), None);
        }
    }
}
