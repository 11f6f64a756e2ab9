//! Runs both ends of a bridge on a clock that counts samples, so that nothing depends on the machine's speed.

use std::sync::Arc;
use std::time::Duration;

use syrinx_dsp::{SampleRate, Samples};
use syrinx_engine::{
    AudioEnd, BridgeConfig, Lane, ModelSettings, ModelWorker, NextStep, Pace, Pull, Status,
    WorkerConfig, bridge,
};
use syrinx_models::{Converter, Stream, StreamConfig};

/// How long a chunk takes, in samples, by its number.
pub type Cost = Box<dyn FnMut(u64) -> u64>;

/// Both ends of a bridge, and a worker whose chunks take as long as told.
///
/// A callback comes when its samples have been captured; a chunk that is ready at that moment is in time.
pub struct VirtualEngine {
    /// The audio side.
    pub audio: AudioEnd,
    /// What both sides tell.
    pub status: Arc<Status>,
    worker: ModelWorker,
    cost: Cost,
    chunks: u64,
    /// Now, in samples.
    now: u64,
    /// When the worker has nothing to do any more.
    free_at: u64,
    /// When the chunk under way is done.
    done_at: Option<u64>,
    latency: usize,
}

impl VirtualEngine {
    /// Around `converter`, with the audio side `lead` samples behind the stream.
    pub fn new(
        converter: Box<dyn Converter>,
        rate: SampleRate,
        max_block: usize,
        lead: usize,
        cost: Cost,
    ) -> VirtualEngine {
        let stream = Stream::new(converter, StreamConfig::new(rate, 256)).expect("usual rates");
        let latency = stream.latency();
        let status = Arc::new(Status::default());
        let config = BridgeConfig {
            rate: f64::from(rate.hz()),
            max_block,
            lead,
            pace: Pace::Realtime,
        };
        let (audio, model) = bridge(&config, &status);
        let config = WorkerConfig {
            rate,
            latency,
            deadline: Duration::from_millis(5),
            hold_while_loading: false,
        };
        let lane = Lane::new(stream, latency).ok().expect("its own latency");
        let settings = ModelSettings::default();
        VirtualEngine {
            audio,
            worker: ModelWorker::new(config, model, &status, settings, Some(lane)),
            status,
            cost,
            chunks: 0,
            now: 0,
            free_at: 0,
            done_at: None,
            latency: latency.0 + lead,
        }
    }

    /// The whole delay.
    pub fn latency(&self) -> Samples {
        Samples(self.latency)
    }

    /// Hands a block over, once its samples have been captured, and takes the output in place.
    pub fn callback(&mut self, block: &mut [f32]) -> Pull {
        let arrival = self.now;
        self.now += block.len() as u64;
        self.work(arrival);
        let input = block.to_vec();
        self.audio.process(&input, block)
    }

    /// Lets the worker do what it can until now; what it has not begun yet came at `arrival`.
    fn work(&mut self, arrival: u64) {
        loop {
            if self.worker.is_chunk_next() {
                let done = *self.done_at.get_or_insert_with(|| {
                    self.chunks += 1;
                    arrival.max(self.free_at) + (self.cost)(self.chunks - 1)
                });
                if done > self.now {
                    return;
                }
                self.free_at = done;
                self.done_at = None;
                self.worker.step();
            } else if self.worker.step() == NextStep::Wait {
                return;
            }
        }
    }

    /// Runs `signal` through in blocks of the given lengths, over and over; counts what was missing.
    pub fn run(&mut self, signal: &[f32], blocks: &[usize]) -> (Vec<f32>, usize) {
        let mut output = signal.to_vec();
        let (mut start, mut missing) = (0, 0);
        for &length in blocks.iter().cycle() {
            if start == output.len() {
                break;
            }
            let end = output.len().min(start + length);
            missing += self.callback(&mut output[start..end]).missing;
            start = end;
        }
        (output, missing)
    }
}
