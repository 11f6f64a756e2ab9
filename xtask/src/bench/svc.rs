//! Measures So-VITS-SVC and RVC voices beside the programs that they come from, in one run on the same voices.

mod bundles;
mod busy;
mod timing;
mod variants;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::bench::row::{Row, median};
use crate::conversion::Conversion;
use crate::peers::{Peers, Size};
use crate::process;
use crate::wav::Recording;
use busy::Busy;
use timing::{Timing, of_ours, of_peer, operations};
use variants::{BLOCKS_MS, Block, Context, FAMILIES, Family, Form, contexts};

/// Runs of which the median counts, and seconds of recording; with `--quick` the second.
const RUNS: [usize; 2] = [3, 1];
const SECONDS: [u32; 2] = [30, 12];
/// Threads of the peers: what this machine's users have at least, and what Syrinx's own numbers are for.
const PEER_THREADS: &str = "2";
/// Opening a voice that was opened before may take this long.
const LOAD_LIMIT_S: f64 = 1.5;
/// A streamed voice keeps up on two cores with this much to spare.
const LIVE_LIMIT: f64 = 0.8;

/// The peers, their voices, the built command and a recording.
pub struct SvcBench {
    peers: Peers,
    program: PathBuf,
    folder: PathBuf,
    recording: PathBuf,
    seconds: f64,
    runs: usize,
}

impl SvcBench {
    /// Brings the peers, makes the voices and writes the recording: the demo's, repeated.
    ///
    /// # Errors
    /// If something cannot be brought or written.
    pub fn new(program: PathBuf, root: &Path, folder: &Path, quick: bool) -> Result<SvcBench> {
        let seconds = SECONDS[usize::from(quick)];
        let recording = folder.join(format!("svc_{seconds}s.wav"));
        let speech = Recording::read(&root.join("demo/speech.wav"))?;
        speech.repeated(seconds).write(&recording)?;
        let peers = Peers::ensure(Size::Full)?;
        bundles::import(&peers, &program)?;
        let bench = SvcBench {
            peers,
            program,
            folder: folder.to_path_buf(),
            recording,
            seconds: f64::from(seconds),
            runs: RUNS[usize::from(quick)],
        };
        bench.open_once(&speech)?;
        Ok(bench)
    }

    /// Opens every voice as it is opened later: what is kept of its networks is there then.
    fn open_once(&self, speech: &Recording) -> Result<()> {
        let recording = self.folder.join("svc_1s.wav");
        speech.repeated(1).write(&recording)?;
        let lookahead = variants::LOOKAHEAD_MS.to_string();
        let streamed = ["--streamed", "--lookahead", &lookahead];
        for form in FAMILIES.iter().flat_map(|family| &family.forms) {
            for options in [&streamed[..], &[]] {
                let conversion = Conversion {
                    input: recording.clone(),
                    ..self.conversion(form, options)
                };
                process::run(&mut conversion.command())?;
            }
        }
        Ok(())
    }

    /// Every number; what cannot be measured is a row that says why.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for family in &FAMILIES {
            rows.extend(self.whole_files(family, false));
        }
        for family in &FAMILIES {
            rows.extend(self.whole_files(family, true));
        }
        for block in &BLOCKS_MS {
            for family in &FAMILIES {
                rows.extend(self.streams(family, block));
            }
        }
        rows.extend(self.floor(&rows));
        rows
    }

    /// A whole recording from loading to writing, and the most memory; `busy` beside a program that keeps a core.
    fn whole_files(&self, family: &Family, busy: bool) -> Vec<Row> {
        let place = if busy { ", one core kept busy" } else { "" };
        let name = format!("whole file, {}{place}", family.name);
        let measured = || -> Result<Vec<Row>> {
            self.check(family)?;
            let _busy = busy.then(Busy::start).transpose()?;
            let forms = family.forms.iter();
            let ours: Vec<Conversion> = forms.map(|form| self.conversion(form, &[])).collect();
            let (peer, ours) = self.in_turn(family.file_part, &[], &ours)?;
            let mut rows = vec![
                Row::new(
                    format!("{name}, {}", family.peer),
                    middle(&peer, |t| t.wall_s / self.seconds),
                    "s/s",
                )
                .note(format!(
                    "{:.0} MB; {PEER_THREADS} threads; its first time",
                    middle(&peer, |t| t.peak_mb)
                )),
                Row::new(
                    format!("{name}, {}, libraries warm", family.peer),
                    middle(&peer, |t| (t.imported_s + t.again_s) / self.seconds),
                    "s/s",
                )
                .note("starting, and its second conversion in one process"),
            ];
            for (form, ours) in family.forms.iter().zip(&ours) {
                rows.extend(self.whole_file(family, form, place, &peer, ours));
            }
            Ok(rows)
        };
        measured().unwrap_or_else(|error| vec![Row::missing(name, format!("{error:#}"))])
    }

    /// The rows of one form of a voice.
    fn whole_file(
        &self,
        family: &Family,
        form: &Form,
        place: &str,
        peer: &[Timing],
        ours: &[Timing],
    ) -> Vec<Row> {
        let voice = format!("{} {}", family.name, form.name);
        let name = format!("whole file, {voice}{place}");
        let own = middle(ours, |t| t.wall_s / self.seconds);
        let memory = |timings: &[Timing]| middle(timings, |t| t.peak_mb);
        let mut rows = vec![
            Row::new(name.clone(), own, "s/s").note(format!(
                "{:.0} MB; loading and writing counted",
                memory(ours)
            )),
            // What is held to the limit is the most that can be said for the peer: nothing that torch does only once.
            ratio(
                format!("{name} / {}, libraries warm", family.peer),
                own,
                middle(peer, |t| (t.imported_s + t.again_s) / self.seconds),
            )
            .limit(form.file_limit),
            ratio(
                format!("{name} / {}", family.peer),
                own,
                middle(peer, |t| t.wall_s / self.seconds),
            )
            .limit(form.file_limit),
        ];
        if place.is_empty() {
            let name = format!("peak memory, {voice} / {}", family.peer);
            rows.push(ratio(name, memory(ours), memory(peer)).limit(0.5));
        }
        rows
    }

    /// Computing per second of audio, streamed in blocks.
    fn streams(&self, family: &Family, block: &Block) -> Vec<Row> {
        let name = format!("streamed, {} ms, {}", block.ms, family.name);
        let measured = || -> Result<Vec<Row>> {
            self.check(family)?;
            let (length, lookahead) = (block.ms.to_string(), variants::LOOKAHEAD_MS.to_string());
            let context = family.peer_context_ms.to_string();
            let settings = [
                "--block",
                &length,
                "--context",
                &context,
                "--lookahead",
                &lookahead,
            ];
            let with = contexts(family);
            let mut ours = Vec::new();
            for context in &with {
                let mut options = vec!["--streamed", "--chunk", &length, "--lookahead", &lookahead];
                options.extend(["--threads", PEER_THREADS]);
                let ms = context.ms.map(|ms| ms.to_string());
                options.extend(ms.iter().flat_map(|ms| ["--context", ms.as_str()]));
                let forms = family.forms.iter();
                ours.extend(forms.map(|form| self.conversion(form, &options)));
            }
            let (peer, ours) = self.in_turn(family.live_part, &settings, &ours)?;
            let theirs = middle(&peer, |t| t.per_second);
            let mut rows = vec![
                Row::new(format!("{name}, {}", family.peer), theirs, "s/s").note(format!(
                    "median block; {PEER_THREADS} threads; its context {context} ms, lookahead {lookahead} ms"
                )),
            ];
            let parts = ours.chunks(family.forms.len());
            for (context, ours) in with.iter().zip(parts) {
                for (form, ours) in family.forms.iter().zip(ours) {
                    rows.extend(stream_rows(
                        family,
                        block,
                        (context, form),
                        theirs,
                        ours,
                        self.seconds,
                    ));
                }
            }
            Ok(rows)
        };
        measured().unwrap_or_else(|error| vec![Row::missing(name, format!("{error:#}"))])
    }

    /// What this processor's matrix products allow at best, and how far `rows` are from it.
    fn floor(&self, rows: &[Row]) -> Vec<Row> {
        let name = "matrix products of this processor";
        let measured = || -> Result<Vec<Row>> {
            let product = self.of_peer("product", &[])?.gflops;
            let mut floors = vec![Row::new(name, product, "GF/s").note("f32, torch, best of 30")];
            for family in &FAMILIES {
                let form = &family.forms[0];
                let gflop = operations(&self.peers, form.bundle)?;
                let floor = gflop.iter().sum::<f64>() / product;
                let [encoder, head, generator] = gflop;
                let floor_name = format!("floor of a whole file, {} {}", family.name, form.name);
                floors.push(Row::new(floor_name.clone(), floor, "s/s").note(format!(
                    "GFLOP per second: encoder {encoder:.1}, head {head:.1}, generator {generator:.1}"
                )));
                let whole = format!("whole file, {} {}", family.name, form.name);
                let own = rows.iter().find(|row| row.name == whole);
                if let Some(Ok(own)) = own.map(|row| &row.value) {
                    let note = "loading, silence around pieces and F0 counted";
                    floors.push(Row::new(format!("{whole} / floor"), own / floor, "").note(note));
                }
            }
            Ok(floors)
        };
        measured().unwrap_or_else(|error| vec![Row::missing(name, format!("{error:#}"))])
    }

    /// Runs a part of the peer and all of `ours` in turn, so that what else the machine does meets all.
    fn in_turn(
        &self,
        part: &str,
        settings: &[&str],
        ours: &[Conversion],
    ) -> Result<(Vec<Timing>, Vec<Vec<Timing>>)> {
        let mut theirs = Vec::new();
        let mut timings = vec![Vec::new(); ours.len()];
        for _ in 0..self.runs {
            theirs.push(self.of_peer(part, settings)?);
            for (conversion, timings) in ours.iter().zip(&mut timings) {
                timings.push(of_ours(conversion)?);
            }
        }
        Ok((theirs, timings))
    }

    fn of_peer(&self, part: &str, settings: &[&str]) -> Result<Timing> {
        of_peer(&self.peers, part, &self.recording, PEER_THREADS, settings)
    }

    fn check(&self, family: &Family) -> Result<()> {
        for form in &family.forms {
            let bundle = self.peers.bundle(form.bundle);
            if !bundle.join("voice.json").is_file() {
                bail!("no bundle {}", form.bundle);
            }
        }
        Ok(())
    }

    fn conversion(&self, form: &Form, options: &[&str]) -> Conversion {
        let bundle = self.peers.bundle(form.bundle).display().to_string();
        let fixed = [
            "--voice",
            &bundle,
            "--transpose",
            "3",
            "--backend",
            "onnxruntime",
            "--json",
        ];
        let all = fixed.iter().chain(options);
        Conversion {
            program: self.program.clone(),
            input: self.recording.clone(),
            output: self.folder.join("converted.wav"),
            options: all.map(ToString::to_string).collect(),
        }
    }
}

/// The rows of a stream of ours beside what the peer takes.
fn stream_rows(
    family: &Family,
    block: &Block,
    (context, form): (&Context, &Form),
    theirs: f64,
    ours: &[Timing],
    seconds: f64,
) -> Vec<Row> {
    let heard = match context.ms {
        Some(ms) => format!("context {ms} ms"),
        None => "own context".to_owned(),
    };
    let name = format!(
        "streamed, {} ms, {} {}, {heard}",
        block.ms, family.name, form.name
    );
    let own = middle(ours, |t| (t.compute_s - t.opened_s) / seconds);
    let mut row = Row::new(name.clone(), own, "s/s")
        .note(format!("mean; {PEER_THREADS} threads; opening left out"));
    row.limit = form.keeps_up.then_some(LIVE_LIMIT);
    let mut compared = ratio(format!("{name} / {}", family.peer), own, theirs);
    compared.limit = context.limited.then_some(form.live_limits[block.index]);
    let mut rows = vec![row, compared];
    if block.index == 0 && context.ms.is_none() {
        let name = format!("opening, {} {}", family.name, form.name);
        rows.push(
            Row::new(name, middle(ours, |t| t.opened_s), "s")
                .limit(LOAD_LIMIT_S)
                .note("not for the first time; the first chunk is among it"),
        );
    }
    rows
}

fn middle(timings: &[Timing], number: impl Fn(&Timing) -> f64) -> f64 {
    let numbers: Vec<f64> = timings.iter().map(number).collect();
    median(&numbers).unwrap_or(f64::NAN)
}

/// Ours over the peer's: below 1 is less.
fn ratio(name: String, ours: f64, peers: f64) -> Row {
    let note = format!("{:.1} times as good", peers / ours);
    Row::new(name, ours / peers, "").note(note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_ours_over_the_peers() {
        let row = ratio("a".to_owned(), 1.0, 2.5).limit(0.4);
        assert_eq!(row.value, Ok(0.4));
        assert_eq!(row.note, "2.5 times as good");
        assert_eq!(row.verdict(), crate::bench::row::Verdict::Ok);
    }

    #[test]
    fn every_block_has_its_limit() {
        for (index, block) in BLOCKS_MS.iter().enumerate() {
            assert_eq!(block.index, index);
        }
        for family in &FAMILIES {
            assert_eq!(
                contexts(family).iter().filter(|with| with.limited).count(),
                1
            );
            for form in &family.forms {
                assert!(form.file_limit < 1.0);
                assert!(form.live_limits.iter().all(|limit| *limit < 1.0));
            }
        }
    }
}
