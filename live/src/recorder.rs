//! Records what goes in and what comes out, on a thread of its own.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::LiveError;
use crate::tap::{Pair, Tap, TapEnd, tap};
use crate::wav_file::{MOST_SAMPLES, WavFile};

/// How often the thread looks: a hundredth of what may wait.
const LOOK: Duration = Duration::from_millis(50);

/// How often files are made whole, so that a program that is killed leaves all but the last second.
const FLUSH: Duration = Duration::from_secs(1);

/// How long is waited for the callback to let go of its side at the end.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Which files are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFiles {
    /// The input.
    pub dry: Option<PathBuf>,
    /// The output.
    pub wet: Option<PathBuf>,
}

/// What is known of a recording from outside.
#[derive(Debug, Default)]
struct Told {
    lost: AtomicU64,
    samples: AtomicU64,
    failure: Mutex<Option<String>>,
}

/// A recording: input and output in files of the same length, in which sample N of the output is what became of sample
/// N of the input, also when the latency changes meanwhile.
///
/// While the devices are away, both are silent for as long. Where the devices return at another rate, or a file
/// becomes too long for its format, it goes on in files whose names end on `-2`, `-3`... Dropped, it ends.
#[derive(Debug)]
pub struct Recorder {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<Vec<PathBuf>>>,
    told: Arc<Told>,
    rate: u32,
}

enum Order {
    /// From here on samples come out of another tap, at `rate` Hz, after a pause.
    Source {
        end: TapEnd,
        rate: u32,
        pause: Duration,
    },
}

impl Recorder {
    /// Begins files, which must not exist yet, at `rate` Hz. `about` tells where they come from, as JSON. The tap is
    /// for the audio callback.
    ///
    /// # Errors
    /// If a file cannot be made.
    pub(crate) fn start(
        files: &RecordFiles,
        rate: u32,
        about: String,
    ) -> Result<(Recorder, Tap), LiveError> {
        let pair = Files::create(files, 1, rate)?;
        let (orders, arrives) = channel();
        let told = Arc::<Told>::default();
        let (tap, end) = tap(rate);
        let writer = Writer {
            names: files.clone(),
            number: 1,
            files: Some(pair),
            end,
            rate,
            about,
            delayed: VecDeque::new(),
            finished: Vec::new(),
            told: Arc::clone(&told),
            earlier_lost: 0,
        };
        let thread = std::thread::Builder::new()
            .name("syrinx-record".to_owned())
            .spawn(move || writer.run(&arrives))?;
        let recorder = Recorder {
            orders: Some(orders),
            thread: Some(thread),
            told,
            rate,
        };
        Ok((recorder, tap))
    }

    /// Goes on from another callback, at `rate` Hz, after a `pause` without any.
    pub(crate) fn go_on(&mut self, rate: u32, pause: Duration) -> Tap {
        let (tap, end) = tap(rate);
        self.rate = rate;
        if let Some(orders) = &self.orders {
            // A thread that has ended has told why.
            let _ = orders.send(Order::Source { end, rate, pause });
        }
        tap
    }

    /// Samples that were replaced by silence, because the disk was too slow.
    pub fn lost(&self) -> u64 {
        self.told.lost.load(Relaxed)
    }

    /// Seconds recorded so far, at the rate of now.
    pub fn seconds(&self) -> f64 {
        self.told.samples.load(Relaxed) as f64 / f64::from(self.rate.max(1))
    }

    /// Why it ended by itself, once.
    pub fn take_failure(&self) -> Option<String> {
        let mut failure = self
            .told
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        failure.take()
    }

    /// Ends the files and returns them. The tap should be out of the callback before.
    pub fn stop(mut self) -> Vec<PathBuf> {
        self.end()
    }

    fn end(&mut self) -> Vec<PathBuf> {
        self.orders = None;
        let thread = self.thread.take();
        thread.map_or_else(Vec::new, |thread| thread.join().unwrap_or_default())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

/// The files that are being written.
struct Files {
    dry: Option<WavFile>,
    wet: Option<WavFile>,
    samples: u64,
}

impl Files {
    fn create(names: &RecordFiles, number: u32, rate: u32) -> Result<Files, LiveError> {
        let create = |path: &Option<PathBuf>| {
            let path = path.as_deref().map(|path| numbered(path, number));
            let file = path.map(|path| {
                WavFile::create(&path, rate).map_err(|source| LiveError::Record {
                    file: path.display().to_string(),
                    source,
                })
            });
            file.transpose()
        };
        Ok(Files {
            dry: create(&names.dry)?,
            wet: create(&names.wet)?,
            samples: 0,
        })
    }

    fn both(&mut self) -> impl Iterator<Item = &mut WavFile> {
        self.dry.iter_mut().chain(&mut self.wet)
    }

    fn write(&mut self, pair: Pair) -> io::Result<()> {
        self.samples += 1;
        if let Some(file) = &mut self.dry {
            file.write(pair.dry)?;
        }
        if let Some(file) = &mut self.wet {
            file.write(pair.wet)?;
        }
        Ok(())
    }

    fn finish(self, about: &str) -> io::Result<Vec<PathBuf>> {
        let files = self.dry.into_iter().chain(self.wet);
        files.map(|file| file.finish(about)).collect()
    }
}

/// What runs on the thread.
struct Writer {
    names: RecordFiles,
    number: u32,
    files: Option<Files>,
    end: TapEnd,
    rate: u32,
    about: String,
    /// The input, until the output that belongs to it comes.
    delayed: VecDeque<f32>,
    finished: Vec<PathBuf>,
    told: Arc<Told>,
    /// What was lost at earlier taps.
    earlier_lost: u64,
}

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) -> Vec<PathBuf> {
        let outcome = self.until_stopped(orders);
        let outcome = outcome.and_then(|()| self.close());
        if let Err(error) = outcome {
            let mut failure = self
                .told
                .failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *failure = Some(error.to_string());
        }
        self.finished
    }

    fn until_stopped(&mut self, orders: &Receiver<Order>) -> Result<(), LiveError> {
        let mut flushed = Instant::now();
        loop {
            let order = orders.recv_timeout(LOOK);
            self.drain()?;
            match order {
                Ok(Order::Source { end, rate, pause }) => self.change(end, rate, pause)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.last_words(),
            }
            if flushed.elapsed() >= FLUSH {
                flushed = Instant::now();
                for file in self.files.iter_mut().flat_map(Files::both) {
                    let flushed = file.flush();
                    flushed.map_err(|source| failure(file.path(), source))?;
                }
            }
        }
    }

    /// What the callback still gives until it has let go.
    fn last_words(&mut self) -> Result<(), LiveError> {
        let start = Instant::now();
        while !self.end.is_abandoned() && start.elapsed() < LAST_WORDS {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.drain()
    }

    fn drain(&mut self) -> Result<(), LiveError> {
        while let Some(pair) = self.end.next() {
            self.pair(pair)?;
        }
        let lost = self.earlier_lost + self.end.lost();
        self.told.lost.store(lost, Relaxed);
        Ok(())
    }

    /// Writes the input of a latency ago with the output of now.
    fn pair(&mut self, pair: Pair) -> Result<(), LiveError> {
        self.delayed.push_back(pair.dry);
        let latency = self.end.latency();
        // A latency that became shorter leaves input whose output was never heard.
        while self.delayed.len() > latency + 1 {
            let dry = self.delayed.pop_front().unwrap_or_default();
            self.write(Pair { dry, wet: 0.0 })?;
        }
        if self.delayed.len() == latency + 1 {
            let dry = self.delayed.pop_front().unwrap_or_default();
            self.write(Pair { dry, wet: pair.wet })?;
        }
        Ok(())
    }

    fn write(&mut self, pair: Pair) -> Result<(), LiveError> {
        if self
            .files
            .as_ref()
            .is_some_and(|f| f.samples >= MOST_SAMPLES)
        {
            self.next_files()?;
        }
        if let Some(files) = &mut self.files {
            let written = files.write(pair);
            written.map_err(|source| failure(Path::new("recording"), source))?;
        }
        self.told.samples.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Goes on from another tap.
    fn change(&mut self, end: TapEnd, rate: u32, pause: Duration) -> Result<(), LiveError> {
        self.earlier_lost += self.end.lost();
        // What went in before the devices vanished was never heard.
        while let Some(dry) = self.delayed.pop_front() {
            self.write(Pair { dry, wet: 0.0 })?;
        }
        let silence = pause.as_secs_f64() * f64::from(self.rate);
        for _ in 0..silence as u64 {
            self.write(Pair::default())?;
        }
        self.end = end;
        if rate != self.rate {
            self.rate = rate;
            self.next_files()?;
        }
        Ok(())
    }

    fn next_files(&mut self) -> Result<(), LiveError> {
        self.close()?;
        self.number += 1;
        self.files = Some(Files::create(&self.names, self.number, self.rate)?);
        Ok(())
    }

    fn close(&mut self) -> Result<(), LiveError> {
        let Some(files) = self.files.take() else {
            return Ok(());
        };
        let finished = files.finish(&self.about);
        self.finished
            .extend(finished.map_err(|source| failure(Path::new("recording"), source))?);
        Ok(())
    }
}

fn failure(file: &Path, source: io::Error) -> LiveError {
    LiveError::Record {
        file: file.display().to_string(),
        source,
    }
}

/// The path of the file of this number: the first as asked for, then `name-2.wav`...
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number < 2 {
        return path.to_owned();
    }
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let ending = path
        .extension()
        .map(|_| format!(".{}", part(path.extension())));
    path.with_file_name(format!(
        "{}-{number}{}",
        part(path.file_stem()),
        ending.unwrap_or_default()
    ))
}

/// Names for files that do not exist yet, after those asked for, or else in this folder.
pub(crate) fn free_names(asked: &RecordFiles) -> RecordFiles {
    let asked = match asked {
        RecordFiles {
            dry: None,
            wet: None,
        } => RecordFiles {
            dry: Some("syrinx-dry.wav".into()),
            wet: Some("syrinx-wet.wav".into()),
        },
        some => some.clone(),
    };
    let named = |number| {
        let name = |path: &Option<PathBuf>| path.as_deref().map(|path| numbered(path, number));
        RecordFiles {
            dry: name(&asked.dry),
            wet: name(&asked.wet),
        }
    };
    let is_free = |files: &RecordFiles| {
        let mut files = files.dry.iter().chain(&files.wet);
        !files.any(|file| file.exists())
    };
    // Nobody makes ten thousand recordings in one folder; the last one is refused for being there.
    let found = (1..10_000).map(named).find(is_free);
    found.unwrap_or(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tap::{TapChanger, TapSlot, tap_slot};

    const RATE: u32 = 8_000;

    struct Rehearsal {
        folder: PathBuf,
        slot: TapSlot,
        changer: TapChanger,
        recorder: Recorder,
        at: usize,
    }

    /// Numbers that name a sample, so that its age can be told.
    fn sample(at: usize) -> f32 {
        at as f32 / 65_536.0
    }

    impl Rehearsal {
        fn begin(name: &str) -> Rehearsal {
            let folder = std::env::temp_dir().join(format!("syrinx-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let files = RecordFiles {
                dry: Some(folder.join("dry.wav")),
                wet: Some(folder.join("wet.wav")),
            };
            let (recorder, tap) =
                Recorder::start(&files, RATE, "{\"voice\":\"x\"}".to_owned()).unwrap();
            let (slot, mut changer) = tap_slot();
            assert!(changer.put(Some(tap)));
            Rehearsal {
                folder,
                slot,
                changer,
                recorder,
                at: 0,
            }
        }

        /// Blocks of 100 through an engine of this latency.
        fn play(&mut self, blocks: usize, latency: usize) {
            for _ in 0..blocks {
                let dry: Vec<f32> = (self.at..self.at + 100).map(sample).collect();
                let wet: Vec<f32> = (self.at..self.at + 100)
                    .map(|at| at.checked_sub(latency).map_or(0.0, sample))
                    .collect();
                self.slot.take(&dry, &wet, latency);
                self.at += 100;
            }
            // The thread sees the latency of now with what waits: it shall have looked before that changes.
            std::thread::sleep(4 * LOOK);
        }

        fn end(mut self) -> (PathBuf, Vec<PathBuf>) {
            assert!(self.changer.put(None));
            self.slot.take(&[], &[], 0);
            self.changer.collect();
            assert_eq!(self.recorder.take_failure(), None);
            assert_eq!(self.recorder.lost(), 0);
            (self.folder, self.recorder.stop())
        }
    }

    fn read(file: &Path) -> (u32, Vec<f32>) {
        let mut reader = hound::WavReader::open(file).unwrap();
        let samples = reader.samples::<f32>().map(Result::unwrap).collect();
        (reader.spec().sample_rate, samples)
    }

    #[test]
    fn output_lies_on_its_input_whatever_the_latency_does() {
        let mut rehearsal = Rehearsal::begin("aligned");
        rehearsal.play(10, 250);
        // The files are whole while they are written, but for what came since they were flushed.
        let (rate, _) = read(&rehearsal.folder.join("dry.wav"));
        assert_eq!(rate, RATE);
        rehearsal.play(10, 330);
        rehearsal.play(10, 120);
        let (folder, files) = rehearsal.end();
        assert_eq!(files, [folder.join("dry.wav"), folder.join("wet.wav")]);
        let (_, dry) = read(&files[0]);
        let (_, wet) = read(&files[1]);
        // The last 120 are still under way.
        assert_eq!((dry.len(), wet.len()), (3_000 - 120, 3_000 - 120));
        for (at, (dry, wet)) in dry.iter().zip(&wet).enumerate() {
            assert_eq!(*dry, sample(at));
            // Where the latency shrank by 210 samples, so many were never heard.
            assert!(*wet == *dry || *wet == 0.0, "{wet} for {dry}");
        }
        let unheard = wet.iter().skip(1).filter(|wet| **wet == 0.0).count();
        assert_eq!(unheard, 330 - 120);
        let bytes = std::fs::read(&files[1]).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("{\"voice\":\"x\"}") && text.contains(PROGRAM_START));
        std::fs::remove_dir_all(folder).unwrap();
    }

    const PROGRAM_START: &str = "Syrinx ";

    #[test]
    fn devices_that_return_go_on_after_a_silence_and_at_another_rate_in_new_files() {
        let mut rehearsal = Rehearsal::begin("returns");
        rehearsal.play(10, 100);
        for rate in [RATE, 2 * RATE] {
            let tap = rehearsal.recorder.go_on(rate, Duration::from_millis(500));
            let (slot, mut changer) = tap_slot();
            assert!(changer.put(Some(tap)));
            (rehearsal.slot, rehearsal.changer) = (slot, changer);
            rehearsal.play(10, 100);
        }
        let (folder, files) = rehearsal.end();
        let names = ["dry.wav", "wet.wav", "dry-2.wav", "wet-2.wav"];
        assert_eq!(files, names.map(|name| folder.join(name)));
        let (rate, dry) = read(&files[0]);
        // Twice 1000 samples and half a second.
        assert_eq!((rate, dry.len()), (RATE, 2 * (1_000 + 4_000)));
        assert_eq!(dry[999], sample(999));
        assert_eq!(dry[1_000..5_000], [0.0; 4_000]);
        assert_eq!(dry[5_000], sample(1_000));
        let (rate, wet) = read(&files[3]);
        assert_eq!((rate, wet.len()), (2 * RATE, 1_000 - 100));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn files_that_exist_are_never_written_over() {
        let folder = std::env::temp_dir().join(format!("syrinx-taken-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let dry = folder.join("take.wav");
        std::fs::write(&dry, b"precious").unwrap();
        let files = RecordFiles {
            dry: Some(dry.clone()),
            wet: None,
        };
        let error = Recorder::start(&files, RATE, String::new()).err().unwrap();
        assert!(error.to_string().contains("take.wav"), "{error}");
        assert_eq!(std::fs::read(&dry).unwrap(), b"precious");
        assert_eq!(free_names(&files).dry, Some(folder.join("take-2.wav")));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
