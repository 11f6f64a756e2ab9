//! Keys that are pressed in no window at all.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Key symbols (X11/keysymdef.h).
pub const F9: u32 = 0xffc6;
/// The letter M.
pub const M: u32 = 0x6d;
/// The left control key.
pub const CONTROL: u32 = 0xffe3;
/// The left shift key.
pub const SHIFT: u32 = 0xffe1;

/// A keyboard that nobody touches.
pub struct Keyboard {
    connection: RustConnection,
}

impl Keyboard {
    /// Connects, or says aloud that there is no display.
    pub fn connect() -> Option<Keyboard> {
        if std::env::var_os("DISPLAY").is_none() {
            assert!(
                !syrinx_tests::hosts::are_required(),
                "a display is needed here"
            );
            println!("skipped: no display");
            return None;
        }
        let (connection, _) = x11rb::connect(None).expect("the display answers");
        Some(Keyboard { connection })
    }

    /// Presses a key.
    pub fn press(&self, symbol: u32) {
        self.send(KEY_PRESS_EVENT, symbol);
    }

    /// Lets it go.
    pub fn release(&self, symbol: u32) {
        self.send(KEY_RELEASE_EVENT, symbol);
    }

    fn send(&self, event: u8, symbol: u32) {
        let root = self.connection.setup().roots[0].root;
        let code = self.code(symbol);
        self.connection
            .xtest_fake_input(event, code, x11rb::CURRENT_TIME, root, 0, 0, 0)
            .expect("sent")
            .check()
            .expect("taken");
    }

    /// The key that gives a symbol on this keyboard.
    fn code(&self, symbol: u32) -> u8 {
        let setup = self.connection.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let mapping = self
            .connection
            .get_keyboard_mapping(first, count)
            .expect("sent");
        let mapping = mapping.reply().expect("a mapping");
        let per_key = usize::from(mapping.keysyms_per_keycode);
        let keys = mapping.keysyms.chunks(per_key);
        let place = keys
            .enumerate()
            .find(|(_, symbols)| symbols.contains(&symbol));
        first + place.expect("a key for it").0 as u8
    }
}
