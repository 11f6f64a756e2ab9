//! A screen on which plugins' windows are opened.
#![allow(dead_code)] // Each test uses its part.

/// A connection to the X server.
pub struct Screen {
    connection: x11rb::rust_connection::RustConnection,
    root: u32,
}

impl Screen {
    /// Connects, or says aloud that there is no display.
    pub fn connect() -> Option<Screen> {
        use x11rb::connection::Connection;
        if std::env::var_os("DISPLAY").is_none() {
            let required = std::env::var_os("SYRINX_REQUIRE_HOSTS").is_some();
            assert!(!required, "a display is needed here");
            println!("skipped: no display");
            return None;
        }
        let (connection, number) = x11rb::connect(None).expect("the display answers");
        let root = connection.setup().roots[number].root;
        Some(Screen { connection, root })
    }

    pub(super) fn window(&self, (width, height): (u16, u16)) -> u32 {
        use x11rb::connection::Connection;
        use x11rb::protocol::xproto::{ConnectionExt, CreateWindowAux, WindowClass};
        let id = self.connection.generate_id().expect("an id");
        self.connection
            .create_window(
                x11rb::COPY_DEPTH_FROM_PARENT,
                id,
                self.root,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &CreateWindowAux::new(),
            )
            .expect("sent");
        let mapped = self.connection.map_window(id).expect("sent");
        // The plugin asks for it over a connection of its own, which the server may hear first.
        mapped.check().expect("a window");
        id
    }

    pub(super) fn close(&self, window: u32) {
        use x11rb::protocol::xproto::ConnectionExt;
        let closed = self.connection.destroy_window(window);
        closed.expect("sent").check().expect("closed");
    }

    /// What is seen of the upper left corner, red, green and blue, row by row.
    pub fn picture(&self, (width, height): (u16, u16)) -> Vec<u8> {
        use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};
        let request =
            self.connection
                .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0);
        let image = request.expect("sent").reply().expect("a picture");
        // 24 bits come in four bytes, blue first, on every machine whose X server is its own.
        let pixels = image.data.chunks_exact(4);
        pixels
            .flat_map(|pixel| [pixel[2], pixel[1], pixel[0]])
            .collect()
    }

    /// Presses and releases a key, by the server's code, with Ctrl, in the innermost window there is.
    pub fn press_with_ctrl(&self, code: u8) {
        use x11rb::connection::Connection;
        use x11rb::protocol::xproto::{
            ConnectionExt, EventMask, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, KeyPressEvent,
        };
        let window = self.innermost();
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            let event = KeyPressEvent {
                response_type: kind,
                detail: code,
                sequence: 0,
                time: x11rb::CURRENT_TIME,
                root: self.root,
                event: window,
                child: x11rb::NONE,
                root_x: 0,
                root_y: 0,
                event_x: 0,
                event_y: 0,
                state: KeyButMask::CONTROL,
                same_screen: true,
            };
            let sent = self
                .connection
                .send_event(false, window, EventMask::NO_EVENT, event);
            sent.expect("sent").check().expect("taken");
        }
        self.connection.flush().expect("sent");
    }

    /// The window that has no other in it, starting from the last one of the screen.
    fn innermost(&self) -> u32 {
        use x11rb::protocol::xproto::ConnectionExt;
        let mut window = self.root;
        loop {
            let tree = self.connection.query_tree(window).expect("sent");
            match tree.reply().expect("a tree").children.last() {
                Some(&child) => window = child,
                None => return window,
            }
        }
    }
}
