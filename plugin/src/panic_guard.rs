//! Keeps a panic inside the plugin.

use std::panic::{AssertUnwindSafe, catch_unwind};

use syrinx_engine::Status;

/// Below this a number is no sound but slows processors down; hosts check for it.
const SUBNORMAL: f32 = 1e-30;

/// Keeps a panic inside the plugin: it would cross a C function and end the host.
///
/// After one, the input passes through unchanged until the next activation, because nothing is known about what the
/// audio path holds. The engine's latency is not added then; a defect is audible rather than hidden.
#[derive(Debug, Default)]
pub struct PanicGuard {
    broken: bool,
}

impl PanicGuard {
    /// Runs `work` on the channels, or lets them pass after a panic; the panicking block passes as `work` left it.
    ///
    /// # Real-time safety
    /// As safe as `work`; only a panic itself allocates.
    pub fn run(
        &mut self,
        status: &Status,
        channels: &mut [&mut [f32]],
        work: impl FnOnce(&mut [&mut [f32]]),
    ) {
        if !self.broken {
            let result = catch_unwind(AssertUnwindSafe(|| work(&mut *channels)));
            if result.is_ok() {
                return;
            }
            self.broken = true;
            status.set_panicked();
        }
        scrub(channels);
    }

    /// Whether a panic was caught.
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

/// Turns what is no sound into silence.
pub(crate) fn scrub(channels: &mut [&mut [f32]]) {
    for sample in channels.iter_mut().flat_map(|channel| channel.iter_mut()) {
        if !sample.is_finite() || sample.abs() < SUBNORMAL {
            *sample = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_the_input_passes_from_then_on() {
        let status = Status::default();
        let mut guard = PanicGuard::default();
        let mut block = [0.5_f32, f32::NAN, 1e-38];
        guard.run(&status, &mut [&mut block], |_| panic!("on purpose"));
        assert!(guard.is_broken() && status.panicked());
        assert_eq!(block, [0.5, 0.0, 0.0]);

        let mut next = [0.25_f32; 2];
        guard.run(&status, &mut [&mut next], |channels| channels[0].fill(9.0));
        assert_eq!(next, [0.25; 2], "nothing runs after a panic");
    }

    #[test]
    fn without_a_panic_the_work_is_done() {
        let status = Status::default();
        let mut guard = PanicGuard::default();
        let mut block = [0.0_f32; 2];
        guard.run(&status, &mut [&mut block], |channels| channels[0].fill(0.5));
        assert_eq!(block, [0.5; 2]);
        assert!(!guard.is_broken() && !status.panicked());
    }
}
