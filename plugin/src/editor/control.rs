//! Names what a panel lets people change.

/// What a panel lets people change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // Their names say what they are.
pub enum Control {
    Voice,
    Speaker,
    Transpose,
    Fine,
    Formant,
    Intonation,
    Strength,
    HighPass,
    Denoise,
    Gate,
    InputGain,
    OutputGain,
    Loudness,
    Mix,
    Bypass,
    Quality,
    OnUnderrun,
    Seed,
    Mode,
    Speak,
    Line,
    Notes,
    SpeechRate,
    SpeechPitch,
    SpeechIntonation,
    SpeechPauses,
    SpeechEmotion,
    SpeechIntensity,
}

impl Control {
    /// All of them.
    pub const ALL: [Control; 28] = [
        Control::Voice,
        Control::Speaker,
        Control::Transpose,
        Control::Fine,
        Control::Formant,
        Control::Intonation,
        Control::Strength,
        Control::HighPass,
        Control::Denoise,
        Control::Gate,
        Control::InputGain,
        Control::OutputGain,
        Control::Loudness,
        Control::Mix,
        Control::Bypass,
        Control::Quality,
        Control::OnUnderrun,
        Control::Seed,
        Control::Mode,
        Control::Speak,
        Control::Line,
        Control::Notes,
        Control::SpeechRate,
        Control::SpeechPitch,
        Control::SpeechIntonation,
        Control::SpeechPauses,
        Control::SpeechEmotion,
        Control::SpeechIntensity,
    ];

    /// What it does, for people who point at it.
    pub fn hint(self) -> &'static str {
        match self {
            Control::Voice => {
                "The voice that is heard. Projects find it again by its contents, not by its place"
            }
            Control::Speaker => "Who speaks, in voices that have several speakers",
            Control::Transpose => "Shifts the pitch by semitones",
            Control::Fine => "Shifts the pitch by hundredths of a semitone",
            Control::Formant => "Makes the speaker smaller or larger, at the same pitch",
            Control::Intonation => "How far the pitch moves: 0 % is monotone, 100 % leaves it",
            Control::Strength => {
                "How much of the voice's timbre replaces yours, in voices that have the choice"
            }
            Control::HighPass => {
                "Takes rumble, hum and popping consonants out of the input, before anything listens to it"
            }
            Control::Denoise => {
                "Takes steady noise out of the input, about 20 ms later; the host restarts the plugin to switch it on or off"
            }
            Control::Gate => "Input below this level is silence",
            Control::InputGain => "Before everything else",
            Control::OutputGain => "After everything else",
            Control::Loudness => "How far the loudness of the output follows the input",
            Control::Mix => "Share of the converted voice; the dry one is delayed to match",
            Control::Bypass => "Only the input, delayed by the latency",
            Control::Quality => {
                "Latency against sound and safety; the host restarts the plugin to change it"
            }
            Control::OnUnderrun => "What is heard while converted sound is missing",
            Control::Seed => {
                "Chooses the random part of the sound; the same seed gives the same sound"
            }
            Control::Mode => {
                "Converts the input, speaks lines in its place, or speaks lines in the chosen voice"
            }
            Control::Speak => "Speaks the chosen line; it begins where the button goes down",
            Control::Line => "The line that the button speaks, and that notes sing",
            Control::Notes => {
                "What MIDI notes do: note 36 (two octaves below middle C) is line 1 and the next one line 2, or every \
                 note sings the chosen line. Velocity is level"
            }
            Control::SpeechRate => "How fast lines are spoken",
            Control::SpeechPitch => "Shifts the pitch of speech by semitones",
            Control::SpeechIntonation => {
                "How far the pitch of speech moves: 0 % is monotone, 100 % the voice's own"
            }
            Control::SpeechPauses => "How long the pauses between sentences are",
            Control::SpeechEmotion => {
                "The emotion of speech, in voices that have several; the voice that comes with Syrinx has only its own"
            }
            Control::SpeechIntensity => {
                "How strong the emotion is, in voices that have several: 0 % is neutral"
            }
        }
    }
}
