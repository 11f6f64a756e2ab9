//! Remembers which keys are down, and which of them is sung.

use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::NoteEvent;
use syrinx_dsp::Note;

/// Keys that are remembered: more than ten fingers hold. Of more, the one that has been down longest is forgotten.
const MOST: usize = 16;

/// The controller that ends all sound, as MIDI numbers it.
const ALL_SOUND_OFF: u8 = 120;
/// The controller that brings all others back to rest.
const RESET_CONTROLLERS: u8 = 121;
/// The controller that lets all keys go; those above it change modes, and let them go as well.
const ALL_NOTES_OFF: u8 = 123;

/// A wheel that rests is off its middle by half a step of MIDI's 14 bits, 0.00006; no wheel is moved by so little.
const REST: f32 = 1e-4;

/// What is sung at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sung {
    /// The note of the key that went down last among those that are down; `None` when there is none.
    pub note: Option<Note>,
    /// Where the pitch wheel stands, -1 to 1.
    pub bend: f32,
}

/// A key that is down.
#[derive(Clone, Copy, Debug)]
struct Held {
    voice: VoiceID,
    channel: Channel,
    key: u8,
    /// What the host has tuned this note by, in semitones.
    tuning: f32,
}

/// Remembers which keys are down, on all channels together, and which of them is sung: the last one. There is one voice,
/// so there is one wheel: the one that was moved last, whatever its channel.
///
/// # Real-time safety
/// Nothing of it allocates, locks or panics.
#[derive(Debug, Default)]
pub struct HeldNotes {
    keys: [Option<Held>; MOST],
    count: usize,
    bend: f32,
}

impl HeldNotes {
    /// What is sung now.
    pub fn sung(&self) -> Sung {
        let last = self.keys[..self.count].last().copied().flatten();
        Sung {
            note: last.map(|held| Note(f32::from(held.key) + held.tuning)),
            bend: self.bend,
        }
    }

    /// Takes an event; those that are about something else change nothing.
    pub fn take(&mut self, event: &NoteEvent<()>) {
        match *event {
            NoteEvent::NoteOn {
                voice_id,
                channel,
                key: Key::Number(key),
                velocity,
                ..
            } if velocity > 0.0 => self.press(Held {
                voice: voice_id,
                channel,
                key,
                tuning: 0.0,
            }),
            // Some keyboards let go by a velocity of 0.
            NoteEvent::NoteOn {
                voice_id,
                channel,
                key,
                ..
            }
            | NoteEvent::NoteOff {
                voice_id,
                channel,
                key,
                ..
            }
            | NoteEvent::Choke {
                voice_id,
                channel,
                key,
                ..
            } => self.retain(|held| !held.is(voice_id, channel, key)),
            NoteEvent::PolyTuning {
                voice_id,
                channel,
                key,
                tuning,
                ..
            } if tuning.is_finite() => {
                let keys = self.keys[..self.count].iter_mut().flatten();
                keys.filter(|held| held.is(voice_id, channel, key))
                    .for_each(|held| held.tuning = tuning);
            }
            NoteEvent::MidiPitchBend { value, .. } if value.is_finite() => {
                let bend = (2.0 * value - 1.0).clamp(-1.0, 1.0);
                self.bend = if bend.abs() < REST { 0.0 } else { bend };
            }
            NoteEvent::MidiCC { cc, .. } => match cc {
                ALL_SOUND_OFF | ALL_NOTES_OFF.. => self.retain(|_| false),
                RESET_CONTROLLERS => self.bend = 0.0,
                _ => {}
            },
            _ => {}
        }
    }

    /// Lets all go, and brings the wheel back to rest.
    pub fn reset(&mut self) {
        *self = HeldNotes::default();
    }

    fn press(&mut self, key: Held) {
        // A key that is said to go down twice is down once.
        self.retain(|held| (held.channel, held.key) != (key.channel, key.key));
        if self.count == MOST {
            self.keys.rotate_left(1);
            self.count -= 1;
        }
        self.keys[self.count] = Some(key);
        self.count += 1;
    }

    /// Keeps those of the keys, in their order.
    fn retain(&mut self, keep: impl Fn(&Held) -> bool) {
        let mut kept = 0;
        for index in 0..self.count {
            if self.keys[index].as_ref().is_some_and(&keep) {
                self.keys[kept] = self.keys[index];
                kept += 1;
            }
        }
        self.count = kept;
    }
}

impl Held {
    /// Whether an event with these is about it. Hosts leave out what they do not know.
    fn is(&self, voice: VoiceID, channel: Channel, key: Key) -> bool {
        agree(self.voice.id(), voice.id())
            && agree(self.channel.number(), channel.number())
            && agree(Some(self.key), key.number())
    }
}

fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(key: u8) -> NoteEvent<()> {
        NoteEvent::NoteOn {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(0),
            key: Key::Number(key),
            velocity: 0.8,
        }
    }

    fn off(key: Key) -> NoteEvent<()> {
        NoteEvent::NoteOff {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(0),
            key,
            velocity: 0.0,
        }
    }

    fn controller(cc: u8) -> NoteEvent<()> {
        NoteEvent::MidiCC {
            timing: 0,
            channel: 5,
            cc,
            value: 0.0,
        }
    }

    fn wheel(value: f32) -> NoteEvent<()> {
        NoteEvent::MidiPitchBend {
            timing: 0,
            channel: 3,
            value,
        }
    }

    /// The note that is sung after each event.
    fn notes(events: &[NoteEvent<()>]) -> Vec<Option<f32>> {
        let mut held = HeldNotes::default();
        let sung = events.iter().map(|event| {
            held.take(event);
            held.sung().note.map(|note| note.0)
        });
        sung.collect()
    }

    #[test]
    fn the_last_key_is_sung_and_after_it_the_one_before() {
        let (a, b, c) = (Key::Number(60), Key::Number(64), Key::Number(67));
        assert_eq!(
            notes(&[on(60), on(64), off(b), on(67), off(a), off(c)]),
            [
                Some(60.0),
                Some(64.0),
                Some(60.0),
                Some(67.0),
                Some(67.0),
                None
            ]
        );
        // Pressed again it is the last one, and one release is enough.
        assert_eq!(
            notes(&[on(60), on(64), on(60), off(a), off(a), off(b)]),
            [
                Some(60.0),
                Some(64.0),
                Some(60.0),
                Some(64.0),
                Some(64.0),
                None
            ]
        );
    }

    #[test]
    fn of_too_many_keys_the_oldest_is_forgotten() {
        let mut held = HeldNotes::default();
        (30..80).for_each(|key| held.take(&on(key)));
        assert_eq!(held.sung().note, Some(Note(79.0)));
        for key in (64..80).rev() {
            assert_eq!(held.sung().note, Some(Note(f32::from(key))));
            held.take(&off(Key::Number(key)));
        }
        assert_eq!(held.sung().note, None);
    }

    #[test]
    fn every_way_to_let_go_is_known() {
        let silent = NoteEvent::NoteOn {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(0),
            key: Key::Number(60),
            velocity: 0.0,
        };
        let choke = NoteEvent::Choke {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Wildcard,
            key: Key::Number(60),
        };
        for event in [
            silent,
            choke,
            off(Key::Wildcard),
            controller(120),
            controller(123),
            controller(127),
        ] {
            assert_eq!(notes(&[on(60), event]), [Some(60.0), None], "{event:?}");
        }
        for event in [off(Key::Number(61)), controller(121), controller(64)] {
            assert_eq!(notes(&[on(60), event])[1], Some(60.0), "{event:?}");
        }
        // The end of a voice that was followed by another on the same key.
        let voice = |id| NoteEvent::NoteOn {
            timing: 0,
            voice_id: VoiceID::ID(id),
            channel: Channel::Number(0),
            key: Key::Number(60),
            velocity: 1.0,
        };
        let end = |id| NoteEvent::NoteOff {
            timing: 0,
            voice_id: VoiceID::ID(id),
            channel: Channel::Number(0),
            key: Key::Number(60),
            velocity: 0.0,
        };
        assert_eq!(
            notes(&[voice(1), voice(2), end(1), end(2)]),
            [Some(60.0), Some(60.0), Some(60.0), None]
        );
    }

    #[test]
    fn wheel_and_tuning_move_the_note() {
        let mut held = HeldNotes::default();
        held.take(&wheel(1.0));
        held.take(&on(57));
        assert_eq!(held.sung().note, Some(Note(57.0)));
        assert_eq!(held.sung().bend, 1.0);
        for (value, bend) in [(0.0, -1.0), (0.75, 0.5), (8192.0 / 16383.0, 0.0)] {
            held.take(&wheel(value));
            assert_eq!(held.sung().bend, bend, "{value}");
        }
        held.take(&wheel(f32::NAN));
        held.take(&wheel(1.0));
        held.take(&controller(121));
        assert_eq!(held.sung().bend, 0.0);
        held.take(&NoteEvent::PolyTuning {
            timing: 0,
            voice_id: VoiceID::Wildcard,
            channel: Channel::Number(0),
            key: Key::Number(57),
            tuning: -0.25,
        });
        assert_eq!(held.sung().note, Some(Note(56.75)));
        held.reset();
        assert_eq!(held.sung(), Sung::default());
    }
}
