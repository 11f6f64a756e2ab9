//! How much device memory pipelines may take together.

use std::sync::{Arc, Mutex, PoisonError};

use super::Device;
use crate::error::LoadError;

/// A bound on the device memory that pipelines hold together.
///
/// Every pipeline reserves what its bundle declares before it loads, and gives it back when it is dropped. The
/// numbers are estimates: a backend's own limit covers its arena alone, so they come from measured peaks.
#[derive(Clone, Debug)]
pub struct VramBudget {
    limit: u64,
    reserved: Arc<Mutex<u64>>,
}

/// Device memory that is held as long as this lives.
#[derive(Debug)]
#[must_use = "dropping a reservation gives it back"]
pub struct Reservation {
    bytes: u64,
    reserved: Arc<Mutex<u64>>,
}

impl VramBudget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> VramBudget {
        VramBudget {
            limit,
            reserved: Arc::new(Mutex::new(0)),
        }
    }

    /// Reserves `bytes` on `device`. The CPU has main memory: there nothing is reserved and nothing refused.
    ///
    /// # Errors
    /// If less than that is left.
    pub fn reserve(&self, device: Device, bytes: u64) -> Result<Reservation, LoadError> {
        let bytes = if device == Device::Cpu { 0 } else { bytes };
        let mut reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.limit - *reserved;
        if bytes > left {
            return Err(LoadError::Vram {
                device,
                wanted: bytes,
                left,
                limit: self.limit,
            });
        }
        *reserved += bytes;
        Ok(Reservation {
            bytes,
            reserved: Arc::clone(&self.reserved),
        })
    }

    /// Bytes that are reserved now.
    pub fn reserved(&self) -> u64 {
        *self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that may be reserved in all.
    pub fn limit(&self) -> u64 {
        self.limit
    }
}

impl Reservation {
    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        *self.reserved.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_is_given_back_when_dropped() {
        let budget = VramBudget::new(100);
        let first = budget.reserve(Device::Cuda(0), 60).unwrap();
        assert_eq!((budget.reserved(), first.bytes()), (60, 60));
        let refused = budget.reserve(Device::Cuda(0), 41).unwrap_err().to_string();
        for part in ["cuda:0", "41", "40", "100"] {
            assert!(refused.contains(part), "{part} in {refused:?}");
        }
        let second = budget.reserve(Device::Cuda(0), 40).unwrap();
        drop(first);
        assert_eq!(budget.reserved(), 40);
        drop(second);
        assert_eq!(budget.reserved(), 0);
    }

    #[test]
    fn the_cpu_reserves_nothing() {
        let budget = VramBudget::new(0);
        let held = budget.reserve(Device::Cpu, 1 << 40).unwrap();
        assert_eq!((budget.reserved(), held.bytes()), (0, 0));
    }
}
