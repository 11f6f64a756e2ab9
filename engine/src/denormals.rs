//! Lets numbers too small to hear become zero, for as long as sound is computed.

/// Runs `work` with numbers below the normal range flushed to zero, in inputs and results, on this thread.
///
/// Decaying filters and networks end in such numbers, and most processors are 10 to 100 times slower with them.
/// The mode is put back afterwards, because hosts share the thread. Panics pass through.
///
/// # Real-time safety
/// Does not allocate, lock or panic: two registers are written.
#[allow(unsafe_code)]
pub fn without_denormals<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the mode changes results below 1e-37 only, which no branch, index or allocation of ours depends
    // on, and it is put back when `work` ends.
    unsafe { no_denormals::no_denormals(work) }
}
