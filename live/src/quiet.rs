//! Keeps sound libraries from writing into the terminal.

/// Keeps ALSA and JACK from writing into the terminal while this thread looks for devices: they complain about every
/// device that is named and not there, each time, in the midst of meters. What matters comes back as an error.
pub(crate) fn be_quiet() {
    // Where JACK is not installed, its crate would panic at any call.
    if jack::jack_sys::library().is_ok() {
        jack::set_logger(jack::LoggerType::None);
    }
    // A handler that is set anew drops what the one before has collected. Where none can be set, they write.
    #[cfg(target_os = "linux")]
    let _ = alsa::Output::local_error_handler();
}
