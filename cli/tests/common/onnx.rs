//! Tiny ONNX files, written field by field as `onnx.proto` numbers them.

/// A tensor's name and dimensions.
pub type Declared<'a> = (&'a str, &'a [u64]);

/// A network whose outputs are copies of its inputs, in order; all are floats.
pub fn copies(pairs: &[(Declared, Declared)]) -> Vec<u8> {
    let mut graph = Vec::new();
    for ((input, _), (output, _)) in pairs {
        // NodeProto: input = 1, output = 2, op_type = 4.
        let node = [text(1, input), text(2, output), text(4, "Identity")].concat();
        graph.extend(message(1, &node));
    }
    graph.extend(text(2, "copies"));
    for (input, output) in pairs {
        graph.extend(message(11, &value_info(*input)));
        graph.extend(message(12, &value_info(*output)));
    }
    // ModelProto: ir_version = 1, graph = 7, opset_import = 8 with version = 2.
    [number(1, 8), message(7, &graph), message(8, &number(2, 17))].concat()
}

/// ValueInfoProto: name = 1, type = 2; its tensor_type = 1 has elem_type = 1 and shape = 2 of dim = 1.
fn value_info((name, dims): Declared) -> Vec<u8> {
    let shape: Vec<u8> = dims
        .iter()
        .flat_map(|dim| message(1, &number(1, *dim)))
        .collect();
    let tensor = [number(1, 1), message(2, &shape)].concat();
    [text(1, name), message(2, &message(1, &tensor))].concat()
}

fn number(field: u8, value: u64) -> Vec<u8> {
    [vec![field << 3], varint(value)].concat()
}

fn text(field: u8, value: &str) -> Vec<u8> {
    message(field, value.as_bytes())
}

fn message(field: u8, body: &[u8]) -> Vec<u8> {
    [
        vec![field << 3 | 2],
        varint(body.len() as u64),
        body.to_vec(),
    ]
    .concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The graph with an entry of metadata: a field of the outermost message may follow at the end.
pub fn with_metadata(onnx: &[u8], key: &str, value: &str) -> Vec<u8> {
    // ModelProto: metadata_props = 14 of StringStringEntryProto: key = 1, value = 2.
    let entry = [text(1, key), text(2, value)].concat();
    [onnx, &message(14, &entry)].concat()
}

/// The graph with every operator of one name renamed to another of the same length.
pub fn renamed(onnx: &[u8], operator: &str, other: &str) -> Vec<u8> {
    assert_eq!(operator.len(), other.len());
    // NodeProto: op_type = 4.
    let (from, to) = (text(4, operator), text(4, other));
    let mut made = onnx.to_vec();
    let places: Vec<usize> = (0..onnx.len().saturating_sub(from.len()))
        .filter(|&at| onnx[at..].starts_with(&from))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        made[at..at + to.len()].copy_from_slice(&to);
    }
    made
}
