//! A voice on the model thread, brought to the latency of the engine.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use syrinx_dsp::{DelayLine, SampleRate, Samples};
use syrinx_models::{PitchFrame, RunError, Stream, Voice};

use crate::command::ModelSettings;
use crate::second_voice::SecondVoice;

/// A stream whose output is delayed to the latency that was fixed at activation, so that voices of different
/// latencies can take turns; with the second voices that sing beside it.
pub struct Lane {
    stream: Stream,
    seconds: Vec<SecondVoice>,
    pad: DelayLine,
    /// Keeps the voice loaded for other instances as long as it is heard here.
    voice: Option<Arc<Voice>>,
}

impl Lane {
    /// Brings `stream` to `latency`; gives it back if it is later than that.
    ///
    /// # Errors
    /// If the stream's own latency is longer.
    pub fn new(stream: Stream, latency: Samples) -> Result<Lane, Box<Stream>> {
        match latency.0.checked_sub(stream.latency().0) {
            Some(rest) => Ok(Lane {
                stream,
                seconds: Vec::new(),
                pad: DelayLine::new(Samples(rest)),
                voice: None,
            }),
            None => Err(Box::new(stream)),
        }
    }

    /// The same, of `voice`, which stays loaded with it.
    #[must_use]
    pub fn of(self, voice: Arc<Voice>) -> Lane {
        Lane {
            voice: Some(voice),
            ..self
        }
    }

    /// The same, with streams of the same voice for the second voices; all have its latency. `rate` is the host's.
    #[must_use]
    pub fn with_seconds(self, streams: Vec<Stream>, rate: SampleRate) -> Lane {
        let second = |stream| SecondVoice::new(stream, rate);
        Lane {
            seconds: streams.into_iter().map(second).collect(),
            ..self
        }
    }

    /// The voice that it is of, where that is known.
    pub fn voice(&self) -> Option<&Arc<Voice>> {
        self.voice.as_ref()
    }

    /// Takes new settings up. Second voices beyond those that it was made with are not heard.
    pub fn set(&mut self, settings: &ModelSettings) {
        self.stream.set_controls(&settings.controls);
        self.stream.set_gate(settings.gate);
        self.stream.set_loudness(settings.loudness);
        let mut sounding = settings.harmony.sounding();
        for (place, second) in self.seconds.iter_mut().enumerate() {
            second.set(place, sounding.next(), settings);
        }
    }

    /// Samples that can be processed without running a network.
    pub fn until_chunk(&self) -> usize {
        self.stream.until_chunk()
    }

    /// The pitch of the chunk converted last, one frame for each 10 ms.
    pub fn pitch(&self) -> &[PitchFrame] {
        self.stream.pitch()
    }

    /// Converts a block in place.
    ///
    /// # Errors
    /// In words, if a network fails or panics. The lane is then useless.
    pub fn process(&mut self, block: &mut [f32]) -> Result<(), String> {
        let (stream, seconds) = (&mut self.stream, &mut self.seconds);
        let run = catch_unwind(AssertUnwindSafe(|| {
            for second in seconds.iter_mut() {
                second.hear(block)?;
            }
            stream.process(block)
        }));
        for second in &mut self.seconds {
            second.add_to(block);
        }
        self.pad.process(block);
        match run {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(describe(&error)),
            Err(panic) => Err(format!("it panicked: {}", panic_text(panic.as_ref()))),
        }
    }

    /// Forgets the past.
    pub fn reset(&mut self) {
        self.stream.reset();
        for second in &mut self.seconds {
            second.reset();
        }
        self.pad.reset();
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message")
}

fn describe(error: &RunError) -> String {
    error.to_string()
}
