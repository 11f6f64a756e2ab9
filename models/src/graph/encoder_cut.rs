//! Parts a content encoder between its convolutions over the wave and its transformer.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tract_onnx::pb::NodeProto;

use super::{Graph, GraphError, attributes, declare, references};
use crate::model::{ElementType, Tensor};
use crate::runtime::Runtime;

/// Samples from one content frame to the next, and samples that a frame hears: HuBERT's convolutions.
const HOP: usize = 320;
const WINDOW: usize = 400;

/// How far the parts may be from the whole, as a share of the peak. They compute the same sums in another order; a frame
/// that is off by one place differs by as much as the peak.
const TOLERANCE: f32 = 2e-3;

/// What the front is given and gives beside features, where it normalises over time.
pub(crate) const MEAN: &str = "past_mean";
pub(crate) const SQUARE: &str = "past_square";
pub(crate) const SHARE: &str = "past_share";
const NEXT_MEAN: &str = "next_mean";
const NEXT_SQUARE: &str = "next_square";

/// What a streamed form has to know of a parted content encoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderShape {
    /// The tensor between the parts, `[1, channels, frames]`.
    pub features: String,
    /// Its channels.
    pub channels: usize,
    /// How many groups the front normalises over time, each by its own mean and variance; `None` where it does not.
    pub groups: Option<usize>,
}

/// A content encoder in two parts: the `front` hears the wave, each frame 25 ms of it and nothing else, so that frames can
/// be kept from one window to the next; the `back` is a transformer, which looks at a whole window.
///
/// HuBERT's front normalises each channel over all of the time that it is given. In the front here it does so by a mean
/// of `x` and of its square that are blended with those of the past: inputs `past_mean` and `past_square`
/// `[1, groups, 1]`, and `past_share` `[1]`, 0 (this wave alone: as the original) to 1 (the past alone); outputs
/// `next_mean` and `next_square`, the blend.
///
/// Reference: HuBERT's feature extractor ("group" norm), seven convolutions of strides 5, 2, 2, 2, 2, 2, 2.
#[derive(Clone, Debug)]
pub struct EncoderCut {
    /// The wave → features.
    pub front: Graph,
    /// Features → content.
    pub back: Graph,
    /// What lies between.
    pub shape: EncoderShape,
}

impl EncoderCut {
    /// Cuts the encoder, whose wave is the input `wave`.
    ///
    /// # Errors
    /// If it is built in another way.
    pub fn find(graph: &Graph, wave: &str) -> Result<EncoderCut, GraphError> {
        let refuse = |expected: &str, found: String| GraphError::Structure {
            graph: graph.name().to_owned(),
            expected: expected.to_owned(),
            found,
        };
        let last = last_strided(graph).map_err(|found| {
            refuse(
                "convolutions over the wave with a hop of 320 and a window of 400 samples",
                found,
            )
        })?;
        let features = before_transpose(graph, last)
            .ok_or_else(|| refuse("features that are transposed", "none".to_owned()))?;
        let channels = graph
            .constant(&last.input[1])
            .and_then(|weights| weights.shape().first().copied());
        let channels =
            channels.ok_or_else(|| refuse("constant weights", "computed ones".to_owned()))?;
        let proto = graph.proto();
        let input = proto.input.iter().find(|info| info.name == wave).cloned();
        let input = input.ok_or_else(|| refuse(wave, "no such input".to_owned()))?;
        let declared = declare(
            &features,
            ElementType::F32,
            &[Some(1), Some(channels), None],
        );
        let back = graph.extract("encoder", vec![declared.clone()], proto.output.clone())?;
        let mut front = graph.extract("encoder front", vec![input], vec![declared])?;
        let groups = blend_norm(&mut front)?;
        Ok(EncoderCut {
            front,
            back,
            shape: EncoderShape {
                features,
                channels,
                groups,
            },
        })
    }

    /// Compares the parts with the whole on a wave of `samples`, in one go and with the second half heard apart.
    ///
    /// # Errors
    /// If they differ, or do not run.
    pub fn check(&self, graph: &Graph, wave: &Tensor, runtime: &Runtime) -> Result<(), GraphError> {
        let name = graph.proto().input[0].name.clone();
        let whole = graph.run(runtime, &[(&name, wave)])?;
        let (features, statistics) = self.hear(wave, None, runtime)?;
        let found = self
            .back
            .run(runtime, &[(&self.shape.features, &features)])?;
        self.compare(&whole[0], &found[0])?;
        // The second half by itself, normalised as the whole was.
        let length = *wave.shape().last().unwrap_or(&0);
        let start = length / 2 / HOP * HOP;
        let samples = wave.as_f32().unwrap_or_default();
        let mut shape = wave.shape().to_vec();
        *shape.last_mut().unwrap_or(&mut 0) = length - start;
        let half = Tensor::f32(&shape, samples[start..].to_vec());
        let (half, _) = self.hear(&half, statistics.as_ref(), runtime)?;
        let skipped = start / HOP;
        let frames = features.shape()[2];
        let rows = features.as_f32().unwrap_or_default().chunks(frames);
        let expected: Vec<f32> = rows.flat_map(|row| &row[skipped..]).copied().collect();
        let expected = Tensor::f32(&[1, self.shape.channels, frames - skipped], expected);
        self.compare(&expected, &half)
    }

    /// Runs the front, by the statistics of the past if there are any.
    fn hear(
        &self,
        wave: &Tensor,
        past: Option<&[Tensor; 2]>,
        runtime: &Runtime,
    ) -> Result<(Tensor, Option<[Tensor; 2]>), GraphError> {
        let name = self.front.proto().input[0].name.clone();
        let zeros = [(); 2].map(|()| Tensor::zeros(&[1, self.shape.groups.unwrap_or(0), 1]));
        let share = Tensor::f32(&[1], vec![if past.is_some() { 1.0 } else { 0.0 }]);
        let [mean, square] = past.unwrap_or(&zeros);
        let mut fed = vec![(name.as_str(), wave)];
        if self.shape.groups.is_some() {
            fed.extend([(MEAN, mean), (SQUARE, square), (SHARE, &share)]);
        }
        let mut outputs = self.front.run(runtime, &fed)?.into_iter();
        let features = outputs.next().unwrap_or_else(|| Tensor::zeros(&[0]));
        let statistics = outputs.next().zip(outputs.next());
        Ok((features, statistics.map(<[Tensor; 2]>::from)))
    }

    fn compare(&self, expected: &Tensor, found: &Tensor) -> Result<(), GraphError> {
        let (a, b) = (expected.as_f32(), found.as_f32());
        let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
        let peak = a
            .iter()
            .fold(f32::MIN_POSITIVE, |peak, x| peak.max(x.abs()));
        let off = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        let off = off.fold(0.0, f32::max) / peak;
        match expected.shape() == found.shape() && off <= TOLERANCE {
            true => Ok(()),
            false => Err(GraphError::Differs {
                graph: self.front.name().to_owned(),
                found: off.into(),
                allowed: TOLERANCE.into(),
            }),
        }
    }
}

/// The last of the convolutions that together have the hop and the window of content frames; or what was found.
fn last_strided(graph: &Graph) -> Result<&NodeProto, String> {
    let (mut hop, mut window, mut last) = (1, 1, None);
    let convolutions = graph.nodes().iter().filter(|node| node.op_type == "Conv");
    for node in convolutions {
        let stride = *attributes::ints(node, "strides").first().unwrap_or(&1) as usize;
        let padded = attributes::ints(node, "pads").iter().any(|&pad| pad != 0);
        if stride == 1 || padded || hop == HOP {
            break;
        }
        let kernel = graph.constant(&node.input[1]).map(|weights| {
            let sizes = weights.shape();
            sizes.last().copied().unwrap_or(1)
        });
        let Some(kernel) = kernel else {
            return Err(format!("computed weights of {}", node.name));
        };
        window += (kernel - 1) * hop;
        hop *= stride;
        last = Some(node);
    }
    match last {
        Some(node) if (hop, window) == (HOP, WINDOW) => Ok(node),
        _ => Err(format!("a hop of {hop} and a window of {window}")),
    }
}

/// What is transposed of that which follows `convolution`.
fn before_transpose(graph: &Graph, convolution: &NodeProto) -> Option<String> {
    let mut readers: HashMap<&str, Vec<&NodeProto>> = HashMap::new();
    for node in graph.nodes() {
        for name in references(node) {
            readers.entry(name).or_default().push(node);
        }
    }
    let mut tensor = convolution.output.first()?.as_str();
    // An activation reads its input more than once and gives one tensor at its end: the last reader leads on.
    for _ in 0..16 {
        let next = readers.get(tensor)?;
        if let Some(node) = next.iter().find(|node| node.op_type == "Transpose") {
            return node.input.first().cloned();
        }
        tensor = next.last()?.output.first()?.as_str();
    }
    None
}

/// Makes a normalisation over time one that blends in the past; gives its groups, where there is one.
fn blend_norm(front: &mut Graph) -> Result<Option<usize>, GraphError> {
    let is_norm = |node: &NodeProto| node.op_type == "InstanceNormalization";
    let mut norms = front.nodes().iter().filter(|node| is_norm(node));
    let Some(norm) = norms.next().cloned() else {
        return Ok(None);
    };
    let refuse = |expected: &str, found: &str| GraphError::Structure {
        graph: front.name().to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    if norms.next().is_some() {
        return Err(refuse("one normalisation over time", "several"));
    }
    let scale = front.constant(&norm.input[1]);
    let shift = front.constant(&norm.input[2]);
    let (Some(scale), Some(shift)) = (scale, shift) else {
        return Err(refuse(
            "a normalisation of constant scale",
            "a computed one",
        ));
    };
    let groups = scale.shape().iter().product();
    let column = |values: &Tensor| {
        let values = values.as_f32().unwrap_or_default().to_vec();
        Tensor::f32(&[1, groups, 1], values)
    };
    let epsilon = attributes::float(&norm, "epsilon", 1e-5);
    let scale = front.add_constant("norm_scale", &column(&scale));
    let shift = front.add_constant("norm_shift", &column(&shift));
    let epsilon = front.add_constant("norm_epsilon", &Tensor::f32(&[1], vec![epsilon]));
    let zero = front.add_constant("norm_zero", &Tensor::f32(&[1], vec![0.0]));
    let one = front.add_constant("norm_one", &Tensor::f32(&[1], vec![1.0]));
    let (wave, given) = (norm.input[0].as_str(), norm.output[0].as_str());
    let node = attributes::node;
    let made = vec![
        node("Sub", &[&one, SHARE], "new_share"),
        node("Mul", &[wave, wave], "norm_power"),
        node("GlobalAveragePool", &[wave], "new_mean"),
        node("GlobalAveragePool", &["norm_power"], "new_square"),
        node("Mul", &["new_mean", "new_share"], "new_mean_part"),
        node("Mul", &["new_square", "new_share"], "new_square_part"),
        node("Mul", &[MEAN, SHARE], "past_mean_part"),
        node("Mul", &[SQUARE, SHARE], "past_square_part"),
        node("Add", &["new_mean_part", "past_mean_part"], NEXT_MEAN),
        node("Add", &["new_square_part", "past_square_part"], NEXT_SQUARE),
        node("Mul", &[NEXT_MEAN, NEXT_MEAN], "norm_mean_power"),
        node("Sub", &[NEXT_SQUARE, "norm_mean_power"], "norm_difference"),
        // Rounding may leave a variance a little below zero.
        node("Max", &["norm_difference", &zero], "norm_variance"),
        node("Add", &["norm_variance", &epsilon], "norm_above_zero"),
        node("Sqrt", &["norm_above_zero"], "norm_deviation"),
        node("Sub", &[wave, NEXT_MEAN], "norm_centred"),
        node("Div", &["norm_centred", "norm_deviation"], "norm_even"),
        node("Mul", &["norm_even", &scale], "norm_scaled"),
        node("Add", &["norm_scaled", &shift], given),
    ];
    let proto = front.proto_mut();
    let place = proto.node.iter().position(is_norm).unwrap_or(0);
    proto.node.splice(place..=place, made);
    let statistics =
        |name: &str| declare(name, ElementType::F32, &[Some(1), Some(groups), Some(1)]);
    proto.input.extend([
        statistics(MEAN),
        statistics(SQUARE),
        declare(SHARE, ElementType::F32, &[Some(1)]),
    ]);
    proto
        .output
        .extend([statistics(NEXT_MEAN), statistics(NEXT_SQUARE)]);
    front.drop_unused_constants();
    Ok(Some(groups))
}

#[cfg(test)]
#[path = "encoder_cut/tests.rs"]
mod tests;
