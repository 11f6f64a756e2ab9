//! A connection: hands messages over and answers back, and tells the state.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket, accept_hdr_with_config};

use super::{Order, Shared};

/// How long a guest may take to say who it is, and to take what it is told.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the state is looked at while nothing comes in.
const LOOK: Duration = Duration::from_millis(20);

/// Bytes of a message; those that are understood have some hundred.
const LONGEST: usize = 16 << 10;

/// Serves a guest until it leaves, or the end.
pub(super) fn serve(stream: TcpStream, shared: &Shared, orders: &Sender<Order>) {
    if let Some(mut socket) = greet(stream, shared) {
        // Whatever ends the connection, there is nobody left to tell.
        let _ = converse(&mut socket, shared, orders);
        let _ = socket.close(None);
        let _ = socket.flush();
    }
}

fn greet(stream: TcpStream, shared: &Shared) -> Option<WebSocket<TcpStream>> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LONGEST))
        .max_frame_size(Some(LONGEST));
    #[allow(clippy::result_large_err, reason = "the library asks for this type")]
    let admit = |request: &Request, response: Response| {
        shared.admission.admit(request)?;
        Ok(response)
    };
    let mut socket = accept_hdr_with_config(stream, admit, Some(config)).ok()?;
    socket.get_ref().set_read_timeout(Some(LOOK)).ok()?;
    socket.send(Message::text(shared.hello.as_str())).ok()?;
    Some(socket)
}

fn converse(
    socket: &mut WebSocket<TcpStream>,
    shared: &Shared,
    orders: &Sender<Order>,
) -> Result<(), Error> {
    let mut told = 0;
    while !shared.ends.load(SeqCst) {
        match socket.read() {
            Ok(Message::Text(text)) => {
                let reply = answer(&text, orders);
                socket.send(Message::text(reply.to_string()))?;
            }
            Ok(_) => {}
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        let (number, state) = {
            let state = shared.state.lock();
            let state = state.unwrap_or_else(PoisonError::into_inner);
            (state.0, Arc::clone(&state.1))
        };
        if number != told {
            told = number;
            socket.send(Message::text(&*state))?;
        }
    }
    Ok(())
}

/// Has a message done, and says what became of it.
fn answer(text: &str, orders: &Sender<Order>) -> Value {
    let failure = |error: &str| json!({ "event": "reply", "ok": false, "error": error });
    let Ok(message) = serde_json::from_str::<Value>(text) else {
        return failure("expected a JSON object");
    };
    let (answer, answers) = channel();
    if orders.send(Order { message, answer }).is_err() {
        return failure("the program ends");
    }
    let reply = answers.recv_timeout(PATIENCE);
    reply.unwrap_or_else(|_| failure("the program is busy opening devices"))
}
