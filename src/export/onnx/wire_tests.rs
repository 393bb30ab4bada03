//! The bytes, read by a parser that knows only protobuf's wire format: the field numbers below are copied from
//! `onnx.proto` by hand, a second time, so that a wrong number in `protobuf.rs` is not repeated by its own decoder.

use super::encode_tests::{conv_network, metadata};
use super::{Element, encode};

/// One field of a message, as it lies on the wire.
#[derive(Clone, Debug, PartialEq)]
enum Field {
    Integer(u64),
    Bits32(u32),
    Bytes(Vec<u8>),
}

/// <https://protobuf.dev/programming-guides/encoding/>: a key is `number · 8 + wire type`.
fn parse(mut bytes: &[u8]) -> Vec<(u64, Field)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key % 8 {
            0 => Field::Integer(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (content, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(content.to_vec())
            }
            5 => {
                let (content, rest) = bytes.split_first_chunk::<4>().unwrap();
                bytes = rest;
                Field::Bits32(u32::from_le_bytes(*content))
            }
            kind => panic!("wire type {kind} is not used"),
        };
        fields.push((key / 8, field));
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (first, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return value;
        }
    }
    panic!("a number has at most ten bytes")
}

/// All fields of a message; reading one takes it out, so that what is left over shows at the end.
struct Message(Vec<(u64, Field)>);

impl Message {
    fn take(&mut self, number: u64) -> Vec<Field> {
        let (taken, left) = self.0.drain(..).partition(|(found, _)| *found == number);
        self.0 = left;
        let taken: Vec<(u64, Field)> = taken;
        taken.into_iter().map(|(_, field)| field).collect()
    }

    fn messages(&mut self, number: u64) -> Vec<Message> {
        let fields = self.take(number).into_iter();
        fields
            .map(|field| match field {
                Field::Bytes(bytes) => Message(parse(&bytes)),
                other => panic!("{other:?} is not a message"),
            })
            .collect()
    }

    fn texts(&mut self, number: u64) -> Vec<String> {
        let fields = self.take(number).into_iter();
        fields
            .map(|field| match field {
                Field::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
                other => panic!("{other:?} is not a text"),
            })
            .collect()
    }

    fn integers(&mut self, number: u64) -> Vec<u64> {
        let fields = self.take(number).into_iter();
        fields
            .map(|field| match field {
                Field::Integer(value) => value,
                other => panic!("{other:?} is not an integer"),
            })
            .collect()
    }

    fn end(self) {
        assert_eq!(self.0, [], "fields that nobody asked for");
    }
}

fn written() -> Message {
    let bytes = encode(&conv_network(Element::U8), &metadata()).unwrap();
    Message(parse(&bytes))
}

#[test]
fn a_model_has_the_official_field_numbers() {
    let mut model = written();
    assert_eq!(model.integers(1), [8], "ir_version");
    assert_eq!(model.texts(2), ["brecha"], "producer_name");
    assert_eq!(model.texts(3), ["0.1.0"], "producer_version");
    assert_eq!(model.texts(6), ["a test"], "doc_string");
    for mut opset in model.messages(8) {
        assert_eq!(opset.texts(1), [""], "domain");
        assert_eq!(opset.integers(2), [17], "version");
        opset.end();
    }
    let properties = model.messages(14).into_iter().map(|mut entry| {
        let pair = (entry.texts(1).concat(), entry.texts(2).concat());
        entry.end();
        pair
    });
    let expected = [
        ("brecha_version", "0.1.0"),
        ("classes", r#"["cat","\"dog\" é"]"#),
        ("configuration_digest", "sha256:00"),
        ("note", "any"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(properties.collect::<Vec<_>>(), expected);
    assert_eq!(model.messages(7).len(), 1, "graph");
    model.end();
}

#[test]
fn a_graph_has_the_official_field_numbers() {
    let mut graph = written().messages(7).remove(0);
    assert_eq!(graph.texts(2), ["small"], "name");
    let operators: Vec<String> = graph
        .messages(1)
        .into_iter()
        .map(|mut node| node.texts(4).concat())
        .collect();
    let expected = [
        "Cast",
        "Div",
        "Conv",
        "LeakyRelu",
        "Flatten",
        "Gemm",
        "Softmax",
    ];
    assert_eq!(operators, expected, "op_type");
    let names: Vec<String> = graph
        .messages(5)
        .into_iter()
        .map(|mut tensor| tensor.texts(8).concat())
        .collect();
    let expected = [
        "preprocessing.divisor",
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
    ];
    assert_eq!(names, expected, "initializer");
    assert_eq!(graph.messages(11).len(), 1, "input");
    assert_eq!(graph.messages(12).len(), 2, "output");
    assert_eq!(graph.messages(13).len(), 5, "value_info");
    graph.end();
}

#[test]
fn nodes_and_attributes_have_the_official_field_numbers() {
    let mut nodes = written().messages(7).remove(0).messages(1);
    let mut conv = nodes.remove(2);
    assert_eq!(
        conv.texts(1),
        ["preprocessing.divided", "0.weight", "0.bias"],
        "input"
    );
    assert_eq!(conv.texts(2), ["layers.0.conv2d"], "output");
    assert_eq!(conv.texts(3), ["layers.0.conv2d"], "name");
    assert_eq!(conv.texts(4), ["Conv"], "op_type");
    let expected: [(&str, &[u64]); 3] = [
        ("kernel_shape", &[2, 1]),
        ("strides", &[1, 2]),
        // Above, left, below, right.
        ("pads", &[0, 2, 1, 3]),
    ];
    for (mut attribute, (name, ints)) in conv.messages(5).into_iter().zip(expected) {
        assert_eq!(attribute.texts(1), [name], "name");
        assert_eq!(attribute.integers(8), ints, "ints");
        assert_eq!(attribute.integers(20), [7], "type INTS");
        attribute.end();
    }
    conv.end();

    let mut alpha = nodes.remove(2).messages(5).remove(0);
    assert_eq!(alpha.texts(1), ["alpha"], "name");
    assert_eq!(alpha.take(2), [Field::Bits32(0.25_f32.to_bits())], "f");
    assert_eq!(alpha.integers(20), [1], "type FLOAT");
    alpha.end();

    let mut axis = nodes.remove(2).messages(5).remove(0);
    assert_eq!(axis.texts(1), ["axis"], "name");
    assert_eq!(axis.integers(3), [1], "i");
    assert_eq!(axis.integers(20), [2], "type INT");
    axis.end();
}

#[test]
fn tensors_and_types_have_the_official_field_numbers() {
    let mut graph = written().messages(7).remove(0);
    let mut weight = graph.messages(5).remove(1);
    assert_eq!(weight.integers(1), [1, 2, 2, 1], "dims");
    assert_eq!(weight.integers(2), [1], "data_type FLOAT");
    assert_eq!(weight.texts(8), ["0.weight"], "name");
    let values = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    assert_eq!(weight.take(9), [Field::Bytes(values)], "raw_data");
    weight.end();

    let mut input = graph.messages(11).remove(0);
    assert_eq!(input.texts(1), ["input"], "name");
    let mut value_type = input.messages(2).remove(0);
    let mut tensor = value_type.messages(1).remove(0);
    assert_eq!(tensor.integers(1), [2], "elem_type UINT8");
    let mut shape = tensor.messages(2).remove(0);
    let mut dimensions = shape.messages(1);
    assert_eq!(dimensions.remove(0).texts(2), ["batch"], "dim_param");
    for (mut dimension, length) in dimensions.into_iter().zip([2, 2, 3]) {
        assert_eq!(dimension.integers(1), [length], "dim_value");
        dimension.end();
    }
    for message in [input, value_type, tensor, shape] {
        message.end();
    }
}
