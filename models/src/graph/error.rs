//! Why a graph could not be rewritten.

use crate::error::{LoadError, RunError};

/// Why a graph could not be rewritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The graph is built in a way that this rewriting does not know.
    #[error("{graph}: expected {expected}, found {found}")]
    Structure {
        /// Which graph.
        graph: String,
        /// What the rewriting needs.
        expected: String,
        /// What there is.
        found: String,
    },
    /// The rewritten graph does not give what the original gives.
    #[error(
        "{graph}: rewritten, it differs from the original by {found:e} of the peak, at most {allowed:e} is allowed"
    )]
    Differs {
        /// Which graph.
        graph: String,
        /// The largest difference, as a share of the original's peak.
        found: f64,
        /// The bound.
        allowed: f64,
    },
    /// A graph could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A graph could not be run.
    #[error(transparent)]
    Run(#[from] RunError),
}
