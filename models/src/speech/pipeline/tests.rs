//! The order of chunks, pauses, errors and cancelling, with a voice that is a counter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use syrinx_dsp::SampleRate;
use syrinx_text::{Boundary, Ending, Pause, Phone, Prosody, Segment, TextError, Word};

use super::*;
use crate::speech::{SpeechChunk, Streaming, Utterance, WordTiming};

/// A segment of this many phones cannot be spoken.
const BROKEN: usize = 13;

/// What a counting voice has done.
#[derive(Default)]
struct Counts {
    prepared: AtomicUsize,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
    chunks: AtomicUsize,
}

/// A voice whose samples say which segment, seed and place they are of.
struct Counter {
    spec: SpeechVoiceSpec,
    counts: Arc<Counts>,
    is_slow: bool,
}

struct Counting {
    counts: Arc<Counts>,
    words: Vec<WordTiming>,
    base: f32,
    given: usize,
    length: usize,
    chunk: usize,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.counts.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Utterance for Counting {
    fn next_chunk(&mut self, samples: &mut Vec<f32>) -> Result<bool, SpeechError> {
        self.counts.chunks.fetch_add(1, Ordering::Relaxed);
        let end = self.length.min(self.given + self.chunk);
        samples.extend((self.given..end).map(|place| self.base + place as f32));
        self.given = end;
        Ok(end < self.length)
    }

    fn words(&self) -> &[WordTiming] {
        &self.words
    }
}

impl SpeechVoice for Counter {
    fn spec(&self) -> &SpeechVoiceSpec {
        &self.spec
    }

    fn is_slow_to_prepare(&self) -> bool {
        self.is_slow
    }

    fn prepare(
        &mut self,
        segment: &Segment,
        _settings: &SpeechSettings,
        seed: u64,
    ) -> Result<Box<dyn Utterance>, SpeechError> {
        let counts = Arc::clone(&self.counts);
        let phones = segment.phone_count();
        if phones == BROKEN {
            return Err(SpeechError::Symbol {
                symbol: phones.to_string(),
                word: "word".to_owned(),
                known: "others".to_owned(),
            });
        }
        counts.prepared.fetch_add(1, Ordering::Relaxed);
        let alive = counts.alive.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most_alive.fetch_max(alive, Ordering::Relaxed);
        let words = segment.words.iter().map(|word| WordTiming {
            text: word.text.clone(),
            span: word.span.clone(),
            samples: 0..100,
            phones: Vec::new(),
        });
        Ok(Box::new(Counting {
            words: words.collect(),
            base: (seed % 1000) as f32 * 1e4,
            given: 0,
            length: phones * 100,
            chunk: 250,
            counts,
        }))
    }
}

const RATE: SampleRate = SampleRate::of(16_000);

fn voice() -> (Box<Counter>, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let spec = SpeechVoiceSpec {
        languages: vec!["en".to_owned()],
        kind: "counter",
        rate: RATE,
        speakers: vec!["only".to_owned()],
        emotions: Vec::new(),
        has_pitch: false,
        streaming: Streaming::Exact {
            hop: 1,
            left: 0,
            right: 0,
        },
    };
    let voice = Counter {
        spec,
        counts: Arc::clone(&counts),
        is_slow: false,
    };
    (Box::new(voice), counts)
}

fn segment(phones: usize, pause_after: Pause) -> Segment {
    let word = Word {
        text: "word".to_owned(),
        span: 0..4,
        phones: vec![Phone::arpabet("ah", 1).unwrap(); phones],
        ipa: None,
        boundary: Boundary::Sentence(Ending::Statement),
        prosody: Prosody::default(),
    };
    Segment {
        words: if phones == 0 { Vec::new() } else { vec![word] },
        pause_after,
    }
}

fn natural(phones: usize) -> Segment {
    segment(phones, Pause::Natural)
}

fn pipeline(settings: SpeechSettings) -> (TtsPipeline, Arc<Counts>) {
    let (voice, counts) = voice();
    (TtsPipeline::new(voice, settings, 7).unwrap(), counts)
}

fn all(pipeline: &mut TtsPipeline, segments: Vec<Segment>) -> Vec<SpeechChunk> {
    pipeline.speak(segments).map(Result::unwrap).collect()
}

fn samples(chunks: &[SpeechChunk]) -> Vec<f32> {
    chunks
        .iter()
        .flat_map(|chunk| &chunk.samples)
        .copied()
        .collect()
}

#[test]
fn segments_and_pauses_follow_each_other_and_the_last_chunk_says_so() {
    let (mut pipeline, _) = pipeline(SpeechSettings::default());
    let chunks = all(&mut pipeline, vec![natural(6), natural(3)]);
    let lengths: Vec<usize> = chunks.iter().map(|chunk| chunk.samples.len()).collect();
    // 600 samples, 350 ms at 16 kHz, 300 samples; and no pause behind the last.
    assert_eq!(lengths, [250, 250, 100, 5600, 250, 50]);
    let last: Vec<bool> = chunks.iter().map(|chunk| chunk.is_last).collect();
    assert_eq!(last, [false, false, false, false, false, true]);
    assert!(chunks[3].samples.iter().all(|&sample| sample == 0.0));
    let begins: Vec<u64> = chunks
        .iter()
        .flat_map(|chunk| &chunk.words)
        .map(|word| word.samples.start)
        .collect();
    assert_eq!(begins, [0, 6200]);
    let seconds: Vec<f32> = [0, 4].map(|chunk: usize| chunks[chunk].samples[0]).into();
    assert_ne!(seconds[0], seconds[1], "each segment has a seed of its own");
}

#[test]
fn a_pause_that_the_script_gives_is_kept_to_the_sample() {
    let settings = SpeechSettings {
        pause: 0.5,
        ..SpeechSettings::default()
    };
    let (mut pipeline, _) = pipeline(settings);
    let exact = Pause::Exact(Duration::from_millis(1500));
    let script = vec![segment(0, exact), natural(1), segment(1, exact)];
    let chunks = all(&mut pipeline, script);
    assert_eq!(samples(&chunks).len(), 24_000 + 100 + 2800 + 100 + 24_000);
    assert!(chunks.iter().all(|chunk| chunk.samples.len() <= 8192));
    let last: Vec<bool> = chunks.iter().map(|chunk| chunk.is_last).collect();
    assert_eq!(last.iter().filter(|&&last| last).count(), 1);
    assert!(last[last.len() - 1]);
}

#[test]
fn the_next_segment_is_ready_before_the_last_chunk_of_this_one_is_out() {
    let (mut pipeline, counts) = pipeline(SpeechSettings::default());
    let mut speech = pipeline.speak(vec![natural(6), natural(6)]);
    let prepared = || counts.prepared.load(Ordering::Relaxed);
    for expected in [1, 1, 2] {
        speech.next().unwrap().unwrap();
        assert_eq!(prepared(), expected);
    }
}

/// Of a slow voice the first sound waits for the first phrase alone, behind a break at the beginning too; later segments
/// stay whole, and so do all of a voice that is not slow.
#[test]
fn a_slow_voice_prepares_the_first_phrase_before_the_rest() {
    let long = || {
        let mut long = natural(20);
        long.words[0].boundary = Boundary::Phrase;
        long.words.extend(natural(30).words);
        long
    };
    let exact = Pause::Exact(Duration::from_millis(100));
    for (is_slow, expected) in [(true, vec![2, 2, 3, 3]), (false, vec![2, 2, 2, 2])] {
        let (mut voice, counts) = voice();
        voice.is_slow = is_slow;
        let mut pipeline = TtsPipeline::new(voice, SpeechSettings::default(), 7).unwrap();
        let script = vec![segment(0, exact), long(), long()];
        let mut prepared = Vec::new();
        let mut chunks = Vec::new();
        for chunk in pipeline.speak(script) {
            let chunk = chunk.unwrap();
            if !chunk.samples.iter().all(|&sample| sample == 0.0) {
                prepared.push(counts.prepared.load(Ordering::Relaxed));
            }
            chunks.push(chunk);
        }
        // A break, and then 2000 and 3000 samples in chunks of 250.
        let seen = [prepared[0], prepared[6], prepared[7], prepared[18]];
        assert_eq!(seen.to_vec(), expected, "{prepared:?}");
        let words: usize = chunks.iter().map(|chunk| chunk.words.len()).sum();
        assert_eq!(words, 4);
        // The cut is a phrase's pause.
        let pauses = if is_slow { 2400 } else { 0 };
        assert_eq!(samples(&chunks).len(), 1600 + 2 * 5000 + 5600 + pauses);
    }
}

#[test]
fn long_scripts_keep_one_segment_at_a_time() {
    let (mut pipeline, counts) = pipeline(SpeechSettings::default());
    let mut asked = 0;
    let script = (0..2000).map(|_| {
        asked += 1;
        natural(5)
    });
    let mut total = 0;
    for chunk in pipeline.speak(script) {
        total += chunk.unwrap().samples.len();
    }
    assert_eq!(total, 2000 * 500 + 1999 * 5600);
    assert_eq!(asked, 2000);
    assert_eq!(counts.most_alive.load(Ordering::Relaxed), 1);
    assert_eq!(counts.alive.load(Ordering::Relaxed), 0);
}

#[test]
fn cancelling_makes_no_further_chunk() {
    for after in 0..6 {
        let (mut pipeline, counts) = pipeline(SpeechSettings::default());
        let flag = pipeline.cancel_flag();
        let mut speech = pipeline.speak(vec![natural(6), natural(3)]);
        let mut given = Vec::new();
        given.extend((0..after).map_while(|_| speech.next()).map(Result::unwrap));
        let (chunks, prepared) = (
            counts.chunks.load(Ordering::Relaxed),
            counts.prepared.load(Ordering::Relaxed),
        );
        flag.cancel();
        assert!(speech.next().is_none(), "after {after}");
        assert!(speech.next().is_none());
        assert_eq!(chunks, counts.chunks.load(Ordering::Relaxed));
        assert_eq!(prepared, counts.prepared.load(Ordering::Relaxed));
        assert_eq!(given.iter().any(|chunk| chunk.is_last), after == 6);
    }
    let (mut pipeline, _) = pipeline(SpeechSettings::default());
    pipeline.cancel_flag().cancel();
    assert!(pipeline.speak(vec![natural(6)]).next().is_none());
    pipeline.cancel_flag().rearm();
    assert!(pipeline.speak(vec![natural(6)]).next().is_some());
}

#[test]
fn an_error_comes_in_its_place_and_ends_the_speech() {
    let (mut pipeline, _) = pipeline(SpeechSettings::default());
    let mut speech = pipeline.speak(vec![natural(2), natural(BROKEN), natural(2)]);
    let spoken = speech.next().unwrap().unwrap();
    assert_eq!((spoken.samples.len(), spoken.is_last), (200, false));
    let pause = speech.next().unwrap().unwrap();
    assert_eq!((pause.samples.len(), pause.is_last), (5600, false));
    match speech.next() {
        Some(Err(SpeechError::Symbol { symbol, .. })) => assert_eq!(symbol, "13"),
        other => panic!("{other:?}"),
    }
    assert!(speech.next().is_none());
    let mut speech = pipeline.speak(Vec::new());
    assert!(matches!(
        speech.next(),
        Some(Err(SpeechError::Text(TextError::NothingToSpeak { .. })))
    ));
    assert!(speech.next().is_none());
}

#[test]
fn the_same_seed_gives_the_same_samples_and_the_gain_is_a_factor() {
    let script = || vec![natural(6), natural(3)];
    let (mut first, _) = pipeline(SpeechSettings::default());
    let expected = samples(&all(&mut first, script()));
    assert_eq!(samples(&all(&mut first, script())), expected);
    let quieter = SpeechSettings {
        volume: -20.0,
        ..SpeechSettings::default()
    };
    first.set(quieter.clone(), 7).unwrap();
    let quiet = samples(&all(&mut first, script()));
    let pairs = quiet.iter().zip(&expected);
    assert!(
        pairs
            .clone()
            .all(|(a, b)| (a * 10.0 - b).abs() <= 1e-5 * b.abs())
    );
    first.set(SpeechSettings::default(), 8).unwrap();
    assert_ne!(samples(&all(&mut first, script())), expected);
}

#[test]
fn settings_that_do_not_hold_are_refused() {
    let refused = |settings: SpeechSettings| {
        let error = TtsPipeline::new(voice().0, settings, 0).unwrap_err();
        error.to_string()
    };
    let plain = SpeechSettings::default;
    assert_eq!(
        refused(SpeechSettings {
            rate: 5.0,
            ..plain()
        }),
        "rate: expected 0.25 to 4, found 5"
    );
    assert!(
        refused(SpeechSettings {
            rate: f32::NAN,
            ..plain()
        })
        .contains("NaN")
    );
    assert_eq!(
        refused(SpeechSettings {
            pitch: 2.0,
            ..plain()
        }),
        "pitch: expected its own, since this voice has no F0 that could be changed, found 2 semitones"
    );
    assert_eq!(
        refused(SpeechSettings {
            emotion: Some("happy".to_owned()),
            ..plain()
        }),
        "emotion: expected none: this voice has no emotions, found happy"
    );
    assert_eq!(
        refused(SpeechSettings {
            speaker: Some("1".to_owned()),
            ..plain()
        }),
        "speaker: expected only, found 1"
    );
}

#[test]
fn what_a_script_asks_of_a_word_must_be_there() {
    let (mut pipeline, _) = pipeline(SpeechSettings::default());
    let mut high = natural(2);
    high.words[0].prosody.pitch = 3.0;
    let error = pipeline.speak(vec![high]).next().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "pitch: expected none, since this voice has no F0 that could be changed, found 3 semitones at \"word\""
    );
    let mut happy = natural(2);
    happy.words[0].prosody.emotion = Some(syrinx_text::Emotion {
        name: "happy".into(),
        intensity: 1.0,
    });
    let error = pipeline.speak(vec![happy]).next().unwrap().unwrap_err();
    assert!(
        error.to_string().starts_with("emotion: expected none"),
        "{error}"
    );
}
