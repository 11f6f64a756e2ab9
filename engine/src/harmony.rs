//! Second voices at distances counted in a scale.

use syrinx_dsp::{Decibels, PitchSettings, Scale, ScaleInterval};
use syrinx_models::LiveControls;

/// One of the second voices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HarmonyVoice {
    /// How many notes of the scale above (below 0: beneath) the first voice it sings, -14 to 14; 0 is off.
    pub degrees: i8,
    /// How loud it is beside the first voice, -60 to 12 dB.
    pub level: Decibels,
}

impl HarmonyVoice {
    /// No voice.
    pub const OFF: HarmonyVoice = HarmonyVoice {
        degrees: 0,
        level: Decibels(0.0),
    };
}

/// Up to three second voices. Each is a pass of the voice's networks of its own: the pitch is led before the generator,
/// nothing that was generated is shifted. So each costs as much time and memory as the first, but no latency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harmony {
    /// The notes that are counted.
    pub scale: Scale,
    /// The voices.
    pub voices: [HarmonyVoice; Harmony::MOST],
}

impl Harmony {
    /// Most second voices: four parts.
    pub const MOST: usize = 3;

    /// How many are on.
    pub fn count(&self) -> usize {
        self.sounding().count()
    }

    /// Those that are on.
    pub fn sounding(&self) -> impl Iterator<Item = &HarmonyVoice> {
        self.voices.iter().filter(|voice| voice.degrees != 0)
    }

    /// What the voice that is `place` among those that are on takes, where the first takes `controls`.
    pub fn controls_of(
        &self,
        place: usize,
        voice: &HarmonyVoice,
        controls: &LiveControls,
    ) -> LiveControls {
        let interval = ScaleInterval {
            scale: self.scale,
            degrees: voice.degrees,
        };
        LiveControls {
            pitch: PitchSettings {
                interval: Some(interval),
                ..controls.pitch
            },
            // The same breath twice would be one voice with a comb filter.
            seed: controls.seed.wrapping_add(1 + place as u64),
            ..*controls
        }
    }
}

impl Default for Harmony {
    /// None.
    fn default() -> Harmony {
        Harmony {
            scale: Scale::CHROMATIC,
            voices: [HarmonyVoice::OFF; Harmony::MOST],
        }
    }
}
