//! A script while it is being spoken: an iterator of chunks.

use syrinx_text::{Pause, Segment, TextError};

use super::first_phrase::first_phrase;
use super::natural_pause::pause_after;
use crate::speech::cancel::CancelFlag;
use crate::speech::chunk::SpeechChunk;
use crate::speech::error::SpeechError;
use crate::speech::settings::SpeechSettings;
use crate::speech::timing::WordTiming;
use crate::speech::utterance::Utterance;
use crate::speech::voice::SpeechVoice;

/// The most samples of silence in one chunk: what a vocoder gives at a time, so that a long pause costs no memory and can
/// be cancelled as soon as speech.
const SILENCE_CHUNK: u64 = 8192;

/// A script while it is being spoken: an iterator of chunks.
///
/// The first chunk comes when the first segment has been prepared, or its first phrase where a voice would take long for
/// all of it. Before the last chunk of a segment is handed out, the
/// next segment is prepared, so that there is no gap between them. After a [`CancelFlag`] was raised it ends, without a
/// chunk that is the last one. An error ends it too.
pub struct Speech<'a, S> {
    voice: &'a mut dyn SpeechVoice,
    settings: &'a SpeechSettings,
    seed: u64,
    cancel: CancelFlag,
    segments: S,
    /// What was cut off the first segment, and comes before all others.
    rest: Option<Segment>,
    /// Whether a segment with words has been prepared.
    has_begun: bool,
    /// Segments that have been prepared.
    count: u64,
    /// Samples that have been handed out.
    position: u64,
    now: Stage,
    /// What comes after it; `None` before that is known, and behind the last segment.
    next: Option<Result<Prepared, SpeechError>>,
}

/// What is being handed out.
enum Stage {
    /// Nothing yet.
    Start,
    /// A segment.
    Segment(Prepared),
    /// Silence of this many samples.
    Pause(u64),
    /// Nothing any more.
    End,
}

/// A segment that is ready to be spoken.
struct Prepared {
    utterance: Box<dyn Utterance>,
    /// Samples of silence behind it.
    pause: u64,
    /// Whether that silence stands behind the last segment too.
    demanded: bool,
    /// Whether its words have been handed out.
    announced: bool,
}

impl<'a, S> Speech<'a, S>
where
    S: Iterator<Item = Segment>,
{
    pub(super) fn new(
        voice: &'a mut dyn SpeechVoice,
        settings: &'a SpeechSettings,
        seed: u64,
        cancel: CancelFlag,
        segments: S,
    ) -> Speech<'a, S> {
        Speech {
            voice,
            settings,
            seed,
            cancel,
            segments,
            rest: None,
            has_begun: false,
            count: 0,
            position: 0,
            now: Stage::Start,
            next: None,
        }
    }

    /// What gives the segments: front-ends collect notices.
    pub fn segments(&mut self) -> &mut S {
        &mut self.segments
    }

    /// The next segment, prepared; `None` behind the last one.
    fn prepare(&mut self) -> Option<Result<Prepared, SpeechError>> {
        if self.cancel.is_cancelled() {
            return None;
        }
        let mut segment = match self.rest.take() {
            Some(rest) => rest,
            None => self.segments.next()?,
        };
        if !self.has_begun && self.voice.is_slow_to_prepare() {
            (segment, self.rest) = first_phrase(segment);
        }
        self.has_begun |= segment.phone_count() > 0;
        let seed = seed_of(self.seed, self.count);
        self.count += 1;
        let spec = self.voice.spec();
        let (rate, allowed) = (spec.rate, spec.check(&segment));
        let utterance = allowed.and_then(|()| self.voice.prepare(&segment, self.settings, seed));
        Some(utterance.map(|utterance| Prepared {
            utterance,
            pause: pause_after(&segment, self.settings.pause, rate),
            demanded: matches!(segment.pause_after, Pause::Exact(_)),
            announced: false,
        }))
    }

    /// Goes on to what was prepared.
    fn advance(&mut self) -> Result<(), SpeechError> {
        self.now = Stage::End;
        if let Some(next) = self.next.take() {
            self.now = Stage::Segment(next?);
        }
        Ok(())
    }

    /// The first segment. A script without any is an error: silence is no speech.
    fn begin(&mut self) -> Result<(), SpeechError> {
        self.next = self.prepare();
        if self.next.is_none() && !self.cancel.is_cancelled() {
            self.now = Stage::End;
            return Err(SpeechError::Text(TextError::NothingToSpeak {
                found: "no segment".to_owned(),
            }));
        }
        self.advance()
    }

    /// The next chunk of a segment, and what comes then.
    fn speak(&mut self, mut segment: Prepared) -> Result<SpeechChunk, SpeechError> {
        let mut samples = Vec::new();
        let more = segment.utterance.next_chunk(&mut samples)?;
        let gain = self.settings.gain();
        if gain != 1.0 {
            samples.iter_mut().for_each(|sample| *sample *= gain);
        }
        let words = match std::mem::replace(&mut segment.announced, true) {
            false => announced(segment.utterance.words(), self.position),
            true => Vec::new(),
        };
        if more {
            self.now = Stage::Segment(segment);
        } else {
            let pause = segment.pause;
            let demanded = segment.demanded;
            // One utterance less before the next is made.
            drop(segment);
            self.next = self.prepare();
            let pause = if demanded || self.next.is_some() {
                pause
            } else {
                0
            };
            self.now = Stage::Pause(pause);
        }
        Ok(SpeechChunk {
            samples,
            is_last: self.is_over(),
            words,
        })
    }

    /// The next piece of a pause.
    fn rest(&mut self, left: u64) -> SpeechChunk {
        let length = left.min(SILENCE_CHUNK);
        self.now = Stage::Pause(left - length);
        SpeechChunk {
            samples: vec![0.0; length as usize],
            is_last: self.is_over(),
            words: Vec::new(),
        }
    }

    /// Whether nothing follows what has been made.
    fn is_over(&self) -> bool {
        matches!(self.now, Stage::Pause(0)) && self.next.is_none() && !self.cancel.is_cancelled()
    }

    fn step(&mut self) -> Result<Option<SpeechChunk>, SpeechError> {
        loop {
            if self.cancel.is_cancelled() {
                self.now = Stage::End;
            }
            let chunk = match std::mem::replace(&mut self.now, Stage::End) {
                Stage::End => return Ok(None),
                Stage::Start => {
                    self.begin()?;
                    continue;
                }
                Stage::Pause(0) => {
                    self.advance()?;
                    continue;
                }
                Stage::Pause(left) => self.rest(left),
                Stage::Segment(segment) => self.speak(segment)?,
            };
            self.position += chunk.samples.len() as u64;
            if chunk.is_last {
                self.now = Stage::End;
            }
            if chunk.is_last || !chunk.samples.is_empty() || !chunk.words.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }
}

impl<S> Iterator for Speech<'_, S>
where
    S: Iterator<Item = Segment>,
{
    type Item = Result<SpeechChunk, SpeechError>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = self.step().transpose();
        if matches!(chunk, Some(Err(_))) {
            self.now = Stage::End;
            self.next = None;
        }
        chunk
    }
}

/// The words of a segment that begins at sample `start` of the speech.
fn announced(words: &[WordTiming], start: u64) -> Vec<WordTiming> {
    let words = words.iter().cloned();
    words.map(|word| word.later(start)).collect()
}

/// The seed of a segment: far from those of its neighbours, whatever the speech's own is (the finaliser of SplitMix64,
/// Steele, Lea and Flood 2014).
fn seed_of(seed: u64, segment: u64) -> u64 {
    let mut mixed = seed.wrapping_add(segment.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
