//! What a host can switch about the safety of the output.

use nice_plug::prelude::*;

use super::switch;

/// What a host can switch about the safety of the output.
#[derive(Params)]
#[allow(missing_docs)] // Their names say what they are.
pub struct OutputParameters {
    #[id = "limit"]
    pub limiter: BoolParam,
    #[id = "fbguar"]
    pub feedback_guard: BoolParam,
}

impl Default for OutputParameters {
    fn default() -> Self {
        OutputParameters {
            // It looks ahead: switching it changes the latency, which hosts let no automation do.
            limiter: switch("Limiter").non_automatable(),
            feedback_guard: switch("Feedback Guard"),
        }
    }
}
