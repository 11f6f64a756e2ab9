//! Reads how a vocoder's spectra are to be added up.

use syrinx_dsp::StftConfig;

use crate::graph::Graph;
use crate::speech::error::SpeechError;

/// How spectra are added up, as a vocoder's metadata say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IstftConfig(pub(crate) StftConfig);

impl IstftConfig {
    /// Reads it; what is not said is sherpa-onnx's default.
    ///
    /// # Errors
    /// If a value is no number, or asks for a transform that is not known.
    pub(crate) fn of(graph: &Graph) -> Result<IstftConfig, SpeechError> {
        let find = |key: &str| graph.metadata().find(|entry| entry.0 == key);
        let number = |key: &str, default: usize| match find(key) {
            None => Ok(default),
            Some((_, value)) => value.trim().parse().map_err(|_| SpeechError::File {
                file: format!("{}, metadata {key}", graph.name()),
                expected: "a whole number".to_owned(),
                found: value.to_owned(),
            }),
        };
        for (key, expected) in [
            ("window_type", "hann"),
            ("center", "1"),
            ("normalized", "0"),
        ] {
            if let Some((_, found)) = find(key).filter(|(_, value)| *value != expected) {
                return Err(SpeechError::File {
                    file: format!("{}, metadata {key}", graph.name()),
                    expected: expected.to_owned(),
                    found: found.to_owned(),
                });
            }
        }
        Ok(IstftConfig(StftConfig {
            fft: number("n_fft", 1024)?,
            window: number("win_length", 1024)?,
            hop: number("hop_length", 256)?,
        }))
    }
}
