//! What this process still has of a plugin that is gone.

use std::time::Duration;

/// How often to look again: a thread that was joined can be counted for a moment longer.
const LOOKS: usize = 200;

/// How many threads there are.
#[cfg(target_os = "linux")]
pub fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("a list of threads");
    tasks.count()
}

/// How many threads there are.
#[cfg(windows)]
pub fn threads() -> usize {
    use windows_sys::Win32::Foundation::{CloseHandle, INVALID_HANDLE_VALUE};
    use windows_sys::Win32::System::Diagnostics::ToolHelp::{
        CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
    };
    // SAFETY: it takes no pointers.
    let list = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) };
    assert_ne!(list, INVALID_HANDLE_VALUE, "a list of threads");
    let mut entry = THREADENTRY32 {
        dwSize: size_of::<THREADENTRY32>() as u32,
        ..THREADENTRY32::default()
    };
    let mut count = 0;
    // SAFETY: the list is open, and the entry says how large it is.
    let mut is_one = unsafe { Thread32First(list, &mut entry) };
    while is_one != 0 {
        // The list is of all processes.
        count += usize::from(entry.th32OwnerProcessID == std::process::id());
        // SAFETY: as above.
        is_one = unsafe { Thread32Next(list, &mut entry) };
    }
    // SAFETY: it is open, and not used any more.
    unsafe { CloseHandle(list) };
    count
}

/// Whether the plugin's library is in memory.
pub fn is_loaded() -> bool {
    #[cfg(target_os = "linux")]
    {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a list of what is mapped");
        maps.contains("Syrinx.so")
    }
    #[cfg(windows)]
    libloading::os::windows::Library::open_already_loaded("Syrinx.vst3").is_ok()
}

/// Waits until there are so many threads.
///
/// # Panics
/// If there are others for longer than threads take to end.
pub fn assert_threads(expected: usize) {
    for _ in 0..LOOKS {
        if threads() == expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(threads(), expected, "threads");
}
