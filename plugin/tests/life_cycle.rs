//! Drives the plugin through its life as a host does.

mod support;

use std::sync::Arc;

use nice_plug::prelude::*;
use support::Host;
use syrinx_engine::{Quality, VoiceState};
use syrinx_plugin::parameters::QualityChoice;

/// A tone with a syllable's rise and fall, so that no window of it repeats.
fn voice_like(index: usize) -> f32 {
    let time = index as f32 / 48_000.0;
    let phase = std::f32::consts::TAU * 140.0 * time;
    let syllable = 0.5 + 0.5 * (std::f32::consts::TAU * 3.0 * time).sin();
    0.3 * syllable * (phase.sin() + 0.5 * (2.0 * phase).sin() + 0.25 * (5.0 * phase).sin())
}

/// Runs `seconds` through in blocks of `block`; both channels get the same.
fn run(host: &mut Host, block: usize, seconds: f32) -> Vec<f32> {
    let mut output = Vec::new();
    let total = (48_000.0 * seconds) as usize;
    let mut start = 0;
    while start < total {
        let end = total.min(start + block);
        let input: Vec<f32> = (start..end).map(voice_like).collect();
        let mut channels = vec![input.clone(), input];
        host.process(&mut channels);
        assert_eq!(channels[0], channels[1]);
        output.append(&mut channels[0]);
        start = end;
    }
    output
}

#[test]
fn an_instance_starts_nothing_before_activation() {
    let mut host = Host::new();
    let status = Arc::clone(host.plugin.engine().status());
    assert_eq!(status.voice_state(), VoiceState::None);
    assert_eq!(host.plugin.engine().status().backend(), None);
    // A host that processes without activating gets its input back.
    let mut channels = vec![vec![0.5_f32, 1e-40, f32::INFINITY]];
    assert_eq!(host.process(&mut channels), ProcessStatus::Normal);
    assert_eq!(channels[0], [0.5, 0.0, 0.0]);
    host.plugin.deactivate();
}

#[test]
fn the_voice_is_converted_after_the_latency_that_was_told() {
    let mut host = Host::new();
    let latency = host.activate(2, 48_000.0, 512, ProcessMode::Offline);
    let reported = host.plugin.editor_parts().reported.get().expect("a report");
    assert_eq!(reported.latency.samples().0 as u32, latency);
    assert_eq!(
        host.plugin.engine().status().voice_state(),
        VoiceState::Ready
    );
    let output = run(&mut host, 512, 2.0);
    let early = &output[..latency as usize / 2];
    let peak = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    // Half of the latency: what precedes it by less is the ringing of filters.
    assert!(peak(early) < 1e-3, "{}", peak(early));
    assert!(
        peak(&output[48_000..]) > 0.05,
        "{}",
        peak(&output[48_000..])
    );
    let dry: Vec<f32> = (0..output.len() - latency as usize)
        .map(voice_like)
        .collect();
    assert_ne!(output[latency as usize..], dry[..], "it is another voice");
    assert_eq!(host.plugin.engine().status().underruns(), 0);
    host.plugin.deactivate();
    assert!(host.plugin.editor_parts().reported.get().is_none());
}

#[test]
fn bypass_is_the_input_delayed_by_the_latency() {
    let mut host = Host::new();
    Host::set(&host.plugin.parameters().bypass, true);
    let latency = host.activate(2, 48_000.0, 256, ProcessMode::Offline) as usize;
    // Blocks of 37 samples: no divisor of anything.
    let output = run(&mut host, 37, 1.0);
    assert!(output[..latency].iter().all(|&sample| sample == 0.0));
    let dry: Vec<f32> = (0..output.len() - latency).map(voice_like).collect();
    assert_eq!(output[latency..], dry[..], "bit by bit");
}

#[test]
fn the_tail_covers_the_latency() {
    let mut host = Host::new();
    let latency = host.activate(1, 48_000.0, 256, ProcessMode::Offline);
    let mut channels = vec![vec![0.0_f32; 64]];
    let ProcessStatus::Tail(tail) = host.process(&mut channels) else {
        panic!("a tail");
    };
    assert!(tail >= latency + 2_400, "{tail} for {latency}");
}

#[test]
fn a_new_quality_asks_for_one_restart_and_counts_after_it() {
    let mut host = Host::new();
    let before = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    run(&mut host, 256, 0.1);
    assert_eq!(host.processing.restarts.get(), 0);
    Host::set(&host.plugin.parameters().quality, QualityChoice::Best);
    run(&mut host, 256, 0.1);
    assert_eq!(
        host.processing.restarts.get(),
        1,
        "one request for one change"
    );
    host.plugin.deactivate();
    let after = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    assert!(after > before, "{after} over {before}");
    let report = host.plugin.editor_parts().reported.get().expect("a report");
    assert_eq!(report.quality, Quality::Best);
    run(&mut host, 256, 0.1);
    assert_eq!(host.processing.restarts.get(), 1);
}

#[test]
fn a_denoiser_asks_for_one_restart_and_costs_its_own_latency() {
    let mut host = Host::new();
    let before = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    let denoise = |host: &Host, share| {
        Host::set(&host.plugin.parameters().input.denoise, share);
    };
    for share in [30.0, 60.0] {
        denoise(&host, share);
        run(&mut host, 256, 0.1);
        assert_eq!(
            host.processing.restarts.get(),
            1,
            "the share alone needs none"
        );
    }
    Host::set(&host.plugin.parameters().input.high_pass, 100.0);
    run(&mut host, 256, 0.1);
    assert_eq!(host.processing.restarts.get(), 1, "a high-pass needs none");
    host.plugin.deactivate();
    let with = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    assert_eq!(with, before + 959, "a frame and its overlap");
    let output = run(&mut host, 256, 1.0);
    assert!(output.iter().any(|x| x.abs() > 0.001), "the voice is heard");
    assert_eq!(host.processing.restarts.get(), 1);
    denoise(&host, 0.0);
    run(&mut host, 256, 0.1);
    assert_eq!(
        host.processing.restarts.get(),
        2,
        "without it there is less to wait for"
    );
    host.plugin.deactivate();
    assert_eq!(
        host.activate(2, 48_000.0, 256, ProcessMode::Offline),
        before
    );
}

#[test]
fn a_limiter_asks_for_one_restart_and_holds_peaks_at_its_own_latency() {
    let mut host = Host::new();
    let parameters = std::sync::Arc::clone(host.plugin.parameters());
    // Loud enough to be limited.
    Host::set(&parameters.output_gain, 24.0);
    let before = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    let peak = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    assert!(peak(&run(&mut host, 256, 1.0)) > 1.0);
    Host::set(&parameters.output.limiter, true);
    Host::set(&parameters.output.feedback_guard, true);
    for _ in 0..3 {
        run(&mut host, 256, 0.1);
        assert_eq!(host.processing.restarts.get(), 1, "the guard needs none");
    }
    Host::set(&parameters.output.feedback_guard, false);
    host.plugin.deactivate();
    let with = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    assert!(with > before, "{with} after {before}: it looks ahead");
    let report = host.plugin.editor_parts().reported.get().expect("a report");
    assert!(report.limits);
    let heard = peak(&run(&mut host, 256, 1.0));
    assert!((0.5..1.0).contains(&heard), "{heard}");
    // Switched off it goes on to delay, until the host has restarted the plugin.
    Host::set(&parameters.output.limiter, false);
    assert!(peak(&run(&mut host, 256, 1.0)) > 1.0);
    assert_eq!(host.processing.restarts.get(), 2);
    host.plugin.deactivate();
    let after = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
    assert_eq!(after, before);
}

#[test]
fn voices_sing_along_at_no_latency() {
    let bounce = |degrees| {
        let mut host = Host::new();
        Host::set(&host.plugin.parameters().harmony.interval_1, degrees);
        let latency = host.activate(2, 48_000.0, 256, ProcessMode::Offline);
        (run(&mut host, 256, 1.0), latency)
    };
    let (alone, latency) = bounce(0);
    let (octave, with) = bounce(7);
    assert_eq!(with, latency);
    let difference = alone.iter().zip(&octave).map(|(a, b)| (a - b).abs());
    let difference = difference.fold(0.0, f32::max);
    assert!(difference > 0.05, "another voice is heard: {difference}");
}

#[test]
fn hosts_may_activate_again_and_at_any_rate() {
    let mut host = Host::new();
    for rate in [
        1_000.0_f32,
        1234.5678,
        8_000.0,
        44_100.0,
        96_000.0,
        768_000.0,
    ] {
        let latency = host.activate(2, rate, 1_024, ProcessMode::Realtime);
        let mut channels = vec![vec![0.25_f32; 700]; 2];
        host.process(&mut channels);
        assert!(channels.iter().flatten().all(|sample| sample.is_finite()));
        let passes = channels.iter().flatten().all(|&sample| sample == 0.25);
        assert_eq!(latency == 0, passes, "{rate} Hz");
    }
}
