//! Puts an input, an output and a monitor together, and what crosses between them.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use cpal::traits::StreamTrait;
use cpal::{Error, ErrorKind, Stream};
use syrinx_dsp::{Decibels, SampleRate};

use super::{Chosen, CpalConfig, Hardware};
use crate::counts::Counts;
use crate::cpal_streams::{InputChannel, LONGEST, open_input, open_output};
use crate::device_list::Role;
use crate::drift::{DriftConfig, DriftReader, DriftState, DriftWriter, drift_buffer};
use crate::error::LiveError;

/// Errors that wait to be read. A device that is gone tells of it without end, and the first ones say it all.
const ERRORS: usize = 16;

/// What is put together while streams are opened.
pub(super) struct Wiring {
    rate: SampleRate,
    safety: Duration,
    /// All callbacks count time from here.
    epoch: Instant,
    counts: Arc<Counts>,
    pub(super) hardware: Arc<Hardware>,
    pub(super) streams: Vec<Stream>,
    pub(super) monitor: Option<Stream>,
    pub(super) drifts: Vec<(&'static str, Arc<DriftState>)>,
    from_input: Option<DriftReader>,
    to_monitor: Option<DriftWriter>,
    error_sender: SyncSender<(Role, String, Error)>,
    pub(super) errors: Receiver<(Role, String, Error)>,
}

impl Wiring {
    pub(super) fn new(rate: SampleRate, config: &CpalConfig, counts: &Arc<Counts>) -> Wiring {
        let (error_sender, errors) = sync_channel(ERRORS);
        Wiring {
            rate,
            safety: config.safety,
            epoch: Instant::now(),
            counts: Arc::clone(counts),
            hardware: Arc::default(),
            streams: Vec::new(),
            monitor: None,
            drifts: Vec::new(),
            from_input: None,
            to_monitor: None,
            error_sender,
            errors,
        }
    }

    /// What a stream does with its errors. It is called between callbacks, not within them.
    fn on_error(&self, chosen: &Chosen) -> impl FnMut(Error) + Send + 'static {
        let (counts, sender) = (Arc::clone(&self.counts), self.error_sender.clone());
        let (role, name) = (chosen.role, chosen.name.clone());
        move |error| match error.kind() {
            // A device that is busy for a moment goes on; one that stays so is found standing still.
            ErrorKind::Xrun | ErrorKind::DeviceBusy => counts.count_xrun(),
            // Told once at the start, and visible in the counts; the sound goes on.
            ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
            // Where nobody listens any more, the program ends.
            _ => drop(sender.try_send((role, name.clone(), error))),
        }
    }

    fn crossing(
        &mut self,
        name: &'static str,
        from: SampleRate,
        to: SampleRate,
    ) -> Result<(DriftWriter, DriftReader), LiveError> {
        let config = DriftConfig {
            from,
            to,
            safety: self.safety,
        };
        let (writer, reader, state) = drift_buffer(config)?;
        self.drifts.push((name, state));
        Ok((writer, reader))
    }

    pub(super) fn input(
        &mut self,
        chosen: &Chosen,
        channel: InputChannel,
    ) -> Result<(), LiveError> {
        let from = SampleRate::new(chosen.opening.config.sample_rate);
        let from = from.ok_or_else(|| chosen.refused("no rate"))?;
        let (mut writer, reader) = self.crossing("input", from, self.rate)?;
        self.from_input = Some(reader);
        let (epoch, hardware) = (self.epoch, Arc::clone(&self.hardware));
        let take = move |block: &[f32], age: Duration| {
            // The block itself is in hand already; what is older is the device's own delay.
            let block_us = block.len() as u64 * 1_000_000 / u64::from(from.hz());
            let own = (age.as_micros() as u64).saturating_sub(block_us);
            hardware.input.store(own as u32, Relaxed);
            hardware.input_calls.fetch_add(1, Relaxed);
            writer.write(block.iter().copied(), epoch.elapsed());
        };
        let stream = open_input(
            &chosen.device,
            &chosen.opening,
            channel,
            take,
            self.on_error(chosen),
        );
        self.streams
            .push(stream.map_err(|error| chosen.refused(error))?);
        Ok(())
    }

    pub(super) fn monitor(&mut self, chosen: &Chosen, gain: Decibels) -> Result<(), LiveError> {
        let to = SampleRate::new(chosen.opening.config.sample_rate);
        let to = to.ok_or_else(|| chosen.refused("no rate"))?;
        let (writer, mut reader) = self.crossing("monitor", self.rate, to)?;
        self.to_monitor = Some(writer);
        let (epoch, gain) = (self.epoch, gain.to_amplitude());
        let give = move |block: &mut [f32], _: Duration| {
            reader.read(block, epoch.elapsed());
            for sample in block {
                *sample *= gain;
            }
        };
        let stream = open_output(&chosen.device, &chosen.opening, give, self.on_error(chosen));
        self.monitor = Some(stream.map_err(|error| chosen.refused(error))?);
        Ok(())
    }

    pub(super) fn output(
        &mut self,
        chosen: &Chosen,
        mut side: crate::AudioSide,
    ) -> Result<(), LiveError> {
        let (mut from_input, mut to_monitor) = (self.from_input.take(), self.to_monitor.take());
        let (epoch, hardware) = (self.epoch, Arc::clone(&self.hardware));
        let mut started = false;
        let give = move |block: &mut [f32], ahead: Duration| {
            hardware.output.store(ahead.as_micros() as u32, Relaxed);
            hardware.output_calls.fetch_add(1, Relaxed);
            let now = epoch.elapsed();
            match &mut from_input {
                Some(reader) => reader.read(block, now),
                None => block.fill(0.0),
            }
            // Devices fill their buffers at the start by calls in quick succession, with which no engine keeps up;
            // until there is input, there is nothing to convert either.
            started |= from_input.as_ref().is_none_or(DriftReader::is_running);
            if started {
                side.process(block);
            }
            if let Some(writer) = &mut to_monitor {
                writer.write(block.iter().copied(), now);
            }
        };
        let stream = open_output(&chosen.device, &chosen.opening, give, self.on_error(chosen));
        let stream = stream.map_err(|error| chosen.refused(error))?;
        // Some systems choose blocks of their own; known now, they need no restart later.
        if let Ok(block) = stream.buffer_size()
            && (1..=LONGEST as u32).contains(&block)
            && block > chosen.opening.block
        {
            self.counts.want_block(block);
        }
        self.streams.push(stream);
        Ok(())
    }
}
