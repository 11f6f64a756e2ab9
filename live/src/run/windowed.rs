//! Serves a window: takes what it asks for, and tells it what there is.

use super::Run;
use crate::window::Told;

impl Run<'_> {
    /// Takes what the window asks for, if there is one; false if it has closed.
    pub(super) fn serve_window(&mut self) -> bool {
        self.take_peaks();
        let Some(link) = self.link.clone() else {
            return true;
        };
        if let Some(settings) = link.take() {
            self.kept.set(settings);
        }
        link.hold(self.kept.settings());
        if link.take_reset() {
            self.reset_counts();
        }
        !link.is_closed()
    }

    /// Takes the engine's peaks for the meters here, and for the window's.
    pub(super) fn take_peaks(&mut self) {
        let status = self.kept.engine().status();
        let fresh = [status.take_input_peak(), status.take_output_peak()];
        for (peak, fresh) in self.peaks.iter_mut().zip(fresh) {
            *peak = peak.max(fresh);
        }
        if let Some(link) = &self.link {
            link.raise(fresh);
        }
    }

    /// Tells the window what it cannot read from the engine.
    pub(super) fn tell_window(&mut self) {
        let Some(link) = self.link.clone() else {
            return;
        };
        let engine = self.kept.engine();
        let mut told = Told {
            device_ms: engine.counts().device_ms(),
            notices: engine.status().notice().into_iter().collect(),
            ..Told::default()
        };
        if let Some(why) = self.kept.why_lost() {
            told.notices
                .push(format!("{why}; trying again every second"));
        }
        if self.recorder.is_some() {
            told.notices.push("recording".to_owned());
        }
        told.latency = self.kept.rig().map(|rig| rig.session().latency().clone());
        link.tell(told);
    }
}
