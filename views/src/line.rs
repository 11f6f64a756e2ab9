//! One line of speech as the editor shows it.

/// One line of speech.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What is said.
    pub text: String,
    /// The bar at which the host's transport starts it, from 1 on; `None` where it does not.
    pub bar: Option<f64>,
}
