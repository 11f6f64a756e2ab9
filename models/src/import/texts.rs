//! Reads what configurations, project files and metadata say about a voice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What a text beside or in a graph says about the voice; every field only where it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct VoiceText {
    /// Where it stands.
    pub(super) path: PathBuf,
    pub(super) name: Option<String>,
    pub(super) rate: Option<u32>,
    pub(super) hop: Option<u32>,
    /// Speakers with their numbers.
    pub(super) speakers: Vec<(String, u32)>,
    /// The content encoder in the words of the program that wrote it.
    pub(super) encoder: Option<String>,
    /// The folder of the project's files.
    pub(super) folder: Option<String>,
}

/// The fields of So-VITS-SVC's `config.json` that matter for conversion.
#[derive(Deserialize)]
struct SoVitsConfig {
    data: SoVitsData,
    #[serde(default)]
    model: SoVitsModel,
    #[serde(default)]
    spk: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
struct SoVitsData {
    sampling_rate: u32,
    hop_length: Option<u32>,
}

#[derive(Default, Deserialize)]
struct SoVitsModel {
    speech_encoder: Option<String>,
}

/// A project file of MoeVS.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Project {
    folder: String,
    name: Option<String>,
    #[serde(rename = "Type")]
    _kind: String,
    rate: Option<u32>,
    hop: Option<u32>,
    hubert: Option<String>,
    #[serde(default)]
    characters: Vec<String>,
}

/// The metadata of VCClient's exports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientMetadata {
    sampling_rate: Option<u32>,
    emb_channels: Option<usize>,
    embedder: Option<String>,
    emb_output_layer: Option<u32>,
}

/// Reads a JSON file: So-VITS-SVC's configuration or MoeVS' project; `None` for any other.
pub(super) fn of_file(path: &Path, text: &[u8]) -> Option<VoiceText> {
    if let Ok(config) = serde_json::from_slice::<SoVitsConfig>(text) {
        let mut speakers: Vec<(String, u32)> = config.spk.into_iter().collect();
        speakers.sort_by_key(|(_, number)| *number);
        return Some(VoiceText {
            path: path.to_owned(),
            rate: Some(config.data.sampling_rate),
            hop: config.data.hop_length,
            speakers,
            encoder: config.model.speech_encoder,
            ..VoiceText::default()
        });
    }
    let project: Project = serde_json::from_slice(text).ok()?;
    let characters = project.characters.into_iter().zip(0..);
    Some(VoiceText {
        path: path.to_owned(),
        name: project.name,
        rate: project.rate,
        hop: project.hop,
        speakers: characters.collect(),
        encoder: project.hubert,
        folder: Some(project.folder),
    })
}

/// Reads what VCClient wrote into the graph at `path`.
pub(super) fn of_metadata(path: &Path, metadata: &BTreeMap<String, String>) -> Option<VoiceText> {
    let found: ClientMetadata = serde_json::from_str(metadata.get("metadata")?).ok()?;
    let layer = found.emb_output_layer.map(|layer| format!("layer {layer}"));
    let width = found.emb_channels.map(|count| format!("{count} values"));
    let words = [found.embedder, layer, width].into_iter().flatten();
    let encoder = words.collect::<Vec<_>>().join(", ");
    Some(VoiceText {
        path: path.to_owned(),
        rate: found.sampling_rate,
        encoder: (!encoder.is_empty()).then_some(encoder),
        ..VoiceText::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_of_so_vits() {
        let text = br#"{"train": {}, "data": {"sampling_rate": 44100, "hop_length": 512},
            "model": {"speech_encoder": "vec768l12"}, "spk": {"b": 1, "a": 3, "c": 0}}"#;
        let found = of_file(Path::new("config.json"), text).unwrap();
        assert_eq!((found.rate, found.hop), (Some(44_100), Some(512)));
        let names: Vec<&str> = found
            .speakers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert_eq!(found.speakers[2].1, 3);
        assert_eq!(found.encoder.as_deref(), Some("vec768l12"));
    }

    #[test]
    fn a_project_of_moe_vs() {
        let text =
            br#"{"Folder": "Mei", "Name": "Mei", "Type": "SoVits", "Rate": 44100, "Hop": 512,
            "Hubert": "vec-768-layer-12", "SoVits4": true, "Characters": ["x", "y"]}"#;
        let found = of_file(Path::new("mei.json"), text).unwrap();
        assert_eq!(found.folder.as_deref(), Some("Mei"));
        assert_eq!(found.encoder.as_deref(), Some("vec-768-layer-12"));
        assert_eq!(found.speakers, [("x".to_owned(), 0), ("y".to_owned(), 1)]);
        assert_eq!(of_file(Path::new("other.json"), b"{\"format\": 1}"), None);
    }

    #[test]
    fn the_metadata_of_vc_client() {
        let text = r#"{"application": "VC_CLIENT", "version": "2.1", "modelType": "pyTorchRVCv2",
            "samplingRate": 40000, "f0": true, "embChannels": 768, "embedder": "hubert_base",
            "embOutputLayer": 12, "useFinalProj": false}"#;
        let metadata = BTreeMap::from([("metadata".to_owned(), text.to_owned())]);
        let found = of_metadata(Path::new("v.onnx"), &metadata).unwrap();
        assert_eq!(found.rate, Some(40_000));
        assert_eq!(
            found.encoder.as_deref(),
            Some("hubert_base, layer 12, 768 values")
        );
    }
}
