//! When everything is spoken: whole frames for every phone, and each frame's pitch and volume.

use syrinx_dsp::Semitones;
use syrinx_text::{Segment, Word};

use super::HOP;
use super::networks::{SpeechNetworks, frame};
use super::parameters::SpeechParameters;
use super::sentence::{PAUSE, SentencePhone, phones_of};
use crate::speech::error::SpeechError;
use crate::speech::settings::SpeechSettings;
use crate::speech::timing::{PhoneTiming, WordTiming};

/// How the lengths of phones follow the rate, in shares of a vowel's: people who speak fast shorten vowels and pauses
/// most, while the closure and burst of a stop hardly change (as measured by T. H. Crystal and A. S. House, "Segmental
/// durations in connected speech signals", J. Acoust. Soc. Am. 83, 1988).
const STOP_SHARE: f32 = 0.4;
/// As [`STOP_SHARE`], for all other consonants.
const CONSONANT_SHARE: f32 = 0.7;

/// Where the shares' common factor ends: there even a word of stops alone follows the rate.
const MOST_STRETCH: f32 = 1.0 / STOP_SHARE;

/// Frames over which pitch and volume go from one word's to the next's; a jump would click.
const GLIDE: usize = 7;

/// Least natural log of a gain: 260 dB down.
const LEAST_GAIN: f32 = -30.0;

/// The plan of an utterance.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// What the second network hears of each phone.
    pub hidden: Vec<Vec<f32>>,
    /// Frames of each phone, at least one each.
    pub counts: Vec<usize>,
    /// Natural log of a factor on F0, for every frame.
    pub pitch: Vec<f32>,
    /// Natural log of a gain, for every frame.
    pub gain: Vec<f32>,
    /// When the words are spoken.
    pub words: Vec<WordTiming>,
}

impl Plan {
    /// Runs the first network over the phones of `segment` and gives each its frames.
    ///
    /// # Errors
    /// If the voice does not have a phone, or the network fails.
    pub fn of(
        segment: &Segment,
        settings: &SpeechSettings,
        networks: &SpeechNetworks,
        parameters: &SpeechParameters,
    ) -> Result<Plan, SpeechError> {
        let phones = phones_of(segment, parameters)?;
        if phones.is_empty() {
            return Ok(Plan::default());
        }
        let (mut lengths, hidden) = lengths(&phones, networks, parameters)?;
        pace(&mut lengths, &phones, segment, settings, parameters);
        lengths[0] = parameters.lead as f32;
        lengths[phones.len() - 1] = parameters.tail as f32;
        let counts = whole_frames(&lengths);
        let of_word = |value: &dyn Fn(&Word) -> f32| -> Vec<f32> {
            let frames = phones.iter().zip(&counts).flat_map(|(phone, &count)| {
                std::iter::repeat_n(value(&segment.words[phone.word]), count)
            });
            smoothed(&frames.collect::<Vec<f32>>())
        };
        let pitch = of_word(&|word| {
            let semitones = (word.prosody.pitch + settings.pitch).clamp(-48.0, 48.0);
            Semitones(semitones).to_ratio().ln()
        });
        let gain =
            of_word(&|word| (word.prosody.volume * std::f32::consts::LN_10 / 20.0).max(LEAST_GAIN));
        Ok(Plan {
            words: timings(segment, &phones, &counts, parameters),
            hidden,
            counts,
            pitch,
            gain,
        })
    }

    /// All frames.
    pub fn frames(&self) -> usize {
        self.pitch.len()
    }
}

/// The length of every phone in frames at the voice's own rate, and what the second network hears of it.
fn lengths(
    phones: &[SentencePhone],
    networks: &SpeechNetworks,
    parameters: &SpeechParameters,
) -> Result<(Vec<f32>, Vec<Vec<f32>>), SpeechError> {
    let mut state = networks.phones.start();
    let nothing = vec![0.0; parameters.features()];
    let inputs = phones.iter().map(|phone| phone.features.as_slice());
    let ahead = std::iter::repeat_n(nothing.as_slice(), parameters.phones_ahead);
    let (mut lengths, mut hidden) = (Vec::new(), Vec::new());
    for (index, features) in inputs.chain(ahead).enumerate() {
        let outputs = networks
            .phones
            .step(&[("features", &frame(features))], &mut state)?;
        if index < parameters.phones_ahead {
            continue;
        }
        let mut outputs = outputs.into_iter();
        let length = outputs.next().and_then(|values| values.first().copied());
        // 10 s: no phone is longer, whatever the network says.
        lengths.push(length.unwrap_or_default().exp().clamp(0.1, 1000.0));
        hidden.push(outputs.next().unwrap_or_default());
    }
    Ok((lengths, hidden))
}

/// How strongly a phone follows the rate.
fn share(symbol: &str) -> f32 {
    match symbol {
        "b" | "ch" | "d" | "g" | "jh" | "k" | "p" | "t" => STOP_SHARE,
        "pau" => 1.0,
        vowel if syrinx_text::phone::VOWELS.contains(&vowel) => 1.0,
        _ => CONSONANT_SHARE,
    }
}

/// Changes the lengths by the rate of each word, and pauses inside by the wish for pauses too.
fn pace(
    lengths: &mut [f32],
    phones: &[SentencePhone],
    segment: &Segment,
    settings: &SpeechSettings,
    parameters: &SpeechParameters,
) {
    let mut start = 0;
    while start < phones.len() {
        let word = phones[start].word;
        let is_pause = |phone: &SentencePhone| phone.number == PAUSE;
        let pause = is_pause(&phones[start]);
        let size = phones[start..]
            .iter()
            .take_while(|phone| phone.word == word && is_pause(phone) == pause)
            .count();
        let (lengths, phones) = (
            &mut lengths[start..start + size],
            &phones[start..start + size],
        );
        let rate = settings.rate * segment.words[word].prosody.rate;
        let shares: Vec<f32> = phones
            .iter()
            .map(|phone| share(&parameters.phones[phone.number]))
            .collect();
        pace_word(lengths, &shares, rate);
        if pause {
            lengths
                .iter_mut()
                .for_each(|length| *length *= settings.pause);
        }
        start += size;
    }
}

/// Changes the lengths of one word so that they add up to `1 / rate` of what they were, each by its share.
fn pace_word(lengths: &mut [f32], shares: &[f32], rate: f32) {
    if rate == 1.0 {
        return;
    }
    let changed = |stretch: f32| -> Vec<f32> {
        lengths
            .iter()
            .zip(shares)
            .map(|(length, share)| length * rate.powf(-share * stretch))
            .collect()
    };
    let wanted = lengths.iter().sum::<f32>() / rate;
    let (mut low, mut high) = (0.0, MOST_STRETCH);
    // 24 halvings: the precision of a float.
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        let sum: f32 = changed(middle).iter().sum();
        let beyond = if rate > 1.0 {
            sum < wanted
        } else {
            sum > wanted
        };
        if beyond { high = middle } else { low = middle }
    }
    let changed = changed(0.5 * (low + high));
    lengths.copy_from_slice(&changed);
}

/// Lengths rounded so that what is cut off one phone goes to the next; at least one frame each.
fn whole_frames(lengths: &[f32]) -> Vec<usize> {
    let mut carry = 0.0;
    lengths
        .iter()
        .map(|&length| {
            let wanted = f64::from(length) + carry;
            let count = (wanted + 0.5).floor().max(1.0);
            carry = wanted - count;
            count as usize
        })
        .collect()
}

/// The mean over [`GLIDE`] frames around each; constant values stay as they are, to the bit.
fn smoothed(values: &[f32]) -> Vec<f32> {
    (0..values.len())
        .map(|index| {
            let start = index.saturating_sub(GLIDE / 2);
            let near = &values[start..(index + GLIDE / 2 + 1).min(values.len())];
            if near.iter().all(|value| *value == near[0]) {
                return near[0];
            }
            near.iter().sum::<f32>() / near.len() as f32
        })
        .collect()
}

/// When words and phones are spoken. A frame's centre is a hop behind the start of its number, and a phone reaches half
/// a frame around its first and last centre.
fn timings(
    segment: &Segment,
    phones: &[SentencePhone],
    counts: &[usize],
    parameters: &SpeechParameters,
) -> Vec<WordTiming> {
    let mut words: Vec<WordTiming> = Vec::new();
    let (mut passed, mut before) = (0, None);
    let at = |frames: usize| (frames * HOP + HOP / 2) as u64;
    for (phone, &count) in phones.iter().zip(counts) {
        let samples = at(passed)..at(passed + count);
        passed += count;
        if phone.number == PAUSE {
            continue;
        }
        if before != Some(phone.word) {
            let word = &segment.words[phone.word];
            words.push(WordTiming {
                text: word.text.clone(),
                span: word.span.clone(),
                samples: samples.clone(),
                phones: Vec::new(),
            });
            before = Some(phone.word);
        }
        if let Some(word) = words.last_mut() {
            word.samples.end = samples.end;
            word.phones.push(PhoneTiming {
                symbol: parameters.phones[phone.number].clone(),
                samples,
            });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_loses_no_time() {
        let lengths = [2.4, 3.4, 5.4, 4.4, 8.4, 0.2, 0.2, 6.0];
        let counts = whole_frames(&lengths);
        assert_eq!(counts, [2, 4, 5, 5, 8, 1, 1, 4]);
        // Half a frame, and what the shortest were given beyond their length.
        let sum: f32 = lengths.iter().sum();
        assert!((counts.iter().sum::<usize>() as f32 - sum).abs() <= 0.6);
    }

    #[test]
    fn the_rate_holds_for_the_word_and_vowels_change_most() {
        for rate in [0.5, 0.8, 1.0, 1.7, 3.0] {
            let (mut lengths, shares) = ([8.0, 12.0, 9.0], [STOP_SHARE, 1.0, CONSONANT_SHARE]);
            pace_word(&mut lengths, &shares, rate);
            // 1e-3 frames are 10 us.
            assert!((lengths.iter().sum::<f32>() - 29.0 / rate).abs() < 1e-3);
            let factors = [lengths[0] / 8.0, lengths[1] / 12.0, lengths[2] / 9.0];
            if rate > 1.0 {
                assert!(
                    factors[0] > factors[2] && factors[2] > factors[1],
                    "{factors:?}"
                );
            } else if rate < 1.0 {
                assert!(
                    factors[0] < factors[2] && factors[2] < factors[1],
                    "{factors:?}"
                );
            } else {
                assert_eq!(factors, [1.0; 3]);
            }
        }
    }

    #[test]
    fn a_word_of_stops_follows_the_rate_too() {
        let mut lengths = [6.0, 7.0];
        pace_word(&mut lengths, &[STOP_SHARE; 2], 2.0);
        assert!(
            (lengths.iter().sum::<f32>() - 6.5).abs() < 1e-3,
            "{lengths:?}"
        );
    }

    #[test]
    fn steps_glide_and_what_is_constant_stays() {
        assert_eq!(smoothed(&[0.3; 20]), [0.3; 20]);
        let step: Vec<f32> = (0..20).map(|n| f32::from(u8::from(n >= 10))).collect();
        let glide = smoothed(&step);
        assert_eq!((glide[6], glide[13]), (0.0, 1.0));
        assert!(
            glide
                .windows(2)
                .all(|pair| pair[1] - pair[0] <= 1.0 / 7.0 + 1e-6)
        );
    }
}
