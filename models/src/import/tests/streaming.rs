use sha2::{Digest, Sha256};

use super::*;
use crate::graph::Graph;

/// The same graph, whose last convolution pads itself in a way that no stream knows; a whole recording hears no
/// difference.
fn padding_itself(onnx: &[u8]) -> Vec<u8> {
    let mut graph = Graph::decode("x", onnx).unwrap();
    let mut nodes = graph.proto_mut().node.iter_mut();
    let node = nodes.rfind(|node| node.op_type == "Conv").unwrap();
    let attributes = &mut node.attribute;
    let mut auto = attributes
        .iter()
        .find(|attribute| attribute.name == "pads")
        .unwrap()
        .clone();
    attributes.retain(|attribute| attribute.name != "pads");
    auto.name = "auto_pad".to_owned();
    auto.ints.clear();
    auto.s = b"SAME_UPPER".to_vec();
    auto.set_type(tract_onnx::pb::attribute_proto::AttributeType::String);
    attributes.push(auto);
    graph.encode()
}

#[test]
fn a_generator_that_cannot_be_streamed_is_told_and_stays_whole() {
    let import = Import::whole();
    fs::write(import.path("a.onnx"), padding_itself(STREAMED)).unwrap();
    let (voice, notes) = import.run_with(vec![import.source()]).unwrap();
    assert!(voice.has("synthesizer") && !voice.has("generator"));
    assert!(
        notes
            .iter()
            .any(|note| note.contains("streams in whole windows, because it cannot be parted: ")),
        "{notes:?}"
    );
}

#[test]
fn a_voice_that_speaks_and_does_not_stream_is_refused() {
    let import = Import::whole();
    let voice = import.run().unwrap();
    let prove = || prove::prove(voice.path(), &[], (&tract(), Device::Cpu), &mut Quiet);
    prove().unwrap();
    let generator = padding_itself(&voice.file("generator").unwrap());
    fs::write(voice.path().join("generator.onnx"), &generator).unwrap();
    let path = voice.path().join("voice.json");
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let hash = Sha256::digest(&generator);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let entry = &mut manifest["files"]["generator"];
    (entry["sha256"], entry["bytes"]) = (hash.into(), generator.len().into());
    fs::write(&path, manifest.to_string()).unwrap();
    let error = prove().unwrap_err();
    assert!(matches!(error, ImportError::Proof(_)), "{error}");
    assert!(error.to_string().contains("plain padding"), "{error}");
}
