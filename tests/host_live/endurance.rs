//! Minutes without a gap, and a machine that stands still meanwhile.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use crate::freeze::freeze;
use crate::jack_feed::JackFeed;
use crate::program::Program;
use crate::pulse_server::PulseServer;
use crate::standstill::Standstill;
use crate::usage::{Machine, Usage};
use crate::{AUDIBLE, JACK, LIMIT, PULSE, alone, environment_of, jack_server};

/// What the README tells people to set whose machine stands still now and then, as virtual ones do: for 59 ms at most,
/// seen in five minutes on a test farm.
const RESERVE: [&str; 4] = ["--quality", "balanced", "--reserve", "100"];

/// The same between devices. Null sinks go by timers of the machine, which no sound card holds to its time, and ALSA's
/// plugin has two blocks in hand.
const IN_HAND: [&str; 4] = ["--block", "4096", "--safety", "120"];

/// How much memory may differ between the second and the last fifth of a run, in MB. A leak of one block of 256 samples
/// a second would be a tenth of it in five minutes; one for each block twenty times as much.
const LEVEL_MB: f64 = 2.0;

/// Up to which share of all cores the machine counts as ours: both programs and servers take a third of two cores. On a
/// machine that is busy with other things, gaps are told and not judged, and neither is memory: a stream that ran dry
/// is made anew by ALSA's plugin.
const QUIET: f64 = 0.6;

/// How long all stands still at once: for longer than a chunk's deadline, 20 ms, and a block.
const STILL: Duration = Duration::from_millis(60);

/// How often it does.
const TIMES: usize = 8;

#[test]
fn minutes_on_two_servers_without_a_gap() {
    let _alone = alone();
    let (Some(jack), Some(pulse)) = (jack_server(), PulseServer::start()) else {
        return;
    };
    let seconds: f64 = env::var("SYRINX_LIVE_SECONDS").map_or(300.0, |text| text.parse().unwrap());
    let length = format!("{seconds}");
    let ends = ["--seconds", &length];
    let mut on_jack = Program::start(
        &[&JACK[..], &RESERVE, &ends].concat(),
        &environment_of(&jack),
    );
    let mut on_pulse = Program::start(
        &[&PULSE[..], &RESERVE, &IN_HAND, &ends].concat(),
        &pulse.environment(),
    );
    let _voice = pulse.speak();
    let feed = JackFeed::connect(&jack, "program");
    // ALSA's plugin for PulseAudio refuses its first buffer now and then, for good; the program opens it again. What
    // counts are devices that are lost once the voice is heard.
    let begun = [&mut on_jack, &mut on_pulse].map(|program| {
        program.wait_for(LIMIT, "the voice", |state| {
            state["state"] == "running" && state["output_db"].as_f64() > Some(-50.0)
        })
    });
    let mut usages = [Usage::of(on_jack.id()), Usage::of(on_pulse.id())];
    let (machine, standstill) = (Machine::look(), Standstill::watch());
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < seconds - 5.0 {
        thread::sleep(Duration::from_secs(1));
        for usage in &mut usages {
            usage.look();
        }
    }
    // What was heard before is not what is heard now.
    feed.take_peak();
    thread::sleep(Duration::from_secs(1));
    let heard = [feed.take_peak(), pulse.listen(Duration::from_secs(1))];
    let busy = machine.busy();
    println!(
        "the machine was {:.0} % busy and stood still {} times, for {:?} at most",
        100.0 * busy,
        standstill.count(),
        standstill.longest()
    );
    let ends = [on_jack.finish(), on_pulse.finish()];
    for (((name, end), usage), heard) in ["jack", "pulse"].iter().zip(&ends).zip(&usages).zip(heard)
    {
        println!(
            "{name}: {:.0} s, {} underruns, {} overruns, {} xruns, {} gaps and {} drops between devices, load {:.2} \
             (peak {:.2}), {:.1} % of a core, memory {:.1?} MB, heard {heard:.3}, clocks {} ppm",
            end["seconds"].as_f64().unwrap(),
            end["underruns"],
            end["overruns"],
            end["xruns"],
            end["device_gaps"],
            end["device_drops"],
            end["load"].as_f64().unwrap(),
            end["peak_load"].as_f64().unwrap(),
            100.0 * usage.processor(),
            usage.fifths(),
            end["clock_ppm"]
        );
    }
    let found = ends.iter().zip(&begun).zip(&usages).zip(heard);
    for (name, (((end, begun), usage), heard)) in ["jack", "pulse"].iter().zip(found) {
        assert!(heard > AUDIBLE, "{name}: {heard}");
        if busy >= QUIET {
            println!("{name}: gaps and memory are not judged");
            continue;
        }
        for count in ["underruns", "overruns", "device_gaps", "device_drops"] {
            assert_eq!(end[count], 0, "{name}: {count} in {end}");
        }
        assert_eq!(end["returns"], begun["returns"], "{name}: {end}");
        let [_, second, .., last] = usage.fifths();
        assert!(
            (last - second).abs() < LEVEL_MB,
            "{name}: {second} then {last} MB"
        );
    }
}

#[test]
fn a_machine_that_stands_still_is_not_heard() {
    let _alone = alone();
    let Some(pulse) = PulseServer::start() else {
        return;
    };
    let mut program = Program::start(
        &[&PULSE[..], &RESERVE, &IN_HAND].concat(),
        &pulse.environment(),
    );
    let voice = pulse.speak();
    let begun = program.wait_for(LIMIT, "the voice", |state| {
        state["voice_state"] == "ready" && state["output_db"].as_f64() > Some(-50.0)
    });
    for _ in 0..TIMES {
        thread::sleep(Duration::from_millis(1_300));
        freeze(&[pulse.id(), voice.id(), program.id()], STILL);
    }
    let end = program.interrupt();
    println!(
        "stood still {TIMES} times for {STILL:?}: {} underruns, {} xruns, {} gaps and {} drops between devices",
        end["underruns"], end["xruns"], end["device_gaps"], end["device_drops"]
    );
    for count in [
        "underruns",
        "overruns",
        "xruns",
        "device_gaps",
        "device_drops",
        "returns",
    ] {
        assert_eq!(end[count], begun[count], "{count} in {end}");
    }
}
