//! Cuts a block where what is sung changes.

use std::ops::Range;

use nice_plug::prelude::NoteEvent;
use syrinx_dsp::PitchTarget;
use syrinx_engine::Settings;

use crate::held_notes::{HeldNotes, Sung};

/// Most parts of a block: more changes than a wheel makes in the longest block that is heard as one, and few enough for
/// the engine's ring of commands. What changes later in the block joins the last part.
const MOST: usize = 64;

/// A part of a block and what is sung in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Part {
    start: usize,
    sung: Sung,
}

/// Cuts a block where what is sung changes, because settings hold from the first sample of what the engine is given:
/// notes take effect at their samples, however the host cuts its blocks.
///
/// # Real-time safety
/// Nothing of it allocates, locks or panics.
#[derive(Debug)]
pub struct SungParts {
    notes: HeldNotes,
    parts: [Part; MOST],
    /// At least one.
    count: usize,
    length: usize,
}

impl Default for SungParts {
    fn default() -> Self {
        SungParts {
            notes: HeldNotes::default(),
            parts: [Part::default(); MOST],
            count: 1,
            length: 0,
        }
    }
}

impl SungParts {
    /// A block of `length` samples begins.
    pub fn begin(&mut self, length: usize) {
        self.length = length;
        self.count = 1;
        self.parts[0] = Part {
            start: 0,
            sung: self.notes.sung(),
        };
    }

    /// An event of the block that was begun, in the order of their samples.
    pub fn take(&mut self, event: &NoteEvent<()>) {
        self.notes.take(event);
        let sung = self.notes.sung();
        let start = (event.timing() as usize).min(self.length.saturating_sub(1));
        let last = &mut self.parts[self.count - 1];
        if last.sung == sung {
            return;
        }
        if start <= last.start || self.count == MOST {
            last.sung = sung;
        } else {
            self.parts[self.count] = Part { start, sung };
            self.count += 1;
        }
    }

    /// The parts of the block in their order, without gaps, and the settings for each. Where these say that no note leads
    /// the pitch, the block is one part.
    pub fn of<'a>(
        &'a self,
        settings: &'a Settings,
        are_sung: bool,
    ) -> impl Iterator<Item = (Range<usize>, Settings)> + 'a {
        let is_led = are_sung && matches!(settings.controls.pitch.target, PitchTarget::Held { .. });
        let parts = match is_led {
            true => &self.parts[..self.count],
            false => &self.parts[..1],
        };
        let ends = parts[1..].iter().map(|next| next.start);
        let ends = ends.chain([self.length]);
        parts.iter().zip(ends).map(move |(part, end)| {
            let settings = match is_led {
                true => led(settings, part.sung),
                false => *settings,
            };
            (part.start..end, settings)
        })
    }

    /// Lets all keys go, as where the transport jumps.
    pub fn reset(&mut self) {
        self.notes.reset();
    }
}

/// The settings with what is sung in them, if they ask for it.
fn led(settings: &Settings, sung: Sung) -> Settings {
    let mut settings = *settings;
    if let PitchTarget::Held { note, bend, .. } = &mut settings.controls.pitch.target {
        *note = sung.note;
        *bend = sung.bend;
    }
    settings
}

#[cfg(test)]
mod tests {
    use nice_plug::midi::{Channel, Key, VoiceID};
    use syrinx_dsp::{Note, Semitones};

    use super::*;

    fn on(timing: u32, key: u8) -> NoteEvent<()> {
        NoteEvent::NoteOn {
            timing,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(0),
            key: Key::Number(key),
            velocity: 1.0,
        }
    }

    fn wheel(timing: u32, value: f32) -> NoteEvent<()> {
        NoteEvent::MidiPitchBend {
            timing,
            channel: 0,
            value,
        }
    }

    fn midi() -> Settings {
        let mut settings = Settings::default();
        settings.controls.pitch.target = PitchTarget::Held {
            note: None,
            bend: 0.0,
            bend_range: Semitones(2.0),
            glide_ms: 30.0,
        };
        settings
    }

    /// Where each part lies, and the number of its note.
    fn cut(parts: &SungParts, settings: &Settings) -> Vec<(Range<usize>, Option<f32>)> {
        let note = |settings: Settings| match settings.controls.pitch.target {
            PitchTarget::Held { note, .. } => note.map(|Note(number)| number),
            _ => None,
        };
        let all = parts.of(settings, true);
        all.map(|(range, settings)| (range, note(settings)))
            .collect()
    }

    #[test]
    fn a_block_is_cut_where_the_note_changes() {
        let mut parts = SungParts::default();
        parts.begin(100);
        for event in [on(0, 50), on(20, 55), on(20, 57), on(40, 57), on(500, 60)] {
            parts.take(&event);
        }
        let expected = [
            (0..20, Some(50.0)),
            (20..99, Some(57.0)),
            (99..100, Some(60.0)),
        ];
        assert_eq!(cut(&parts, &midi()), expected);
        // What is held is held in the next block.
        parts.begin(10);
        assert_eq!(cut(&parts, &midi()), [(0..10, Some(60.0))]);
        parts.reset();
        parts.begin(0);
        assert_eq!(cut(&parts, &midi()), [(0..0, None)]);
    }

    #[test]
    fn what_comes_after_the_most_parts_joins_the_last_one() {
        let mut parts = SungParts::default();
        parts.begin(1_000);
        (0..500).for_each(|at| parts.take(&wheel(2 * at, at as f32 / 1_000.0)));
        let settings = midi();
        let all: Vec<_> = parts.of(&settings, true).collect();
        assert_eq!(all.len(), MOST);
        assert_eq!(all[MOST - 1].0, 126..1_000);
        let PitchTarget::Held { bend, .. } = all[MOST - 1].1.controls.pitch.target else {
            panic!("held")
        };
        assert!(
            (bend - (2.0 * 0.499 - 1.0)).abs() < 1e-6,
            "the last: {bend}"
        );
    }

    #[test]
    fn without_the_target_or_the_mode_a_block_stays_whole() {
        let mut parts = SungParts::default();
        parts.begin(100);
        parts.take(&on(50, 60));
        let free = Settings::default();
        let all: Vec<_> = parts.of(&free, true).collect();
        assert_eq!(all, [(0..100, free)]);
        let settings = midi();
        let all: Vec<_> = parts.of(&settings, false).collect();
        assert_eq!(all, [(0..100, settings)]);
    }
}
