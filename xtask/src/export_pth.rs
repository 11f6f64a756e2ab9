//! Turns PyTorch checkpoints of voices into ONNX, which the import takes.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::{exporter, peers};

/// Turn a PyTorch checkpoint into ONNX: RVC's voices (v1, v2, with and without F0), So-VITS-SVC's G_*.pth.
///
/// The networks are those of rvc-python and so-vits-svc-fork, which are brought first (about 6 GB with torch). Only
/// weights are read from the checkpoint; a file that holds programs is refused.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask export-pth mei.pth --out mei.onnx\n  \
                        cargo xtask export-pth G_1000.pth --config config.json --out voice.onnx"
)]
pub struct ExportPthArgs {
    /// The checkpoint
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The graph to write
    #[arg(long, value_name = "ONNX", default_value = "voice.onnx")]
    out: PathBuf,

    /// So-VITS-SVC's config.json of this checkpoint
    #[arg(long, value_name = "JSON")]
    config: Option<PathBuf>,

    /// Replace a graph that is there
    #[arg(long)]
    replace: bool,
}

/// What the script says of the graph that it wrote.
#[derive(Debug, Deserialize)]
struct Exported {
    /// The contract in words.
    contract: String,
    /// Values per frame of content.
    content: usize,
    /// The layer of the content encoder, where the checkpoint implies one.
    layer: Option<u32>,
    /// The rate in Hz.
    rate: u32,
}

/// Writes the graph, tries it, and says how to go on.
///
/// # Errors
/// If a path cannot be meant, Python's packages cannot be brought, or the checkpoint is none that a graph can be made
/// of.
pub fn run(args: &ExportPthArgs) -> Result<()> {
    check(args)?;
    let mut script = peers::script("export_pth.py")?;
    script.arg(std::path::absolute(&args.file)?);
    script.arg("--out").arg(std::path::absolute(&args.out)?);
    if let Some(config) = &args.config {
        script.arg("--config").arg(std::path::absolute(config)?);
    }
    let exported: Exported = exporter::made_by(&mut script)?;
    println!(
        "{}: {}, {} values per frame, {} Hz",
        args.out.display(),
        exported.contract,
        exported.content,
        exported.rate
    );
    println!("Next: {}", next_command(args, &exported));
    Ok(())
}

/// Refuses what cannot be meant before gigabytes are brought.
fn check(args: &ExportPthArgs) -> Result<()> {
    for file in [Some(&args.file), args.config.as_ref()]
        .into_iter()
        .flatten()
    {
        if !file.is_file() {
            bail!("{}: expected a file, found none", file.display());
        }
    }
    if args.out.extension().is_none_or(|found| found != "onnx") {
        bail!(
            "--out: expected a name that ends in .onnx, found {}",
            args.out.display()
        );
    }
    if args.out.exists() && !args.replace {
        bail!("{} is there already; give --replace", args.out.display());
    }
    let folder = args.out.parent().filter(|path| *path != Path::new(""));
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        bail!("{}: expected a folder, found none", folder.display());
    }
    Ok(())
}

/// The command that makes a voice of the graph.
fn next_command(args: &ExportPthArgs, exported: &Exported) -> String {
    let mut words = vec!["syrinx voices import".to_owned(), quoted(&args.out)];
    words.extend(args.config.as_deref().map(quoted));
    if args.config.is_none() {
        words.push(format!("--rate {}", exported.rate));
    }
    words.push(match exported.layer {
        Some(layer) => format!("--encoder vec-{}-layer-{layer}.onnx", exported.content),
        None => format!("--encoder ENCODER-OF-{}-VALUES.onnx", exported.content),
    });
    words.join(" ")
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(' ') {
        format!("'{text}'")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(file: &str, out: &str) -> ExportPthArgs {
        ExportPthArgs {
            file: file.into(),
            out: out.into(),
            config: None,
            replace: false,
        }
    }

    fn complaint(args: &ExportPthArgs) -> String {
        format!("{:#}", check(args).unwrap_err())
    }

    #[test]
    fn paths_that_cannot_be_meant_are_refused_first() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let (pth, onnx) = (at("voice.pth"), at("voice.onnx"));
        assert!(complaint(&args(&pth, &onnx)).ends_with("voice.pth: expected a file, found none"));
        std::fs::write(&pth, "weights").unwrap();
        check(&args(&pth, &onnx)).unwrap();
        assert!(complaint(&args(&pth, &at("voice.pt"))).contains("expected a name that ends in"));
        assert!(complaint(&args(&pth, &at("none/v.onnx"))).contains("expected a folder"));

        let mut with_config = args(&pth, &onnx);
        with_config.config = Some(at("config.json").into());
        assert!(complaint(&with_config).ends_with("config.json: expected a file, found none"));

        std::fs::write(&onnx, "a graph").unwrap();
        let mut again = args(&pth, &onnx);
        assert!(complaint(&again).ends_with("give --replace"));
        again.replace = true;
        check(&again).unwrap();
    }

    #[test]
    fn the_next_command_carries_what_the_import_asks_for() {
        let made = r#"{"contract": "RVC's WebUI", "version": "v2", "content": 768, "layer": 12, "rate": 40000}"#;
        let rvc: Exported = serde_json::from_str(made).unwrap();
        assert_eq!(
            next_command(&args("a.pth", "my voice.onnx"), &rvc),
            "syrinx voices import 'my voice.onnx' --rate 40000 --encoder vec-768-layer-12.onnx"
        );
        let made = r#"{"contract": "So-VITS-SVC's upstream", "content": 256, "rate": 44100}"#;
        let sovits: Exported = serde_json::from_str(made).unwrap();
        let mut with_config = args("G_1.pth", "voice.onnx");
        with_config.config = Some("config.json".into());
        assert_eq!(
            next_command(&with_config, &sovits),
            "syrinx voices import voice.onnx config.json --encoder ENCODER-OF-256-VALUES.onnx"
        );
    }
}
