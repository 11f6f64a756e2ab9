//! Runs the pipeline on a sliding window, for streaming.

use syrinx_dsp::{SampleRate, Samples};

use super::pipeline::{Controls, SvcPipeline};
use super::window::Window;
use crate::converter::{Converter, ConverterSpec, Join, LatencyTerm};
use crate::error::{ConvertError, LoadError, RunError};
use crate::live_controls::LiveControls;
use crate::pitch_frame::PitchFrame;

/// Fades over four to eight periods of a voice; shorter is heard as a click, longer is latency.
const CROSSFADE_MS: f64 = 40.0;

/// One period at 100 Hz, so that two outputs of any phase can be brought into line.
const SEARCH_MS: f64 = 10.0;

/// So-VITS conversion of a stream: every call converts a window of context, chunk and lookahead anew, and the
/// outputs are joined by SOLA, because the generator's phase starts anew each time.
///
/// All lengths are whole hops, so that all windows lie on one grid of frames and the noise of a frame is the same
/// in each of them.
///
/// # Real-time safety
///
/// Not real-time safe; see [`Converter`].
pub struct SvcConverter {
    pipeline: SvcPipeline,
    controls: Controls,
    spec: ConverterSpec,
    /// The frame at which the next window begins.
    position: i64,
    /// The numbers of the speakers that can be chosen while it runs.
    speakers: Vec<u32>,
}

impl SvcConverter {
    /// A converter at the start of a stream. `chunk_ms` is a wish: rounded to whole hops, 20 ms to 2 s.
    ///
    /// # Errors
    /// If `chunk_ms` is out of its range.
    pub fn new(
        pipeline: SvcPipeline,
        controls: Controls,
        chunk_ms: Option<f64>,
    ) -> Result<SvcConverter, ConvertError> {
        let window = Window::USUAL.wished(chunk_ms.into())?;
        Ok(SvcConverter::with_window(pipeline, controls, window))
    }

    /// A converter at the start of a stream that hears `window` each time.
    pub(super) fn with_window(
        pipeline: SvcPipeline,
        controls: Controls,
        window: Window,
    ) -> SvcConverter {
        let config = pipeline.config();
        let spec = spec(config.rate, config.hop, window);
        let position = start(&spec, config.hop);
        SvcConverter {
            pipeline,
            controls,
            spec,
            position,
            speakers: Vec::new(),
        }
    }

    /// The same networks with another window, at the start of a stream.
    pub(super) fn rewindowed(self, window: Window) -> SvcConverter {
        let speakers = self.speakers;
        SvcConverter::with_window(self.pipeline, self.controls, window).with_speakers(speakers)
    }

    /// With the numbers of the speakers that can be chosen while it runs, the first one first.
    #[must_use]
    pub fn with_speakers(self, speakers: Vec<u32>) -> SvcConverter {
        SvcConverter { speakers, ..self }
    }

    /// Converts a window of silence, so that the first chunk does not pay for what backends put off.
    ///
    /// # Errors
    /// If it fails.
    pub fn prewarm(&mut self) -> Result<(), LoadError> {
        let silence = vec![0.0; self.spec.input_len()];
        let outcome = self.pipeline.convert(&silence, 0, &self.controls);
        self.pipeline.reset();
        match outcome {
            Ok(_) => Ok(()),
            Err(source) => Err(LoadError::Prewarm {
                model: "so-vits".to_owned(),
                source,
            }),
        }
    }
}

impl SvcConverter {
    /// The samples of the recording that the window at `first_frame` adds.
    fn chunk_at(&self, first_frame: i64) -> std::ops::Range<i64> {
        let begin = first_frame * self.pipeline.config().hop as i64;
        let end = begin + (self.spec.input_len() - self.spec.lookahead.0) as i64;
        end - self.spec.chunk.0 as i64..end
    }
}

impl Converter for SvcConverter {
    fn spec(&self) -> &ConverterSpec {
        &self.spec
    }

    fn convert(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), RunError> {
        self.spec.check_lengths(input, output)?;
        let first_frame = self.position;
        self.position += (self.spec.chunk.0 / self.pipeline.config().hop) as i64;
        if input.iter().all(|&sample| sample == 0.0) {
            // As in a file, silence is not converted: generators hiss on it.
            output.fill(0.0);
            self.pipeline.tell(self.chunk_at(first_frame), true);
            return Ok(());
        }
        let audio = self.pipeline.convert(input, first_frame, &self.controls)?;
        self.pipeline.tell(self.chunk_at(first_frame), false);
        let end = audio.len() - self.spec.lookahead.0;
        output.copy_from_slice(&audio[end - output.len()..end]);
        Ok(())
    }

    fn reset(&mut self) {
        self.position = start(&self.spec, self.pipeline.config().hop);
        self.pipeline.reset();
    }

    fn set_controls(&mut self, controls: &LiveControls) {
        self.controls.follow(controls, &self.speakers);
    }

    fn pitch(&self) -> &[PitchFrame] {
        self.pipeline.pitch()
    }
}

/// The frame at which the first window begins: its chunk begins the stream's time.
fn start(spec: &ConverterSpec, hop: usize) -> i64 {
    -(((spec.input_len() - spec.chunk.0) / hop) as i64)
}

pub(super) fn spec(rate: SampleRate, hop: usize, window: Window) -> ConverterSpec {
    let samples = |ms: f64| rate.samples_in_ms(ms).0;
    let hops = |ms: f64| (samples(ms) + hop / 2) / hop;
    let (search, crossfade) = (Samples(samples(SEARCH_MS)), Samples(samples(CROSSFADE_MS)));
    let overlap = (search + crossfade).0;
    let chunk = Samples(hops(window.chunk_ms).max(1) * hop);
    // Lookahead and overlap together are whole hops, too.
    let lookahead =
        Samples((overlap + samples(window.lookahead_ms)).next_multiple_of(hop) - overlap);
    let mut terms = vec![
        LatencyTerm {
            name: "chunk",
            ms: chunk.to_ms(rate),
            note: "shorter: the whole window is converted more often, compute rises in proportion",
        },
        LatencyTerm {
            name: "lookahead",
            ms: lookahead.to_ms(rate),
            note: "shorter: the content encoder sees less of what follows and slurs phones",
        },
        LatencyTerm {
            name: "crossfade",
            ms: crossfade.to_ms(rate),
            note: "shorter: joins are heard as clicks",
        },
        LatencyTerm {
            name: "search",
            ms: search.to_ms(rate),
            note: "shorter: low voices cannot be brought into phase and flutter at joins",
        },
    ];
    terms.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    ConverterSpec {
        input_rate: rate,
        output_rate: rate,
        chunk,
        context: Samples(hops(window.context_ms).max(1) * hop),
        lookahead,
        join: Join::Sola { search, crossfade },
        terms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::Quality;

    #[test]
    fn every_window_is_whole_hops() {
        for (rate, hop) in [(44_100, 512), (48_000, 480), (32_000, 320), (16_000, 320)] {
            let chunks = [20.0, 99.0, 250.0, 2_000.0].map(Some);
            let asked = chunks.map(|chunk_ms| Window::USUAL.wished(chunk_ms.into()).unwrap());
            for window in asked.into_iter().chain(Quality::ALL.map(Window::of)) {
                let rate = SampleRate::of(rate);
                let spec = spec(rate, hop, window);
                assert_eq!((spec.input_len() % hop, spec.chunk.0 % hop), (0, 0));
                assert!(spec.chunk.0 > 0);
                // Lookahead is rounded up to what fills a hop, everything else to the nearest hop.
                let (hop_ms, lookahead_ms) = (Samples(hop).to_ms(rate), spec.lookahead.to_ms(rate));
                let beyond = lookahead_ms - window.lookahead_ms;
                assert!(
                    (-1e-9..hop_ms).contains(&beyond),
                    "{beyond} ms for {window:?}"
                );
                let off = spec.context.to_ms(rate) - window.context_ms;
                assert!(off.abs() <= 0.5 * hop_ms + 1e-9, "{off} ms for {window:?}");
                let sum: f64 = spec.terms.iter().map(|term| term.ms).sum();
                let whole = Samples(spec.chunk.0 + spec.lookahead.0 + spec.overlap().0);
                assert!((sum - whole.to_ms(spec.input_rate)).abs() < 1e-9);
            }
        }
    }
}
