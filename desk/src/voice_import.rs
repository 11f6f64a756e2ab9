//! Brings voices in: makes one of a public export, or installs one of Syrinx.

use std::fs;
use std::path::{Path, PathBuf};

use syrinx_models::import::{ImportError, ImportObserver, ImportRequest, import, import_speech};
use syrinx_models::runtime::RuntimeConfig;
use syrinx_models::{Device, Runtime, VoiceBundle, voices};

/// A voice that was brought in.
#[derive(Clone, Debug, PartialEq)]
pub struct BroughtIn {
    /// Where it lies.
    pub path: PathBuf,
    /// What a user should know, in words.
    pub words: String,
    /// Whether it changes voices; the others speak.
    pub converts: bool,
}

/// Brings in the voice that `paths` are, or can be made into, to the folder `out`. `library` is the ONNX Runtime library,
/// where it is not to be looked for. Takes seconds to a minute.
///
/// # Errors
/// In words, if it is no voice, does not run here, there is one of its name, or the observer stops it.
pub fn bring_in(
    paths: &[PathBuf],
    out: &Path,
    library: Option<PathBuf>,
    observer: &mut dyn ImportObserver,
) -> Result<BroughtIn, String> {
    if let [path] = paths
        && let Ok(bundle) = VoiceBundle::open(path)
    {
        observer.stage("copying the voice", None);
        return install(&bundle, out);
    }
    observer.stage("starting the networks", None);
    let runtime = Runtime::new(RuntimeConfig {
        library,
        // What the proof loads is what the first activation will load.
        kept_networks: voices::network_folder(),
        ..RuntimeConfig::default()
    });
    let runtime = runtime.map_err(|error| error.to_string())?;
    let request = ImportRequest {
        paths: paths.to_vec(),
        out: out.to_owned(),
        ..ImportRequest::default()
    };
    if let Some(voice) =
        import_speech(&request, &runtime, Device::Cpu, observer).map_err(in_words)?
    {
        return Ok(BroughtIn {
            words: with_notes(
                format!("{} is imported: a voice that speaks", voice.name),
                &voice.notes,
            ),
            path: voice.path,
            converts: false,
        });
    }
    let voice = import(&request, &runtime, Device::Cpu, observer).map_err(in_words)?;
    Ok(BroughtIn {
        words: with_notes(
            format!("{} is imported ({})", voice.name, voice.dialect),
            &voice.notes,
        ),
        path: voice.path,
        converts: true,
    })
}

fn with_notes(words: String, notes: &[String]) -> String {
    let lines = std::iter::once(&words).chain(notes);
    lines.cloned().collect::<Vec<_>>().join("\n")
}

/// The flags of the command are none of a window.
fn in_words(error: ImportError) -> String {
    match error {
        ImportError::Exists { path } => {
            format!("there is a voice of this name already: {}", path.display())
        }
        ImportError::Missing { .. } | ImportError::Several { .. } | ImportError::Value { .. } => {
            format!("{error}. A window has no flags; the command does: syrinx voices import")
        }
        error => error.to_string(),
    }
}

/// Copies a voice of Syrinx into the folder of voices, whole or not at all.
fn install(bundle: &VoiceBundle, out: &Path) -> Result<BroughtIn, String> {
    bundle.verify().map_err(|error| error.to_string())?;
    let source = bundle.path();
    let name = &bundle.manifest().name;
    let ending = if source.is_file() { ".zip" } else { "" };
    let target = out.join(format!("{}{ending}", voices::file_name(name)));
    if target.exists() {
        return Err(format!(
            "there is a voice of this name already: {}",
            target.display()
        ));
    }
    let refuse = |error: std::io::Error| format!("{}: {error}", out.display());
    fs::create_dir_all(out).map_err(refuse)?;
    let aside = tempfile::Builder::new()
        .prefix(".import-")
        .tempdir_in(out)
        .map_err(refuse)?;
    let copy = aside.path().join("voice");
    if source.is_file() {
        fs::copy(source, &copy).map_err(refuse)?;
    } else {
        let files = bundle
            .manifest()
            .files
            .values()
            .map(|entry| entry.path.as_str());
        for file in files.chain(["voice.json"]) {
            let to = copy.join(file);
            let folder = to.parent().unwrap_or(&copy);
            fs::create_dir_all(folder).map_err(refuse)?;
            fs::copy(source.join(file), to).map_err(refuse)?;
        }
    }
    fs::rename(&copy, &target).map_err(refuse)?;
    Ok(BroughtIn {
        words: format!("{name} is installed"),
        path: target,
        converts: !bundle.manifest().kind.speaks(),
    })
}
