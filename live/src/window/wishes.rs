//! What the window's controls say, among it what is not heard now but will be found again.

use syrinx_dsp::{Note, PitchTarget, Scale, ScaleKind};
use syrinx_engine::Settings;

/// Where the pitch is led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nowhere.
    Free,
    /// To the notes of key and scale.
    Scale,
    /// To one note.
    Monotone,
}

impl Target {
    /// All of them, in the order of the list.
    pub const ALL: [Target; 3] = [Target::Free, Target::Scale, Target::Monotone];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Target::Free => "Free",
            Target::Scale => "Scale",
            Target::Monotone => "Monotone",
        }
    }
}

/// What the window's controls say. Settings hold the key of a scale only while the pitch is led to one; a window shows it
/// always.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wishes {
    settings: Settings,
    /// Where the pitch is led.
    pub target: Target,
    /// 0 (C) to 11 (B).
    pub key: u8,
    /// The place in [`ScaleKind::ALL`].
    pub kind: usize,
    /// Share of the distance to the note that is taken away, 0 to 1.
    pub strength: f32,
    /// Time constant of that in ms.
    pub speed_ms: f32,
    /// The note of the monotone.
    pub note: f32,
}

impl Wishes {
    /// What `settings` say, and defaults for what they do not.
    pub fn of(settings: &Settings) -> Wishes {
        let mut wishes = Wishes {
            settings: *settings,
            target: Target::Free,
            key: 0,
            kind: 0,
            strength: 1.0,
            // Fast enough for a sung melody, slow enough to leave most of a vibrato.
            speed_ms: 50.0,
            // A2, 110 Hz: in the middle of men's speech and at the lower end of women's.
            note: 45.0,
        };
        wishes.follow(settings);
        wishes
    }

    /// Takes over what keys and other programs have changed.
    pub fn follow(&mut self, settings: &Settings) {
        self.settings = *settings;
        match settings.controls.pitch.target {
            PitchTarget::Scale {
                scale,
                strength,
                speed_ms,
            } => {
                self.target = Target::Scale;
                self.take_scale(scale);
                (self.strength, self.speed_ms) = (strength, speed_ms);
            }
            PitchTarget::Monotone { note } => {
                self.target = Target::Monotone;
                self.note = note.0;
            }
            PitchTarget::Free | PitchTarget::Held { .. } => self.target = Target::Free,
        }
        if self.target != Target::Scale && settings.harmony.count() > 0 {
            self.take_scale(settings.harmony.scale);
        }
    }

    fn take_scale(&mut self, scale: Scale) {
        let kinds = ScaleKind::ALL.iter();
        let kind = kinds.clone().position(|kind| kind.steps() == scale.steps());
        self.key = scale.key();
        self.kind = kind.unwrap_or(self.kind);
    }

    /// The notes of key and scale.
    pub fn scale(&self) -> Scale {
        let kind = ScaleKind::ALL[self.kind.min(ScaleKind::ALL.len() - 1)];
        Scale::of(self.key.min(11), kind).unwrap_or(Scale::CHROMATIC)
    }

    /// The rest of the settings, to be changed.
    pub fn rest(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// As a session takes it.
    pub fn settings(&self) -> Settings {
        let mut settings = self.settings;
        settings.controls.pitch.target = match self.target {
            Target::Free => PitchTarget::Free,
            Target::Scale => PitchTarget::Scale {
                scale: self.scale(),
                strength: self.strength,
                speed_ms: self.speed_ms,
            },
            Target::Monotone => PitchTarget::Monotone {
                note: Note(self.note),
            },
        };
        // Without second voices their scale means nothing, and two settings that sound the same are the same.
        settings.harmony.scale = match settings.harmony.count() {
            0 => syrinx_engine::Harmony::default().scale,
            _ => self.scale(),
        };
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were() {
        let mut settings = Settings::default();
        assert_eq!(Wishes::of(&settings).settings(), settings);
        settings.controls.pitch.target = PitchTarget::Scale {
            scale: Scale::of(2, ScaleKind::NaturalMinor).unwrap(),
            strength: 0.5,
            speed_ms: 20.0,
        };
        assert_eq!(Wishes::of(&settings).settings(), settings);
        settings.controls.pitch.target = PitchTarget::Monotone { note: Note(50.0) };
        settings.harmony.voices[1].degrees = 2;
        settings.harmony.scale = Scale::of(7, ScaleKind::Major).unwrap();
        assert_eq!(Wishes::of(&settings).settings(), settings);
    }

    #[test]
    fn a_key_is_found_again_after_the_target_was_another() {
        let mut wishes = Wishes::of(&Settings::default());
        wishes.target = Target::Scale;
        (wishes.key, wishes.kind) = (9, 3);
        let scale = wishes.scale();
        wishes.target = Target::Free;
        let free = wishes.settings();
        wishes.follow(&free);
        wishes.target = Target::Scale;
        let PitchTarget::Scale { scale: found, .. } = wishes.settings().controls.pitch.target
        else {
            panic!("the scale");
        };
        assert_eq!(found, scale);
    }
}
