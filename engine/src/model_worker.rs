//! Converts what comes over the bridge, one bounded step at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use syrinx_dsp::{DelayLine, SampleRate, Samples};

use crate::clean_input::CleanInput;
use crate::command::{Command, ModelSettings};
use crate::doorbell::Doorbell;
use crate::feedback_guard::FeedbackGuard;
use crate::lane::Lane;
use crate::model_end::ModelEnd;
use crate::speech::SpeechInsert;
use crate::splice::Splice;
use crate::transition::Transition;
use crate::voice_desk::VoiceDesk;
use crate::voice_rest::{Rest, VoiceRest};
use crate::{Status, VoiceState};

/// Most samples of one step, so that output is handed over in good time: 5 ms at 48 kHz.
pub(crate) const STEP: usize = 256;

/// Chunks over which the load is smoothed.
const LOAD_CHUNKS: f32 = 30.0;

/// A chunk that takes less than this share of its deadline did no work worth naming: silence.
const CHEAP: f32 = 0.02;

/// Whether the worker has more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Call again at once.
    Continue,
    /// Nothing to do before input comes.
    Wait,
}

/// What a worker is made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkerConfig {
    /// The host's rate.
    pub rate: SampleRate,
    /// The delay of every voice, padded; that of the dry signal, too.
    pub latency: Samples,
    /// The longest permitted time for a chunk.
    pub deadline: Duration,
    /// Hold the input while a voice loads: for bounces, which must not begin with the dry signal.
    pub hold_while_loading: bool,
}

/// Converts what comes over the bridge, one bounded step at a time.
///
/// Without a voice it gives the dry signal at the same delay: the same path, so nothing about it is special to the
/// audio side. A voice that arrives runs beside the old one until its output is whole, and is then faded in.
pub struct ModelWorker {
    config: WorkerConfig,
    end: ModelEnd,
    status: Arc<Status>,
    desk: Option<VoiceDesk>,
    rest: Option<VoiceRest>,
    speech: Option<SpeechInsert>,
    clean: Option<CleanInput>,
    guard: Option<FeedbackGuard>,
    /// What the guard hears: the input as it came.
    heard: Vec<f32>,
    settings: ModelSettings,
    dry: DelayLine,
    lane: Option<Lane>,
    transition: Option<Transition>,
    /// Smooths over a voice that broke off.
    splice: Splice,
    /// Nothing was processed since the last reset.
    fresh: bool,
    input: Vec<f32>,
    output: Vec<f32>,
    cheap: bool,
}

impl ModelWorker {
    /// At the start, with a voice if there is one already.
    pub fn new(
        config: WorkerConfig,
        end: ModelEnd,
        status: &Arc<Status>,
        settings: ModelSettings,
        mut lane: Option<Lane>,
    ) -> ModelWorker {
        if let Some(lane) = &mut lane {
            lane.set(&settings);
        }
        let mut splice = Splice::new(f64::from(config.rate.hz()));
        splice.settle(lane.is_some());
        ModelWorker {
            config,
            end,
            status: Arc::clone(status),
            desk: None,
            rest: None,
            speech: None,
            clean: None,
            guard: None,
            heard: vec![0.0; STEP],
            settings,
            dry: DelayLine::new(config.latency),
            lane,
            transition: None,
            splice,
            fresh: true,
            input: vec![0.0; STEP],
            output: vec![0.0; STEP],
            cheap: true,
        }
    }

    /// With a desk where it gets the voices that later settings ask for.
    #[must_use]
    pub(crate) fn with_desk(mut self, desk: VoiceDesk) -> ModelWorker {
        self.desk = Some(desk);
        self
    }

    /// One that lets its voice go after so long a bypass, and asks its desk for it when bypass ends.
    #[must_use]
    pub(crate) fn resting_after(mut self, bypass: Duration) -> ModelWorker {
        self.rest = Some(VoiceRest::new(self.config.rate, bypass));
        self
    }

    /// One that speaks lines.
    #[must_use]
    pub(crate) fn with_speech(mut self, speech: SpeechInsert) -> ModelWorker {
        self.speech = Some(speech);
        self
    }

    /// One that cleans its input first. What the worker delays by, and what speaks, must count its delay in.
    #[must_use]
    pub(crate) fn with_clean_input(mut self, clean: CleanInput) -> ModelWorker {
        self.clean = Some(clean);
        self
    }

    /// One that turns its output down where the settings want that and its input hears it.
    #[must_use]
    pub(crate) fn with_feedback_guard(mut self, mut guard: Option<FeedbackGuard>) -> ModelWorker {
        if let Some(guard) = &mut guard {
            guard.set(self.settings.feedback_guard);
        }
        self.guard = guard;
        self
    }

    /// Whether the next step runs a network: what a test on virtual time waits for.
    pub fn is_chunk_next(&self) -> bool {
        let next = |lane: &Option<Lane>| lane.as_ref().is_some_and(|lane| lane.until_chunk() == 0);
        self.runnable() > 0 && next(&self.lane)
    }

    /// How long to sleep when there is nothing to do: short against the deadline, since sleeping is part of it,
    /// and longer while chunks cost nothing.
    pub fn pause(&self) -> Duration {
        let (share, most) = if self.cheap { (2, 5_000) } else { (8, 2_000) };
        (self.config.deadline / share)
            .clamp(Duration::from_micros(250), Duration::from_micros(most))
    }

    /// What wakes the thread that runs this.
    pub fn bell(&self) -> Arc<Doorbell> {
        self.end.bell()
    }

    /// Does a bounded piece of work: at most one chunk of each voice that runs.
    pub fn step(&mut self) -> NextStep {
        while let Some(stamped) = self.end.due() {
            self.obey(stamped.command);
        }
        if let Some(speech) = &mut self.speech {
            speech.advance();
        }
        self.look_at_desk();
        if self.end.until_command() == 0 {
            // It came meanwhile: what is behind it must not wait until the thread has slept.
            return NextStep::Continue;
        }
        let count = self.runnable();
        let loads = self.speech.as_ref().is_some_and(SpeechInsert::is_loading);
        self.end.set_loads(loads);
        if count == 0 {
            return NextStep::Wait;
        }
        self.convert(count);
        NextStep::Continue
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Set(settings) => {
                self.settings = settings;
                if let Some(clean) = &mut self.clean {
                    clean.set(&settings);
                }
                if let Some(guard) = &mut self.guard {
                    guard.set(settings.feedback_guard);
                }
                if let Some(speech) = &mut self.speech {
                    speech.set(settings.speech);
                }
                if let Some(lane) = &mut self.lane {
                    lane.set(&settings);
                }
                if let Some(lane) = self.transition.as_mut().and_then(Transition::lane_mut) {
                    lane.set(&settings);
                }
            }
            Command::Speak(cue) => {
                if let Some(speech) = &mut self.speech {
                    speech.cue(&cue);
                }
            }
            Command::Reset => self.reset(),
        }
    }

    fn reset(&mut self) {
        if let Some(transition) = self.transition.take() {
            let old = std::mem::replace(&mut self.lane, transition.into_lane());
            self.give_back(old);
        }
        if let Some(lane) = &mut self.lane {
            lane.reset();
        }
        if let Some(speech) = &mut self.speech {
            speech.reset();
        }
        if let Some(clean) = &mut self.clean {
            clean.reset();
        }
        if let Some(guard) = &mut self.guard {
            guard.reset();
        }
        self.dry.reset();
        self.splice.reset();
        self.splice.settle(self.lane.is_some());
        self.fresh = true;
    }

    /// Asks for the voice that the settings name, and takes one that has arrived.
    fn look_at_desk(&mut self) {
        if self.is_resting() {
            return;
        }
        let Some(desk) = &mut self.desk else { return };
        if desk.ask(self.settings.voice, self.settings.harmony.count()) {
            self.status.set_voice_state(VoiceState::Loading);
        }
        // One fade at a time: a voice that comes in the middle of another's waits for its end.
        if self.transition.is_some() {
            return;
        }
        let Some(delivery) = desk.take() else { return };
        let mut lane = delivery.lane;
        if let Some(lane) = &mut lane {
            lane.set(&self.settings);
        }
        if self.fresh {
            let old = std::mem::replace(&mut self.lane, lane);
            self.splice.settle(self.lane.is_some());
            self.give_back(old);
        } else {
            self.transition = Some(Transition::new(lane, self.config.latency, self.config.rate));
        }
    }

    /// Whether the voice is away because nobody hears it; lets it go when it is time.
    fn is_resting(&mut self) -> bool {
        let (Some(rest), Some(desk)) = (&mut self.rest, &mut self.desk) else {
            return false;
        };
        match rest.look(self.settings.bypass, Instant::now()) {
            Rest::Keep => false,
            Rest::Gone => true,
            // What is under way comes first, and without a voice there is none to let go.
            Rest::LetGo if desk.is_waiting() || self.transition.is_some() => false,
            Rest::LetGo => {
                let Some(lane) = self.lane.take() else {
                    return false;
                };
                desk.let_go(lane);
                rest.let_go();
                self.status.set_voice_state(VoiceState::None);
                true
            }
        }
    }

    /// Dropping networks takes long: that is left to the thread that made them.
    fn give_back(&mut self, lane: Option<Lane>) {
        if let (Some(desk), Some(lane)) = (&mut self.desk, lane) {
            desk.give_back(lane);
        }
    }

    /// How many samples the next step takes: up to the next chunk, or the one sample that completes it; as far as what
    /// is spoken has come.
    fn runnable(&self) -> usize {
        let is_waiting = self.desk.as_ref().is_some_and(VoiceDesk::is_waiting);
        let held = self.config.hold_while_loading && self.transition.is_none() && is_waiting;
        if held {
            return 0;
        }
        let free = self.lane.as_ref().map_or(usize::MAX, Lane::until_chunk);
        let other = self.transition.as_ref().map_or(usize::MAX, |transition| {
            // Its end is a place of its own: what happens there must not depend on the blocks.
            transition.until_chunk().min(transition.left())
        });
        let spoken = self
            .speech
            .as_ref()
            .map_or(usize::MAX, SpeechInsert::until_wait);
        self.end
            .available()
            .min(self.end.until_command())
            .min(free.min(other).max(1))
            .min(spoken)
            .min(STEP)
    }

    fn convert(&mut self, count: usize) {
        let completes =
            |lane: &Option<Lane>| lane.as_ref().is_some_and(|l| l.until_chunk() < count);
        let is_chunk = completes(&self.lane);
        let start = Instant::now();
        self.fresh = false;
        if let Some(rest) = &mut self.rest {
            rest.count(count);
        }
        self.end.take(&mut self.input[..count]);
        self.heard[..count].copy_from_slice(&self.input[..count]);
        self.run(count);
        self.guard_feedback(count);
        self.end.give(&self.output[..count]);
        if is_chunk {
            self.note_load(start.elapsed());
            if let Some(lane) = &self.lane {
                self.status.pitch.push(lane.pitch());
            }
        }
    }

    fn guard_feedback(&mut self, count: usize) {
        if let Some(guard) = &mut self.guard {
            guard.process(&self.heard[..count], &mut self.output[..count]);
            self.status.feedback.store(guard.is_down(), Relaxed);
        }
    }

    /// From `input` to `output`.
    fn run(&mut self, count: usize) {
        let (input, output) = (&mut self.input[..count], &mut self.output[..count]);
        if let Some(speech) = &mut self.speech {
            speech.replace_input(input);
        }
        // Behind the lines that are converted, which thus keep their place among the words of the input.
        if let Some(clean) = &mut self.clean {
            clean.process(input);
        }
        output.copy_from_slice(input);
        let result = match &mut self.lane {
            Some(lane) => lane.process(output),
            None => Ok(()),
        };
        let faded = match &mut self.transition {
            Some(transition) => transition.process(input),
            None => Ok(false),
        };
        // The transition took its own copy, so the input may become the dry signal now.
        self.dry.process(input);
        let broken = result.err();
        if broken.is_some() {
            let lane = self.lane.take();
            self.give_back(lane);
        }
        let present = self.lane.is_some();
        let (dry, output) = (&self.input[..count], &mut self.output[..count]);
        for (sample, &dry) in output.iter_mut().zip(dry) {
            *sample = self.splice.next(present, *sample, dry);
        }
        if let (Some(transition), true) = (&mut self.transition, faded.is_ok()) {
            transition.mix(output, dry);
        }
        if let Some(speech) = &mut self.speech {
            speech.add_to(output);
        }
        match faded {
            Ok(true) => self.finish_transition(),
            Ok(false) => {}
            Err(reason) => {
                let lane = self.transition.take().and_then(Transition::into_lane);
                self.give_back(lane);
                self.complain(&reason);
            }
        }
        if let Some(reason) = broken {
            self.complain(&reason);
        }
    }

    fn finish_transition(&mut self) {
        let Some(transition) = self.transition.take() else {
            return;
        };
        let old = std::mem::replace(&mut self.lane, transition.into_lane());
        self.give_back(old);
        // What is heard now is heard from the other side: the splice must not fade once more.
        self.splice.settle(self.lane.is_some());
    }

    fn complain(&mut self, reason: &str) {
        self.status.set_voice_state(VoiceState::Failed);
        self.status
            .set_notice(Some(format!("the voice stopped: {reason}")));
    }

    fn note_load(&mut self, took: Duration) {
        let load = took.as_secs_f32() / self.config.deadline.as_secs_f32();
        self.cheap = load < CHEAP;
        let old = self.status.load();
        let smoothed = old + (load - old) / LOAD_CHUNKS;
        self.status.load.store(smoothed.to_bits(), Relaxed);
        Status::raise(&self.status.peak_load, load);
    }
}
