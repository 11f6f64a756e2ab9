//! Raises the priority of the model thread where the system allows it.

use crate::Priority;

/// Above everything ordinary, below the audio threads of hosts and servers (JACK's clients have 5 or 10, PipeWire's
/// 83 and more): the model thread must never hold up the callback that it serves.
#[cfg(unix)]
const LEVEL: u8 = 2;

/// Gives the current thread a real-time priority, if the system lets it.
pub fn raise() -> Priority {
    match try_raise() {
        true => Priority::Granted,
        false => Priority::Refused,
    }
}

#[cfg(unix)]
fn try_raise() -> bool {
    use thread_priority::{
        RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };
    let Ok(level) = LEVEL.try_into() else {
        return false;
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
    set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(level),
        policy,
    )
    .is_ok()
}

#[cfg(not(unix))]
fn try_raise() -> bool {
    use thread_priority::{ThreadPriority, set_current_thread_priority};
    set_current_thread_priority(ThreadPriority::Max).is_ok()
}
