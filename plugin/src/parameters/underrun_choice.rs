//! What is heard in an underrun, as a host's parameter.

use nice_plug::prelude::Enum;
use syrinx_engine::OnUnderrun;

/// The engine's [`OnUnderrun`] as a host's parameter; the ids are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum UnderrunChoice {
    /// [`OnUnderrun::Dry`].
    #[id = "dry"]
    #[name = "Dry voice"]
    Dry,
    /// [`OnUnderrun::Gap`].
    #[id = "gap"]
    #[name = "Silence"]
    Gap,
}

impl From<OnUnderrun> for UnderrunChoice {
    fn from(on_underrun: OnUnderrun) -> Self {
        match on_underrun {
            OnUnderrun::Dry => UnderrunChoice::Dry,
            OnUnderrun::Gap => UnderrunChoice::Gap,
        }
    }
}

impl From<UnderrunChoice> for OnUnderrun {
    fn from(choice: UnderrunChoice) -> Self {
        match choice {
            UnderrunChoice::Dry => OnUnderrun::Dry,
            UnderrunChoice::Gap => OnUnderrun::Gap,
        }
    }
}
