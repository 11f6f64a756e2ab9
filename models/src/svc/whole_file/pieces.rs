//! Converts a recording in long pieces that hear each other, as RVC's offline program does.

use syrinx_dsp::{LoudnessFollower, Samples, ZeroPhase, butterworth, match_loudness_up_to};

use super::file_output::FileOutput;
use super::piece_config::{FRAME, PieceConfig};
use super::quiet_cutter::{QuietCutter, QuietPiece};
use super::{BLOCK, resampler};
use crate::error::{ConvertError, LoadError};
use crate::progress::Observer;
use crate::sample_io::{SampleSink, SampleSource};
use crate::svc::content::CONTENT_RATE;
use crate::svc::pipeline::{Controls, SpeechPiece, SvcPipeline};

/// RVC's filter before all else: what is below any voice would be heard by the content encoder, and counted as loudness.
const HIGH_PASS_ORDER: usize = 5;
const HIGH_PASS_HZ: f64 = 48.0;

/// The recording is resampled to 16 kHz, high-passed at 48 Hz without delay ([`ZeroPhase`]), and cut at quiet places
/// ([`QuietCutter`]); each piece is converted with its padding, the padding taken away, and all of it put together. By
/// `loudness` the result follows the loudness of the filtered recording.
///
/// RVC's pieces are up to 30 ms short, because its content encoder needs 25 ms for a frame and F0 none: the end of a
/// recording is missing there, and some pieces come 10 ms early. Here all are as long as they should be: what RVC cuts
/// off as padding fills them.
pub(super) fn convert(
    pipeline: &mut SvcPipeline,
    source: &mut dyn SampleSource,
    (sink, observer): (&mut dyn SampleSink, &mut dyn Observer),
    controls: &Controls,
    config: &PieceConfig,
    loudness: f32,
) -> Result<(), ConvertError> {
    let rate = pipeline.config().rate;
    check(pipeline)?;
    let lengths = config.lengths()?;
    let mut to_16k = resampler(source.rate(), CONTENT_RATE)?;
    let mut front = Front::new(QuietCutter::new(lengths))?;
    let mut pieces = Pieces {
        output: FileOutput::new(resampler(rate, source.rate())?, sink, observer),
        follower: LoudnessFollower::new(loudness, CONTENT_RATE, rate),
        loudness,
        pad: lengths.pad,
        controls,
        spoken: 0,
        length: 0,
    };
    let mut block = [0.0; BLOCK];
    let (mut speech, mut read) = (Vec::new(), 0);
    loop {
        pieces.output.stop_if_cancelled()?;
        let count = source.read(&mut block)?;
        if count == 0 {
            break;
        }
        read += count;
        to_16k.push(&block[..count], &mut speech);
        front.push(&speech);
        speech.clear();
        pieces.convert(pipeline, &mut front)?;
    }
    to_16k.finish(&mut speech);
    front.push(&speech);
    front.finish();
    pieces.length = Samples(read).convert(source.rate(), rate).0;
    pieces.convert(pipeline, &mut front)?;
    pieces.output.finish(read)
}

/// A voice whose frames are not those of RVC cannot be converted so.
fn check(pipeline: &SvcPipeline) -> Result<(), ConvertError> {
    let (config, variant) = (pipeline.config(), pipeline.synthesizer().variant());
    let expected = config.rate.hz() as usize / 100;
    if variant.doubles_content() && config.hop == expected {
        return Ok(());
    }
    let (found, dialect) = (config.hop, variant.dialect);
    Err(ConvertError::Load(LoadError::Unsupported(format!(
        "an RVC voice: expected a synthesizer of RVC with {expected} samples per frame, found {dialect} with {found}"
    ))))
}

/// Everything before the networks.
struct Front {
    high_pass: ZeroPhase,
    filtered: Vec<f64>,
    cutter: QuietCutter,
    ready: Vec<QuietPiece>,
    /// What was filtered, for the loudness.
    heard: Vec<f32>,
}

impl Front {
    fn new(cutter: QuietCutter) -> Result<Front, ConvertError> {
        let sections = butterworth::high_pass(HIGH_PASS_ORDER, HIGH_PASS_HZ, CONTENT_RATE)
            .map_err(|error| LoadError::Unsupported(error.to_string()))?;
        Ok(Front {
            high_pass: ZeroPhase::new(sections),
            filtered: Vec::new(),
            cutter,
            ready: Vec::new(),
            heard: Vec::new(),
        })
    }

    fn push(&mut self, speech_16k: &[f32]) {
        self.high_pass.push(speech_16k, &mut self.filtered);
        self.cut();
    }

    fn finish(&mut self) {
        self.high_pass.finish(&mut self.filtered);
        self.cut();
        self.cutter.finish(&mut self.ready);
    }

    fn cut(&mut self) {
        self.heard.extend(self.filtered.iter().map(|&x| x as f32));
        self.cutter.push(&self.filtered, &mut self.ready);
        self.filtered.clear();
    }
}

/// Everything behind the cutter.
struct Pieces<'a> {
    output: FileOutput<'a>,
    follower: LoudnessFollower,
    loudness: f32,
    /// In samples at 16 kHz.
    pad: usize,
    controls: &'a Controls,
    /// Samples at the synthesizer's rate that have been spoken.
    spoken: usize,
    /// How many there will be, once that is known: when the last piece comes.
    length: usize,
}

impl Pieces<'_> {
    fn convert(
        &mut self,
        pipeline: &mut SvcPipeline,
        front: &mut Front,
    ) -> Result<(), ConvertError> {
        self.follower.push_source(&front.heard);
        front.heard.clear();
        for piece in front.ready.drain(..) {
            self.output.stop_if_cancelled()?;
            let mut ready = Vec::new();
            if piece.last && piece.start == 0 {
                ready = self.only(pipeline, &piece)?;
            } else {
                let (audio, _) = self.spoken(pipeline, &piece)?;
                self.follower.push_converted(&audio);
                match piece.last {
                    true => self.follower.finish(&mut ready),
                    false => self.follower.take(&mut ready),
                }
            }
            self.output.write(&ready)?;
        }
        Ok(())
    }

    /// A recording of one piece: its length is known, so its loudness follows exactly as RVC's does.
    fn only(
        &mut self,
        pipeline: &mut SvcPipeline,
        piece: &QuietPiece,
    ) -> Result<Vec<f32>, ConvertError> {
        let (mut audio, measured) = self.spoken(pipeline, piece)?;
        let rate = pipeline.config().rate;
        let start = piece.padded.start + self.pad;
        let recording = &piece.speech[start..start + piece.length];
        match_loudness_up_to(
            recording,
            CONTENT_RATE,
            &mut audio,
            rate,
            self.loudness,
            measured,
        );
        Ok(audio)
    }

    /// A piece without its padding, as long as it should be, and how much of it RVC would give.
    fn spoken(
        &mut self,
        pipeline: &mut SvcPipeline,
        piece: &QuietPiece,
    ) -> Result<(Vec<f32>, usize), ConvertError> {
        let heard = SpeechPiece {
            speech: &piece.speech,
            padded: piece.padded.clone(),
            first_frame: (piece.start as i64 - self.pad as i64) / FRAME as i64,
        };
        let mut audio = pipeline.convert_piece(&heard, self.controls)?;
        let hop = pipeline.config().hop;
        let pad = self.pad / FRAME * hop;
        let theirs = audio.len().saturating_sub(2 * pad);
        let wanted = match piece.last {
            true => self.length.saturating_sub(self.spoken),
            false => piece.length / FRAME * hop,
        };
        audio.drain(..pad.min(audio.len()));
        audio.truncate(wanted);
        self.spoken += audio.len();
        Ok((audio, theirs.min(wanted)))
    }
}
