//! What a host's main thread does between its windows' messages.

/// Lets the system deliver the messages that wait for this thread: on Windows the plugin has an invisible window, which
/// gets what another of its threads wants done here. Elsewhere it needs none.
pub fn pump() {
    #[cfg(windows)]
    {
        use windows_sys::Win32::UI::WindowsAndMessaging::{
            DispatchMessageW, MSG, PM_REMOVE, PeekMessageW, TranslateMessage,
        };
        let mut message = MSG::default();
        // SAFETY: the place for the message can be written, and it is passed on as it came.
        while unsafe { PeekMessageW(&mut message, std::ptr::null_mut(), 0, 0, PM_REMOVE) } != 0 {
            // SAFETY: as above.
            unsafe {
                TranslateMessage(&message);
                DispatchMessageW(&message);
            }
        }
    }
}
