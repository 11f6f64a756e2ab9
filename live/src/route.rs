//! Makes a virtual microphone that other programs can choose, or says how.

use std::io::Write;
use std::process::Command;

use crate::args::RouteArgs;
use crate::error::LiveError;

/// The sink that the program plays into.
const SINK: &str = "syrinx_sink";

/// The microphone that hears it.
const MICROPHONE: &str = "syrinx_microphone";

/// A module of PulseAudio, or of what PipeWire has in its place.
struct Module {
    name: &'static str,
    /// What tells ours from others of the kind.
    ours: &'static str,
    arguments: &'static [&'static str],
}

/// What makes a virtual microphone, in this order.
const MODULES: [Module; 2] = [
    Module {
        name: "module-null-sink",
        ours: "sink_name=syrinx_sink",
        arguments: &[
            "sink_name=syrinx_sink",
            "sink_properties=device.description=Syrinx",
        ],
    },
    Module {
        name: "module-remap-source",
        ours: "source_name=syrinx_microphone",
        arguments: &[
            "source_name=syrinx_microphone",
            "master=syrinx_sink.monitor",
            "source_properties=device.description=Syrinx_microphone",
        ],
    },
];

/// Makes the microphone or takes it away, where this system can; else prints the steps.
///
/// # Errors
/// If the sound server does not answer, or refuses.
pub(crate) fn run(args: &RouteArgs, out: &mut dyn Write) -> Result<(), LiveError> {
    if !cfg!(target_os = "linux") {
        writeln!(out, "{}", steps(std::env::consts::OS))?;
        return Ok(());
    }
    match args.remove {
        true => remove(out),
        false => make(out),
    }
}

fn make(out: &mut dyn Write) -> Result<(), LiveError> {
    let loaded = loaded()?;
    let mut made = 0;
    for module in &MODULES {
        if number(&loaded, module).next().is_none() {
            let arguments = ["load-module", module.name].into_iter();
            pactl(
                &arguments
                    .chain(module.arguments.iter().copied())
                    .collect::<Vec<_>>(),
            )?;
            made += 1;
        }
    }
    writeln!(
        out,
        "{}: the sink \"Syrinx\" ({SINK}), and the microphone \"Syrinx_microphone\" ({MICROPHONE}) that hears it.\n{}",
        if made == 0 { "There already" } else { "Made" },
        steps("linux")
    )?;
    Ok(())
}

fn remove(out: &mut dyn Write) -> Result<(), LiveError> {
    let loaded = loaded()?;
    let mut removed = 0;
    // The microphone first, since it hears the sink.
    for module in MODULES.iter().rev() {
        for number in number(&loaded, module) {
            pactl(&["unload-module", number])?;
            removed += 1;
        }
    }
    let text = if removed == 0 {
        "There was none."
    } else {
        "Removed."
    };
    writeln!(out, "{text}")?;
    Ok(())
}

fn loaded() -> Result<String, LiveError> {
    pactl(&["list", "short", "modules"])
}

/// The numbers of our modules of this kind in what `pactl` lists: number, name and arguments, parted by tabs.
fn number<'a>(loaded: &'a str, module: &'a Module) -> impl Iterator<Item = &'a str> {
    loaded.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let (number, name, arguments) = (fields.next()?, fields.next()?, fields.next()?);
        let ours = arguments
            .split_whitespace()
            .any(|found| found == module.ours);
        (name == module.name && ours).then_some(number)
    })
}

fn pactl(arguments: &[&str]) -> Result<String, LiveError> {
    let output = Command::new("pactl")
        .args(arguments)
        // What it says is read.
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| {
            LiveError::Route(format!(
                "cannot start pactl: {error} (expected PulseAudio's or PipeWire's; Debian has it in pulseaudio-utils)"
            ))
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(LiveError::Route(format!(
        "pactl {}: {} (expected a running PulseAudio or PipeWire with pipewire-pulse)",
        arguments.join(" "),
        told.trim()
    )))
}

/// What is left to do by hand on a system.
fn steps(system: &str) -> &'static str {
    match system {
        "linux" => {
            "1. Play into it:  PULSE_SINK=syrinx_sink syrinx-live --backend alsa --output pulse\n   (\"pulse\" needs ALSA's \
             plugin: Debian has it in libasound2-plugins.)\n2. In the program that shall hear you, choose the microphone \
             \"Syrinx_microphone\".\nBoth last until the sound server ends; `syrinx-live route --remove` takes them away."
        }
        "macos" => {
            "macOS has no virtual microphone of its own; BlackHole is one, free and open:\n1. Install \"BlackHole 2ch\" \
             from Existential Audio, and start the computer anew.\n2. syrinx-live --output BlackHole\n3. In the program \
             that shall hear you, choose the microphone \"BlackHole 2ch\".\n4. To hear yourself: --monitor with the name \
             of your headphones."
        }
        "windows" => {
            "Windows has no virtual microphone of its own; VB-CABLE is one, free of charge:\n1. Install \"VB-CABLE \
             Virtual Audio Device\" from VB-Audio as administrator, and start the computer anew.\n2. syrinx-live --output \
             \"CABLE Input\"\n3. In the program that shall hear you, choose the microphone \"CABLE Output\".\n4. To hear \
             yourself: --monitor with the name of your headphones."
        }
        _ => {
            "This system's virtual devices are not known here; any output that another program can choose as its \
             microphone will do: syrinx-live --output NAME"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_modules_are_found() {
        let loaded = "0\tmodule-native-protocol-unix\t\t\n\
                      7\tmodule-null-sink\tsink_name=syrinx_sink sink_properties=device.description=Syrinx\t\n\
                      8\tmodule-null-sink\tsink_name=syrinx_sink2\t\n\
                      9\tmodule-remap-source\tsource_name=other master=syrinx_sink.monitor\t\n";
        let found: Vec<&str> = number(loaded, &MODULES[0]).collect();
        assert_eq!(found, ["7"]);
        assert_eq!(number(loaded, &MODULES[1]).count(), 0);
    }

    #[test]
    fn every_system_is_told_what_to_choose_where() {
        for (system, output, microphone) in [
            ("linux", "syrinx_sink", "Syrinx_microphone"),
            ("macos", "--output BlackHole", "\"BlackHole 2ch\""),
            ("windows", "\"CABLE Input\"", "\"CABLE Output\""),
        ] {
            let steps = steps(system);
            assert!(
                steps.contains(output) && steps.contains(microphone),
                "{system}"
            );
        }
        assert!(steps("haiku").contains("--output NAME"));
    }
}
