//! Keeps the ONNX Runtime library from keeping a record of its users.

use std::sync::Once;

/// What the library looks for when it is opened.
const REFUSAL: &str = "ORT_DISABLE_TELEMETRY";

/// Tells the library, before it is opened, to record nothing.
///
/// Public builds of 1.31 write a number of this device and the path of the program into the user's cache when an
/// environment is made, to be sent to their maker, and heed what the interface says of it only afterwards; this variable
/// is what they look at before. A person who has set it is obeyed.
pub(super) fn refuse() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os(REFUSAL).is_none() {
            // SAFETY: Rust's own readers are locked out by the standard library. What remains are C readers on other
            // threads of this process in this very moment; hosts and their libraries set variables under the same
            // condition, and it happens once, before the first voice is there.
            unsafe { std::env::set_var(REFUSAL, "1") };
        }
    });
}
