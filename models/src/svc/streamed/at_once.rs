//! Does two things at once.

use std::panic::resume_unwind;
use std::thread;

/// What both give; `first` runs on a thread of its own.
pub(crate) fn at_once<A: Send, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        (
            first.join().unwrap_or_else(|panic| resume_unwind(panic)),
            second,
        )
    })
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn both_are_done_and_a_panic_is_passed_on() {
        assert_eq!(at_once(|| 1, || "two"), (1, "two"));
        let panicked = catch_unwind(|| at_once(|| panic!("first"), || ()));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"first"));
    }
}
