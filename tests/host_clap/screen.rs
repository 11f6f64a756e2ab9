//! A screen on which plugins' windows are opened.

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

    pub(super) fn window(&self) -> u32 {
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
                800,
                600,
                0,
                WindowClass::INPUT_OUTPUT,
                x11rb::COPY_FROM_PARENT,
                &CreateWindowAux::new(),
            )
            .and_then(|_| self.connection.map_window(id))
            .expect("a window");
        self.connection.flush().expect("sent");
        id
    }

    pub(super) fn close(&self, window: u32) {
        use x11rb::protocol::xproto::ConnectionExt;
        let closed = self.connection.destroy_window(window);
        closed.expect("sent").check().expect("closed");
    }
}
