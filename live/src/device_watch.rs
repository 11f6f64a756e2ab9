//! Watches one device: whether it goes on, or is lost and why.

use std::time::Instant;

use cpal::{Error, ErrorKind};

use crate::doubt::Doubt;
use crate::error::LiveError;
use crate::watchdog::Watchdog;

/// Watches one device by its errors and its count of callbacks: whether it goes on, or is lost and why.
#[derive(Debug)]
pub(crate) struct DeviceWatch {
    name: String,
    watchdog: Watchdog,
    doubt: Doubt,
}

impl DeviceWatch {
    /// Begins at `now`.
    pub fn new(name: String, now: Instant) -> DeviceWatch {
        DeviceWatch {
            name,
            watchdog: Watchdog::new(now),
            doubt: Doubt::default(),
        }
    }

    /// Takes in an error that the device told of, at a count of `count`.
    ///
    /// # Errors
    /// If it says that the device is gone. What the system has no kind for may pass.
    pub fn tell(&mut self, error: &Error, count: u64, now: Instant) -> Result<(), LiveError> {
        match error.kind() {
            ErrorKind::BackendError => {
                self.doubt.raise(error.to_string(), count, now);
                Ok(())
            }
            _ => Err(self.lost(error.to_string())),
        }
    }

    /// Looks whether it goes on, now that its count is `count`.
    ///
    /// # Errors
    /// If it does not.
    pub fn look(&mut self, count: u64, now: Instant) -> Result<(), LiveError> {
        if let Some(problem) = self.doubt.verdict(count, now) {
            return Err(self.lost(problem));
        }
        if self.watchdog.stands_still(count, now) {
            return Err(self.lost("it stands still".to_owned()));
        }
        Ok(())
    }

    fn lost(&self, problem: String) -> LiveError {
        LiveError::Lost {
            device: self.name.clone(),
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_may_pass_is_waited_for_and_what_is_gone_is_lost_at_once() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut watch = DeviceWatch::new("Headset".to_owned(), start);
        let passing = Error::with_message(ErrorKind::BackendError, "I/O error");
        watch.tell(&passing, 3, at(100)).unwrap();
        watch.look(3, at(200)).unwrap();
        let lost = watch.look(3, at(500)).unwrap_err().to_string();
        assert!(
            lost.contains("Headset") && lost.contains("I/O error"),
            "{lost}"
        );
        watch.tell(&passing, 4, at(600)).unwrap();
        watch.look(5, at(1_000)).unwrap();
        let gone = Error::with_message(ErrorKind::DeviceNotAvailable, "Device disconnected");
        let lost = watch.tell(&gone, 5, at(1_100)).unwrap_err().to_string();
        assert!(lost.contains("Device disconnected"), "{lost}");
        let still = watch.look(5, at(5_000)).unwrap_err().to_string();
        assert!(still.contains("stands still"), "{still}");
    }
}
