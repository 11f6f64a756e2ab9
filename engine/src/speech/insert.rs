//! Puts spoken lines into the stream of the model thread, each at its sample.

use std::collections::VecDeque;
use std::sync::Arc;

use syrinx_dsp::{LinearRamp, SampleRate, Samples};

use super::cue::Cue;
use super::lines::SpeechLines;
use super::mode::SpeechMode;
use super::narration::Narration;
use super::orders::{Order, SpeechOrders};
use crate::Status;
use crate::doorbell::Doorbell;

/// Length of the change between input and speech: a step spread over 10 ms is no click on low tones.
const RAMP_MS: f64 = 10.0;

/// Length in which a line that was cut off falls silent: no click any more, and no word of it is understood.
const CUT_MS: f64 = 5.0;

/// The beginning of a line that is left out where it is to be converted: the narrator's time, without which the first
/// word would come too late in real time. The voice is silent for so long before its first word, at any rate; more would
/// cut into it.
pub const HEAD_START_MS: f64 = 40.0;

/// Puts spoken lines into the stream of the model thread, each at its sample.
///
/// Lines that are to be converted take the place of the input where the cue is, but for the silence that they begin with:
/// that is the narrator's time, and the words stay where they are. The others are added to the output, later
/// by the latency of the stream, so that both are heard at the same sample; there that time is the narrator's.
pub struct SpeechInsert {
    orders: Arc<SpeechOrders>,
    lines: Arc<SpeechLines>,
    status: Arc<Status>,
    bell: Arc<Doorbell>,
    rate: SampleRate,
    latency: u64,
    head_start: usize,
    mode: SpeechMode,
    /// Samples that have passed.
    position: u64,
    /// Nothing has passed since the last reset.
    is_fresh: bool,
    /// Lines that begin later, in their order.
    waiting: VecDeque<Line>,
    now: Option<Line>,
    /// What is left of a line that was cut off: into the input, and into the output.
    cut: [Cut; 2],
    /// How much of the input is let in.
    input: LinearRamp,
    /// How much of what became of it is heard, and when that changes.
    heard: LinearRamp,
    changes: VecDeque<(u64, f32)>,
    /// Whether the samples last taken were changed at all.
    is_active: bool,
    /// What is added to their output.
    direct: Vec<f32>,
    spoken: Vec<f32>,
}

/// A line at its place.
struct Line {
    start: u64,
    /// Whether it is added to the output, and not converted.
    is_direct: bool,
    level: f32,
    narration: Arc<Narration>,
}

/// The end of a line that was cut off: its last sample, falling to zero.
#[derive(Clone, Copy, Debug, Default)]
struct Cut {
    last: f32,
    from: f32,
    left: usize,
    length: usize,
}

impl Cut {
    fn new(rate: SampleRate) -> Cut {
        Cut {
            length: rate.samples_in_ms(CUT_MS).0.max(1),
            ..Cut::default()
        }
    }

    fn begin(&mut self) {
        self.from = self.last;
        self.left = self.length;
    }

    /// The sample of what is spoken now, with what falls.
    fn next(&mut self, sample: f32) -> f32 {
        let mut value = sample;
        if self.left > 0 {
            self.left -= 1;
            value += self.from * (self.left as f32 / self.length as f32);
        }
        self.last = value;
        value
    }
}

/// What a [`SpeechInsert`] talks to.
pub struct SpeechParts {
    /// Where lines are ordered.
    pub orders: Arc<SpeechOrders>,
    /// What they say.
    pub lines: Arc<SpeechLines>,
    /// Where it is told what is wrong with one.
    pub status: Arc<Status>,
    /// What wakes the model thread.
    pub bell: Arc<Doorbell>,
}

impl SpeechInsert {
    /// For a stream at `rate` with this latency, beginning in `mode`.
    pub fn new(
        parts: SpeechParts,
        rate: SampleRate,
        latency: Samples,
        mode: SpeechMode,
    ) -> SpeechInsert {
        let ramp = |value| LinearRamp::new(value, rate.samples_in_ms(RAMP_MS));
        SpeechInsert {
            orders: parts.orders,
            lines: parts.lines,
            status: parts.status,
            bell: parts.bell,
            rate,
            latency: latency.0 as u64,
            head_start: rate.samples_in_ms(HEAD_START_MS).0,
            mode,
            position: 0,
            is_fresh: true,
            waiting: VecDeque::new(),
            now: None,
            cut: [Cut::new(rate); 2],
            input: ramp(let_in(mode)),
            heard: ramp(let_out(mode)),
            changes: VecDeque::new(),
            is_active: false,
            direct: Vec::new(),
            spoken: Vec::new(),
        }
    }

    /// Changes what is heard from here on; what is being spoken ends.
    pub fn set(&mut self, mode: SpeechMode) {
        if mode == self.mode {
            return;
        }
        self.mode = mode;
        self.hush();
        self.input.set_target(let_in(mode));
        if self.is_fresh {
            // Chosen before the first sample, it holds from there on.
            self.input.reset();
            self.heard.set_target(let_out(mode));
            self.heard.reset();
        } else {
            let at = self.position + self.latency;
            self.changes.push_back((at, let_out(mode)));
        }
        if mode != SpeechMode::Convert {
            self.orders.warm_up();
        }
    }

    /// Starts a line here. A line without text is told of, and changes nothing.
    pub fn cue(&mut self, cue: &Cue) {
        let is_direct = match self.mode {
            SpeechMode::Convert => return,
            SpeechMode::Speak => true,
            SpeechMode::SpeakAndConvert => false,
        };
        let text = self.lines.text(cue.line).unwrap_or_default();
        if text.trim().is_empty() {
            let number = cue.line + 1;
            self.status
                .set_speech_notice(Some(format!("line {number} is empty")));
            return;
        }
        let (later, left_out) = match is_direct {
            true => (self.latency, 0),
            false => (self.head_start as u64, self.head_start),
        };
        let start = self.position + later;
        if let Some(before) = self.waiting.back().or(self.now.as_ref()) {
            before.narration.want(start.saturating_sub(before.start));
        }
        let narration = Arc::new(Narration::default());
        self.waiting.push_back(Line {
            start,
            is_direct,
            level: cue.level,
            narration: Arc::clone(&narration),
        });
        self.orders.place(Order {
            line: cue.line,
            text,
            controls: cue.controls,
            rate: self.rate,
            left_out,
            narration,
            bell: Arc::clone(&self.bell),
        });
    }

    /// Ends what is being spoken, and what was about to be.
    fn hush(&mut self) {
        for line in self.now.iter().chain(&self.waiting) {
            line.narration.want(0);
        }
        self.waiting.clear();
        if let Some(line) = self.now.take() {
            self.cut[usize::from(line.is_direct)].begin();
        }
    }

    /// Forgets the past.
    pub fn reset(&mut self) {
        self.hush();
        self.is_fresh = true;
        self.cut = [Cut::new(self.rate); 2];
        self.changes.clear();
        self.heard.set_target(let_out(self.mode));
        self.input.reset();
        self.heard.reset();
    }

    /// Does what is due before the next sample.
    pub fn advance(&mut self) {
        while let Some((_, share)) = self
            .changes
            .pop_front_if(|change| change.0 <= self.position)
        {
            self.heard.set_target(share);
        }
        while let Some(line) = self
            .waiting
            .pop_front_if(|line| line.start <= self.position)
        {
            if let Some(before) = self.now.replace(line) {
                before.narration.want(0);
                self.cut[usize::from(before.is_direct)].begin();
            }
        }
        if let Some(line) = &self.now {
            let ready = line.narration.ready();
            if ready.is_whole && ready.samples == 0 {
                self.now = None;
            }
        }
    }

    /// Samples that can be processed now: up to the next place where something begins, as far as the line has been
    /// spoken. Call [`SpeechInsert::advance`] first.
    pub fn until_wait(&self) -> usize {
        let until = |at: u64| at.saturating_sub(self.position) as usize;
        let line = self.waiting.front().map(|line| until(line.start));
        let change = self.changes.front().map(|change| until(change.0));
        let spoken = self.now.as_ref().map(|line| line.narration.ready().samples);
        [line, change, spoken]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(usize::MAX)
    }

    /// Whether a line is due that has to wait until its voice is loaded.
    pub fn is_loading(&self) -> bool {
        let is_late = |line: &Line| line.narration.ready().samples == 0;
        self.now.as_ref().is_some_and(is_late) && !self.orders.is_settled()
    }

    /// Whether the input passes as it is: nothing is spoken, and nothing has to fade.
    fn is_at_rest(&self) -> bool {
        self.mode == SpeechMode::Convert
            && self.now.is_none()
            && self.cut.iter().all(|cut| cut.left == 0)
            && self.input.is_settled()
            && self.heard.value() >= 1.0
            && self.heard.is_settled()
            && self.changes.is_empty()
    }

    /// Lets speech take the place of the input, as the mode says; at most [`SpeechInsert::until_wait`] samples.
    pub fn replace_input(&mut self, input: &mut [f32]) {
        self.position += input.len() as u64;
        self.is_fresh = false;
        self.is_active = !self.is_at_rest();
        if !self.is_active {
            return;
        }
        self.spoken.clear();
        self.spoken.resize(input.len(), 0.0);
        self.direct.clear();
        self.direct.resize(input.len(), 0.0);
        let mut target = None;
        if let Some(line) = &self.now {
            line.narration.take(&mut self.spoken);
            self.spoken
                .iter_mut()
                .for_each(|sample| *sample *= line.level);
            target = Some(line.is_direct);
        }
        let [into_input, into_output] = &mut self.cut;
        for (index, sample) in input.iter_mut().enumerate() {
            let spoken = self.spoken[index];
            let (converted, direct) = match target {
                Some(true) => (0.0, spoken),
                Some(false) => (spoken, 0.0),
                None => (0.0, 0.0),
            };
            let share = self.input.next_value();
            // At rest in either place nothing is computed: what is converted stays bit-exact.
            let own = match share {
                share if share >= 1.0 => *sample,
                share if share <= 0.0 => 0.0,
                share => *sample * share,
            };
            let converted = into_input.next(converted);
            *sample = if converted == 0.0 {
                own
            } else {
                own + converted
            };
            self.direct[index] = into_output.next(direct);
        }
    }

    /// Adds what is not converted to the output that belongs to the samples last replaced.
    pub fn add_to(&mut self, output: &mut [f32]) {
        if !self.is_active {
            return;
        }
        for (sample, &direct) in output.iter_mut().zip(&self.direct) {
            let share = self.heard.next_value();
            if share < 1.0 {
                *sample *= share;
            }
            if direct != 0.0 {
                *sample += direct;
            }
        }
    }
}

/// How much of the input is let in.
fn let_in(mode: SpeechMode) -> f32 {
    match mode {
        SpeechMode::Convert => 1.0,
        SpeechMode::Speak | SpeechMode::SpeakAndConvert => 0.0,
    }
}

/// How much of what became of the input is heard: voices may hum in silence.
fn let_out(mode: SpeechMode) -> f32 {
    match mode {
        SpeechMode::Speak => 0.0,
        SpeechMode::Convert | SpeechMode::SpeakAndConvert => 1.0,
    }
}
