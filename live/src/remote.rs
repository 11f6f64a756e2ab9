//! A remote control for programs of this machine: a WebSocket on 127.0.0.1, with a token.
//!
//! WebSocket and not OSC, because stream decks and browsers speak it by themselves, a connection shows its token once
//! and is told what happens, and a browser says which page it serves, so that foreign pages can be turned away.
//!
//! ```text
//! connect  ws://127.0.0.1:8765/?token=T   or with the header  Authorization: Bearer T
//! send     {"set": {"transpose": "+3 st", "mute": "on", "voice": "default"}, "id": 1}
//!          {"do": "panic"}    {"get": "values"}
//! receive  {"event": "hello", "parameters": [...], ...}                at the beginning
//!          {"event": "reply", "id": 1, "ok": true}                     for each message
//!          {"event": "status", "input_db": -18.2, "state": "running", ...}   ten times a second
//! ```

mod admission;
mod peer;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::LiveError;
use admission::Admission;

/// How often the door is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Connections at once: a stream deck, a browser, and room for what was left open.
const MOST_PEERS: usize = 8;

/// A remote control. Dropped, it ends.
pub struct Remote {
    address: SocketAddr,
    token: String,
    orders: Receiver<Order>,
    shared: Arc<Shared>,
    door: Option<JoinHandle<()>>,
}

/// A message that waits for its answer.
pub(crate) struct Order {
    /// What was sent, as JSON.
    pub message: Value,
    answer: Sender<Value>,
}

impl Order {
    /// Answers; the identity of the message goes along.
    pub fn reply(self, outcome: Result<Value, String>) {
        let mut reply = match outcome {
            Ok(Value::Null) => json!({ "ok": true }),
            Ok(value) => json!({ "ok": true, "value": value }),
            Err(error) => json!({ "ok": false, "error": error }),
        };
        reply["event"] = "reply".into();
        if let Some(id) = self.message.get("id") {
            reply["id"] = id.clone();
        }
        // Who asked may have left.
        let _ = self.answer.send(reply);
    }
}

/// What all connections have in common.
struct Shared {
    admission: Admission,
    hello: String,
    /// The state that was told last, and its number.
    state: Mutex<(u64, Arc<str>)>,
    ends: AtomicBool,
    peers: AtomicUsize,
}

impl Remote {
    /// Listens on `port` of 127.0.0.1, for whoever knows the token; without one it makes one. `hello` is what everybody
    /// is told first.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn listen(port: u16, token: Option<&str>, hello: &Value) -> Result<Remote, LiveError> {
        let failure = |source: io::Error| LiveError::Remote { port, source };
        let token = token.map_or_else(admission::new_token, str::to_owned);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failure)?;
        let address = listener.local_addr().map_err(failure)?;
        // Otherwise the thread would wait for a guest, and not for the end.
        listener.set_nonblocking(true).map_err(failure)?;
        let shared = Arc::new(Shared {
            admission: Admission::new(&token),
            hello: hello.to_string(),
            state: Mutex::new((0, "".into())),
            ends: AtomicBool::new(false),
            peers: AtomicUsize::new(0),
        });
        let (sender, orders) = channel();
        let inside = Arc::clone(&shared);
        let door = std::thread::Builder::new()
            .name("syrinx-remote".to_owned())
            .spawn(move || open_door(&listener, &inside, &sender))
            .map_err(failure)?;
        Ok(Remote {
            address,
            token,
            orders,
            shared,
            door: Some(door),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What guests must know.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The messages that came since the last time.
    pub(crate) fn orders(&self) -> Vec<Order> {
        self.orders.try_iter().collect()
    }

    /// Tells everybody the state.
    pub fn tell(&self, state: String) {
        let mut told = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *told = (told.0 + 1, state.into());
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.shared.ends.store(true, SeqCst);
        if let Some(door) = self.door.take() {
            // A thread that panicked has nothing to end.
            let _ = door.join();
        }
    }
}

/// Lets guests in until the end, and waits for them to leave.
fn open_door(listener: &TcpListener, shared: &Arc<Shared>, orders: &Sender<Order>) {
    let mut guests: Vec<JoinHandle<()>> = Vec::new();
    while !shared.ends.load(SeqCst) {
        match listener.accept() {
            Ok((stream, _)) => guests.extend(welcome(stream, shared, orders)),
            Err(_) => std::thread::sleep(LOOK),
        }
        guests.retain(|guest| !guest.is_finished());
    }
    for guest in guests {
        let _ = guest.join();
    }
}

/// A thread for a guest; those that are too many are hung up on.
fn welcome(
    stream: TcpStream,
    shared: &Arc<Shared>,
    orders: &Sender<Order>,
) -> Option<JoinHandle<()>> {
    if shared.peers.fetch_add(1, SeqCst) >= MOST_PEERS {
        shared.peers.fetch_sub(1, SeqCst);
        return None;
    }
    let (inside, orders) = (Arc::clone(shared), orders.clone());
    let thread = std::thread::Builder::new()
        .name("syrinx-remote-peer".to_owned())
        .spawn(move || {
            peer::serve(stream, &inside, &orders);
            inside.peers.fetch_sub(1, SeqCst);
        });
    if thread.is_err() {
        shared.peers.fetch_sub(1, SeqCst);
    }
    thread.ok()
}

#[cfg(test)]
mod tests {
    use tungstenite::client::IntoClientRequest;
    use tungstenite::stream::MaybeTlsStream;
    use tungstenite::{Error, Message, WebSocket};

    use super::*;

    type Client = WebSocket<MaybeTlsStream<TcpStream>>;

    fn remote() -> Remote {
        Remote::listen(0, Some("0123456789abcdef"), &json!({ "event": "hello" })).unwrap()
    }

    fn connect(
        remote: &Remote,
        query: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Result<Client, Error> {
        let mut request = format!("ws://{}/{query}", remote.address())
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        tungstenite::connect(request).map(|(client, _)| client)
    }

    fn received(client: &mut Client) -> Value {
        loop {
            if let Message::Text(text) = client.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    #[test]
    fn who_knows_the_token_is_let_in_and_others_are_not() {
        let remote = remote();
        let refused = |query, headers: &[(&'static str, &'static str)]| match connect(
            &remote, query, headers,
        ) {
            Err(Error::Http(response)) => response.status().as_u16(),
            Ok(_) => 0,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(refused("", &[]), 401);
        assert_eq!(refused("?token=0123456789abcdee", &[]), 401);
        assert_eq!(refused("?token=0123456789abcdef0", &[]), 401);
        assert_eq!(refused("", &[("Authorization", "Bearer wrong")]), 401);
        let page = |origin| refused("?token=0123456789abcdef", &[("Origin", origin)]);
        for foreign in [
            "https://example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "null",
            "file://",
        ] {
            assert_eq!(page(foreign), 403, "{foreign}");
        }
        for own in [
            "http://127.0.0.1:8000",
            "http://localhost",
            "http://[::1]:80",
        ] {
            assert_eq!(page(own), 0, "{own}");
        }
        let header = [("Authorization", "Bearer 0123456789abcdef")];
        assert_eq!(refused("", &header), 0);
    }

    #[test]
    fn messages_are_answered_and_states_are_told() {
        let remote = remote();
        let mut client = connect(&remote, "?token=0123456789abcdef", &[]).unwrap();
        assert_eq!(received(&mut client)["event"], "hello");
        client
            .send(Message::text("{\"do\":\"mute\",\"id\":7}"))
            .unwrap();
        let order = loop {
            if let Some(order) = remote.orders().pop() {
                break order;
            }
        };
        assert_eq!(order.message["do"], "mute");
        order.reply(Err("no".to_owned()));
        let reply = received(&mut client);
        assert_eq!(
            reply,
            json!({"event": "reply", "id": 7, "ok": false, "error": "no"})
        );
        client.send(Message::text("no JSON")).unwrap();
        assert_eq!(received(&mut client)["ok"], false);
        remote.tell("{\"event\":\"status\",\"n\":1}".to_owned());
        assert_eq!(received(&mut client)["n"], 1);
        remote.tell("{\"event\":\"status\",\"n\":2}".to_owned());
        assert_eq!(received(&mut client)["n"], 2);
    }

    #[test]
    fn a_message_that_is_too_long_ends_the_connection_and_the_rest_goes_on() {
        let remote = remote();
        let mut client = connect(&remote, "?token=0123456789abcdef", &[]).unwrap();
        received(&mut client);
        let long = format!("{{\"do\":\"{}\"}}", "x".repeat(100_000));
        let ended =
            client.send(Message::text(long)).is_err() || (0..10).any(|_| client.read().is_err());
        assert!(ended);
        assert!(remote.orders().is_empty());
        assert!(connect(&remote, "?token=0123456789abcdef", &[]).is_ok());
    }

    #[test]
    fn without_a_token_one_is_made_that_nobody_guesses() {
        let [first, second] = [0, 1].map(|_| Remote::listen(0, None, &Value::Null).unwrap());
        assert!(first.token().len() >= 32 && first.token() != second.token());
        assert!(connect(&first, &format!("?token={}", second.token()), &[]).is_err());
        assert!(connect(&first, &format!("?token={}", first.token()), &[]).is_ok());
        assert!(first.address().ip().is_loopback());
    }
}
