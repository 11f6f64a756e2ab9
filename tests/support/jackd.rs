//! A JACK server of a test's own, on its dummy driver.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::hosts;

/// How long a server may take to answer: a hundred times what it takes on a quiet machine.
const LIMIT: Duration = Duration::from_secs(20);

/// How often one that does not answer is started anew.
const ATTEMPTS: usize = 2;

/// How many ports there can be: the tests have a dozen. By itself a server takes 107 MB of shared memory, more than
/// containers have by default (64 MB), and dies of it without a word; so it takes 40.
const PORTS: &str = "64";

/// How long a server may take to end once it is asked to.
const FAREWELL: Duration = Duration::from_secs(5);

/// A server under a name of its own. Dropped, it ends.
pub struct Jackd {
    name: String,
    arguments: Vec<String>,
    child: Child,
    /// What it says, which is shown only if it does not answer.
    said: File,
}

impl Jackd {
    /// Starts a server that goes at `rate` in periods of `period` frames, and waits until it answers; `None`, said
    /// aloud, where jackd is not installed. `options` are more of its own. Its name is `name` and the number of this
    /// process, so that servers of other tests are others.
    ///
    /// # Panics
    /// If it does not answer, or if it is missing and hosts are required.
    pub fn start(name: &str, options: &[&str], rate: u32, period: u32) -> Option<Jackd> {
        let name = format!("{name}-{}", std::process::id());
        let (rate, period) = (rate.to_string(), period.to_string());
        let arguments = [
            &["-n", &name, "--no-realtime", "--port-max", PORTS],
            options,
        ]
        .concat()
        .into_iter()
        .chain(["-d", "dummy", "-r", &rate, "-p", &period])
        .map(str::to_owned)
        .collect::<Vec<_>>();
        let Some((child, said)) = spawn(&arguments) else {
            assert!(
                !hosts::are_required(),
                "jackd: expected on the path, found none"
            );
            println!("skipped: jackd is not installed");
            return None;
        };
        let mut server = Jackd {
            name,
            arguments,
            child,
            said,
        };
        server.wait_until_it_answers();
        Some(server)
    }

    /// What tells clients which server is meant.
    pub fn environment(&self) -> (&'static str, &str) {
        ("JACK_DEFAULT_SERVER", &self.name)
    }

    /// One of JACK's programs, as a client of this server.
    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs([self.environment()]);
        command
    }

    /// Connects two ports.
    ///
    /// # Panics
    /// If one of them is not there.
    pub fn patch(&self, from: &str, to: &str) {
        hosts::run(self.tool("jack_connect").args([from, to]));
    }

    /// The ports of a client, each followed by what it is connected with.
    ///
    /// # Panics
    /// If the server does not answer.
    pub fn wires(&self, client: &str) -> String {
        hosts::run(self.tool("jack_lsp").args(["-c", client]))
    }

    /// Ends it, whatever its clients do.
    pub fn end(&mut self) {
        // Killed outright, a server leaves its entry among the running ones, of which there are few, and what it
        // holds in shared memory, of which there is little.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let until = Instant::now() + FAREWELL;
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success)
            && Instant::now() < until
            && matches!(self.child.try_wait(), Ok(None))
        {
            thread::sleep(Duration::from_millis(20));
        }
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again under its name, after it was ended.
    ///
    /// # Panics
    /// If it does not start or answer.
    pub fn start_again(&mut self) {
        (self.child, self.said) = spawn(&self.arguments).expect("it was there before");
        self.wait_until_it_answers();
    }

    fn wait_until_it_answers(&mut self) {
        for attempt in 1..=ATTEMPTS {
            let begun = Instant::now();
            while begun.elapsed() < LIMIT {
                if self.answers() {
                    return;
                }
                thread::sleep(Duration::from_millis(100));
            }
            let state = self.state();
            self.end();
            let said = self.what_it_said();
            println!(
                "jackd {} did not answer within {LIMIT:?}, attempt {attempt} of {ATTEMPTS}: {state}\n{said}",
                self.arguments.join(" ")
            );
            (self.child, self.said) = spawn(&self.arguments).expect("it was there before");
        }
        panic!("the JACK server {} does not answer", self.name);
    }

    fn answers(&self) -> bool {
        let mut list = self.tool("jack_lsp");
        list.stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        list.status().is_ok_and(|status| status.success())
    }

    /// Whether the server runs, and what the system knows of it and of the memory that it shares.
    fn state(&mut self) -> String {
        if let Ok(Some(status)) = self.child.try_wait() {
            return format!("it has ended, {status}");
        }
        let look = format!(
            "grep -E 'State|Threads|SigCgt' /proc/{0}/status; cat /proc/{0}/wchan; echo; ls -l /proc/{0}/fd; \
             df -k /dev/shm; ls -l /dev/shm; ipcs -s",
            self.child.id()
        );
        Command::new("sh").args(["-c", &look]).output().map_or_else(
            |error| error.to_string(),
            |output| String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    fn what_it_said(&mut self) -> String {
        let mut said = String::new();
        let read = self
            .said
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.said.read_to_string(&mut said));
        read.map_or_else(|error| error.to_string(), |_| said)
    }
}

impl Drop for Jackd {
    fn drop(&mut self) {
        self.end();
    }
}

/// A server and the file that it writes into; `None` where there is none.
fn spawn(arguments: &[String]) -> Option<(Child, File)> {
    let said = tempfile::tempfile().expect("a file for what it says");
    let copy = || said.try_clone().expect("a file for what it says");
    let child = Command::new("jackd")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(copy())
        .stderr(copy())
        .spawn();
    Some((child.ok()?, said))
}
