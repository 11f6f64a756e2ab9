//! Speaks ordered lines on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use syrinx_dsp::SampleRate;

use super::cue::SpeechControls;
use super::line_speaker::LineSpeaker;
use super::orders::{Order, SpeechOrders, Work};
use crate::Status;
use crate::denormals::without_denormals;
use crate::lane::panic_text;

/// Seconds that are spoken ahead of what is heard: a busy machine's worst pause many times over, and little memory.
const AHEAD_SECONDS: usize = 2;

/// The rate of the words that nobody hears; any would do.
const WARM_RATE: SampleRate = SampleRate::of(48_000);

/// Speaks ordered lines on a thread of its own, which sleeps without orders and is joined on drop. It keeps its voice
/// once it has loaded it.
///
/// It has no priority of its own: it runs seconds ahead, and what it must not do is hold up the model thread.
pub struct Narrator {
    orders: Arc<SpeechOrders>,
    thread: Option<JoinHandle<()>>,
}

impl Narrator {
    /// Starts the thread.
    pub fn start(status: &Arc<Status>) -> Narrator {
        let orders = Arc::new(SpeechOrders::default());
        let mut desk = Desk {
            orders: Arc::clone(&orders),
            status: Arc::clone(status),
            speaker: None,
        };
        let thread = thread::Builder::new()
            .name("syrinx-speech".to_owned())
            .spawn(move || without_denormals(|| desk.work()));
        if let Err(error) = &thread {
            status.set_speech_notice(Some(format!("no thread to speak on: {error}")));
            orders.settle();
            orders.stop();
        }
        Narrator {
            orders,
            thread: thread.ok(),
        }
    }

    /// Where it is asked.
    pub fn orders(&self) -> &Arc<SpeechOrders> {
        &self.orders
    }
}

impl Drop for Narrator {
    fn drop(&mut self) {
        self.orders.stop();
        if let Some(thread) = self.thread.take() {
            // It catches what panics; there is nothing to tell beyond that.
            let _ = thread.join();
        }
    }
}

/// The thread's own side.
struct Desk {
    orders: Arc<SpeechOrders>,
    status: Arc<Status>,
    speaker: Option<LineSpeaker>,
}

impl Desk {
    fn work(&mut self) {
        while let Some(work) = self.orders.next() {
            match work {
                Work::WarmUp => {
                    if let Err(reason) = self.guarded(|desk| desk.speaker().map(|_| ())) {
                        self.status.set_speech_notice(Some(reason));
                    }
                    self.orders.settle();
                }
                Work::Speak(order) => {
                    let told = match self.guarded(|desk| desk.speak(&order)) {
                        Ok(()) => None,
                        Err(reason) => Some(format!("line {}: {reason}", order.line + 1)),
                    };
                    self.status.set_speech_notice(told);
                    order.narration.finish();
                    order.bell.ring();
                }
            }
        }
    }

    /// A panic is one more way to fail: whoever waits must get an answer.
    fn guarded(
        &mut self,
        work: impl FnOnce(&mut Desk) -> Result<(), String>,
    ) -> Result<(), String> {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|panic| {
            self.speaker = None;
            let text = panic_text(panic.as_ref());
            Err(format!("the speaking voice panicked: {text}"))
        })
    }

    /// The voice, loaded at the first wish for it and warm: its first words take longer than the others, since tables
    /// are made then.
    fn speaker(&mut self) -> Result<&mut LineSpeaker, String> {
        if self.speaker.is_none() {
            let mut speaker = LineSpeaker::load()
                .map_err(|reason| format!("the speaking voice cannot be loaded: {reason}"))?;
            speaker.speak("Ready.", &SpeechControls::default(), WARM_RATE, |_| true)?;
            self.speaker = Some(speaker);
        }
        self.speaker
            .as_mut()
            .ok_or_else(|| "no speaking voice".to_owned())
    }

    fn speak(&mut self, order: &Order) -> Result<(), String> {
        if !order.narration.is_wanted() {
            return Ok(());
        }
        let ahead = AHEAD_SECONDS * order.rate.hz() as usize;
        let mut left_out = order.left_out;
        let speaker = self.speaker()?;
        speaker.speak(&order.text, &order.controls, order.rate, |samples| {
            let start = left_out.min(samples.len());
            left_out -= start;
            order.narration.give(&samples[start..]);
            order.bell.ring();
            order.narration.wait_for_room(ahead)
        })
    }
}
