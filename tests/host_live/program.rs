//! The live program in a process of its own, whose states are read as they come.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use syrinx_live::Exit;

/// Holds the arguments of the program in the second run, parted by newlines.
const ARGUMENTS: &str = "SYRINX_LIVE_ARGUMENTS";

/// How long the program may take to end.
const ENDING: Duration = Duration::from_secs(20);

/// In the second run: the program itself.
pub fn be_the_program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else {
        return;
    };
    let arguments = std::iter::once("syrinx-live").chain(arguments.lines());
    let exit = syrinx_live::run(arguments.map(Into::into), &mut std::io::stdout());
    assert_eq!(exit, Exit::Success);
}

/// All that the program says until it ends by itself, well or not.
pub fn run_once(arguments: &[&str], environment: &[(&'static str, String)]) -> String {
    let output = command(arguments, environment).output().unwrap();
    let [out, err] = [output.stdout, output.stderr];
    String::from_utf8_lossy(&[out, err].concat()).into_owned()
}

/// The test itself, to be run as the program.
fn command(arguments: &[&str], environment: &[(&'static str, String)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "the_program", "--nocapture"])
        .env(ARGUMENTS, arguments.join("\n"))
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null());
    command
}

/// The program at work. Dropped, it is ended.
pub struct Program {
    child: Child,
    lines: Receiver<String>,
    printed: Vec<String>,
}

impl Program {
    /// Starts it with arguments and environment.
    pub fn start(arguments: &[&str], environment: &[(&'static str, String)]) -> Program {
        let mut child = command(arguments, environment)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Program {
            child,
            lines,
            printed: Vec::new(),
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next state that it tells, of any kind.
    fn next(&mut self, limit: Duration) -> Result<Value, RecvTimeoutError> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left)?;
            // What the test harness says about itself is no JSON.
            let value = line
                .find('{')
                .map(|start| serde_json::from_str::<Value>(&line[start..]));
            self.printed.push(line);
            if let Some(Ok(value)) = value {
                // Whoever reads a failure wants to know when and why devices went.
                if value["event"] == "lost" || value["event"] == "back" {
                    println!("{value}");
                }
                return Ok(value);
            }
        }
    }

    /// Reads states until one fits.
    pub fn wait_for(
        &mut self,
        limit: Duration,
        what: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Value {
        let until = Instant::now() + limit;
        let mut last = Value::Null;
        while Instant::now() < until {
            match self.next(until.saturating_duration_since(Instant::now())) {
                Ok(value) if value["event"] == "status" && fits(&value) => return value,
                Ok(value) => last = value,
                Err(_) => break,
            }
        }
        let tail = self.printed.iter().rev().take(4).rev();
        let tail: Vec<&str> = tail.map(String::as_str).collect();
        panic!("waited for {what}, found {last} after\n{}", tail.join("\n"));
    }

    /// Asks it to end as Ctrl-C does, and returns its last state.
    pub fn interrupt(self) -> Value {
        let asked = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        self.finish()
    }

    /// Waits until it ends by itself, and returns its last state.
    pub fn finish(mut self) -> Value {
        let mut end = Value::Null;
        while let Ok(value) = self.next(ENDING) {
            if value["event"] == "end" {
                end = value;
            }
        }
        self.assert_success();
        assert_eq!(end["event"], "end", "{:?}", self.printed.last());
        end
    }

    /// Waits until it ends, and returns all that it printed.
    pub fn printed(mut self) -> String {
        while self.next(ENDING).is_ok() {}
        self.assert_success();
        self.printed.join("\n")
    }

    fn assert_success(&mut self) {
        let until = Instant::now() + ENDING;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let tail = self.printed.iter().rev().take(5).rev();
                let tail: Vec<&str> = tail.map(String::as_str).collect();
                assert!(status.success(), "{status}: {}", tail.join("\n"));
                return;
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
