//! Which program runs the networks.

/// Which program runs the networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// ONNX Runtime: a shared library, the faster one for large networks, and the only one with devices other
    /// than the CPU.
    OnnxRuntime,
    /// tract: linked in, runs without any library.
    Tract,
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Backend::OnnxRuntime => "onnxruntime",
            Backend::Tract => "tract",
        })
    }
}

/// The text names no backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("backend: expected onnxruntime or tract, found {0:?}")]
pub struct ParseBackendError(pub String);

impl std::str::FromStr for Backend {
    type Err = ParseBackendError;

    fn from_str(text: &str) -> Result<Backend, ParseBackendError> {
        match text {
            "onnxruntime" => Ok(Backend::OnnxRuntime),
            "tract" => Ok(Backend::Tract),
            _ => Err(ParseBackendError(text.to_owned())),
        }
    }
}
