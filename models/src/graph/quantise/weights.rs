//! Weights as signed eight bits.

use tract_onnx::pb::{TensorProto, tensor_proto::DataType};

use crate::model::Tensor;

/// How far one scale reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Granularity {
    /// Each output channel has its own: a quiet channel is not rounded away by a loud one.
    #[default]
    PerChannel,
    /// One for the whole tensor.
    PerTensor,
}

/// How large a stored bias may be, as a share of what 32 bits hold: sums are added to it.
const BIAS_ROOM: f32 = (1 << 30) as f32;

/// Weights as signed bits around zero: `real = scale[channel] * stored`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    pub(super) shape: Vec<usize>,
    pub(super) stored: Vec<i8>,
    pub(super) scales: Vec<f32>,
}

impl Weights {
    /// Rounds `real`, whose output channels lie along `axis`, to `-largest..=largest`.
    ///
    /// `bias` in units of the input's scale must still fit into 32 bits in units of the weights' scale too, so a
    /// channel with hardly any weight gets a coarser scale.
    pub(super) fn round(
        real: &Tensor,
        axis: usize,
        granularity: Granularity,
        largest: i8,
        bias: Option<(&[f32], f32)>,
    ) -> Option<Weights> {
        let (shape, values) = (real.shape(), real.as_f32()?);
        let channels = *shape.get(axis)?;
        let inner: usize = shape[axis + 1..].iter().product();
        let channel = |index: usize| index / inner.max(1) % channels.max(1);
        let mut peaks = vec![0.0f32; channels];
        for (index, value) in values.iter().enumerate() {
            let peak = &mut peaks[channel(index)];
            *peak = peak.max(value.abs());
        }
        if granularity == Granularity::PerTensor {
            let loudest = peaks
                .iter()
                .fold(0.0, |loudest: f32, &peak| loudest.max(peak));
            peaks.fill(loudest);
        }
        let mut scales: Vec<f32> = peaks.iter().map(|peak| peak / f32::from(largest)).collect();
        if let Some((bias, input_scale)) = bias {
            for (scale, bias) in scales.iter_mut().zip(bias) {
                *scale = scale.max(bias.abs() / input_scale / BIAS_ROOM);
            }
        }
        for scale in &mut scales {
            if !scale.is_normal() {
                *scale = 1.0;
            }
        }
        let largest = f32::from(largest);
        let stored = values.iter().enumerate().map(|(index, value)| {
            (value / scales[channel(index)])
                .round()
                .clamp(-largest, largest) as i8
        });
        Some(Weights {
            shape: shape.to_vec(),
            stored: stored.collect(),
            scales,
        })
    }

    /// The stored bits as protobuf.
    pub(super) fn proto(&self, name: &str) -> TensorProto {
        let sizes: Vec<i64> = self.shape.iter().map(|&size| size as i64).collect();
        raw(
            name,
            DataType::Int8,
            &sizes,
            self.stored.iter().map(|x| x.cast_unsigned()),
        )
    }

    /// A bias in units of the input's scale and these: what the sums of stored products are in.
    pub(super) fn bias(&self, bias: &[f32], input_scale: f32) -> Vec<i32> {
        let scales = self.scales.iter();
        let scaled = bias.iter().zip(scales);
        scaled
            .map(|(bias, scale)| {
                (f64::from(*bias) / (f64::from(input_scale) * f64::from(*scale))).round() as i32
            })
            .collect()
    }
}

/// A tensor of bytes as protobuf.
pub(super) fn raw(
    name: &str,
    element: DataType,
    sizes: &[i64],
    bytes: impl IntoIterator<Item = u8>,
) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: sizes.to_vec(),
        data_type: element as i32,
        raw_data: bytes.into_iter().collect(),
        ..TensorProto::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two channels of three weights, one a hundred times quieter.
    const LOUD_AND_QUIET: [f32; 6] = [0.9, -0.5, 0.3, 0.009, -0.005, 0.003];

    fn off(weights: &Weights, real: &[f32], axis: usize) -> f32 {
        let inner: usize = weights.shape[axis + 1..].iter().product();
        let back = weights.stored.iter().enumerate().map(|(index, &stored)| {
            f32::from(stored) * weights.scales[index / inner % weights.shape[axis]]
        });
        real.iter()
            .zip(back)
            .map(|(real, back)| (real - back).abs() / real.abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn each_channel_keeps_its_precision() {
        let real = Tensor::f32(&[2, 3, 1], LOUD_AND_QUIET.to_vec());
        let fine = Weights::round(&real, 0, Granularity::PerChannel, 127, None).unwrap();
        let coarse = Weights::round(&real, 0, Granularity::PerTensor, 127, None).unwrap();
        // Half a step of 127 is 1.2 % of a third of the peak; with one scale the quiet channel has one step or two.
        assert!(off(&fine, &LOUD_AND_QUIET, 0) < 0.013);
        assert!(off(&coarse, &LOUD_AND_QUIET, 0) > 0.3);
    }

    #[test]
    fn channels_may_lie_along_the_last_axis() {
        let columns = [0.9, 0.009, -0.5, -0.005, 0.3, 0.003];
        let real = Tensor::f32(&[3, 2], columns.to_vec());
        let weights = Weights::round(&real, 1, Granularity::PerChannel, 127, None).unwrap();
        assert_eq!(weights.scales.len(), 2);
        assert!(off(&weights, &columns, 1) < 0.013);
    }

    #[test]
    fn a_bias_without_weights_is_kept() {
        let real = Tensor::f32(&[2, 1, 1], vec![0.0, 1e-12]);
        let bias = [0.5, -0.25];
        let room = Some((&bias[..], 0.01));
        let weights = Weights::round(&real, 0, Granularity::PerChannel, 127, room).unwrap();
        let stored = weights.bias(&bias, 0.01);
        for (channel, bias) in bias.iter().enumerate() {
            let back = f64::from(stored[channel]) * 0.01 * f64::from(weights.scales[channel]);
            assert!((back - f64::from(*bias)).abs() < 1e-6, "{back}");
        }
    }
}
