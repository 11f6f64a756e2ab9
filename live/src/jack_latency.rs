//! Tells JACK how much later the voice comes out than it went in.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use jack::jack_sys;
use jack::{AudioIn, AudioOut, Client, LatencyType, Port, Unowned};

/// What JACK's latency callback needs.
#[derive(Debug)]
struct Reported {
    frames: Arc<AtomicU32>,
    input: Port<Unowned>,
    outputs: Vec<Port<Unowned>>,
}

impl Reported {
    /// What comes out is older than what comes in; what goes in is heard later than what goes out.
    fn answer(&self, mode: LatencyType) {
        let frames = self.frames.load(Relaxed);
        match mode {
            LatencyType::Capture => {
                let (lowest, highest) = self.input.get_latency_range(mode);
                for output in &self.outputs {
                    output.set_latency_range(mode, (lowest + frames, highest + frames));
                }
            }
            LatencyType::Playback => {
                let ranges = || self.outputs.iter().map(|port| port.get_latency_range(mode));
                let lowest = ranges().map(|range| range.0).min().unwrap_or(0);
                let highest = ranges().map(|range| range.1).max().unwrap_or(0);
                self.input
                    .set_latency_range(mode, (lowest + frames, highest + frames));
            }
        }
    }
}

/// What is reported to JACK, and may change. To be dropped after the client.
#[derive(Debug)]
pub struct JackLatency {
    frames: Arc<AtomicU32>,
    // Only kept alive: JACK's callback has its address.
    _reported: Box<Reported>,
}

impl JackLatency {
    /// Reports `frames` of latency between the ports of `client`, which is not active yet.
    pub fn report(
        client: &Client,
        input: &Port<AudioIn>,
        outputs: &[Port<AudioOut>],
        frames: u32,
    ) -> JackLatency {
        let frames = Arc::new(AtomicU32::new(frames));
        let reported = Box::new(Reported {
            frames: Arc::clone(&frames),
            input: input.clone_unowned(),
            outputs: outputs.iter().map(Port::clone_unowned).collect(),
        });
        let address = std::ptr::from_ref(&*reported).cast_mut().cast::<c_void>();
        // SAFETY: the client is open. The box stays where it is until the client is closed, since whoever holds
        // both drops it last, as the type demands; the callback only reads it.
        unsafe {
            jack_sys::jack_set_latency_callback(client.raw(), Some(on_latency), address);
        }
        JackLatency {
            frames,
            _reported: reported,
        }
    }

    /// Reports another latency.
    pub fn change(&self, client: &Client, frames: u32) {
        self.frames.store(frames, Relaxed);
        // SAFETY: the client is open, and this is no callback of JACK's.
        unsafe {
            jack_sys::jack_recompute_total_latencies(client.raw());
        }
    }
}

/// JACK asks for the latency.
unsafe extern "C" fn on_latency(
    mode: jack_sys::jack_latency_callback_mode_t,
    address: *mut c_void,
) {
    // SAFETY: the address is that of the box in `JackLatency`, which lives as long as the client.
    let reported = unsafe { &*address.cast::<Reported>() };
    reported.answer(match mode {
        jack_sys::JackCaptureLatency => LatencyType::Capture,
        _ => LatencyType::Playback,
    });
}
