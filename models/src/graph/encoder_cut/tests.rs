use super::*;
use crate::runtime::{Backend, RuntimeConfig};

const ENCODER: &[u8] = include_bytes!("../../../../tests/golden/sovits/encoder_768.onnx");

fn runtimes() -> Vec<Runtime> {
    let config = |backend| RuntimeConfig {
        backend: Some(backend),
        ..RuntimeConfig::default()
    };
    // Where no library is installed, tract alone is tried.
    let found = [Backend::Tract, Backend::OnnxRuntime].map(|backend| Runtime::new(config(backend)));
    found.into_iter().flatten().collect()
}

/// The tiny encoder, whose first convolution is followed by a normalisation over time as HuBERT's is.
fn normalised() -> Graph {
    let mut graph = Graph::decode("encoder", ENCODER).unwrap();
    let first = graph
        .nodes()
        .iter()
        .position(|node| node.op_type == "Conv")
        .unwrap();
    let output = graph.nodes()[first].output[0].clone();
    let weights = graph
        .constant(&graph.nodes()[first].input[1].clone())
        .unwrap();
    let channels = weights.shape()[0];
    let column = |value: f32| {
        let values = (0..channels).map(|n| value + 0.1 * n as f32).collect();
        Tensor::f32(&[channels], values)
    };
    let scale = graph.add_constant("scale", &column(0.7));
    let shift = graph.add_constant("shift", &column(-0.2));
    let proto = graph.proto_mut();
    proto.node[first].output[0] = "raw".to_owned();
    let norm = attributes::node("InstanceNormalization", &["raw", &scale, &shift], &output);
    proto.node.insert(first + 1, norm);
    graph
}

fn wave(length: usize) -> Tensor {
    let chirp = |n: usize| 0.2 * (0.02 * n as f32 + 4e-6 * (n * n) as f32).sin();
    Tensor::f32(&[1, 1, length], (0..length).map(chirp).collect())
}

#[test]
fn the_parts_give_what_the_whole_gives() {
    for runtime in runtimes() {
        for (graph, groups) in [
            (Graph::decode("encoder", ENCODER).unwrap(), false),
            (normalised(), true),
        ] {
            let cut = EncoderCut::find(&graph, "source").unwrap();
            assert_eq!(cut.shape.groups.is_some(), groups);
            cut.check(&graph, &wave(16_000), &runtime).unwrap();
        }
    }
}

#[test]
fn the_past_counts_by_its_share() {
    for runtime in runtimes() {
        let graph = normalised();
        let cut = EncoderCut::find(&graph, "source").unwrap();
        let groups = cut.shape.groups.unwrap();
        let wave = wave(4_000);
        let past = [
            Tensor::f32(&[1, groups, 1], vec![0.5; groups]),
            Tensor::f32(&[1, groups, 1], vec![2.0; groups]),
        ];
        let statistics = |share: f32| {
            let share = Tensor::f32(&[1], vec![share]);
            let fed = [
                ("source", &wave),
                (MEAN, &past[0]),
                (SQUARE, &past[1]),
                (SHARE, &share),
            ];
            let outputs = cut.front.run(&runtime, &fed).unwrap();
            [1, 2].map(|at| outputs[at].as_f32().unwrap()[0])
        };
        let ([mean, square], [half_mean, half_square]) = (statistics(0.0), statistics(0.5));
        assert_eq!(statistics(1.0), [0.5, 2.0]);
        assert!((half_mean - 0.5 * (mean + 0.5)).abs() < 1e-6);
        assert!((half_square - 0.5 * (square + 2.0)).abs() < 1e-6);
    }
}

#[test]
fn another_construction_is_refused() {
    let refused = |graph: &Graph| EncoderCut::find(graph, "source").unwrap_err().to_string();
    // Another hop.
    let mut graph = Graph::decode("encoder", ENCODER).unwrap();
    let strided = graph
        .proto_mut()
        .node
        .iter_mut()
        .find(|node| node.op_type == "Conv");
    attributes::set_ints(strided.unwrap(), "strides", &[4]);
    assert!(refused(&graph).contains("hop"), "{}", refused(&graph));
    // Two normalisations.
    let mut graph = normalised();
    let proto = graph.proto_mut();
    let place = proto
        .node
        .iter()
        .position(|node| node.op_type == "InstanceNormalization");
    let mut second = proto.node[place.unwrap()].clone();
    let given = std::mem::replace(&mut proto.node[place.unwrap()].output[0], "once".to_owned());
    (second.input[0], second.output[0]) = ("once".to_owned(), given);
    proto.node.insert(place.unwrap() + 1, second);
    assert!(refused(&graph).contains("several"), "{}", refused(&graph));
    // A front that looks at all of its time in another way shows in the comparison.
    let mut graph = normalised();
    let proto = graph.proto_mut();
    let place = proto
        .node
        .iter()
        .position(|node| node.op_type == "Transpose")
        .unwrap();
    let features = proto.node[place].input[0].clone();
    proto.node[place].input[0] = "less".to_owned();
    proto.node.insert(
        place,
        attributes::node("Sub", &[&features, "level"], "less"),
    );
    proto.node.insert(
        place,
        attributes::node("GlobalAveragePool", &[&features], "level"),
    );
    let cut = EncoderCut::find(&graph, "source");
    for runtime in runtimes() {
        if let Ok(cut) = &cut {
            let error = cut.check(&graph, &wave(16_000), &runtime).unwrap_err();
            assert!(matches!(error, GraphError::Differs { .. }), "{error}");
        }
    }
}
