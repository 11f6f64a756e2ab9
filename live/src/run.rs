//! One run of the program: reads keys, prints states, records, and waits for devices, until it is asked to stop.

mod orders;
mod windowed;

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::args::LiveArgs;
use crate::controls::{Action, HELP};
use crate::error::LiveError;
use crate::hotkeys::Hotkeys;
use crate::interrupt::Interrupt;
use crate::kept_rig::{Change, KeptRig};
use crate::parameters;
use crate::peak_hold::PeakHold;
use crate::recorder::{RecordFiles, Recorder, free_names};
use crate::remote::Remote;
use crate::rig::{Rig, RigFacts};
use crate::snapshot::Snapshot;
use crate::terminal::Terminal;
use crate::window::WindowLink;

/// How often lines are drawn and callbacks looked after: fast enough for meters, slow enough to cost nothing.
const TICK: Duration = Duration::from_millis(100);

/// How often hotkeys and remote controls are looked at: a panic key that takes longer is felt.
const LOOK: Duration = Duration::from_millis(20);

/// One run from start to stop.
pub(crate) struct Run<'a> {
    args: &'a LiveArgs,
    kept: KeptRig,
    out: &'a mut dyn Write,
    terminal: Option<Terminal>,
    hotkeys: Option<Hotkeys>,
    remote: Option<Remote>,
    recorder: Option<Recorder>,
    link: Option<WindowLink>,
    /// The highest since the meters were drawn.
    peaks: [f32; 2],
    meters: [PeakHold; 2],
    start: Instant,
    last_tick: Instant,
    next_line: Duration,
    last: Snapshot,
}

impl<'a> Run<'a> {
    /// Prints what was opened, and takes keys, files and port.
    pub fn begin(
        args: &'a LiveArgs,
        mut kept: KeptRig,
        out: &'a mut dyn Write,
        link: Option<WindowLink>,
    ) -> Result<Run<'a>, LiveError> {
        let wishes = &args.live_use.hotkeys;
        let hotkeys = match wishes.is_empty() {
            true => None,
            false => Some(Hotkeys::take(wishes)?),
        };
        let token = args.live_use.remote_token.as_deref();
        let remote = args.live_use.remote;
        let remote = remote.map(|port| Remote::listen(port, token, &parameters::description()));
        let meters = <[PeakHold; 2]>::default();
        let last = snapshot_of(&mut kept, Duration::ZERO, &meters);
        let mut run = Run {
            args,
            kept,
            out,
            terminal: None,
            hotkeys,
            remote: remote.transpose()?,
            recorder: None,
            link,
            peaks: [0.0; 2],
            meters,
            start: Instant::now(),
            last_tick: Instant::now(),
            next_line: Duration::ZERO,
            last: last.unwrap_or_default(),
        };
        run.say_opened("start")?;
        run.say_remote()?;
        let files = RecordFiles {
            dry: args.live_use.record_dry.clone(),
            wet: args.live_use.record_wet.clone(),
        };
        if files != RecordFiles::default() {
            run.record(&files)?;
        }
        if !args.json {
            run.terminal = Terminal::open(args.live_use.push_to_talk)?;
        }
        run.say_talk_key()?;
        Ok(run)
    }

    /// Runs until it is asked to stop.
    pub fn until_stopped(mut self, interrupt: &Interrupt) -> Result<(), LiveError> {
        let limit = self.args.seconds.map(Duration::from_secs_f32);
        loop {
            let over = limit.is_some_and(|limit| self.start.elapsed() >= limit);
            if over || interrupt.is_asked() || !self.wait()? {
                break;
            }
            match self.kept.tend() {
                Change::None => {}
                Change::Lost(why) => self.lost(&why)?,
                Change::Back(after) => self.back(after)?,
            }
            self.look_after_recording()?;
            self.show()?;
        }
        self.finish()
    }

    /// Waits for a tick and does what keys and other programs ask for; false to stop.
    fn wait(&mut self) -> Result<bool, LiveError> {
        let until = Instant::now() + TICK;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(true);
            }
            let key = match &self.terminal {
                Some(terminal) => terminal.key(left.min(LOOK))?,
                None => {
                    std::thread::sleep(left.min(LOOK));
                    None
                }
            };
            if !self.serve_window() {
                return Ok(false);
            }
            let hotkeys = self.hotkeys.iter().flat_map(Hotkeys::asked);
            let actions: Vec<Action> = key.into_iter().chain(hotkeys).collect();
            let orders = self.remote.as_ref().map_or_else(Vec::new, Remote::orders);
            let acts = !actions.is_empty() || !orders.is_empty();
            for action in actions {
                if action == Action::Quit {
                    return Ok(false);
                }
                self.act(action)?;
            }
            for order in orders {
                let outcome = self.obey(&order.message);
                order.reply(outcome);
            }
            if acts {
                return Ok(true);
            }
        }
    }

    fn act(&mut self, action: Action) -> Result<(), LiveError> {
        let counts = self.kept.engine().counts();
        match action {
            Action::Mute => counts.set_muted(!counts.muted()),
            Action::Panic => counts.set_panic(!counts.panic()),
            Action::Talk(on) => counts.set_talking(on),
            Action::ToggleTalk => counts.set_talking(!counts.talking()),
            Action::Record => self.toggle_record()?,
            Action::ResetCounts => self.reset_counts(),
            Action::Latency => {
                let terms = self.kept.rig().map(latency_terms);
                self.print(&terms.unwrap_or_else(|| "waiting for a device".to_owned()))?;
            }
            Action::Help => self.print(HELP)?,
            _ => {
                let voices = self.kept.engine().voices().identities().len();
                self.kept.set(action.apply(self.kept.settings(), voices));
            }
        }
        Ok(())
    }

    fn reset_counts(&mut self) {
        let engine = self.kept.engine();
        engine.status().reset_counts();
        engine.counts().reset();
        let rig = self.kept.rig();
        for (_, drift) in rig.map_or_else(Vec::new, |rig| rig.drifts()) {
            drift.reset_counts();
        }
    }

    fn toggle_record(&mut self) -> Result<(), LiveError> {
        if self.recorder.is_some() {
            return self.stop_recording();
        }
        let files = free_names(&RecordFiles {
            dry: self.args.live_use.record_dry.clone(),
            wet: self.args.live_use.record_wet.clone(),
        });
        match self.record(&files) {
            // The voice goes on, whatever the disk does.
            Err(error @ LiveError::Record { .. }) => self.say("record", &error.to_string()),
            outcome => outcome,
        }
    }

    fn record(&mut self, files: &RecordFiles) -> Result<(), LiveError> {
        let about = self.provenance().to_string();
        let Some(rig) = self.kept.rig() else {
            return self.say("record", "there is no device to record from yet");
        };
        let rate = rig.session().config().rate.hz();
        let (recorder, tap) = Recorder::start(files, rate, about)?;
        rig.session().record(Some(tap));
        self.recorder = Some(recorder);
        let names = files.dry.iter().chain(&files.wet);
        let names: Vec<String> = names.map(|name| name.display().to_string()).collect();
        self.say("record", &format!("recording {}", names.join(", ")))
    }

    fn stop_recording(&mut self) -> Result<(), LiveError> {
        let Some(recorder) = self.recorder.take() else {
            return Ok(());
        };
        if let Some(rig) = self.kept.rig() {
            rig.session().record(None);
        }
        let (seconds, lost) = (recorder.seconds(), recorder.lost());
        let files = recorder.stop();
        let names: Vec<String> = files
            .iter()
            .map(|name| name.display().to_string())
            .collect();
        self.say(
            "record",
            &format!(
                "recorded {seconds:.1} s into {}, {lost} samples lost",
                names.join(", ")
            ),
        )
    }

    /// Where a recording comes from, in the words of what `syrinx convert` writes into its files.
    fn provenance(&self) -> Value {
        let settings = self.kept.settings();
        let voice = self.kept.engine().voices().identity(settings.voice);
        json!({
            "live": true,
            "voice": voice.map(|voice| json!({ "name": voice.name, "sha256": voice.sha256 })),
            "speaker": settings.controls.speaker,
            "settings_at_start": parameters::values(&settings),
            "seed": settings.controls.seed,
        })
    }

    fn look_after_recording(&mut self) -> Result<(), LiveError> {
        let failure = self.recorder.as_ref().and_then(Recorder::take_failure);
        match failure {
            None => Ok(()),
            Some(failure) => {
                self.recorder = None;
                if let Some(rig) = self.kept.rig() {
                    rig.session().record(None);
                }
                self.say("record", &failure)
            }
        }
    }

    fn lost(&mut self, why: &str) -> Result<(), LiveError> {
        self.say("lost", &format!("{why}; trying again every second"))
    }

    fn back(&mut self, after: Duration) -> Result<(), LiveError> {
        if let (Some(recorder), Some(rig)) = (&mut self.recorder, self.kept.rig()) {
            let tap = recorder.go_on(rig.session().config().rate.hz(), after);
            rig.session().record(Some(tap));
        }
        self.say_opened("back")
    }

    /// Prints what happened, above the lines that are drawn anew.
    fn say(&mut self, event: &str, text: &str) -> Result<(), LiveError> {
        if self.args.json {
            let seconds = self.start.elapsed().as_secs_f64();
            let line = json!({ "event": event, "seconds": seconds, "text": text });
            writeln!(self.out, "{line}")?;
            self.out.flush()?;
            return Ok(());
        }
        self.print(text)
    }

    fn say_opened(&mut self, event: &str) -> Result<(), LiveError> {
        let facts = self.kept.facts();
        if self.args.json {
            let mut value = serde_json::to_value(&facts).unwrap_or_default();
            value["event"] = event.into();
            writeln!(self.out, "{value}")?;
            self.out.flush()?;
            return Ok(());
        }
        let terms = self.kept.rig().map(latency_terms).unwrap_or_default();
        self.print(&format!("{}\n{terms}", opened(&facts)))
    }

    fn say_remote(&mut self) -> Result<(), LiveError> {
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let address = format!("ws://{}/?token={}", remote.address(), remote.token());
        self.say("remote", &format!("remote control: {address}"))
    }

    fn say_talk_key(&mut self) -> Result<(), LiveError> {
        let holds = self.terminal.as_ref().map(Terminal::tells_releases);
        match holds {
            Some(true) if self.args.live_use.push_to_talk => self.print("hold t to talk"),
            Some(false) if self.args.live_use.push_to_talk => self.print(
                "t to talk and t again to stop: this terminal does not tell when a key goes up (--hotkey talk=F9 does)",
            ),
            _ => Ok(()),
        }
    }

    fn print(&mut self, text: &str) -> Result<(), LiveError> {
        match &mut self.terminal {
            Some(terminal) => terminal.print(self.out, text)?,
            None => writeln!(self.out, "{text}")?,
        }
        self.out.flush()?;
        Ok(())
    }

    fn show(&mut self) -> Result<(), LiveError> {
        let now = Instant::now();
        let passed = now - self.last_tick;
        self.last_tick = now;
        self.take_peaks();
        let peaks = std::mem::take(&mut self.peaks);
        self.tell_window();
        for (meter, peak) in self.meters.iter_mut().zip(peaks) {
            meter.update(peak, passed);
        }
        let prints = self.terminal.is_some() || self.start.elapsed() >= self.next_line;
        if !prints && self.remote.is_none() {
            return Ok(());
        }
        let state = self.snapshot();
        if let Some(remote) = &self.remote {
            remote.tell(state.to_json("status"));
        }
        if !prints {
            return Ok(());
        }
        self.next_line = self.start.elapsed() + Duration::from_secs_f32(self.args.status_interval);
        let [input, output] = &self.meters;
        match &mut self.terminal {
            Some(terminal) => terminal.draw(self.out, &state, input, output)?,
            None if self.args.json => writeln!(self.out, "{}", state.to_json("status"))?,
            None => writeln!(self.out, "{}", state.to_line())?,
        }
        self.out.flush()?;
        Ok(())
    }

    fn snapshot(&mut self) -> Snapshot {
        let at = self.start.elapsed();
        match snapshot_of(&mut self.kept, at, &self.meters) {
            Some(state) => self.last = state,
            None => {
                let why = self.kept.why_lost().unwrap_or_default();
                let (settings, counts) = (self.kept.settings(), self.kept.engine().counts());
                self.last = std::mem::take(&mut self.last).waiting(
                    at.as_secs_f64(),
                    why,
                    &settings,
                    counts,
                );
            }
        }
        self.last.returns = self.kept.returns();
        self.last.recorded = self.recorder.as_ref().map(Recorder::seconds);
        self.last.record_lost = self.recorder.as_ref().map_or(0, Recorder::lost);
        self.last.clone()
    }

    fn finish(mut self) -> Result<(), LiveError> {
        self.stop_recording()?;
        let state = self.snapshot();
        // The terminal becomes its own again before the last line.
        self.terminal = None;
        if self.args.json {
            writeln!(self.out, "{}", state.to_json("end"))?;
        } else {
            writeln!(self.out, "{}", state.to_summary())?;
        }
        self.out.flush()?;
        Ok(())
    }
}

fn snapshot_of(kept: &mut KeptRig, at: Duration, meters: &[PeakHold; 2]) -> Option<Snapshot> {
    let rig = kept.rig()?;
    Some(Snapshot::of(rig, at.as_secs_f64(), &meters[0], &meters[1]))
}

/// Devices, rate and block in one line.
fn opened(facts: &RigFacts) -> String {
    let monitor = facts.monitor.as_ref();
    let monitor = monitor.map(|name| format!(", monitor: {name}"));
    format!(
        "{}: {} -> {}{}; {} Hz, blocks of {}",
        facts.backend,
        facts.input,
        facts.output,
        monitor.unwrap_or_default(),
        facts.rate,
        facts.block
    )
}

/// The parts of the engine's latency, one per line.
fn latency_terms(rig: &mut (dyn Rig + 'static)) -> String {
    let latency = rig.session().latency();
    let mut text = format!("engine {:.1} ms:", latency.ms());
    for term in latency.terms() {
        text.push_str(&format!(
            "\n  {:>6.1} ms  {}  ({})",
            term.ms, term.name, term.note
        ));
    }
    text
}
