//! Reads what configurations, project files and metadata say about a voice.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::source::FoundFile;

/// What a text beside or in a graph says about the voice; every field only where it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct VoiceText {
    /// Where it stands.
    pub(super) file: FoundFile,
    pub(super) name: Option<String>,
    pub(super) rate: Option<u32>,
    pub(super) hop: Option<u32>,
    /// Speakers with their numbers.
    pub(super) speakers: Vec<(String, u32)>,
    /// The content encoder in the words of the program that wrote it.
    pub(super) encoder: Option<String>,
    /// The folder of a project's files; only projects of MoeVS have one.
    pub(super) folder: Option<String>,
    /// How many k-means centres each speaker has.
    pub(super) centres: Option<usize>,
}

impl VoiceText {
    /// This text, with what another one says where this one says nothing.
    pub(super) fn or(self, other: &VoiceText) -> VoiceText {
        VoiceText {
            file: self.file,
            name: self.name.or_else(|| other.name.clone()),
            rate: self.rate.or(other.rate),
            hop: self.hop.or(other.hop),
            speakers: match self.speakers.is_empty() {
                true => other.speakers.clone(),
                false => self.speakers,
            },
            encoder: self.encoder.or_else(|| other.encoder.clone()),
            folder: self.folder.or_else(|| other.folder.clone()),
            centres: self.centres.or(other.centres),
        }
    }
}

/// How many centres each speaker has in MoeVS' projects that do not say it.
const MOE_VS_CENTRES: usize = 10_000;

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
    #[serde(rename = "KMeansLength")]
    centres: Option<usize>,
}

/// What tells a voice of Syrinx from other JSON files.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "format")]
    _format: u64,
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "files")]
    _files: serde_json::Map<String, serde_json::Value>,
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
pub(super) fn of_file(file: &FoundFile, text: &[u8]) -> Option<VoiceText> {
    if let Ok(config) = serde_json::from_slice::<SoVitsConfig>(text) {
        let mut speakers: Vec<(String, u32)> = config.spk.into_iter().collect();
        speakers.sort_by_key(|(_, number)| *number);
        return Some(VoiceText {
            file: file.clone(),
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
        file: file.clone(),
        name: project.name,
        rate: project.rate,
        hop: project.hop,
        speakers: characters.collect(),
        encoder: project.hubert,
        folder: Some(project.folder),
        // A project that has centres and does not say how many has as many as So-VITS-SVC makes by default.
        centres: project.centres.or(Some(MOE_VS_CENTRES)),
    })
}

/// Whether a JSON file is the manifest of a voice that was imported already.
pub(super) fn is_voice(text: &[u8]) -> bool {
    serde_json::from_slice::<Manifest>(text).is_ok()
}

/// Reads what VCClient wrote into the graph in `file`.
pub(super) fn of_metadata(
    file: &FoundFile,
    metadata: &BTreeMap<String, String>,
) -> Option<VoiceText> {
    let found: ClientMetadata = serde_json::from_str(metadata.get("metadata")?).ok()?;
    let layer = found.emb_output_layer.map(|layer| format!("layer {layer}"));
    let width = found.emb_channels.map(|count| format!("{count} values"));
    let words = [found.embedder, layer, width].into_iter().flatten();
    let encoder = words.collect::<Vec<_>>().join(", ");
    Some(VoiceText {
        file: file.clone(),
        rate: found.sampling_rate,
        encoder: (!encoder.is_empty()).then_some(encoder),
        ..VoiceText::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn file(name: &str) -> FoundFile {
        FoundFile::found(Path::new(name))
    }

    #[test]
    fn a_configuration_of_so_vits() {
        let text = br#"{"train": {}, "data": {"sampling_rate": 44100, "hop_length": 512},
            "model": {"speech_encoder": "vec768l12"}, "spk": {"b": 1, "a": 3, "c": 0}}"#;
        let found = of_file(&file("config.json"), text).unwrap();
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
            "Hubert": "vec-768-layer-12", "SoVits4": true, "KMeansLength": 300, "Characters": ["x", "y"]}"#;
        let found = of_file(&file("mei.json"), text).unwrap();
        assert_eq!(found.folder.as_deref(), Some("Mei"));
        assert_eq!(found.encoder.as_deref(), Some("vec-768-layer-12"));
        assert_eq!(found.speakers, [("x".to_owned(), 0), ("y".to_owned(), 1)]);
        assert_eq!(found.centres, Some(300));
        assert_eq!(of_file(&file("other.json"), b"{\"format\": 1}"), None);
    }

    #[test]
    fn the_first_text_that_says_something_counts() {
        let text = br#"{"Folder": "Mei", "Type": "SoVits", "Characters": []}"#;
        let project = of_file(&file("mei.json"), text).unwrap();
        assert_eq!(project.centres, Some(MOE_VS_CENTRES));
        let other = VoiceText {
            rate: Some(40_000),
            folder: Some("Li".to_owned()),
            speakers: vec![("x".to_owned(), 7)],
            ..VoiceText::default()
        };
        let both = project.or(&other);
        assert_eq!(both.rate, Some(40_000));
        assert_eq!(both.folder.as_deref(), Some("Mei"));
        assert_eq!(both.speakers, other.speakers);
    }

    #[test]
    fn a_voice_is_told_from_what_it_could_be_made_of() {
        assert!(is_voice(
            br#"{"format": 1, "kind": "rvc", "files": {}, "name": "x"}"#
        ));
        for other in [
            &b"{}"[..],
            b"[1]",
            br#"{"format": 1, "kind": "rvc"}"#,
            b"not JSON",
        ] {
            assert!(!is_voice(other));
        }
    }

    #[test]
    fn the_metadata_of_vc_client() {
        let text = r#"{"application": "VC_CLIENT", "version": "2.1", "modelType": "pyTorchRVCv2",
            "samplingRate": 40000, "f0": true, "embChannels": 768, "embedder": "hubert_base",
            "embOutputLayer": 12, "useFinalProj": false}"#;
        let metadata = BTreeMap::from([("metadata".to_owned(), text.to_owned())]);
        let found = of_metadata(&file("v.onnx"), &metadata).unwrap();
        assert_eq!(found.rate, Some(40_000));
        assert_eq!(
            found.encoder.as_deref(),
            Some("hubert_base, layer 12, 768 values")
        );
    }
}
