//! The control side: starts and stops what converts.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use syrinx_dsp::{LimiterConfig, SampleRate, Samples, TruePeakLimiter};
use syrinx_models::{Quality, VoiceBundle};

use crate::audio_path::CHANNELS;
use crate::bridge::{BridgeConfig, bridge};
use crate::clean_input::CleanInput;
use crate::command::ModelSettings;
use crate::doorbell::Doorbell;
use crate::engine_latency::LatencyPlan;
use crate::feedback_guard::FeedbackGuard;
use crate::model_thread::ModelThread;
use crate::model_worker::{ModelWorker, WorkerConfig};
use crate::speech::{Narrator, SpeechInsert, SpeechParts};
use crate::voice_desk::VoiceDesk;
use crate::voice_loader::{Request, VoiceLoader};
use crate::{
    Activation, AudioPath, EngineLatency, Pace, SpeechLines, SpeechMode, Status, VoiceLibrary,
    VoiceSlots,
};

/// Rates that can be resampled: [`syrinx_dsp::StreamResampler`]'s own range.
const RATES: std::ops::RangeInclusive<f64> = 4_000.0..=384_000.0;

/// The control side of what plugin and live program hold: voices, status, and the threads while it is active.
///
/// Making one costs microseconds: no thread, file, library or voice before [`Engine::activate`].
///
/// # Real-time safety
/// None; the audio thread has an [`AudioPath`].
pub struct Engine {
    library: Arc<VoiceLibrary>,
    voices: Arc<VoiceSlots>,
    status: Arc<Status>,
    // The thread that uses voices ends before the one that loads them.
    thread: Option<ModelThread>,
    loader: Option<VoiceLoader>,
    narrator: Option<Narrator>,
    lines: Arc<SpeechLines>,
}

impl Engine {
    /// An engine that shares its voices with all others of this process.
    pub fn new() -> Engine {
        Engine::with_library(VoiceLibrary::shared())
    }

    /// An engine with a library of its own.
    pub fn with_library(library: Arc<VoiceLibrary>) -> Engine {
        Engine {
            voices: Arc::new(VoiceSlots::new(&library)),
            library,
            status: Arc::default(),
            thread: None,
            loader: None,
            narrator: None,
            lines: Arc::default(),
        }
    }

    /// Which voices it knows, by slot.
    pub fn voices(&self) -> &Arc<VoiceSlots> {
        &self.voices
    }

    /// What it can speak.
    pub fn lines(&self) -> &Arc<SpeechLines> {
        &self.lines
    }

    /// Where its voices come from.
    pub fn library(&self) -> &Arc<VoiceLibrary> {
        &self.library
    }

    /// What it tells.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// Starts the model thread and returns the audio side. Waits for the voice, but for no longer than the
    /// activation permits; after that the dry signal is heard until it comes. An earlier audio side is cut off.
    pub fn activate(&mut self, activation: &Activation) -> AudioPath {
        self.deactivate();
        self.status.begin();
        let Some(rate) = supported(activation) else {
            self.status.set_notice(Some(format!(
                "{} Hz, {} samples: passed through; expected a whole rate of 4 to 384 kHz and blocks of at least \
                 1 sample",
                activation.rate, activation.max_block
            )));
            return AudioPath::pass_through(&self.status);
        };
        let slot = activation.settings.voice;
        let settings = ModelSettings::from(&activation.settings);
        let clean = match CleanInput::new(rate, &settings) {
            Ok(clean) => clean,
            Err(reason) => {
                self.status
                    .set_notice(Some(format!("the input is passed through: {reason}")));
                return AudioPath::pass_through(&self.status);
            }
        };
        let denoiser = clean.latency();
        let limiter = activation.settings.limit.then(|| limiter(rate)).flatten();
        let delay = limiter
            .as_ref()
            .map_or(Samples(0), TruePeakLimiter::latency);
        let plan = self
            .plan(rate, activation.max_block, activation.quality, slot)
            .with_reserve(activation.reserve_samples(rate), rate)
            .behind_denoiser(denoiser, rate)
            .before_limiter(delay, rate);
        self.status.set_latency(plan.latency.samples(), rate);
        let (audio, model) = bridge(
            &BridgeConfig {
                rate: activation.rate,
                max_block: activation.max_block,
                lead: plan.lead,
                pace: activation.pace,
            },
            &self.status,
        );

        // Read before the identity: a change between the two is then noticed by the worker, never missed.
        let generation = self.voices.generation();
        // The voice: ordered here, fetched by the worker if it is not there in time.
        let request = Request {
            identity: self.voices.identity(slot),
            rate,
            max_block: activation.max_block,
            quality: activation.quality,
            latency: plan.stream,
            seconds: settings.harmony.count(),
        };
        let loader = self
            .loader
            .get_or_insert_with(|| VoiceLoader::start(&self.library, &self.status));
        let orders = Arc::clone(loader.orders());
        let number = orders.place(request.clone());
        let delivery = orders.wait_for(number, activation.load_limit);
        let waiting = match delivery {
            Some(_) => None,
            None => Some(number),
        };
        // What was found out while it loaded led to this very activation.
        self.status.take_restart();
        let desk = VoiceDesk::new(
            orders,
            Arc::clone(&self.voices),
            request,
            slot,
            generation,
            waiting,
        )
        .after_failure(delivery.as_ref().is_some_and(|found| found.lane.is_none()));
        let config = WorkerConfig {
            rate,
            latency: plan.stream,
            deadline: plan.deadline,
            hold_while_loading: activation.pace == Pace::Offline,
        };
        let lane = delivery.and_then(|delivery| delivery.lane);
        let speech = self.speech(
            rate,
            denoiser + plan.stream,
            settings.speech,
            activation,
            model.bell(),
        );
        let mut worker = ModelWorker::new(config, model, &self.status, settings, lane)
            .with_desk(desk)
            .with_clean_input(clean)
            .with_feedback_guard(FeedbackGuard::new(rate).ok())
            .with_speech(speech);
        if activation.pace != Pace::Offline {
            worker = worker.resting_after(activation.rest_after);
        }
        self.thread = Some(ModelThread::start(worker, &self.status));
        AudioPath::new(activation, &plan, audio, limiter, &self.status)
    }

    /// What speaks on the model thread. Its voice is waited for where it will be heard.
    fn speech(
        &mut self,
        rate: SampleRate,
        latency: Samples,
        mode: SpeechMode,
        activation: &Activation,
        bell: Arc<Doorbell>,
    ) -> SpeechInsert {
        let narrator = self
            .narrator
            .get_or_insert_with(|| Narrator::start(&self.status));
        let orders = Arc::clone(narrator.orders());
        if mode != SpeechMode::Convert {
            orders.warm_up();
            orders.wait_until_warm(activation.load_limit);
        }
        let parts = SpeechParts {
            orders,
            lines: Arc::clone(&self.lines),
            status: Arc::clone(&self.status),
            bell,
        };
        SpeechInsert::new(parts, rate, latency, mode)
    }

    /// Stops the model thread and waits for its end; also on drop. A left audio side then plays what it plays in
    /// a gap.
    pub fn deactivate(&mut self) {
        self.thread = None;
        if let Some(loader) = &self.loader {
            loader.orders().cancel();
        }
        if let Some(narrator) = &self.narrator {
            narrator.orders().cancel();
        }
    }

    /// What [`Engine::activate`] would report for the voice in slot `voice` without reserve and denoiser; 0 at
    /// rates that pass through. Reads a manifest, loads nothing.
    pub fn latency_for(
        &self,
        rate: f64,
        max_block: usize,
        quality: Quality,
        voice: u32,
    ) -> EngineLatency {
        let activation = Activation::new(rate, max_block);
        supported(&activation).map_or_else(EngineLatency::default, |rate| {
            self.plan(rate, max_block, quality, voice).latency
        })
    }

    /// The plan for the voice in a slot. Without it, that of the default voice: whoever picks one later will most
    /// likely have that latency.
    fn plan(&self, rate: SampleRate, max_block: usize, quality: Quality, slot: u32) -> LatencyPlan {
        let found = self
            .voices
            .identity(slot)
            .and_then(|identity| self.library.find(&identity).ok());
        let plan = |bundle: &VoiceBundle| LatencyPlan::of(bundle, rate, max_block, quality).ok();
        let own = found.and_then(|found| plan(&found.bundle));
        let fallback = || self.library.default_voice().ok().and_then(|b| plan(&b));
        own.or_else(fallback).unwrap_or_else(|| {
            let nothing = syrinx_models::StreamLatency {
                total: Samples(0),
                terms: Vec::new(),
            };
            LatencyPlan::sum(&nothing, max_block, Samples(1), rate)
        })
    }
}

impl Default for Engine {
    fn default() -> Self {
        Engine::new()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.deactivate();
        self.status.voice.store(0, Relaxed);
    }
}

/// Keeps the output's true peaks below -1 dB.
fn limiter(rate: SampleRate) -> Option<TruePeakLimiter> {
    TruePeakLimiter::linked(&LimiterConfig::OUTPUT, rate, CHANNELS).ok()
}

fn supported(activation: &Activation) -> Option<SampleRate> {
    let whole = activation.rate.fract() == 0.0 && RATES.contains(&activation.rate);
    (whole && activation.max_block > 0)
        .then(|| SampleRate::new(activation.rate as u32))
        .flatten()
}

#[cfg(test)]
mod tests;
