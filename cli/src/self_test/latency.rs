//! The step that streams the phrase at each quality: what latency is reported, and whether this machine keeps it.

use std::time::Instant;

use serde::Serialize;
use syrinx_dsp::{SampleRate, Samples, resample_all};
use syrinx_models::{
    LatencyTerm, LiveControls, Observer, Quality, Stream, StreamConfig, StreamLatency, Voice,
};

use super::report::{Facts, Finding, State};
use super::speech::Phrase;
use super::voice::no_phrase;
use crate::error::CliError;
use crate::progress::Progress;
use crate::voices::find::DEFAULT_VOICE;

/// What hosts usually run at.
const RATE: SampleRate = SampleRate::of(48_000);

/// What people who mind latency set their hosts to, in samples.
const BLOCK: usize = 128;

/// Chunks that are not counted: the caches are cold.
const WARMING: usize = 3;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct LatencyFacts {
    rate: u32,
    block: usize,
    qualities: Vec<QualityFacts>,
}

/// What was measured at one quality.
#[derive(Clone, Debug, Serialize)]
struct QualityFacts {
    quality: &'static str,
    /// What the plugin reports at this rate and block, and `syrinx-live` beside its devices.
    latency_ms: f64,
    terms: Vec<Term>,
    chunk_ms: f64,
    deadline_ms: f64,
    chunks: usize,
    /// Chunks that were not done by their deadline.
    late: usize,
    /// The time that a chunk took, as a share of its deadline.
    median_share: f64,
    worst_share: f64,
}

/// A part of a latency.
#[derive(Clone, Debug, Serialize)]
struct Term {
    name: &'static str,
    ms: f64,
}

/// Streams the phrase. Fails where not even the most patient quality is in time.
///
/// # Errors
/// If there is no voice or no phrase, a stream cannot be made or fails, or the user stops it.
pub(super) fn step(
    voice: Option<&Voice>,
    phrase: Option<&Phrase>,
    progress: &mut Progress,
) -> Result<(Finding, ()), CliError> {
    let voice = voice.ok_or_else(|| CliError::other("not tried", "there is no voice to stream"))?;
    let phrase = phrase.ok_or_else(no_phrase)?;
    let samples = resample_all(&phrase.samples, phrase.rate, RATE);
    let samples = samples.map_err(|error| CliError::other("the phrase", error))?;
    let measured = Quality::ALL.map(|quality| measure(voice, quality, &samples, progress));
    let qualities: Vec<QualityFacts> = measured.into_iter().collect::<Result<_, _>>()?;
    let (state, says) = verdict(&qualities);
    let facts = LatencyFacts {
        rate: RATE.hz(),
        block: BLOCK,
        qualities,
    };
    Ok((Finding::new(state, says, Facts::Latency(facts)), ()))
}

fn measure(
    voice: &Voice,
    quality: Quality,
    samples: &[f32],
    progress: &mut Progress,
) -> Result<QualityFacts, CliError> {
    let failed = |message: &dyn std::fmt::Display| {
        CliError::other(
            format_args!("voice {DEFAULT_VOICE}, {}", quality.name()),
            message,
        )
    };
    let converter = voice.live(&LiveControls::default(), quality);
    let converter = converter.map_err(|error| failed(&error))?;
    let spec = converter.spec().clone();
    let latency = StreamLatency::of(&spec, RATE).map_err(|error| failed(&error))?;
    let stream = Stream::new(converter, StreamConfig::new(RATE, BLOCK));
    let mut stream = stream.map_err(|error| failed(&error))?;
    let chunk_ms = spec.chunk.to_ms(spec.input_rate);
    let deadline_ms = chunk_ms * quality.deadline_share();
    let mut shares = Vec::new();
    let mut rest = samples.to_vec();
    let mut rest = rest.as_mut_slice();
    while !progress.cancelled() {
        let count = stream.until_chunk() + 1;
        if count > rest.len() {
            break;
        }
        let (now, later) = rest.split_at_mut(count);
        let started = Instant::now();
        stream.process(now).map_err(|error| failed(&error))?;
        shares.push(started.elapsed().as_secs_f64() * 1e3 / deadline_ms);
        if now.iter().any(|sample| !sample.is_finite()) {
            return Err(failed(&"expected numbers, found others in the stream"));
        }
        rest = later;
        progress.progress(shares.len() as u64);
    }
    if stream.missing() > 0 {
        return Err(failed(&format_args!(
            "expected every sample, found {} missing",
            stream.missing()
        )));
    }
    let shares = shares.split_off(WARMING.min(shares.len()));
    let (total, terms) = with_thread(&latency, deadline_ms);
    Ok(QualityFacts {
        quality: quality.name(),
        latency_ms: total.to_ms(RATE),
        terms,
        chunk_ms,
        deadline_ms,
        ..told(shares)
    })
}

/// What the times of chunks say.
fn told(mut shares: Vec<f64>) -> QualityFacts {
    shares.sort_by(f64::total_cmp);
    QualityFacts {
        quality: "",
        latency_ms: 0.0,
        terms: Vec::new(),
        chunk_ms: 0.0,
        deadline_ms: 0.0,
        chunks: shares.len(),
        late: shares.iter().filter(|share| **share > 1.0).count(),
        median_share: shares.get(shares.len() / 2).copied().unwrap_or(0.0),
        worst_share: shares.last().copied().unwrap_or(0.0),
    }
}

/// The latency with what a thread of its own costs, as plugin and live program report it, and its parts, longest first.
fn with_thread(stream: &StreamLatency, deadline_ms: f64) -> (Samples, Vec<Term>) {
    let deadline = RATE.samples_in_ms(deadline_ms);
    let total = Samples(stream.total.0 + BLOCK + deadline.0 - 1);
    let term = |(name, ms)| Term { name, ms };
    let own = |part: &LatencyTerm| (part.name, part.ms);
    let thread = [
        ("deadline", deadline.to_ms(RATE)),
        ("block", Samples(BLOCK - 1).to_ms(RATE)),
    ];
    let mut terms: Vec<Term> = stream
        .terms
        .iter()
        .map(own)
        .chain(thread)
        .map(term)
        .collect();
    terms.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    (total, terms)
}

/// Which quality this machine keeps, if any.
fn verdict(qualities: &[QualityFacts]) -> (State, String) {
    let place = format!("at {} Hz in blocks of {BLOCK}", RATE.hz());
    if let Some(kept) = qualities.iter().find(|quality| quality.late == 0) {
        let says = format!(
            "{} takes {:.1} ms {place}, and every chunk was in time",
            kept.quality, kept.latency_ms
        );
        return (State::Works, says);
    }
    match qualities.iter().find(|quality| quality.median_share < 1.0) {
        Some(near) => {
            let says = format!(
                "{} takes {:.1} ms {place}, but {} of {} chunks were late: this machine was busy, or is slow",
                near.quality, near.latency_ms, near.late, near.chunks
            );
            (State::Works, says)
        }
        None => {
            let says =
                "this machine is too slow for live use: most chunks were late at every quality";
            (State::Failed, says.to_owned())
        }
    }
}

impl LatencyFacts {
    /// A table, and what the first latency consists of.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<15}{:>10}{:>9}{:>10}{:>8}{:>8}{:>13}",
            "quality", "latency", "chunk", "deadline", "median", "worst", "late"
        )];
        lines.extend(self.qualities.iter().map(|quality| {
            format!(
                "{:<15}{:>7.1} ms{:>6.0} ms{:>7.1} ms{:>6.0} %{:>6.0} %{:>13}",
                quality.quality,
                quality.latency_ms,
                quality.chunk_ms,
                quality.deadline_ms,
                quality.median_share * 100.0,
                quality.worst_share * 100.0,
                format!("{} of {}", quality.late, quality.chunks)
            )
        }));
        lines.push("median and worst: what a chunk took of its deadline".to_owned());
        lines.extend(self.qualities.first().map(|quality| {
            let terms = quality.terms.iter();
            let terms: Vec<String> = terms
                .map(|term| format!("{} {:.1}", term.name, term.ms))
                .collect();
            format!("{:.1} ms are: {}", quality.latency_ms, terms.join(", "))
        }));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voices::find;

    fn quality(quality: &'static str, shares: &[f64]) -> QualityFacts {
        QualityFacts {
            quality,
            latency_ms: 76.44,
            ..told(shares.to_vec())
        }
    }

    #[test]
    fn times_are_told_as_shares_of_the_deadline() {
        let told = told(vec![0.5, 1.5, 0.1, 0.2, 0.3]);
        assert_eq!((told.chunks, told.late), (5, 1));
        assert_eq!((told.median_share, told.worst_share), (0.3, 1.5));
        assert_eq!(super::told(Vec::new()).chunks, 0);
    }

    #[test]
    fn the_first_quality_that_is_kept_is_named() {
        let (fast, busy, slow) = ([0.1, 0.2, 0.3], [0.1, 0.2, 1.3], [1.1, 1.2, 1.3]);
        for (shares, state, says) in [
            ([fast, fast], State::Works, "a takes 76.4 ms at 48000 Hz"),
            ([busy, fast], State::Works, "b takes"),
            (
                [slow, busy],
                State::Works,
                "b takes 76.4 ms at 48000 Hz in blocks of 128, but 1 of 3",
            ),
            ([slow, slow], State::Failed, "too slow"),
        ] {
            let (found, sentence) = verdict(&[quality("a", &shares[0]), quality("b", &shares[1])]);
            assert_eq!(found, state);
            assert!(sentence.contains(says), "{sentence}");
        }
    }

    #[test]
    fn the_latency_is_the_one_that_the_plugin_reports() {
        let bundle = find::open(DEFAULT_VOICE).unwrap();
        for (quality, expected) in [(Quality::LowestLatency, 76.4), (Quality::LowLatency, 81.4)] {
            let spec = Voice::spec_of(&bundle, quality).unwrap();
            let stream = StreamLatency::of(&spec, RATE).unwrap();
            let deadline_ms = spec.chunk.to_ms(spec.input_rate) * quality.deadline_share();
            let (total, terms) = with_thread(&stream, deadline_ms);
            assert!((total.to_ms(RATE) - expected).abs() < 0.06, "{total:?}");
            let sum: f64 = terms.iter().map(|term| term.ms).sum();
            // The sample that completes a chunk waits for no other.
            assert!((sum - total.to_ms(RATE)).abs() < 0.05, "{sum} {total:?}");
            assert!(terms.iter().any(|term| term.name == "block"));
        }
    }
}
