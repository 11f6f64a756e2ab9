//! Does what waits for a disk on a thread of its own, one after the other.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

/// Time between looks at folders while a window is open: soon enough for somebody who has just copied a file there.
const LOOK: Duration = Duration::from_secs(1);

/// One thing to do.
type Errand = Box<dyn FnOnce() + Send>;
/// What is done again and again.
type Look = Box<dyn FnMut() + Send>;

/// What the thread is told.
enum Word {
    Do(Errand),
    /// What to do once a second, if anything.
    Watch(Option<Look>),
}

/// Does what waits for a disk on a thread of its own, one after the other; between errands it looks at a folder, once a
/// second while that is wanted. Without a thread nothing is done.
pub struct Errands {
    words: Mutex<Option<Sender<Word>>>,
    thread: Option<JoinHandle<()>>,
}

impl Errands {
    /// Starts the thread, which sleeps until there is something to do.
    pub fn new() -> Errands {
        let (words, heard) = channel();
        let thread = thread::Builder::new().name("syrinx-editor".to_owned());
        let thread = thread.spawn(move || run(&heard)).ok();
        Errands {
            words: Mutex::new(Some(words)),
            thread,
        }
    }

    /// Has `errand` done when those before it are done.
    pub fn run(&self, errand: impl FnOnce() + Send + 'static) {
        self.tell(Word::Do(Box::new(errand)));
    }

    /// Has `look` done at once and then once a second.
    pub fn watch(&self, look: impl FnMut() + Send + 'static) {
        self.tell(Word::Watch(Some(Box::new(look))));
    }

    /// Nothing is to be looked at any more.
    pub fn rest(&self) {
        self.tell(Word::Watch(None));
    }

    fn tell(&self, word: Word) {
        if let Some(words) = &*self.words.lock() {
            // It fails without a thread alone, and then nothing can be done.
            let _ = words.send(word);
        }
    }
}

impl Default for Errands {
    fn default() -> Self {
        Errands::new()
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        *self.words.lock() = None;
        // The plugin's code may be unloaded after this.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(words: &Receiver<Word>) {
    let mut watched: Option<Look> = None;
    loop {
        let word = match &watched {
            Some(_) => words.recv_timeout(LOOK),
            None => words.recv().map_err(RecvTimeoutError::from),
        };
        match word {
            Ok(Word::Do(errand)) => errand(),
            Ok(Word::Watch(look)) => {
                watched = look;
                watched.iter_mut().for_each(|look| look());
            }
            Err(RecvTimeoutError::Timeout) => watched.iter_mut().for_each(|look| look()),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
