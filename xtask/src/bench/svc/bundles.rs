//! Imports the peers' voices, as a user would, for both precisions.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::peers::Peers;
use crate::process;

/// A voice of the peers, and what its import needs.
struct Source {
    /// The bundles' names begin with it.
    name: &'static str,
    synthesizer: &'static str,
    encoder: &'static str,
    rate_hz: &'static str,
}

const SOURCES: [Source; 2] = [
    Source {
        name: "sovits",
        synthesizer: "sovits/voice.onnx",
        encoder: "encoder_768.onnx",
        rate_hz: "44100",
    },
    Source {
        name: "rvc",
        synthesizer: "rvc/voice.onnx",
        encoder: "encoder_768.onnx",
        rate_hz: "48000",
    },
];

/// Imports each voice with `program` in fp32 and, planned on the built-in speech, in int8; what an earlier run made with
/// the same program is taken as it is.
///
/// # Errors
/// If the command fails.
pub fn import(peers: &Peers, program: &Path) -> Result<()> {
    let made_by = std::fs::metadata(program)?.modified()?;
    for source in &SOURCES {
        for precision in ["fp32", "int8"] {
            let bundle = peers.bundle(&format!("{}_{precision}", source.name));
            let manifest = std::fs::metadata(bundle.join("voice.json"));
            if manifest.is_ok_and(|found| found.modified().is_ok_and(|time| time > made_by)) {
                continue;
            }
            println!("Importing {} ...", bundle.display());
            let mut import = Command::new(program);
            import
                .args(["voices", "import"])
                .arg(peers.voices.join(source.synthesizer))
                .arg("--encoder")
                .arg(peers.voices.join(source.encoder))
                .args(["--rate", source.rate_hz, "--replace"])
                .args(["--name", &format!("{}_{precision}", source.name)])
                .arg("--out")
                .arg(peers.voices.join("bundles"));
            process::run(&mut import)?;
            if precision == "int8" {
                let mut quantise = Command::new(program);
                quantise.args(["voices", "quantise"]).arg(&bundle);
                process::run(&mut quantise)?;
            }
        }
    }
    Ok(())
}
