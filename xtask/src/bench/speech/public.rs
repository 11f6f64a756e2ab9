//! Measures public voices of full size and random weights: piper's beside piper itself, and Sambert.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{LONG, RUNS, Report, SENTENCE, SpeechBench, held, middle};
use crate::bench::row::{Row, median};
use crate::{peers, process};

/// The first sound of a piper voice counts as an answer, whatever the length of the sentence is.
const PIPER_FIRST_LIMIT_MS: f64 = 80.0;
/// The first sound of Sambert, whose decoder takes step after step before it.
const SAMBERT_FIRST_LIMIT_MS: f64 = 200.0;
/// Sambert leaves half of the two cores.
const SAMBERT_REAL_TIME_LIMIT: f64 = 0.5;
/// How often program and peer take turns: what else the machine does changes from minute to minute, and then both have it.
const ROUNDS: usize = 3;
/// What Sambert says: 25 syllables.
const MANDARIN: &str = "今天的天气很好，我们一起去公园散步，然后回家吃饭。";
/// Where a program may run, and whether that is one core.
const CORES: [(&str, bool); 2] = [("one core", true), ("two cores", false)];

/// The voices, and what runs them.
pub(super) struct PublicVoices<'a> {
    bench: &'a SpeechBench,
    voices: PathBuf,
}

impl PublicVoices<'_> {
    /// The voices in this folder.
    pub(super) fn new(bench: &SpeechBench, voices: PathBuf) -> PublicVoices<'_> {
        PublicVoices { bench, voices }
    }

    /// All numbers; what cannot be measured is a row that says why.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (cores, one_core) in CORES {
            for (length, text) in [("8-word sentence", SENTENCE), ("60-word sentence", LONG)] {
                let name = format!("piper medium, {length}, {cores}");
                let found = self.beside_piper(&name, text, one_core);
                rows.extend(or_missing(&name, found));
            }
        }
        for (cores, one_core) in CORES {
            let name = format!("Sambert 16 kHz, 25 syllables, {cores}");
            rows.extend(or_missing(&name, self.sambert(&name, one_core)));
        }
        rows
    }

    /// First sound and time in all of a piper voice here, and in piper, one after the other.
    fn beside_piper(&self, name: &str, text: &str, one_core: bool) -> Result<Vec<Row>> {
        let per_second = |report: &Report| report.compute_s / report.duration_s;
        let (mut ours, mut peers, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let reports = self.reports("piper", text, one_core)?;
            let peer = self.piper(text, one_core)?;
            ratios.push(middle(&reports, per_second) / per_second(&peer));
            ours.extend(reports);
            peers.push(peer);
        }
        let ratio = median(&ratios).unwrap_or(f64::NAN);
        Ok(vec![
            first_row(name, &ours)
                .limit(PIPER_FIRST_LIMIT_MS)
                .note(format!(
                    "median of {}; piper: {:.0} ms",
                    ours.len(),
                    1e3 * middle(&peers, |peer| peer.first_audio_s)
                )),
            // Durations are drawn: seconds of speech differ, so time is taken per second of it.
            Row::new(
                format!("time per second of speech, {name} / piper's own"),
                ratio,
                "",
            )
            .limit(1.0)
            .note(format!(
                "{:.3} against {:.3}, {ROUNDS} times one after the other; {:.2} s for {:.1} s of speech against {:.2} s for \
                 {:.1} s",
                middle(&ours, per_second),
                middle(&peers, per_second),
                middle(&ours, |report| report.compute_s),
                middle(&ours, |report| report.duration_s),
                middle(&peers, |peer| peer.compute_s),
                middle(&peers, |peer| peer.duration_s)
            )),
        ])
    }

    fn sambert(&self, name: &str, one_core: bool) -> Result<Vec<Row>> {
        let reports = self.reports("sambert", MANDARIN, one_core)?;
        let factor = middle(&reports, |report| report.compute_s / report.duration_s);
        let factor = Row::new(format!("real-time factor, {name}"), factor, "").note(format!(
            "{:.1} s of speech",
            middle(&reports, |report| report.duration_s)
        ));
        let first = first_row(name, &reports);
        Ok(match one_core {
            true => vec![first, factor],
            false => vec![
                first.limit(SAMBERT_FIRST_LIMIT_MS),
                factor.limit(SAMBERT_REAL_TIME_LIMIT),
            ],
        })
    }

    fn reports(&self, voice: &str, text: &str, one_core: bool) -> Result<Vec<Report>> {
        self.bench
            .spoken_by(&self.voices.join(voice), text, one_core)
    }

    /// Piper's own times: with as many threads as it takes by itself, or with one.
    fn piper(&self, text: &str, one_core: bool) -> Result<Report> {
        let voice = Path::new(&self.voices).join("piper").join("voice.onnx");
        let mut script = held(peers::piper_script("time_piper.py")?, one_core);
        script.arg(voice).arg(text).arg(RUNS.to_string());
        if one_core {
            // Its library counts the machine's cores, and pins a thread to each, whatever it may use.
            script.arg("1");
        }
        let printed = process::capture(&mut script)?;
        let last = printed.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .with_context(|| format!("expected times as JSON, found {last:?}"))
    }
}

fn first_row(name: &str, reports: &[Report]) -> Row {
    let first_ms = 1e3 * middle(reports, |report| report.first_audio_s);
    Row::new(format!("first audio, {name}"), first_ms, "ms").note(format!("median of {RUNS}"))
}

fn or_missing(name: &str, rows: Result<Vec<Row>>) -> Vec<Row> {
    rows.unwrap_or_else(|error| vec![Row::missing(name, format!("{error:#}"))])
}
