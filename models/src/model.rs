//! The one trait behind which the ONNX backends stand: named tensors in, named tensors out.

use serde::{Deserialize, Serialize};

use crate::error::RunError;

/// What the elements of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementType {
    /// 32-bit float.
    F32,
    /// 64-bit signed integer.
    I64,
}

impl std::fmt::Display for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ElementType::F32 => "f32",
            ElementType::I64 => "i64",
        })
    }
}

/// Name, element type and shape of an input or output; `None` is a dimension that is free at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorSpec {
    /// The name in the graph.
    pub name: String,
    /// What its elements are.
    pub element: ElementType,
    /// Its dimensions, outermost first.
    pub shape: Vec<Option<usize>>,
}

impl TensorSpec {
    /// A specification of a float tensor.
    pub fn f32(name: &str, shape: &[Option<usize>]) -> TensorSpec {
        TensorSpec {
            name: name.to_owned(),
            element: ElementType::F32,
            shape: shape.to_vec(),
        }
    }

    /// A specification of an integer tensor.
    pub fn i64(name: &str, shape: &[Option<usize>]) -> TensorSpec {
        TensorSpec {
            name: name.to_owned(),
            element: ElementType::I64,
            shape: shape.to_vec(),
        }
    }

    /// Whether a tensor that is declared as `found` can serve where `self` is expected: same name, element
    /// type and rank, and no fixed dimension that differs.
    pub fn accepts(&self, found: &TensorSpec) -> bool {
        self.name == found.name
            && self.element == found.element
            && self.shape.len() == found.shape.len()
            && self.shape.iter().zip(&found.shape).all(|pair| match pair {
                (Some(expected), Some(found)) => expected == found,
                _ => true,
            })
    }
}

impl std::fmt::Display for TensorSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}[", self.name, self.element)?;
        for (index, dimension) in self.shape.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            match dimension {
                Some(size) => write!(f, "{separator}{size}")?,
                None => write!(f, "{separator}?")?,
            }
        }
        f.write_str("]")
    }
}

/// The elements of a [`Tensor`], row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit signed integers.
    I64(Vec<i64>),
}

/// A dense, row-major tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: TensorData,
}

impl Tensor {
    /// A float tensor.
    ///
    /// # Panics
    /// If `data` has another number of elements than `shape`.
    pub fn f32(shape: &[usize], data: Vec<f32>) -> Tensor {
        assert_eq!(
            shape.iter().product::<usize>(),
            data.len(),
            "elements of shape {shape:?}"
        );
        Tensor {
            shape: shape.to_vec(),
            data: TensorData::F32(data),
        }
    }

    /// An integer tensor.
    ///
    /// # Panics
    /// If `data` has another number of elements than `shape`.
    pub fn i64(shape: &[usize], data: Vec<i64>) -> Tensor {
        assert_eq!(
            shape.iter().product::<usize>(),
            data.len(),
            "elements of shape {shape:?}"
        );
        Tensor {
            shape: shape.to_vec(),
            data: TensorData::I64(data),
        }
    }

    /// A float tensor of zeros.
    pub fn zeros(shape: &[usize]) -> Tensor {
        Tensor::f32(shape, vec![0.0; shape.iter().product()])
    }

    /// The dimensions, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements.
    pub fn data(&self) -> &TensorData {
        &self.data
    }

    /// What the elements are.
    pub fn element(&self) -> ElementType {
        match self.data {
            TensorData::F32(_) => ElementType::F32,
            TensorData::I64(_) => ElementType::I64,
        }
    }

    /// The elements of a float tensor; `None` for another type.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            TensorData::F32(data) => Some(data),
            TensorData::I64(_) => None,
        }
    }

    /// The elements of a float tensor, to be changed in place; `None` for another type.
    pub fn as_f32_mut(&mut self) -> Option<&mut [f32]> {
        match &mut self.data {
            TensorData::F32(data) => Some(data),
            TensorData::I64(_) => None,
        }
    }
}

/// A loaded network: named tensors in, named tensors out.
///
/// One owner at a time runs it (`&mut self`); it keeps no state between runs, so a streaming network gets its
/// state as an input and returns it as an output.
///
/// # Real-time safety
///
/// Not real-time safe: backends allocate. It belongs on the model thread.
pub trait Model: Send {
    /// The inputs, in the graph's order.
    fn inputs(&self) -> &[TensorSpec];

    /// The outputs, in the graph's order.
    fn outputs(&self) -> &[TensorSpec];

    /// Runs the network once. `inputs` are in any order, each exactly once; the outputs are in the order of
    /// [`Model::outputs`].
    ///
    /// # Errors
    /// If an input is missing, unknown, or of another type or shape than declared, or if the backend fails.
    fn run(&mut self, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, RunError>;
}
