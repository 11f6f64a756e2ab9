//! Measures engine and plugin as a host runs them; `cargo xtask bench plugin` runs it and prints the table.
//!
//! `bench-plugin PART [SECONDS]` prints one JSON object per number: `{"name", "value", "unit", "note"}`.

mod cost;
#[cfg(target_os = "linux")]
mod editor;
mod instances;
mod paced;
mod pictures;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod procfs;
#[path = "../host_clap/rig.rs"]
#[allow(dead_code)]
mod rig;
mod row;
mod scan;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().unwrap_or_default();
    let seconds = arguments.next().and_then(|text| text.parse().ok());
    match part.as_str() {
        "latency" => paced::latency(),
        "cost" => cost::audio_thread(seconds.unwrap_or(20)),
        "stream" => paced::one_stream(seconds.unwrap_or(300)),
        "idle" => paced::idle(seconds.unwrap_or(10)),
        "many" => paced::many_streams(seconds.unwrap_or(20)),
        "pictures" => pictures::of_each_page(),
        "instances" => return instances::of_the_bundle(),
        "scan" => return scan::of_the_bundle(),
        #[cfg(target_os = "linux")]
        "editor" => return editor::open_and_closed(seconds.unwrap_or(10)),
        _ => {
            eprintln!(
                "expected latency, cost, stream, idle, many, pictures, instances, scan or editor, found {part:?}"
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
