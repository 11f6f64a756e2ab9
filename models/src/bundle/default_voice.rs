//! The voice that is linked into the program.

use super::VoiceBundle;
use crate::error::ManifestError;

/// The manifest that the recipe in `models/training` wrote.
const MANIFEST: &[u8] = include_bytes!("../../voices/default/voice.json");

/// The decoder, which the speaking voice has in common with this one.
pub(super) static DECODER: &[u8] = include_bytes!("../../voices/default/decoder.onnx");

/// The files that it names.
static FILES: [(&str, &[u8]); 3] = [
    (
        "encoder.onnx",
        include_bytes!("../../voices/default/encoder.onnx"),
    ),
    ("decoder.onnx", DECODER),
    ("card.md", include_bytes!("../../voices/default/card.md")),
];

impl VoiceBundle {
    /// The voice that comes with the program; it needs no file beside it.
    ///
    /// # Errors
    /// If manifest and files do not fit together, which a test guards.
    pub fn default_voice() -> Result<VoiceBundle, ManifestError> {
        VoiceBundle::from_parts(MANIFEST, &FILES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_voice_is_whole_and_small() {
        let voice = VoiceBundle::default_voice().expect("manifest and files fit");
        for role in voice.manifest().files.keys() {
            voice
                .file(role)
                .expect("the hash fits: run models/training/bundle.py after an export");
        }
        let bytes: usize = FILES.iter().map(|(_, content)| content.len()).sum();
        // The bound that the project sets for what is linked into every program.
        assert!(bytes <= 5_000_000, "{bytes} bytes");
        assert!(voice.manifest().speakers.len() >= 2);
    }
}
