//! How much device memory pipelines may take together.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Device, card};
use crate::error::LoadError;

/// A bound on the memory that pipelines hold together on each card.
///
/// Every pipeline reserves what it is estimated to need ([`crate::VoiceMemory`]) before it loads, and gives it back when
/// it is dropped. What CUDA itself takes of a card is not counted.
#[derive(Clone, Debug)]
pub struct VramBudget {
    limit: Option<u64>,
    cards: Arc<Mutex<HashMap<Device, Card>>>,
}

/// One card's account, in bytes.
#[derive(Clone, Copy, Debug)]
struct Card {
    limit: u64,
    reserved: u64,
}

/// Device memory that is held as long as this lives.
#[derive(Debug)]
#[must_use = "dropping a reservation gives it back"]
pub struct Reservation {
    bytes: u64,
    device: Device,
    cards: Arc<Mutex<HashMap<Device, Card>>>,
}

impl VramBudget {
    /// A budget of `limit` bytes on each card. Without a limit it is what the card has free when something is first
    /// reserved there; where the driver does not tell that, there is no bound.
    pub fn new(limit: Option<u64>) -> VramBudget {
        VramBudget {
            limit,
            cards: Arc::default(),
        }
    }

    /// Reserves `bytes` on `device`. The CPU has main memory: there nothing is reserved and nothing refused.
    ///
    /// # Errors
    /// If less than that is left.
    pub fn reserve(&self, device: Device, bytes: u64) -> Result<Reservation, LoadError> {
        let held = |bytes| Reservation {
            bytes,
            device,
            cards: Arc::clone(&self.cards),
        };
        if device == Device::Cpu {
            return Ok(held(0));
        }
        let mut cards = self.cards.lock().unwrap_or_else(PoisonError::into_inner);
        let card = cards.entry(device).or_insert_with(|| Card {
            limit: self.limit.or_else(card::free).unwrap_or(u64::MAX),
            reserved: 0,
        });
        let left = card.limit - card.reserved;
        if bytes > left {
            return Err(LoadError::Vram {
                device,
                wanted: bytes,
                left,
                limit: card.limit,
            });
        }
        card.reserved += bytes;
        Ok(held(bytes))
    }

    /// Bytes that are reserved on `device` now.
    pub fn reserved(&self, device: Device) -> u64 {
        let cards = self.cards.lock().unwrap_or_else(PoisonError::into_inner);
        cards.get(&device).map_or(0, |card| card.reserved)
    }

    /// Bytes that may be reserved on each card, if that was set.
    pub fn limit(&self) -> Option<u64> {
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
        let mut cards = self.cards.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(card) = cards.get_mut(&self.device) {
            card.reserved -= self.bytes;
        }
    }
}

/// A number of bytes in megabytes, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Megabytes(pub(crate) u64);

impl fmt::Display for Megabytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MB", (self.0 + 500_000) / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;
    const FIRST: Device = Device::Cuda(0);

    #[test]
    fn a_reservation_is_given_back_when_dropped() {
        let budget = VramBudget::new(Some(100 * MB));
        let first = budget.reserve(FIRST, 60 * MB).unwrap();
        assert_eq!((budget.reserved(FIRST), first.bytes()), (60 * MB, 60 * MB));
        let refused = budget.reserve(FIRST, 41 * MB).unwrap_err().to_string();
        assert_eq!(
            refused,
            "cuda:0: 41 MB of its memory are needed and 40 MB are free, of 100 MB that may be used; unload another \
             voice, choose the device cpu, or raise the limit"
        );
        assert_eq!(budget.reserved(FIRST), 60 * MB, "a refusal takes nothing");
        let second = budget.clone().reserve(FIRST, 40 * MB).unwrap();
        drop(first);
        assert_eq!(budget.reserved(FIRST), 40 * MB);
        drop(second);
        assert_eq!(budget.reserved(FIRST), 0);
    }

    #[test]
    fn every_card_has_an_account_of_its_own() {
        let budget = VramBudget::new(Some(100));
        let first = budget.reserve(FIRST, 80).unwrap();
        let second = budget.reserve(Device::Cuda(1), 90).unwrap();
        assert!(budget.reserve(FIRST, 21).is_err());
        drop(second);
        assert_eq!(budget.reserved(FIRST), 80);
        drop(first);
    }

    #[test]
    fn the_cpu_reserves_nothing() {
        let budget = VramBudget::new(Some(0));
        let held = budget.reserve(Device::Cpu, 1 << 40).unwrap();
        assert_eq!((budget.reserved(Device::Cpu), held.bytes()), (0, 0));
    }

    #[test]
    fn bytes_are_told_in_megabytes() {
        assert_eq!(Megabytes(1_499_999).to_string(), "1 MB");
        assert_eq!(Megabytes(1_500_000).to_string(), "2 MB");
        assert_eq!(Megabytes(12_345_678_901).to_string(), "12346 MB");
    }
}
