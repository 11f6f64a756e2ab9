//! The pages of the window.

/// A page of the window; the meters and what is above them are on all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    /// The voice and the signal around it.
    #[default]
    Voice,
    /// Where the pitch is led, and what sings along.
    Pitch,
    /// What is spoken.
    Speech,
    /// Which voices there are.
    Voices,
}

impl Page {
    /// All of them, in their order.
    pub const ALL: [Page; 4] = [Page::Voice, Page::Pitch, Page::Speech, Page::Voices];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Page::Voice => "Voice",
            Page::Pitch => "Pitch",
            Page::Speech => "Speech",
            Page::Voices => "Browser",
        }
    }

    /// The key that opens it, with Ctrl (Cmd on macOS).
    pub fn key(self) -> egui::Key {
        match self {
            Page::Voice => egui::Key::Num1,
            Page::Pitch => egui::Key::Num2,
            Page::Speech => egui::Key::Num3,
            Page::Voices => egui::Key::Num4,
        }
    }
}
