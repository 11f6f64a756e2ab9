//! Turns checkpoints of KAN-TTS into the split form that Syrinx speaks with.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::{exporter, peers};

/// Turn a voice of KAN-TTS, a Sambert and its HiFi-GAN, into graphs that stream.
///
/// config.yaml is looked for beside each checkpoint and one folder above. Python's packages are brought first (about 6 GB
/// with torch). Only weights are read from checkpoints; a file that holds programs is refused. Voices with NSF, and those
/// that take bytes instead of phones, are refused.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  cargo xtask export-kantts --am am/ckpt/checkpoint_980000.pth --vocoder voc/ckpt/checkpoint_2400000.pth \
                  --phones PhoneSet.xml --out voice"
)]
pub struct ExportKanttsArgs {
    /// The checkpoint of the Sambert
    #[arg(long, value_name = "FILE")]
    am: PathBuf,

    /// The checkpoint of the HiFi-GAN
    #[arg(long, value_name = "FILE")]
    vocoder: PathBuf,

    /// KAN-TTS's PhoneSet.xml of the voice's language
    #[arg(long, value_name = "XML")]
    phones: PathBuf,

    /// KAN-TTS's tonelist.txt, where it differs from Mandarin's
    #[arg(long, value_name = "TXT")]
    tones: Option<PathBuf>,

    /// A speaker's vector, for voices that take such (SE); once for each speaker
    #[arg(long, value_name = "NAME=NPY")]
    se: Vec<String>,

    /// The folder to write, which must be empty or not there
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// What the script says of the voice that it wrote.
#[derive(Debug, Deserialize)]
struct Exported {
    /// The rate in Hz.
    rate: u32,
    /// Its speakers.
    speakers: Vec<String>,
    /// By how much the parts differ from the whole, as a share of the peak.
    off: f64,
    /// Size of all files.
    bytes: u64,
}

/// Writes the voice, and compares its parts with the whole network.
///
/// # Errors
/// If a path cannot be meant, Python's packages cannot be brought, or a checkpoint is none that a voice can be made of.
pub fn run(args: &ExportKanttsArgs) -> Result<()> {
    check(args)?;
    let mut script = peers::script("export_kantts.py")?;
    for (name, path) in [
        ("--am", Some(&args.am)),
        ("--vocoder", Some(&args.vocoder)),
        ("--phones", Some(&args.phones)),
        ("--tones", args.tones.as_ref()),
        ("--out", Some(&args.out)),
    ] {
        if let Some(path) = path {
            script.arg(name).arg(std::path::absolute(path)?);
        }
    }
    for vector in &args.se {
        script.arg("--se").arg(vector);
    }
    let exported: Exported = exporter::made_by(&mut script)?;
    println!("{}", summary(&args.out, &exported));
    Ok(())
}

fn summary(out: &Path, exported: &Exported) -> String {
    format!(
        "{}: {} Hz, speakers {}, {:.1} MB; the parts agree with the whole to {:.0e} of the peak",
        out.display(),
        exported.rate,
        exported.speakers.join(", "),
        exported.bytes as f64 / 1e6,
        exported.off
    )
}

/// Refuses what cannot be meant before gigabytes are brought.
fn check(args: &ExportKanttsArgs) -> Result<()> {
    let files = [&args.am, &args.vocoder, &args.phones];
    for file in files.into_iter().chain(&args.tones) {
        if !file.is_file() {
            bail!("{}: expected a file, found none", file.display());
        }
    }
    for vector in &args.se {
        match vector.split_once('=') {
            Some((name, file)) if !name.is_empty() && Path::new(file).is_file() => {}
            _ => bail!("--se: expected NAME=FILE of a file that is there, found {vector}"),
        }
    }
    let is_used = |folder: &Path| {
        folder
            .read_dir()
            .is_ok_and(|mut found| found.next().is_some())
    };
    if args.out.is_file() || is_used(&args.out) {
        bail!(
            "{}: expected an empty folder or nothing, found files",
            args.out.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_cannot_be_meant_are_refused_first() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut args = ExportKanttsArgs {
            am: at("am.pth"),
            vocoder: at("voc.pth"),
            phones: at("PhoneSet.xml"),
            tones: None,
            se: Vec::new(),
            out: at("voice"),
        };
        let complaint = |args: &ExportKanttsArgs| format!("{:#}", check(args).unwrap_err());
        assert!(complaint(&args).ends_with("am.pth: expected a file, found none"));
        for name in ["am.pth", "voc.pth", "PhoneSet.xml"] {
            std::fs::write(at(name), "something").unwrap();
        }
        check(&args).unwrap();
        args.se = vec!["me=nowhere.npy".to_owned()];
        assert!(complaint(&args).contains("--se: expected NAME=FILE"));
        args.se = vec![format!("me={}", at("am.pth").display())];
        check(&args).unwrap();
        args.tones = Some(at("tonelist.txt"));
        assert!(complaint(&args).ends_with("tonelist.txt: expected a file, found none"));
        args.tones = None;
        args.out = folder.path().to_owned();
        assert!(complaint(&args).contains("expected an empty folder or nothing"));
    }

    #[test]
    fn what_was_made_is_told_in_a_line() {
        let made = r#"{"kind": "k", "rate": 16000, "speakers": ["F7"], "frames": 9, "off": 2e-6, "bytes": 71500000}"#;
        let told = summary(Path::new("voice"), &serde_json::from_str(made).unwrap());
        assert_eq!(
            told,
            "voice: 16000 Hz, speakers F7, 71.5 MB; the parts agree with the whole to 2e-6 of the peak"
        );
    }
}
