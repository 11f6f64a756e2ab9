//! Where the model thread asks for voices and gets them.

use std::sync::Arc;

use crate::VoiceSlots;
use crate::lane::Lane;
use crate::voice_loader::{Delivery, Orders, Request};

/// Where the model thread asks for voices, gets them, and hands those back that it no longer needs.
pub struct VoiceDesk {
    orders: Arc<Orders>,
    voices: Arc<VoiceSlots>,
    /// What was asked for last; its slot changes with the settings, its identity with the slots.
    asked: Request,
    slot: u32,
    generation: u64,
    /// The number of the order that is under way.
    waiting: Option<u64>,
    /// The last order brought nothing: it may have been installed since.
    failed: bool,
    /// What was asked for last is not there any more.
    was_let_go: bool,
}

impl VoiceDesk {
    /// After `asked` was ordered for `slot`; `waiting` is the number of that order, if it is still under way.
    pub fn new(
        orders: Arc<Orders>,
        voices: Arc<VoiceSlots>,
        asked: Request,
        slot: u32,
        generation: u64,
        waiting: Option<u64>,
    ) -> VoiceDesk {
        VoiceDesk {
            orders,
            voices,
            asked,
            slot,
            generation,
            waiting,
            failed: false,
            was_let_go: false,
        }
    }

    /// The same, after an order that brought nothing.
    #[must_use]
    pub fn after_failure(self, failed: bool) -> VoiceDesk {
        VoiceDesk { failed, ..self }
    }

    /// Asks for the voice in `slot` with so many second voices, unless it was asked for last and not let go since; true
    /// if it was ordered.
    pub fn ask(&mut self, slot: u32, seconds: usize) -> bool {
        let generation = self.voices.generation();
        let more = seconds != self.asked.seconds;
        if slot == self.slot && generation == self.generation && !self.was_let_go && !more {
            return false;
        }
        self.slot = slot;
        self.generation = generation;
        let identity = self.voices.identity(slot);
        if identity == self.asked.identity && !self.failed && !self.was_let_go && !more {
            return false;
        }
        self.asked.seconds = seconds;
        self.asked.identity = identity;
        self.failed = false;
        self.was_let_go = false;
        self.waiting = Some(self.orders.place(self.asked.clone()));
        true
    }

    /// Whether a voice is under way.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// What arrived; an order that was overtaken by a later one is handed back unseen.
    pub fn take(&mut self) -> Option<Delivery> {
        // Without an order there is nothing to look for, and no lock to take.
        let waiting = self.waiting?;
        let delivery = self.orders.take()?;
        if delivery.number != waiting {
            if let Some(lane) = delivery.lane {
                self.orders.give_back(lane);
            }
            return None;
        }
        self.waiting = None;
        self.failed = delivery.lane.is_none();
        Some(delivery)
    }

    /// Hands a voice back, to be dropped elsewhere.
    pub fn give_back(&mut self, lane: Lane) {
        self.orders.give_back(lane);
    }

    /// Hands the voice that was asked for last back; the next time it is asked for, it is ordered again.
    pub fn let_go(&mut self, lane: Lane) {
        self.was_let_go = true;
        self.give_back(lane);
    }
}
