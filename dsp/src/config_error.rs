//! Says which setting of a processor is outside its range, with what was expected and what was found.

/// A processor cannot be built from these settings.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting lies outside its range, or is not a number.
    #[error("{setting} must be {expected}, found {found}")]
    OutOfRange {
        /// The setting, as it is called in the config struct.
        setting: &'static str,
        /// The range in words, with its unit.
        expected: &'static str,
        /// What the config held.
        found: f64,
    },
}

impl ConfigError {
    /// `Ok` when `holds`; otherwise the error that names `setting`.
    pub(crate) fn check(
        holds: bool,
        setting: &'static str,
        expected: &'static str,
        found: f64,
    ) -> Result<(), ConfigError> {
        if holds {
            Ok(())
        } else {
            Err(ConfigError::OutOfRange {
                setting,
                expected,
                found,
            })
        }
    }

    /// Checks a time constant: finite, and from 0 ms to one minute.
    pub(crate) fn check_ms(setting: &'static str, ms: f32) -> Result<(), ConfigError> {
        let holds = ms.is_finite() && (0.0..=60_000.0).contains(&ms);
        ConfigError::check(holds, setting, "0 to 60000 ms", f64::from(ms))
    }
}
