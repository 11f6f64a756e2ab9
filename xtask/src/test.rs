//! Runs every check of the project, the cheap ones first.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::apple;
use crate::arrows::{self, ArrowsArgs};
use crate::bundle::{self, BundleArgs};
use crate::licences::{self, LicencesArgs};
use crate::process::{self, cargo, shown};
use crate::sanitizer;
use crate::setup::{self, Platform};
use crate::test_counts::{TestCounter, TestCounts};
use crate::test_hosts;
use crate::wine::{self, Wine};

/// How the integration tests begin that run the real-time code under an allocation guard: a step of their own.
const ALLOCATION_GUARD: &str = "no_alloc";
/// How the integration tests begin that load the built bundles into hosts: the last step.
const IN_HOSTS: &str = "host_";

/// How the tests begin that run what was built for Windows beside this system's: `--windows` alone.
const UNDER_WINE: &str = "wine_";

/// Those of the tests in hosts that are hosts themselves, and so can be built for Windows as well.
const HOSTS_FOR_WINDOWS: [&str; 2] = ["host_clap", "host_vst3_native"];

/// The integration tests that are built for Windows, too: those of files, paths and what users type.
const TESTS_FOR_WINDOWS: [&str; 8] = [
    "bad_input",
    "convert",
    "import_places",
    "life_cycle",
    "self_test",
    "speak",
    "speak_batch",
    "state",
];

/// The integration test that runs under RealtimeSanitizer.
const SANITIZED: &str = "rtsan";

/// Run every check: format, lints, docs, arrows, licences, bundles, tests, tests in hosts.
///
/// The last line is `N passed, N failed`: the tests, and each other step that failed counts as one failure.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask test\n  cargo xtask test --only clippy\n  \
                        cargo xtask test --keep-going\n  cargo xtask test --windows\n  \
                        cargo xtask test --with-windows"
)]
pub struct TestArgs {
    /// Go on with the next step when one fails
    #[arg(long)]
    keep_going: bool,

    /// Run this step alone; may be repeated
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,

    /// Run what is for other systems instead: build for Windows, test under Wine, check for macOS
    #[arg(long)]
    windows: bool,

    /// Run what is for other systems as well
    #[arg(long, conflicts_with = "windows")]
    with_windows: bool,
}

/// One check, in the order in which they fail cheapest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// brings the Debian packages to build syrinx-live and to run hosts
    System,
    /// rustfmt would change nothing
    Format,
    /// no warning from clippy, in any target
    Clippy,
    /// no warning from rustdoc, so no broken link and no undocumented item
    Docs,
    /// which crate may depend on which
    Arrows,
    /// licences and origins of what we depend on
    Licences,
    /// brings the ONNX Runtime library, which the tests of that backend need
    Runtime,
    /// builds the plugin's bundles and the programs
    Bundle,
    /// the real-time code allocates nothing
    Allocations,
    /// unit and integration tests
    Tests,
    /// examples in the documentation
    Doctests,
    /// the built bundles and programs in real hosts
    Hosts,
    /// the audio side under RealtimeSanitizer, where a toolchain has its runtime
    Rtsan,
    /// brings what builds for Windows, and Wine
    WindowsSystem,
    /// builds the plugin's bundles and the programs for Windows
    WindowsBundle,
    /// unit and integration tests, built for Windows, under Wine
    WindowsTests,
    /// plugin and programs for Windows, in hosts and beside this system's
    WindowsHosts,
    /// what of the workspace compiles for macOS
    Apple,
}

/// What became of a step.
struct Outcome {
    step: Step,
    took: Duration,
    counts: TestCounts,
    error: Option<anyhow::Error>,
}

/// Runs the steps and prints what became of each.
///
/// # Errors
/// If a step fails.
pub fn run(args: &TestArgs) -> Result<()> {
    let chosen = |step: &&Step| match args.only.as_slice() {
        [] => args.with_windows || step.is_of_other_systems() == args.windows,
        only => only.contains(step),
    };
    let mut outcomes = Vec::new();
    for step in Step::value_variants().iter().filter(chosen) {
        let outcome = run_step(*step);
        let failed = outcome.error.is_some();
        outcomes.push(outcome);
        if failed && !args.keep_going {
            break;
        }
    }
    summarise(&outcomes);
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|o| o.error.is_some())
        .map(|o| o.step.name())
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn run_step(step: Step) -> Outcome {
    println!("==> {}", step.name());
    let start = Instant::now();
    let (counts, error) = match step.run() {
        Ok(counts) if counts.failed > 0 => (
            counts,
            Some(anyhow::anyhow!("{} tests failed", counts.failed)),
        ),
        Ok(counts) => (counts, None),
        // A step that cannot even count is one failure.
        Err(error) => (
            TestCounts {
                failed: 1,
                ..TestCounts::default()
            },
            Some(error),
        ),
    };
    if let Some(error) = &error {
        println!("{}: {error:#}", step.name());
    }
    let took = start.elapsed();
    println!(
        "<== {} {} in {:.1} s\n",
        step.name(),
        verdict(error.is_some()),
        took.as_secs_f64()
    );
    Outcome {
        step,
        took,
        counts,
        error,
    }
}

fn summarise(outcomes: &[Outcome]) {
    let mut total = TestCounts::default();
    for outcome in outcomes {
        let seconds = outcome.took.as_secs_f64();
        println!(
            "{:<14} {:<7} {seconds:>7.1} s",
            outcome.step.name(),
            verdict(outcome.error.is_some())
        );
        total += outcome.counts;
    }
    if total.ignored > 0 {
        println!(
            "{} tests skipped: `cargo test -- --ignored --list` names them",
            total.ignored
        );
    }
    println!("{total}");
    // The line is read by machines: it must be out before an error is reported beside it.
    let _ = std::io::stdout().flush();
}

fn verdict(failed: bool) -> &'static str {
    if failed { "FAILED" } else { "ok" }
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_string())
            .unwrap_or_default()
    }

    fn is_of_other_systems(self) -> bool {
        matches!(
            self,
            Step::WindowsSystem
                | Step::WindowsBundle
                | Step::WindowsTests
                | Step::WindowsHosts
                | Step::Apple
        )
    }

    fn run(self) -> Result<TestCounts> {
        let done = TestCounts::default();
        match self {
            Step::System => setup::ensure_system_for_tests()?,
            Step::Format => process::run(&mut cargo(["fmt", "--all", "--check"])?)?,
            Step::Clippy => process::run(&mut clippy()?)?,
            Step::Docs => process::run(&mut docs()?)?,
            Step::Arrows => arrows::run(&ArrowsArgs {})?,
            Step::Licences => licences::run(&LicencesArgs {})?,
            Step::Runtime => {
                setup::ensure_runtime()?;
            }
            Step::Bundle => {
                bundle::make(&BundleArgs::for_host(false))?;
            }
            Step::Allocations => {
                return run_tests(&mut tests_named(|name| name.starts_with(ALLOCATION_GUARD))?);
            }
            Step::Tests => {
                let other = |name: &str| {
                    ![ALLOCATION_GUARD, IN_HOSTS, SANITIZED, UNDER_WINE]
                        .iter()
                        .any(|start| name.starts_with(start))
                };
                return run_tests(tests_named(other)?.args(["--lib", "--bins"]));
            }
            Step::Doctests => return run_tests(cargo_test()?.arg("--doc")),
            Step::Hosts => {
                let mut command = tests_named(|name| name.starts_with(IN_HOSTS))?;
                let _prepared = test_hosts::prepare(&mut command)?;
                return run_tests(&mut command);
            }
            Step::Rtsan => return sanitized(),
            Step::WindowsSystem => {
                setup::ensure_system_for_windows()?;
                setup::ensure_rust_target(wine::TARGET)?;
            }
            Step::WindowsBundle => {
                bundle::make(&for_windows())?;
            }
            Step::WindowsTests => {
                let wine = Wine::prepare(&process::target_dir()?)?;
                let mut command = windows_tests(&TESTS_FOR_WINDOWS)?;
                let library = setup::ensure_runtime_for(Platform::of(wine::TARGET))?;
                wine.tell(command.arg("--lib"));
                command.env("SYRINX_ONNXRUNTIME", wine::on_drive(&library));
                return run_tests(&mut command);
            }
            Step::WindowsHosts => return windows_hosts(),
            Step::Apple => apple::check()?,
        }
        Ok(done)
    }
}

/// What makes the bundles for Windows, with all that goes along.
fn for_windows() -> BundleArgs {
    BundleArgs::for_host(false)
        .with_runtime(true)
        .for_target(wine::TARGET)
}

/// `cargo test` on these integration tests, built for Windows.
fn windows_tests(names: &[&str]) -> Result<Command> {
    let mut command = cargo_test()?;
    command.args(["--target", wine::TARGET]);
    for name in names {
        command.args(["--test", name]);
    }
    Ok(command)
}

/// Runs what was built for Windows in hosts that were, and beside what is built for this system.
fn windows_hosts() -> Result<TestCounts> {
    let bundled = bundle::make(&for_windows())?;
    let wine = Wine::prepare(&process::target_dir()?)?;
    let mut hosts = windows_tests(&HOSTS_FOR_WINDOWS)?;
    hosts.env("SYRINX_BUNDLES", wine::on_drive(&bundled.folder));
    let mut programs = tests_named(|name| name.starts_with(UNDER_WINE))?;
    programs
        .env("SYRINX_WINDOWS_BUNDLES", &bundled.folder)
        .env("SYRINX_COMMAND", process::build_syrinx(false)?)
        .env("SYRINX_ONNXRUNTIME", setup::ensure_runtime()?);
    let mut counts = TestCounts::default();
    for command in [&mut hosts, &mut programs] {
        // The plugin has a window for its messages, and Wine makes none without a screen.
        let _screen = test_hosts::screen(command)?;
        wine.tell(command);
        counts += run_tests(command.env("SYRINX_REQUIRE_HOSTS", "1"))?;
    }
    Ok(counts)
}

/// Runs the real-time code under RealtimeSanitizer, or says that it cannot be had.
fn sanitized() -> Result<TestCounts> {
    let Some(runtime) = sanitizer::runtime()? else {
        println!(
            "skipped: no installed toolchain has RealtimeSanitizer's runtime; a nightly one has"
        );
        return Ok(TestCounts::default());
    };
    let mut command = tests_named(|name| name == SANITIZED)?;
    command
        .env("RTSAN_ENABLE", "1")
        .env("RTSAN_LIB_PATH", runtime);
    run_tests(&mut command)
}

fn clippy() -> Result<Command> {
    cargo([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
}

fn docs() -> Result<Command> {
    let mut command = cargo(["doc", "--locked", "--workspace", "--no-deps", "--quiet"])?;
    command.env("RUSTDOCFLAGS", "-D warnings");
    Ok(command)
}

/// `cargo test` on all crates, for which a missing ONNX Runtime library is a failure and not a skip.
fn cargo_test() -> Result<Command> {
    let mut command = cargo(["test", "--locked", "--workspace", "--no-fail-fast"])?;
    command.env("SYRINX_REQUIRE_ORT", "1");
    Ok(command)
}

/// `cargo test` on those integration tests of the workspace whose names are `wanted`.
///
/// # Errors
/// If there is none: then a step would pass without having tested anything.
fn tests_named(wanted: impl Fn(&str) -> bool) -> Result<Command> {
    let mut names = integration_tests(&process::metadata()?)?;
    names.retain(|name| wanted(name));
    ensure!(
        !names.is_empty(),
        "the workspace has no such integration test"
    );
    let mut command = cargo_test()?;
    for name in names {
        command.args(["--test", &name]);
    }
    Ok(command)
}

/// The names of the workspace's integration tests.
fn integration_tests(metadata: &Value) -> Result<Vec<String>> {
    let members = metadata["workspace_members"]
        .as_array()
        .context("no workspace in cargo metadata")?;
    let packages = metadata["packages"]
        .as_array()
        .context("no packages in cargo metadata")?;
    let ours = packages
        .iter()
        .filter(|package| members.contains(&package["id"]));
    let targets = ours.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let tests = targets.filter(|target| target["kind"][0] == "test" && target["test"] == true);
    let mut names: Vec<_> = tests
        .filter_map(|test| test["name"].as_str())
        .map(str::to_string)
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Runs `cargo test`, passes on what it prints and adds up what it counts.
fn run_tests(command: &mut Command) -> Result<TestCounts> {
    let name = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let output = child.stdout.take().context("no output to read")?;
    let mut counter = TestCounter::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        counter.take(&line);
    }
    let mut counts = counter.counts;
    let status = child.wait()?;
    if status.success() {
        return Ok(counts);
    }
    // Without a failed test, something did not compile or a test program crashed.
    counts.failed = counts.failed.max(1);
    println!("`{name}` failed: {status}");
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integration_tests_of_dependencies_and_switched_off_ones_are_left_out() {
        let metadata = json!({
            "workspace_members": ["ours"],
            "packages": [
                {"id": "ours", "targets": [
                    {"name": "ours", "kind": ["lib"], "test": true},
                    {"name": "parity", "kind": ["test"], "test": true},
                    {"name": "bad_input", "kind": ["test"], "test": true},
                    {"name": "by_hand", "kind": ["test"], "test": false}]},
                {"id": "theirs", "targets": [{"name": "other", "kind": ["test"], "test": true}]}]
        });
        assert_eq!(
            integration_tests(&metadata).unwrap(),
            ["bad_input", "parity"]
        );
    }

    #[test]
    fn a_test_program_that_fails_without_a_count_is_one_failure() {
        let counts = run_tests(Command::new("sh").args(["-c", "echo crashed; exit 101"])).unwrap();
        assert_eq!(
            counts,
            TestCounts {
                passed: 0,
                failed: 1,
                ignored: 0
            }
        );
    }

    #[test]
    fn the_counts_of_all_test_programs_are_added() {
        let script = "echo 'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out'; \
                      echo 'test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out'";
        let counts = run_tests(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(
            counts,
            TestCounts {
                passed: 7,
                failed: 0,
                ignored: 1
            }
        );
    }
}
