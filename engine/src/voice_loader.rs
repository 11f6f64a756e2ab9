//! Loads voices on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use syrinx_dsp::{SampleRate, Samples};
use syrinx_models::{LiveControls, Quality, Stream, StreamConfig};

use crate::engine_latency::LatencyPlan;
use crate::lane::{Lane, panic_text};
use crate::model_worker::STEP;
use crate::{Status, VoiceIdentity, VoiceLibrary, VoiceState};

/// Longest wait that is believed: far beyond any host's patience, and no overflow of the clock.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A voice that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which one; `None` is no voice.
    pub identity: Option<VoiceIdentity>,
    /// The host's rate.
    pub rate: SampleRate,
    /// The longest block.
    pub max_block: usize,
    /// Latency against sound and safety.
    pub quality: Quality,
    /// The delay that it is brought to.
    pub latency: Samples,
    /// How many second voices sing with it.
    pub seconds: usize,
}

/// What became of a request.
pub struct Delivery {
    /// The number of the order.
    pub number: u64,
    /// The voice; `None` where there is none, or it is missing or broken.
    pub lane: Option<Lane>,
}

/// Orders and deliveries; the latest order wins.
#[derive(Default)]
pub struct Orders {
    board: Mutex<Board>,
    changed: Condvar,
}

#[derive(Default)]
struct Board {
    placed: u64,
    request: Option<(u64, Request)>,
    delivery: Option<Delivery>,
    given_back: Vec<Lane>,
    /// Orders up to this number are not wanted any more.
    cancelled: u64,
    stop: bool,
}

impl Orders {
    /// Places an order, in the place of one that was not begun, and returns its number.
    pub fn place(&self, request: Request) -> u64 {
        let mut board = self.board.lock();
        board.placed += 1;
        let number = board.placed;
        board.request = Some((number, request));
        self.changed.notify_all();
        number
    }

    /// The delivery, if there is one.
    pub fn take(&self) -> Option<Delivery> {
        self.board.lock().delivery.take()
    }

    /// Waits for the delivery of order `number`, at most until `limit` has passed.
    pub fn wait_for(&self, number: u64, limit: Duration) -> Option<Delivery> {
        let now = Instant::now();
        let until = now.checked_add(limit.min(LONGEST_WAIT)).unwrap_or(now);
        let mut board = self.board.lock();
        loop {
            match board.delivery.take() {
                Some(delivery) if delivery.number == number => return Some(delivery),
                Some(Delivery {
                    lane: Some(lane), ..
                }) => board.given_back.push(lane),
                _ => {}
            }
            if self.changed.wait_until(&mut board, until).timed_out() {
                return board.delivery.take_if(|delivery| delivery.number == number);
            }
        }
    }

    /// Takes a voice back.
    pub fn give_back(&self, lane: Lane) {
        self.board.lock().given_back.push(lane);
        self.changed.notify_all();
    }

    /// Nobody waits any more for what was ordered so far: what has come of it is dropped, and what comes will be.
    pub fn cancel(&self) {
        let mut board = self.board.lock();
        board.cancelled = board.placed;
        board.request = None;
        if let Some(lane) = board.delivery.take().and_then(|delivery| delivery.lane) {
            board.given_back.push(lane);
        }
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.board.lock().stop = true;
        self.changed.notify_all();
    }

    /// Waits for work; `None` when it is over.
    fn next(&self) -> Option<Work> {
        let mut board = self.board.lock();
        loop {
            if board.stop {
                return None;
            }
            if !board.given_back.is_empty() {
                return Some(Work::Drop(std::mem::take(&mut board.given_back)));
            }
            if let Some((number, request)) = board.request.take() {
                return Some(Work::Load(number, Box::new(request)));
            }
            self.changed.wait(&mut board);
        }
    }

    fn deliver(&self, delivery: Delivery) {
        let mut board = self.board.lock();
        if delivery.number <= board.cancelled {
            board.given_back.extend(delivery.lane);
            return;
        }
        if let Some(Delivery {
            lane: Some(lane), ..
        }) = board.delivery.replace(delivery)
        {
            board.given_back.push(lane);
        }
        self.changed.notify_all();
    }
}

enum Work {
    Load(u64, Box<Request>),
    Drop(Vec<Lane>),
}

/// Loads voices on a thread of its own, which sleeps without orders and is joined on drop. A load that is under
/// way then is finished first: networks cannot be loaded by halves.
pub struct VoiceLoader {
    orders: Arc<Orders>,
    thread: Option<JoinHandle<()>>,
}

impl VoiceLoader {
    /// Starts the thread.
    pub fn start(library: &Arc<VoiceLibrary>, status: &Arc<Status>) -> VoiceLoader {
        let orders = Arc::new(Orders::default());
        let desk = Desk {
            orders: Arc::clone(&orders),
            library: Arc::clone(library),
            status: Arc::clone(status),
        };
        let thread = thread::Builder::new()
            .name("syrinx-loader".to_owned())
            .spawn(move || desk.work());
        if let Err(error) = &thread {
            status.set_voice_state(VoiceState::Failed);
            status.set_notice(Some(format!("no thread to load voices on: {error}")));
        }
        VoiceLoader {
            orders,
            thread: thread.ok(),
        }
    }

    /// Where it is asked.
    pub fn orders(&self) -> &Arc<Orders> {
        &self.orders
    }
}

impl Drop for VoiceLoader {
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
    orders: Arc<Orders>,
    library: Arc<VoiceLibrary>,
    status: Arc<Status>,
}

impl Desk {
    fn work(&self) {
        while let Some(work) = self.orders.next() {
            match work {
                Work::Drop(lanes) => {
                    // What a network does in its end is not worth the loader's life.
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(lanes)));
                }
                Work::Load(number, request) => {
                    let lane = self.load_or_complain(&request);
                    self.orders.deliver(Delivery { number, lane });
                }
            }
        }
    }

    /// As [`Desk::load`], where a panic is one more way to fail: whoever waits must get an answer.
    fn load_or_complain(&self, request: &Request) -> Option<Lane> {
        catch_unwind(AssertUnwindSafe(|| self.load(request))).unwrap_or_else(|panic| {
            let text = panic_text(panic.as_ref());
            let notice =
                format!("the voice panicked while it was loaded: {text}; the dry signal is heard");
            self.tell(VoiceState::Failed, Some(notice));
            None
        })
    }

    /// Loads a voice and says what became of it.
    fn load(&self, request: &Request) -> Option<Lane> {
        let Some(identity) = &request.identity else {
            self.tell(VoiceState::None, None);
            return None;
        };
        self.status.set_voice_state(VoiceState::Loading);
        match self.open(identity, request) {
            Ok((lane, notice)) => {
                let state = match &lane {
                    Some(_) => VoiceState::Ready,
                    None => VoiceState::Loading,
                };
                self.tell(state, notice);
                lane
            }
            Err(reason) => {
                self.tell(
                    VoiceState::Failed,
                    Some(format!("{reason}; the dry signal is heard")),
                );
                None
            }
        }
    }

    fn tell(&self, state: VoiceState, notice: Option<String>) {
        self.status.set_voice_state(state);
        self.status.set_notice(notice);
    }

    /// The voice, and what a user should know about it. A voice that needs more latency than there is comes with
    /// the restart that it asks for.
    fn open(
        &self,
        identity: &VoiceIdentity,
        request: &Request,
    ) -> Result<(Option<Lane>, Option<String>), String> {
        let found = self.library.find(identity)?;
        let voice = self.library.load(&found.bundle)?;
        let backend = self.library.backend(&found.bundle)?;
        *self.status.backend.lock() = Some(backend.to_string());
        let wanted = LatencyPlan::of(
            &found.bundle,
            request.rate,
            request.max_block,
            request.quality,
        )?;
        if wanted.stream != request.latency {
            self.status.ask_for_restart();
        }
        let stream = || {
            let converter = voice
                .live(&LiveControls::default(), request.quality)
                .map_err(|error| format!("{}: {error}", identity.name))?;
            Stream::new(converter, StreamConfig::new(request.rate, STEP))
                .map_err(|error| format!("{}: {error}", identity.name))
        };
        let seconds = (0..request.seconds).map(|_| stream());
        let seconds = seconds.collect::<Result<Vec<Stream>, String>>()?;
        match Lane::new(stream()?, request.latency) {
            Ok(lane) => {
                let lane = lane.with_seconds(seconds, request.rate);
                Ok((Some(lane.of(voice)), found.notice))
            }
            Err(_) => Ok((
                None,
                Some(format!(
                    "{} needs a longer latency: it is heard after the host restarts the plugin",
                    identity.name
                )),
            )),
        }
    }
}
