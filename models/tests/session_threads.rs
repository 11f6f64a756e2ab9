//! How many threads a network in ONNX Runtime has, and that they sleep while there is nothing to do.
//!
//! A file of its own with one test: threads are counted in the whole process.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use syrinx_models::model::{Model, Tensor};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Backend, Device, Runtime};

/// `[1, ?, 8]` times a matrix.
const PRODUCT: &[u8] = include_bytes!("golden/graphs/matmul.onnx");

/// Rows that are worth several threads.
const ROWS: usize = 400_000;

/// The threads of this process and the nanoseconds that each has run.
fn threads() -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").expect("a list of threads");
    let ran = |path: std::path::PathBuf| -> Option<u64> {
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    tasks
        .filter_map(|task| {
            let task = task.ok()?;
            Some((task.file_name().into_string().ok()?, ran(task.path())?))
        })
        .collect()
}

#[test]
fn a_network_has_the_threads_it_was_given_and_they_do_not_spin() {
    let config = |threads| RuntimeConfig {
        backend: Some(Backend::OnnxRuntime),
        threads,
        ..RuntimeConfig::default()
    };
    let runtime = match Runtime::new(config(1)) {
        Ok(runtime) => runtime,
        Err(error) => {
            let required = std::env::var_os("SYRINX_REQUIRE_ORT").is_some_and(|value| value == "1");
            assert!(!required, "ONNX Runtime is required: {error}");
            eprintln!("skipped: {error}");
            return;
        }
    };
    let rows = Tensor::f32(&[1, ROWS, 8], vec![0.5; ROWS * 8]);
    let load = |runtime: &Runtime| {
        let session = runtime.load_any("product", PRODUCT, Device::Cpu);
        session.expect("a network")
    };
    // The first one opens the library, which has threads of its own.
    let mut first = load(&runtime);
    let before = threads();
    let mut second = load(&runtime);
    for session in [&mut first, &mut second] {
        session.run(&[("x", &rows)]).expect("a run");
    }
    let names = |threads: &BTreeMap<String, u64>| threads.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&threads()),
        names(&before),
        "one thread is the caller's own"
    );

    let mut three = load(&runtime.with_threads(3));
    let given: Vec<String> = threads()
        .into_keys()
        .filter(|name| !before.contains_key(name))
        .collect();
    assert_eq!(given.len(), 2, "the caller's and two more");

    let of_given =
        |ran: BTreeMap<String, u64>| -> Vec<u64> { given.iter().map(|name| ran[name]).collect() };
    let idle = of_given(threads());
    for _ in 0..3 {
        three.run(&[("x", &rows)]).expect("a run");
    }
    let worked = of_given(threads());
    assert!(
        idle.iter().zip(&worked).any(|(idle, worked)| idle < worked),
        "the threads take part"
    );
    // What the threads run after work, while the caller does nothing: a pool that spins takes all of these 20 ms (found:
    // 20 to 25 ms), one that sleeps takes the way to sleep. It is their time on a core, not time that passes.
    let mut ran_after_work: Vec<u64> = (0..20)
        .map(|_| {
            three.run(&[("x", &rows)]).expect("a run");
            let first = of_given(threads());
            thread::sleep(Duration::from_millis(20));
            let second = of_given(threads());
            second.iter().zip(&first).map(|(b, a)| b - a).sum()
        })
        .collect();
    ran_after_work.sort_unstable();
    assert!(ran_after_work[10] < 2_000_000, "{ran_after_work:?} ns");
}
