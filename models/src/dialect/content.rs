//! Tells content encoders by their tensors: a wave in, rows of a known width out.

use super::ContentDialect;
use crate::model::{ElementType, TensorSpec};

/// The widths that content has in public voices; what tells the axis of the width where an output has another name.
const WIDTHS: [usize; 4] = [256, 768, 1024, 1280];

/// Outputs that are known by name, the preferred first: MoeVS, VCClient, and its fork's three, of which voices of
/// width 768 take the last layer (`unit12`) and those of 256 the ninth.
const OUTPUTS: [&str; 5] = ["embed", "units", "unit12", "units9", "unit12s"];

impl ContentDialect {
    /// The contract of a graph with these tensors; `None` if it is no content encoder. Where there are several
    /// outputs, the preferred one; [`ContentDialect::all`] has the others.
    pub fn recognise(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Option<ContentDialect> {
        ContentDialect::all(inputs, outputs).into_iter().next()
    }

    /// Every way to take content from a graph with these tensors, the preferred first.
    pub fn all(inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Vec<ContentDialect> {
        let Some((input, channel, mask)) = wave(inputs) else {
            return Vec::new();
        };
        let rank = |output: &TensorSpec| {
            let known = OUTPUTS.iter().position(|name| *name == output.name);
            known.unwrap_or(OUTPUTS.len())
        };
        let mut found: Vec<(usize, ContentDialect)> = outputs
            .iter()
            .filter_map(|output| {
                let (channel_major, dim) = rows(output)?;
                let dialect = ContentDialect {
                    input: input.clone(),
                    channel,
                    mask: mask.clone(),
                    output: output.name.clone(),
                    channel_major,
                    dim,
                };
                Some((rank(output), dialect))
            })
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, dialect)| dialect).collect()
    }
}

/// The wave among the inputs: its name, whether it has a channel, and the mask where there is one.
fn wave(inputs: &[TensorSpec]) -> Option<(String, bool, Option<String>)> {
    let is_mask = |spec: &TensorSpec| spec.name.contains("mask");
    let (wave, mask) = match inputs {
        [wave] => (wave, None),
        [wave, mask] if is_mask(mask) => (wave, Some(mask)),
        [mask, wave] if is_mask(mask) => (wave, Some(mask)),
        _ => return None,
    };
    let is_single = |size: &Option<usize>| size.is_none_or(|size| size == 1);
    let channel = match wave.shape.as_slice() {
        [batch, None] if is_single(batch) => false,
        // A channel that is not declared could be the bands of a spectrum.
        [batch, Some(1), None] if is_single(batch) => true,
        [batch, None, None] if is_single(batch) && wave.name == "source" => true,
        _ => return None,
    };
    let is_float = |spec: &TensorSpec| spec.element == ElementType::F32;
    let fits = |mask: &TensorSpec| is_float(mask) && mask.shape.len() == wave.shape.len();
    let serves = is_float(wave) && mask.is_none_or(fits);
    serves.then(|| {
        (
            wave.name.clone(),
            channel,
            mask.map(|mask| mask.name.clone()),
        )
    })
}

/// Whether an output is content: if its width stands before its frames, and the width.
fn rows(output: &TensorSpec) -> Option<(bool, Option<usize>)> {
    let [batch, second, third] = output.shape.as_slice() else {
        return None;
    };
    if output.element != ElementType::F32 || batch.is_some_and(|size| size != 1) {
        return None;
    }
    let is_width = |size: &Option<usize>| size.is_some_and(|size| WIDTHS.contains(&size));
    match (second, third) {
        (frames, width) if is_width(width) && !is_width(frames) => Some((false, *width)),
        (width, None) if is_width(width) => Some((true, *width)),
        // Other widths are believed under the names that are known.
        (None, width) if OUTPUTS.contains(&output.name.as_str()) => Some((false, *width)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(input: &str, channel: bool, output: &str, dim: Option<usize>) -> ContentDialect {
        ContentDialect {
            input: input.to_owned(),
            channel,
            mask: None,
            output: output.to_owned(),
            channel_major: false,
            dim,
        }
    }

    #[test]
    fn the_public_encoders_are_recognised() {
        let source = [TensorSpec::f32("source", &[Some(1), Some(1), None])];
        let free = [TensorSpec::f32("source", &[None, None, None])];
        let audio = [TensorSpec::f32("audio", &[Some(1), None])];
        let row = |name: &str, dim| TensorSpec::f32(name, &[Some(1), None, dim]);
        let table = [
            (
                &source,
                row("embed", Some(768)),
                dialect("source", true, "embed", Some(768)),
            ),
            (
                &free,
                row("embed", None),
                dialect("source", true, "embed", None),
            ),
            (
                &audio,
                row("units", Some(256)),
                dialect("audio", false, "units", Some(256)),
            ),
            (
                &audio,
                row("last", Some(1024)),
                dialect("audio", false, "last", Some(1024)),
            ),
        ];
        for (inputs, output, expected) in table {
            assert_eq!(ContentDialect::recognise(inputs, &[output]), Some(expected));
        }
        let turned = TensorSpec::f32("out", &[Some(1), Some(768), None]);
        let found = ContentDialect::recognise(&audio, &[turned]).unwrap();
        assert!(found.channel_major && found.dim == Some(768));
    }

    #[test]
    fn three_outputs_are_three_ways_of_which_the_last_layer_comes_first() {
        let audio = [TensorSpec::f32("audio", &[Some(1), None])];
        let outputs = [("units9", 256), ("unit12", 768), ("unit12s", 256)];
        let outputs = outputs.map(|(name, dim)| TensorSpec::f32(name, &[Some(1), None, Some(dim)]));
        let found = ContentDialect::all(&audio, &outputs);
        let names: Vec<&str> = found.iter().map(|way| way.output.as_str()).collect();
        assert_eq!(names, ["unit12", "units9", "unit12s"]);
    }

    #[test]
    fn a_mask_is_a_second_input() {
        let wave = TensorSpec::f32("wav", &[Some(1), None]);
        let mask = TensorSpec::f32("padding_mask", &[Some(1), None]);
        let output = [TensorSpec::f32("x", &[Some(1), None, Some(256)])];
        for inputs in [[wave.clone(), mask.clone()], [mask.clone(), wave.clone()]] {
            let found = ContentDialect::recognise(&inputs, &output).unwrap();
            assert_eq!(found.mask.as_deref(), Some("padding_mask"));
            assert_eq!(found.input, "wav");
        }
        let number = TensorSpec::i64("padding_mask", &[Some(1), None]);
        assert_eq!(ContentDialect::recognise(&[wave, number], &output), None);
    }

    #[test]
    fn other_networks_are_no_encoders() {
        let content = [TensorSpec::f32("embed", &[Some(1), None, Some(768)])];
        let mel = [TensorSpec::f32("mel", &[Some(1), Some(128), None])];
        let free_mel = [TensorSpec::f32("mel", &[None, None, None])];
        let whole = [TensorSpec::i64("source", &[Some(1), Some(1), None])];
        let waveform = [
            TensorSpec::f32("waveform", &[Some(1), None]),
            TensorSpec::f32("threshold", &[Some(1)]),
        ];
        for inputs in [&mel[..], &free_mel, &whole, &waveform, &[]] {
            assert_eq!(
                ContentDialect::recognise(inputs, &content),
                None,
                "{inputs:?}"
            );
        }
        let audio = [TensorSpec::f32("audio", &[Some(1), None])];
        for output in [
            TensorSpec::f32("salience", &[Some(1), None, Some(360)]),
            TensorSpec::f32("pitchf", &[Some(1), None]),
            TensorSpec::i64("embed", &[Some(1), None, Some(768)]),
            TensorSpec::f32("audio", &[Some(1), Some(1), None]),
        ] {
            assert_eq!(ContentDialect::recognise(&audio, &[output]), None);
        }
    }
}
