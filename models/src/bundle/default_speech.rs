//! The speaking voice that is linked into the program.

use super::VoiceBundle;
use super::default_voice::DECODER;
use crate::error::ManifestError;

/// The manifest that `models/training/bundle_speech.py` wrote.
const MANIFEST: &[u8] = include_bytes!("../../voices/speech/voice.json");

/// The files that it names. The decoder is that of the default conversion voice, which the program holds once.
static FILES: [(&str, &[u8]); 4] = [
    (
        "phones.onnx",
        include_bytes!("../../voices/speech/phones.onnx"),
    ),
    (
        "frames.onnx",
        include_bytes!("../../voices/speech/frames.onnx"),
    ),
    ("decoder.onnx", DECODER),
    ("card.md", include_bytes!("../../voices/speech/card.md")),
];

impl VoiceBundle {
    /// The speaking voice that comes with the program; it needs no file beside it.
    ///
    /// # Errors
    /// If manifest and files do not fit together, which a test guards.
    pub fn default_speech() -> Result<VoiceBundle, ManifestError> {
        VoiceBundle::from_parts(MANIFEST, &FILES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_speaking_voice_is_whole_and_small() {
        let voice = VoiceBundle::default_speech().expect("manifest and files fit");
        voice
            .verify()
            .expect("the hashes fit: run models/training/bundle_speech.py after an export");
        let bytes: usize = FILES.iter().map(|(_, content)| content.len()).sum();
        let own = bytes - DECODER.len();
        // The bounds that the project sets: the whole voice, and what it adds to every program.
        assert!(bytes <= 5_000_000, "{bytes} bytes");
        assert!(own <= 1_500_000, "{own} bytes");
        let conversion = VoiceBundle::default_voice().expect("guarded by its own test");
        let decoder = |voice: &VoiceBundle| voice.file_hash("decoder").expect("named").to_owned();
        assert_eq!(decoder(&voice), decoder(&conversion));
        assert_eq!(voice.manifest().speakers, conversion.manifest().speakers);
    }
}
