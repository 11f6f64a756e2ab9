//! Measures the way from an output to an input: sends clicks and listens.

use std::io::Write;
use std::time::{Duration, Instant};

use cpal::traits::StreamTrait;
use rtrb::{Consumer, Producer, RingBuffer};
use serde_json::json;
use syrinx_engine::{Engine, Settings};

use crate::args::{Backend, LatencyArgs};
use crate::cpal_devices::Devices;
use crate::cpal_rig::{Chosen, CpalConfig, choose};
use crate::cpal_streams::{InputChannel, open_input, open_output};
use crate::device_list::Role;
use crate::error::LiveError;
use crate::round_trip::{Capture, INTERVAL, RoundTrip, click};

/// Silence before the first click, in which devices find their pace.
const BEFORE: f64 = 1.0;

/// Seconds that the rings hold; they are emptied every 50 ms.
const IN_HAND: usize = 2;

/// A block of the input: how many samples, and when, in seconds.
type Stamp = (usize, f64);

/// What the callbacks hand over.
struct Heard {
    samples: Consumer<f32>,
    stamps: Consumer<Stamp>,
    sent: Consumer<f64>,
}

/// What the input's callback has.
struct Ear {
    samples: Producer<f32>,
    stamps: Producer<Stamp>,
    epoch: Instant,
}

/// What the output's callback has.
struct Mouth {
    click: Vec<f32>,
    at: usize,
    /// Where in time the next click begins, in samples.
    next: usize,
    interval: usize,
    left: usize,
    sent: Producer<f64>,
    rate: f64,
    epoch: Instant,
}

impl Ear {
    fn hear(&mut self, block: &[f32]) {
        // A ring that is full has nobody who listens any more.
        if self.samples.slots() < block.len() || self.stamps.is_full() {
            return;
        }
        let _ = self
            .stamps
            .push((block.len(), self.epoch.elapsed().as_secs_f64()));
        for sample in block {
            let _ = self.samples.push(*sample);
        }
    }
}

impl Mouth {
    fn speak(&mut self, block: &mut [f32]) {
        let now = self.epoch.elapsed().as_secs_f64();
        for (offset, sample) in block.iter_mut().enumerate() {
            if self.at == self.next && self.left > 0 {
                let _ = self.sent.push(now + offset as f64 / self.rate);
            }
            let into = self.at.checked_sub(self.next).filter(|_| self.left > 0);
            *sample = into
                .and_then(|into| self.click.get(into))
                .copied()
                .unwrap_or(0.0);
            self.at += 1;
            if into == Some(self.click.len()) {
                self.next += self.interval;
                self.left -= 1;
            }
        }
    }
}

/// Measures and prints.
///
/// # Errors
/// If the devices are not to be had, or the clicks were not heard.
pub(crate) fn run(args: &LatencyArgs, out: &mut dyn Write) -> Result<(), LiveError> {
    if args.backend == Backend::Jack {
        return Err(LiveError::Backend {
            name: "jack",
            problem: "its own jack_iodelay measures this; here the system's devices are measured"
                .to_owned(),
        });
    }
    let devices = Devices::of(args.backend)?;
    let config = CpalConfig {
        backend: args.backend,
        input: args.input.clone(),
        input_channel: InputChannel::Mean,
        output: args.output.clone(),
        monitor: None,
        monitor_may_miss: false,
        rate: args.rate,
        block: args.block,
        safety: Duration::ZERO,
        quality: args.quality.into(),
        reserve: Duration::ZERO,
        settings: Settings::default(),
    };
    let output = choose(&devices, Role::Output, args.output.as_deref(), &config)?;
    let rate = output.opening.config.sample_rate;
    let at_rate = CpalConfig {
        rate: Some(rate),
        ..config
    };
    let input = choose(&devices, Role::Input, args.input.as_deref(), &at_rate)?;
    if input.opening.config.sample_rate != rate {
        return Err(LiveError::Measure(format!(
            "expected devices of one rate, found {rate} and {} Hz; --rate may name one that both have",
            input.opening.config.sample_rate
        )));
    }
    let trip = measure(&input, &output, rate, usize::from(args.clicks))?;
    let block = output.opening.block;
    let quality = args.quality.into();
    let engine = Engine::new()
        .latency_for(f64::from(rate), block as usize, quality, 0)
        .ms();
    if args.json {
        let line = json!({
            "event": "latency", "input": input.name, "output": output.name, "rate": rate, "block": block,
            "devices": trip, "engine_ms": engine, "total_ms": trip.median_ms + engine,
        });
        writeln!(out, "{line}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{} -> {}; {rate} Hz, blocks of {block}",
        output.name, input.name
    )?;
    writeln!(
        out,
        "devices {:>6.1} ms  measured: the median of {} clicks of {} that were heard, {:.1} to {:.1} ms",
        trip.median_ms, trip.heard, trip.sent, trip.shortest_ms, trip.longest_ms
    )?;
    writeln!(
        out,
        "engine  {engine:>6.1} ms  reported, for the default voice"
    )?;
    writeln!(out, "sum     {:>6.1} ms", trip.median_ms + engine)?;
    Ok(())
}

fn measure(
    input: &Chosen,
    output: &Chosen,
    rate: u32,
    clicks: usize,
) -> Result<RoundTrip, LiveError> {
    let epoch = Instant::now();
    let (samples, heard_samples) = RingBuffer::new(rate as usize * IN_HAND);
    let (stamps, heard_stamps) = RingBuffer::new(rate as usize / 16 * IN_HAND);
    let (sent, heard_sent) = RingBuffer::new(clicks);
    let mut ear = Ear {
        samples,
        stamps,
        epoch,
    };
    let mut mouth = Mouth {
        click: click(rate),
        at: 0,
        next: (BEFORE * f64::from(rate)) as usize,
        interval: (INTERVAL * f64::from(rate)) as usize,
        left: clicks,
        sent,
        rate: f64::from(rate),
        epoch,
    };
    let (failed, failures) = std::sync::mpsc::channel();
    let on_error = |chosen: &Chosen| {
        let (failed, name) = (failed.clone(), chosen.name.clone());
        move |error: cpal::Error| {
            use cpal::ErrorKind::{BackendError, DeviceChanged, RealtimeDenied, Xrun};
            // What may pass costs a click at most, and clicks that were not heard are told.
            let passes = [Xrun, RealtimeDenied, DeviceChanged, BackendError];
            if !passes.contains(&error.kind()) {
                // Where nobody listens any more, the measurement is over.
                let _ = failed.send(format!("{name}: {error}"));
            }
        }
    };
    let listens = open_input(
        &input.device,
        &input.opening,
        InputChannel::Mean,
        move |block, _| ear.hear(block),
        on_error(input),
    );
    let listens = listens.map_err(|error| input.refused(error))?;
    let speaks = open_output(
        &output.device,
        &output.opening,
        move |block, _| mouth.speak(block),
        on_error(output),
    );
    let speaks = speaks.map_err(|error| output.refused(error))?;
    listens.play().map_err(|error| input.refused(error))?;
    speaks.play().map_err(|error| output.refused(error))?;
    let heard = Heard {
        samples: heard_samples,
        stamps: heard_stamps,
        sent: heard_sent,
    };
    let (sent, capture) = listen(heard, clicks, &failures)?;
    RoundTrip::of(&sent, &capture, rate).ok_or_else(|| {
        LiveError::Measure(format!(
            "none of {} clicks came back within {INTERVAL} s (expected a cable or loopback from {} to {}; is the volume \
             up?)",
            sent.len(),
            output.name,
            input.name
        ))
    })
}

/// Collects what comes until all clicks had time to come.
fn listen(
    mut heard: Heard,
    clicks: usize,
    failures: &std::sync::mpsc::Receiver<String>,
) -> Result<(Vec<f64>, Capture), LiveError> {
    let start = Instant::now();
    // Devices may take a second or two to begin.
    let limit = Duration::from_secs_f64(BEFORE + (clicks + 1) as f64 * INTERVAL + 3.0);
    let mut sent: Vec<f64> = Vec::new();
    let mut capture = Capture::default();
    let mut last_sent = Instant::now();
    while start.elapsed() < limit
        && (sent.len() < clicks || last_sent.elapsed().as_secs_f64() < INTERVAL)
    {
        std::thread::sleep(Duration::from_millis(50));
        if let Ok(failure) = failures.try_recv() {
            return Err(LiveError::Measure(failure));
        }
        while let Ok(time) = heard.sent.pop() {
            sent.push(time);
            last_sent = Instant::now();
        }
        while let Ok((length, time)) = heard.stamps.pop() {
            capture.blocks.push((capture.samples.len(), time));
            for _ in 0..length {
                // The samples follow their stamp; the callback may be just writing them.
                let sample = loop {
                    match heard.samples.pop() {
                        Ok(sample) => break sample,
                        Err(_) => std::thread::yield_now(),
                    }
                };
                capture.samples.push(sample);
            }
        }
    }
    Ok((sent, capture))
}
