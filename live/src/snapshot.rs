//! The state of a session at one moment, for people and programs.

use serde::Serialize;
use syrinx_dsp::{Decibels, Semitones};
use syrinx_engine::{Priority, Settings, VoiceState};

use crate::controls::NO_VOICE;
use crate::counts::Counts;
use crate::peak_hold::{FLOOR_DB, PeakHold};
use crate::rig::Rig;

/// What [`Snapshot::state`] says while devices are there.
const RUNNING: &str = "running";

/// What it says while they are away.
const WAITING: &str = "waiting for device";

/// The state of a session at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// Seconds since the start.
    pub seconds: f64,
    /// "running" or "waiting for device".
    pub state: &'static str,
    /// Why there is no device.
    pub lost: Option<String>,
    /// How often devices came back.
    pub returns: u64,
    /// Which voice, and the speaker in it where it has several.
    pub voice: String,
    /// "none", "loading", "ready" or "failed".
    pub voice_state: &'static str,
    /// What the user should know.
    pub notice: Option<String>,
    /// Input level in dB of full scale.
    pub input_db: f32,
    /// Output level in dB of full scale.
    pub output_db: f32,
    /// What the engine adds, in samples at `rate`.
    pub latency_samples: u32,
    /// The same in milliseconds.
    pub latency_ms: f64,
    /// What devices and the buffers between them add, in milliseconds.
    pub device_ms: f64,
    /// The engine's rate in Hz.
    pub rate: u32,
    /// Frames of a block.
    pub block: u32,
    /// Time for a chunk over its deadline, smoothed.
    pub load: f32,
    /// The highest since the last reset.
    pub peak_load: f32,
    /// How often converted sound was missing.
    pub underruns: u64,
    /// How many samples were missing.
    pub missing_samples: u64,
    /// How often input was lost on the way to the model.
    pub overruns: u64,
    /// How often a device or server was late.
    pub xruns: u64,
    /// How often the buffers between devices ran empty.
    pub device_gaps: u64,
    /// How often they overflowed and frames were dropped.
    pub device_drops: u64,
    /// How much faster than nominal the input's clock runs, in ppm; `None` where devices share a clock.
    pub clock_ppm: Option<f64>,
    /// Blocks since the last reset.
    pub blocks: u64,
    /// How often the engine was started anew.
    pub restarts: u64,
    /// "granted", "refused" or "unknown": whether the model thread has a real-time priority.
    pub priority: &'static str,
    /// What runs the networks.
    pub runtime: Option<String>,
    /// Shift of the pitch in semitones.
    pub transpose: f32,
    /// Shift of the formants in semitones.
    pub formant: f32,
    /// Output gain in dB.
    pub output_gain: f32,
    /// Whether the input is heard unchanged.
    pub bypass: bool,
    /// Whether nothing is heard.
    pub muted: bool,
    /// Whether the output is turned down now, because the input hears it.
    pub feedback: bool,
    /// Whether the unchanged voice is heard, undelayed.
    pub panic: bool,
    /// Whether nothing is heard unless somebody talks.
    pub push_to_talk: bool,
    /// Whether the talk key is down.
    pub talking: bool,
    /// Seconds recorded; `None` without a recording.
    pub recorded: Option<f64>,
    /// Samples of the recording that were lost.
    pub record_lost: u64,
    /// Whether JACK runs faster than real time.
    pub freewheel: bool,
}

impl Snapshot {
    /// The state of `rig` now.
    pub fn of(rig: &mut dyn Rig, seconds: f64, input: &PeakHold, output: &PeakHold) -> Snapshot {
        let sum = |count: fn(&crate::DriftState) -> u64, rig: &dyn Rig| {
            rig.drifts().iter().map(|(_, drift)| count(drift)).sum()
        };
        let device_gaps = sum(crate::DriftState::gaps, rig);
        let device_drops = sum(crate::DriftState::drops, rig);
        let clock_ppm = rig
            .drifts()
            .first()
            .map(|(_, drift)| drift.correction_ppm());
        let trouble = rig.trouble().map(str::to_owned);
        let session = rig.session();
        let (settings, status, counts) = (session.settings(), session.status(), session.counts());
        let Semitones(transpose) = settings.controls.transpose;
        let Semitones(formant) = settings.controls.formant;
        let Decibels(output_gain) = settings.output_gain;
        Snapshot {
            seconds,
            state: RUNNING,
            lost: None,
            returns: 0,
            voice: voice_name(session, settings.voice, settings.controls.speaker),
            voice_state: match status.voice_state() {
                VoiceState::None => "none",
                VoiceState::Loading => "loading",
                VoiceState::Ready => "ready",
                VoiceState::Failed => "failed",
            },
            notice: status.notice().or(trouble),
            input_db: input.level(),
            output_db: output.level(),
            latency_samples: session.latency().samples().0 as u32,
            latency_ms: session.latency().ms(),
            device_ms: counts.device_ms(),
            rate: session.config().rate.hz(),
            block: session.config().max_block as u32,
            load: status.load(),
            peak_load: status.peak_load(),
            underruns: status.underruns(),
            missing_samples: status.missing_samples(),
            overruns: status.overruns(),
            xruns: counts.xruns(),
            device_gaps,
            device_drops,
            clock_ppm,
            blocks: counts.blocks(),
            restarts: session.restarts(),
            priority: match status.priority() {
                Priority::Granted => "granted",
                Priority::Refused => "refused",
                Priority::Unknown => "unknown",
            },
            runtime: status.backend(),
            transpose,
            formant,
            output_gain,
            bypass: settings.bypass,
            muted: counts.muted(),
            feedback: status.feedback(),
            panic: counts.panic(),
            push_to_talk: counts.push_to_talk(),
            talking: counts.talking(),
            recorded: None,
            record_lost: 0,
            freewheel: counts.freewheel(),
        }
    }

    /// The same while the devices are away.
    #[must_use]
    pub fn waiting(
        mut self,
        seconds: f64,
        why: &str,
        settings: &Settings,
        counts: &Counts,
    ) -> Snapshot {
        self.seconds = seconds;
        self.state = WAITING;
        self.lost = Some(why.to_owned());
        (self.input_db, self.output_db) = (FLOOR_DB, FLOOR_DB);
        self.load = 0.0;
        let Semitones(transpose) = settings.controls.transpose;
        let Semitones(formant) = settings.controls.formant;
        let Decibels(output_gain) = settings.output_gain;
        (self.transpose, self.formant, self.output_gain) = (transpose, formant, output_gain);
        (self.bypass, self.muted, self.panic) = (settings.bypass, counts.muted(), counts.panic());
        (self.push_to_talk, self.talking) = (counts.push_to_talk(), counts.talking());
        self
    }

    /// One line of plain text.
    pub fn to_line(&self) -> String {
        format!(
            "{:.1} s  in {:.0} dB  out {:.0} dB  {}",
            self.seconds,
            self.input_db,
            self.output_db,
            self.to_facts()
        )
    }

    /// Everything but levels, in one line.
    pub fn to_facts(&self) -> String {
        let mut facts = format!(
            "{:.1}+{:.1} ms  load {:.0}% (peak {:.0}%)  under {} over {} xruns {}  {}",
            self.latency_ms,
            self.device_ms,
            100.0 * self.load,
            100.0 * self.peak_load,
            self.underruns,
            self.overruns,
            self.xruns + self.device_gaps + self.device_drops,
            self.voice,
        );
        if self.state != RUNNING {
            facts = format!("{}  {facts}", self.state.to_uppercase());
        }
        if self.voice_state != "none" {
            facts.push_str(&format!(" {}", self.voice_state));
        }
        for (is_so, word) in [
            (self.bypass, "bypass"),
            (self.panic, "PANIC: your own voice"),
            (self.muted, "muted"),
            (self.push_to_talk && !self.talking, "t to talk"),
            (self.push_to_talk && self.talking, "talking"),
            (self.feedback, "FEEDBACK"),
            (self.recorded.is_some(), "recording"),
            (self.record_lost > 0, "recording has gaps"),
            (self.freewheel, "freewheel"),
            (self.priority == "refused", "no real-time priority"),
        ] {
            if is_so {
                facts.push_str("  ");
                facts.push_str(word);
            }
        }
        if self.transpose != 0.0 {
            facts.push_str(&format!("  transpose {:+}", self.transpose));
        }
        if self.formant != 0.0 {
            facts.push_str(&format!("  formant {:+}", self.formant));
        }
        facts
    }

    /// What is said at the end.
    pub fn to_summary(&self) -> String {
        format!(
            "ran {:.1} s: {} underruns ({} samples missing), {} overruns, {} xruns, {} gaps and {} drops between \
             devices; latency {:.1} ms ({} samples at {} Hz) and {:.1} ms of devices; peak load {:.0}%",
            self.seconds,
            self.underruns,
            self.missing_samples,
            self.overruns,
            self.xruns,
            self.device_gaps,
            self.device_drops,
            self.latency_ms,
            self.latency_samples,
            self.rate,
            self.device_ms,
            100.0 * self.peak_load,
        )
    }

    /// As one line of JSON.
    pub fn to_json(&self, kind: &str) -> String {
        // Its fields are numbers and texts, which always become JSON.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value["event"] = kind.into();
        value.to_string()
    }
}

fn voice_name(session: &crate::Session, slot: u32, speaker: u32) -> String {
    if slot == NO_VOICE {
        return "none".to_owned();
    }
    let voices = session.voices();
    let name = voices.name(slot).unwrap_or_else(|| format!("voice {slot}"));
    let speakers = voices.speakers(slot);
    if speakers.len() < 2 {
        return name;
    }
    let speaker = speakers
        .iter()
        .find(|(id, _)| *id == speaker)
        .or(speakers.first());
    match speaker {
        Some((_, speaker)) => format!("{name}/{speaker}"),
        None => name,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn example() -> Snapshot {
        Snapshot {
            seconds: 12.34,
            state: RUNNING,
            lost: None,
            returns: 0,
            voice: "default/rms".to_owned(),
            voice_state: "ready",
            notice: None,
            input_db: -18.2,
            output_db: -20.0,
            latency_samples: 3840,
            latency_ms: 80.0,
            device_ms: 12.5,
            rate: 48_000,
            block: 256,
            load: 0.25,
            peak_load: 0.5,
            underruns: 1,
            missing_samples: 480,
            overruns: 0,
            xruns: 2,
            device_gaps: 1,
            device_drops: 1,
            clock_ppm: Some(12.5),
            blocks: 2300,
            restarts: 0,
            priority: "refused",
            runtime: Some("tract".to_owned()),
            transpose: -5.0,
            formant: 0.0,
            output_gain: 0.0,
            bypass: true,
            muted: false,
            feedback: false,
            panic: false,
            push_to_talk: false,
            talking: false,
            recorded: None,
            record_lost: 0,
            freewheel: false,
        }
    }

    #[test]
    fn a_line_shows_engine_and_devices_as_two_numbers() {
        let line = example().to_line();
        let expected = "12.3 s  in -18 dB  out -20 dB  80.0+12.5 ms  load 25% (peak 50%)  under 1 over 0 xruns 4  \
                        default/rms ready  bypass  no real-time priority  transpose -5";
        assert_eq!(line, expected);
    }

    #[test]
    fn without_devices_it_says_so_and_shows_what_is_turned_meanwhile() {
        let settings = Settings {
            output_gain: Decibels(-3.0),
            ..Settings::default()
        };
        let counts = Counts::default();
        counts.set_muted(true);
        let waiting = example().waiting(20.0, "unplugged", &settings, &counts);
        let line = waiting.to_line();
        assert!(
            line.contains("WAITING FOR DEVICE") && line.contains("muted"),
            "{line}"
        );
        let value: serde_json::Value = serde_json::from_str(&waiting.to_json("status")).unwrap();
        assert_eq!(value["state"], "waiting for device");
        assert_eq!(value["lost"], "unplugged");
        assert_eq!(value["output_gain"], -3.0);
        assert_eq!(value["bypass"], false);
    }

    #[test]
    fn json_is_one_line_with_every_number() {
        let json = example().to_json("status");
        assert!(!json.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["event"], "status");
        assert_eq!(value["latency_samples"], 3840);
        assert_eq!(value["device_gaps"], 1);
        assert_eq!(value["clock_ppm"], 12.5);
    }

    #[test]
    fn the_summary_names_what_was_lost() {
        let summary = example().to_summary();
        assert!(
            summary.contains("1 underruns (480 samples missing), 0 overruns, 2 xruns"),
            "{summary}"
        );
        assert!(
            summary.contains("80.0 ms (3840 samples at 48000 Hz) and 12.5 ms of devices"),
            "{summary}"
        );
    }
}
