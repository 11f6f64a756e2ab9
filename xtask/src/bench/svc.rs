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
use crate::wav::Recording;
use busy::Busy;
use timing::{Timing, of_ours, of_peer};
use variants::{BLOCKS_MS, Block, VARIANTS, Variant};

/// Runs of which the median counts, and seconds of recording; with `--quick` the second.
const RUNS: [usize; 2] = [3, 1];
const SECONDS: [u32; 2] = [30, 12];
/// Threads of the peers: what this machine's users have at least, and what Syrinx's own numbers are for.
const PEER_THREADS: &str = "2";
/// What a So-VITS generator of full size computes, per second of audio: a number that was known before, not counted here.
const GENERATOR_GFLOP: f64 = 54.0;
/// The second load of a voice may take this long.
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
        Ok(SvcBench {
            peers,
            program,
            folder: folder.to_path_buf(),
            recording,
            seconds: f64::from(seconds),
            runs: RUNS[usize::from(quick)],
        })
    }

    /// Every number; what cannot be measured is a row that says why.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for variant in &VARIANTS {
            rows.extend(self.whole_files(variant, false));
        }
        for variant in &VARIANTS {
            rows.extend(self.whole_files(variant, true));
        }
        for block in &BLOCKS_MS {
            for variant in &VARIANTS {
                rows.extend(self.streams(variant, block));
            }
        }
        rows.extend(self.floor());
        rows
    }

    /// A whole recording from loading to writing, and the most memory; `busy` beside a program that keeps a core.
    fn whole_files(&self, variant: &Variant, busy: bool) -> Vec<Row> {
        let place = if busy { ", one core kept busy" } else { "" };
        let name = format!("whole file, {}{place}", variant.name);
        let measured = || -> Result<Vec<Row>> {
            self.check(variant)?;
            let _busy = busy.then(Busy::start).transpose()?;
            let options: [&str; 0] = [];
            let (peer, ours) = self.alternate(
                || {
                    of_peer(
                        &self.peers,
                        variant.file_part,
                        &self.recording,
                        PEER_THREADS,
                        &[],
                    )
                },
                || of_ours(&self.conversion(variant, &options)),
            )?;
            let per_second = |timings: &[Timing]| middle(timings, |t| t.wall_s / self.seconds);
            let memory = |timings: &[Timing]| middle(timings, |t| t.peak_mb);
            let again = middle(&peer, |t| t.again_s / self.seconds);
            let loading = middle(&ours, |t| t.wall_s - t.compute_s);
            let mut rows = vec![
                Row::new(
                    format!("{name}, {}", variant.peer),
                    per_second(&peer),
                    "s/s",
                )
                .note(format!(
                    "{} MB; {PEER_THREADS} threads",
                    memory(&peer).round()
                )),
                Row::new(name.clone(), per_second(&ours), "s/s").note(format!(
                    "{} MB; loading and writing counted",
                    memory(&ours).round()
                )),
                ratio(
                    format!("{name} / {}", variant.peer),
                    per_second(&ours),
                    per_second(&peer),
                )
                .limit(variant.file_limit),
            ];
            // The most that can be said for the peer: its libraries, and what it makes for each length, are there.
            rows.push(ratio(
                format!("{name} / {}, second time in one process", variant.peer),
                per_second(&ours),
                again,
            ));
            if !busy {
                let memory = ratio(
                    format!("peak memory, {} / {}", variant.name, variant.peer),
                    memory(&ours),
                    memory(&peer),
                );
                rows.push(memory.limit(0.5));
                rows.push(
                    Row::new(format!("loading, {}", variant.name), loading, "s")
                        .limit(LOAD_LIMIT_S)
                        .note("wall time less computing, files cached"),
                );
            }
            Ok(rows)
        };
        measured().unwrap_or_else(|error| vec![Row::missing(name, format!("{error:#}"))])
    }

    /// Computing per second of audio, streamed in blocks.
    fn streams(&self, variant: &Variant, block: &Block) -> Vec<Row> {
        let name = format!("streamed, {} ms, {}", block.ms, variant.name);
        let measured = || -> Result<Vec<Row>> {
            self.check(variant)?;
            let length = block.ms.to_string();
            let (context, lookahead) = (
                variant.peer_context_ms.to_string(),
                variants::LOOKAHEAD_MS.to_string(),
            );
            let settings = [
                "--block",
                length.as_str(),
                "--context",
                &context,
                "--lookahead",
                &lookahead,
            ];
            let (peer, ours) = self.alternate(
                || {
                    of_peer(
                        &self.peers,
                        variant.live_part,
                        &self.recording,
                        PEER_THREADS,
                        &settings,
                    )
                },
                || of_ours(&self.conversion(variant, &["--streamed", "--chunk", &length])),
            )?;
            let theirs = middle(&peer, |t| t.per_second);
            let own = middle(&ours, |t| t.compute_s / self.seconds);
            let limit = variant.live_limits[block.index];
            let mut own_row = Row::new(name.clone(), own, "s/s").note("median, computing alone");
            own_row.limit = variant.keeps_up.then_some(LIVE_LIMIT);
            Ok(vec![
                Row::new(format!("{name}, {}", variant.peer), theirs, "s/s").note(format!(
                    "median block; its context {context} ms, lookahead {lookahead} ms"
                )),
                own_row,
                ratio(format!("{name} / {}", variant.peer), own, theirs).limit(limit),
            ])
        };
        measured().unwrap_or_else(|error| vec![Row::missing(name, format!("{error:#}"))])
    }

    /// What this processor's matrix products allow at best.
    fn floor(&self) -> Vec<Row> {
        let name = "matrix products of this processor";
        match of_peer(&self.peers, "product", &self.recording, PEER_THREADS, &[]) {
            Ok(timing) => vec![
                Row::new(name, timing.gflops, "GF/s").note("f32, torch, best of 30"),
                Row::new(
                    "generator at that rate",
                    GENERATOR_GFLOP / timing.gflops,
                    "s/s",
                )
                .note(format!("{GENERATOR_GFLOP} GFLOP per second of audio")),
            ],
            Err(error) => vec![Row::missing(name, format!("{error:#}"))],
        }
    }

    /// Runs both sides in turn, so that what else the machine does meets both.
    fn alternate(
        &self,
        peer: impl Fn() -> Result<Timing>,
        ours: impl Fn() -> Result<Timing>,
    ) -> Result<(Vec<Timing>, Vec<Timing>)> {
        let mut both = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            both.0.push(peer()?);
            both.1.push(ours()?);
        }
        Ok(both)
    }

    fn check(&self, variant: &Variant) -> Result<()> {
        let bundle = self.peers.bundle(variant.bundle);
        if !bundle.join("voice.json").is_file() {
            bail!("no bundle {}", variant.bundle);
        }
        Ok(())
    }

    fn conversion(&self, variant: &Variant, options: &[&str]) -> Conversion {
        let bundle = self.peers.bundle(variant.bundle).display().to_string();
        let fixed = [
            "--voice",
            &bundle,
            "--transpose",
            "3",
            "--backend",
            "onnxruntime",
            "--json",
        ];
        let all = fixed.iter().chain(variant.options).chain(options);
        Conversion {
            program: self.program.clone(),
            input: self.recording.clone(),
            output: self.folder.join("converted.wav"),
            options: all.map(ToString::to_string).collect(),
        }
    }
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
        for variant in &VARIANTS {
            assert!(variant.file_limit < 1.0);
            assert!(variant.live_limits.iter().all(|limit| *limit < 1.0));
        }
    }
}
