//! Lines that are spoken by whole engines, on real threads and with the default voices.

use std::time::{Duration, Instant};

use syrinx_dsp::SampleRate;

use super::insert::HEAD_START_MS;
use super::line_speaker::LineSpeaker;
use super::{Cue, CueAt, SpeechControls, SpeechLine, SpeechMode};
use crate::{Activation, Engine, Pace, Settings};

const RATE: SampleRate = SampleRate::of(48_000);
const MAX_BLOCK: usize = 1024;

/// Two sentences, so that a pause and a second segment are in it.
const TEXT: &str = "Three small birds sang. Then they flew.";

fn settings(speech: SpeechMode) -> Settings {
    Settings {
        speech,
        ..Settings::default()
    }
}

fn cue(line: u32, level: f32) -> Cue {
    Cue {
        line,
        level,
        controls: SpeechControls {
            rate: 1.2,
            pitch: 2.0,
            seed: 7,
            ..SpeechControls::default()
        },
    }
}

/// An engine whose lines are `texts`.
fn engine(texts: &[&str]) -> Engine {
    let engine = Engine::new();
    let line = |text: &&str| SpeechLine {
        text: (*text).to_owned(),
        bar: None,
    };
    engine.lines().replace(texts.iter().map(line).collect());
    engine
}

/// Noise that is no speech.
fn noise(length: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..length).map(|_| 0.2 * next()).collect()
}

/// Runs `signal` through in blocks of the given lengths, over and over, with these cues at their samples.
fn run(
    engine: &mut Engine,
    pace: Pace,
    settings: Settings,
    signal: &[f32],
    blocks: &[usize],
    cues: &[(usize, Cue)],
) -> (Vec<f32>, usize) {
    let mut path = engine.activate(&Activation {
        pace,
        settings,
        load_limit: Duration::from_secs(60),
        ..Activation::new(f64::from(RATE.hz()), MAX_BLOCK)
    });
    let mut output = signal.to_vec();
    let (mut start, begun) = (0, Instant::now());
    for &length in blocks.iter().cycle() {
        if start == output.len() {
            break;
        }
        let end = output.len().min(start + length);
        if pace == Pace::Realtime {
            let due = begun + Duration::from_secs_f64(end as f64 / f64::from(RATE.hz()));
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let within = cues.iter().filter(|cue| (start..end).contains(&cue.0));
        let due: Vec<CueAt> = within
            .map(|&(at, cue)| CueAt {
                offset: at - start,
                cue,
            })
            .collect();
        path.process_cued(&mut [&mut output[start..end]], &settings, &due);
        start = end;
    }
    (output, path.latency().samples().0)
}

/// What the voice says, by itself.
fn spoken(text: &str, cue: &Cue) -> Vec<f32> {
    let mut samples = Vec::new();
    let mut speaker = LineSpeaker::load().expect("it comes with the program");
    speaker
        .speak(text, &cue.controls, RATE, |chunk| {
            samples.extend(chunk.iter().map(|sample| sample * cue.level));
            true
        })
        .expect("it speaks");
    assert!(samples.iter().any(|sample| sample.abs() > 0.02 * cue.level));
    samples
}

/// `samples` at sample `at` of silence.
fn placed(samples: &[f32], at: usize, length: usize) -> Vec<f32> {
    let mut whole = vec![0.0; length];
    let end = length.min(at + samples.len());
    whole[at..end].copy_from_slice(&samples[..end - at]);
    whole
}

#[test]
fn a_line_begins_exactly_the_latency_after_its_cue_for_any_blocks() {
    let cue = cue(1, 0.5);
    let speech = spoken(TEXT, &cue);
    let at = 5_003;
    let length = at + speech.len() + 12_000;
    let mut engine = engine(&["", TEXT]);
    // A denoiser delays the input, and the line with it.
    for (blocks, denoise) in [
        (&[64][..], 0.0),
        (&[1024], 0.0),
        (&[1, 7, 480, 1024], 0.0),
        (&[480], 1.0),
    ] {
        let settings = Settings {
            denoise,
            ..settings(SpeechMode::Speak)
        };
        let (output, latency) = run(
            &mut engine,
            Pace::Offline,
            settings,
            &noise(length),
            blocks,
            &[(at, cue)],
        );
        // Not one sample of the input is heard, and none of the speech is missing.
        assert!(
            output == placed(&speech, at + latency, length),
            "{blocks:?}"
        );
    }
    assert_eq!(engine.status().speech_notice(), None);
    assert_eq!(engine.status().lost_cues(), 0);
}

#[test]
fn real_time_hears_the_samples_of_a_bounce_at_their_places() {
    let cue = cue(0, 1.0);
    let mut engine = engine(&["Good morning."]);
    let signal = noise(96_000);
    let mut hear = |pace| {
        let settings = settings(SpeechMode::Speak);
        run(
            &mut engine,
            pace,
            settings,
            &signal,
            &[480],
            &[(9_000, cue)],
        )
        .0
    };
    let bounced = hear(Pace::Offline);
    let played = hear(Pace::Realtime);
    let differ = bounced.iter().zip(&played).filter(|(a, b)| a != b).count() as u64;
    // A machine that is busy with other things leaves gaps, which are faded over 240 samples on either side.
    let status = engine.status();
    let gaps = status.missing_samples() + 480 * status.underruns();
    assert!(differ <= gaps, "{differ} samples differ, gaps of {gaps}");
    assert!(differ < 48_000, "hardly anything was heard in time");
}

#[test]
fn a_line_that_is_converted_sounds_as_if_it_had_been_the_input() {
    let cue = cue(0, 1.0);
    let text = "Good morning.";
    let speech = spoken(text, &cue);
    // All but the silence before the first word, which is the narrator's time.
    let silence = RATE.samples_in_ms(HEAD_START_MS).0;
    let (lead, speech) = speech.split_at(silence);
    assert!(lead.iter().all(|sample| sample.abs() < 0.002));
    let at = 4_321;
    let length = at + speech.len() + 12_000;
    let mut engine = engine(&[text]);
    let (expected, _) = run(
        &mut engine,
        Pace::Offline,
        settings(SpeechMode::Convert),
        &placed(speech, at + silence, length),
        &[512],
        &[],
    );
    assert!(expected.iter().any(|sample| sample.abs() > 0.02));
    for blocks in [&[512][..], &[64], &[1000, 3]] {
        let (output, _) = run(
            &mut engine,
            Pace::Offline,
            settings(SpeechMode::SpeakAndConvert),
            &noise(length),
            blocks,
            &[(at, cue)],
        );
        assert!(output == expected, "{blocks:?}");
    }
}

#[test]
fn a_later_line_cuts_the_one_before_off_without_a_click() {
    let (first, second) = (cue(0, 1.0), cue(1, 1.0));
    let (long, short) = (spoken(TEXT, &first), spoken("Stop.", &second));
    let (at, then) = (1_000, 26_001);
    let length = then + short.len() + 12_000;
    let mut engine = engine(&[TEXT, "Stop."]);
    let cues = [(at, first), (then, second)];
    let mut hear = |blocks: &[usize]| {
        let settings = settings(SpeechMode::Speak);
        run(
            &mut engine,
            Pace::Offline,
            settings,
            &noise(length),
            blocks,
            &cues,
        )
    };
    let (output, latency) = hear(&[64]);
    assert!(output == hear(&[1024, 5]).0);
    let from = |at: usize| &output[at + latency..];
    assert!(from(at)[..then - at] == long[..then - at]);
    let fade = 240;
    let rest = short.len() - fade;
    assert!(from(then + fade)[..rest] == short[fade..]);
    // The end of the first line falls to zero in a straight line under the second.
    let last = long[then - at - 1];
    let jump = output[then + latency] - short[0] - last;
    assert!(jump.abs() <= last.abs() / fade as f32 + 1e-6, "{jump}");
}

#[test]
fn lines_that_cannot_be_spoken_are_told_of_and_hold_nothing_up() {
    let mut engine = engine(&["<speak><break", "   ", "..."]);
    for (line, told) in [(0, "line 1"), (1, "line 2"), (2, "line 3"), (9, "line 10")] {
        let (output, _) = run(
            &mut engine,
            Pace::Offline,
            settings(SpeechMode::Speak),
            &noise(20_000),
            &[512],
            &[(100, cue(line, 1.0))],
        );
        assert!(output.iter().all(|&sample| sample == 0.0));
        let notice = engine.status().speech_notice().expect("a notice");
        assert!(notice.contains(told), "{notice}");
    }
}

#[test]
fn a_host_that_renders_unsaid_and_chooses_the_mode_last_hears_the_whole_line() {
    let cue = cue(0, 1.0);
    let length = 96_000;
    let at = 3_000;
    let expected = placed(&spoken("Good morning.", &cue), at, length);
    // Activated to convert: the voice that speaks is loaded when the first block asks for it.
    let mut engine = engine(&["Good morning."]);
    let mut path = engine.activate(&Activation {
        pace: Pace::Auto,
        load_limit: Duration::from_secs(60),
        ..Activation::new(f64::from(RATE.hz()), MAX_BLOCK)
    });
    let latency = path.latency().samples().0;
    let mut output = vec![0.0; length + latency];
    for (number, block) in output.chunks_mut(500).enumerate() {
        let cues = [CueAt {
            offset: at % 500,
            cue,
        }];
        let due = usize::from(number == at / 500);
        block.copy_from_slice(&noise(block.len()));
        path.process_cued(&mut [block], &settings(SpeechMode::Speak), &cues[..due]);
    }
    // Nothing of the input is heard, from the first sample on.
    assert!(output[latency..] == expected[..]);
}

#[test]
fn an_engine_closes_in_the_middle_of_a_line_and_speaks_again() {
    // Minutes of speech: it is nowhere near its end, and the narrator waits until it is heard.
    let long = "Three small birds sang, and then they flew. ".repeat(200);
    let mut engine = engine(&[&long, "Good morning."]);
    let hear = |engine: &mut Engine, line, length| {
        let cues = [(100, cue(line, 1.0))];
        let settings = settings(SpeechMode::Speak);
        run(
            engine,
            Pace::Offline,
            settings,
            &noise(length),
            &[512],
            &cues,
        )
        .0
    };
    let heard = hear(&mut engine, 0, 150_000);
    assert!(heard[100_000..].iter().any(|sample| sample.abs() > 0.02));
    engine.deactivate();
    let again = hear(&mut engine, 1, 96_000);
    let mut other = self::engine(&["", "Good morning."]);
    assert!(again == hear(&mut other, 1, 96_000));
    hear(&mut engine, 0, 10_000);
    drop(engine);
}

#[test]
fn in_convert_mode_cues_change_nothing() {
    let mut engine = engine(&[TEXT]);
    let signal = noise(30_000);
    let mut hear = |cues: &[(usize, Cue)]| {
        let settings = settings(SpeechMode::Convert);
        run(&mut engine, Pace::Offline, settings, &signal, &[256], cues).0
    };
    assert!(hear(&[]) == hear(&[(1_000, cue(0, 1.0))]));
}

#[test]
fn on_a_note_the_voice_is_shifted_from_its_own_mean() {
    let mut speaker = LineSpeaker::load().expect("it comes with the program");
    let mut pitch = |note| {
        let controls = SpeechControls {
            note: Some(note),
            ..SpeechControls::default()
        };
        let mut samples = Vec::new();
        speaker
            .speak("Ahh, aah.", &controls, RATE, |chunk| {
                samples.extend_from_slice(chunk);
                true
            })
            .expect("it speaks");
        period(&samples)
    };
    for note in [45, 52] {
        let hz = 440.0 * 2f32.powf((f32::from(note) - 69.0) / 12.0);
        let found = RATE.hz() as f32 / pitch(note) as f32;
        // A period is a whole number of samples here, which is within 0.3 % at these pitches; a semitone is 6 %.
        assert!((found / hz - 1.0).abs() < 0.02, "{found} Hz for {hz} Hz");
    }
}

/// The lag in samples at which the loudest stretch of speech repeats best, between 60 and 250 Hz.
fn period(samples: &[f32]) -> usize {
    const WINDOW: usize = 2_400;
    let power = |start: usize| -> f32 {
        let window = &samples[start..start + WINDOW];
        window.iter().map(|sample| sample * sample).sum()
    };
    let start = (0..samples.len() - 2 * WINDOW)
        .step_by(480)
        .max_by(|&a, &b| power(a).total_cmp(&power(b)))
        .expect("long enough");
    let likeness = |lag: usize| -> f32 {
        let pairs = (start..start + WINDOW).map(|at| samples[at] * samples[at + lag]);
        pairs.sum::<f32>() / (power(start) * power(start + lag)).sqrt()
    };
    let best = (192..800).map(likeness).fold(f32::MIN, f32::max);
    // The shortest lag that is nearly as good: a period, and not two of them.
    (192..800)
        .find(|&lag| likeness(lag) > 0.97 * best && likeness(lag) >= likeness(lag + 1))
        .expect("there is one")
}
