//! Names what a panel lets people change.

/// How a control is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A slider with its value beside it.
    Slider,
    /// A list to choose from.
    List,
    /// A switch.
    Switch,
    /// A button that is on for as long as it is held.
    Button,
}

/// Where a control is shown, with others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// Always seen, above everything.
    Top,
    /// What shapes the voice.
    Voice,
    /// What shapes the signal around it.
    Signal,
    /// What leads the pitch.
    Pitch,
    /// What sings along.
    Harmony,
    /// What is spoken.
    Speech,
    /// How it is spoken.
    Delivery,
}

/// Makes [`Control`] of a table: name, section, form and hint. Within a section controls stand in this order.
macro_rules! controls {
    ($($name:ident in $section:ident as $form:ident: $hint:expr;)*) => {
        /// What a panel lets people change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // Their names and hints say what they are.
        pub enum Control {
            $($name,)*
        }

        impl Control {
            /// All of them.
            pub const ALL: &[Control] = &[$(Control::$name,)*];

            /// Its name in files, which is for ever.
            pub fn id(self) -> &'static str {
                match self {
                    $(Control::$name => stringify!($name),)*
                }
            }

            /// Where it is shown.
            pub fn section(self) -> Section {
                match self {
                    $(Control::$name => Section::$section,)*
                }
            }

            /// How it is shown.
            pub fn form(self) -> Form {
                match self {
                    $(Control::$name => Form::$form,)*
                }
            }

            /// What it does, for people who point at it.
            pub fn hint(self) -> &'static str {
                match self {
                    $(Control::$name => $hint,)*
                }
            }
        }
    };
}

controls! {
    Bypass in Top as Switch: "Only the input, delayed by the latency";

    Voice in Voice as List: "The voice that is heard. Projects find it again by its contents, not by its place";
    Speaker in Voice as List: "Who speaks, in voices that have several speakers";
    Transpose in Voice as Slider: "Shifts the pitch by semitones";
    Fine in Voice as Slider: "Shifts the pitch by hundredths of a semitone";
    Formant in Voice as Slider: "Makes the speaker smaller or larger, at the same pitch";
    Intonation in Voice as Slider: "How far the pitch moves: 0 % is monotone, 100 % leaves it";
    Strength in Voice as Slider:
        "How much of the voice's timbre replaces yours, in voices that have the choice";
    Seed in Voice as Slider:
        "Chooses the random part of the sound; the same seed gives the same sound";

    InputGain in Signal as Slider: "Before everything else";
    HighPass in Signal as Slider:
        "Takes rumble, hum and popping consonants out of the input, before anything listens to it";
    Denoise in Signal as Slider:
        "Takes steady noise out of the input, about 20 ms later; the host restarts the plugin to switch it on or off";
    Gate in Signal as Slider: "Input below this level is silence";
    Loudness in Signal as Slider: "How far the loudness of the output follows the input";
    Mix in Signal as Slider: "Share of the converted voice; the dry one is delayed to match";
    OutputGain in Signal as Slider: "After everything else";
    Quality in Signal as List:
        "Latency against sound and safety; the host restarts the plugin to change it";
    OnUnderrun in Signal as List: "What is heard while converted sound is missing";
    Limiter in Signal as Switch:
        "Holds the peaks of the output below -1 dB, a little later; the host restarts the plugin to switch it";
    FeedbackGuard in Signal as Switch:
        "Turns the output down while the microphone hears it from loudspeakers";

    PitchTarget in Pitch as List:
        "Where the pitch is led: nowhere, to the notes of the scale, to the note that is held on a keyboard, or to one \
         note. In a mode that speaks, the keyboard leads the pitch only where Notes is Nothing";
    Key in Pitch as List: "The key of the scale, for the target Scale and for harmonies";
    Scale in Pitch as List: "The kind of the scale, for the target Scale and for harmonies";
    Correction in Pitch as Slider:
        "With the target Scale, how much of the distance to the note is taken away";
    CorrectionSpeed in Pitch as Slider:
        "With the target Scale, how slowly the pitch is led to the note: fast ones flatten the vibrato";
    MonotoneNote in Pitch as Slider: "With the target Monotone, its note";
    Glide in Pitch as Slider: "With the target MIDI, the time from one note to the next";
    BendRange in Pitch as Slider: "With the target MIDI, how far the pitch wheel goes";
    Vibrato in Pitch as Slider: "Depth of the vibrato: 0 % is straight, 100 % leaves it";

    Harmony1 in Harmony as List:
        "A voice that sings along at this interval, counted in notes of the scale: choose key and scale first";
    Harmony1Level in Harmony as Slider: "How loud it is beside the first voice";
    Harmony2 in Harmony as List: "A second voice that sings along; each costs as much time as the first voice";
    Harmony2Level in Harmony as Slider: "How loud it is beside the first voice";
    Harmony3 in Harmony as List: "A third voice that sings along; each costs as much time as the first voice";
    Harmony3Level in Harmony as Slider: "How loud it is beside the first voice";

    Mode in Speech as List:
        "Converts the input, speaks lines in its place, or speaks lines in the chosen voice";
    Line in Speech as Slider: "The line that the button speaks, and that notes sing";
    Notes in Speech as List:
        "What MIDI notes do: note 36 (two octaves below middle C) is line 1 and the next one line 2, or every note \
         sings the chosen line. Velocity is level. In the mode Convert, and where this is Nothing, the pitch target MIDI \
         has them";
    Speak in Speech as Button: "Speaks the chosen line; it begins where the button goes down";

    SpeechRate in Delivery as Slider: "How fast lines are spoken";
    SpeechPitch in Delivery as Slider: "Shifts the pitch of speech by semitones";
    SpeechIntonation in Delivery as Slider:
        "How far the pitch of speech moves: 0 % is monotone, 100 % the voice's own";
    SpeechPauses in Delivery as Slider: "How long the pauses between sentences are";
    SpeechEmotion in Delivery as Slider:
        "The emotion of speech, in voices that have several; the voice that comes with Syrinx has only its own";
    SpeechIntensity in Delivery as Slider:
        "How strong the emotion is, in voices that have several: 0 % is neutral";
}

impl Control {
    /// Those of a section, in their order.
    pub fn of(section: Section) -> impl Iterator<Item = Control> {
        let all = Control::ALL.iter().copied();
        all.filter(move |control| control.section() == section)
    }
}
