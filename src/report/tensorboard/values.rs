//! What TensorBoard's dashboards show, each as one value under a tag.

use prost::Message;

use super::protobuf::{
    Dim, FLOAT, HParamsPluginData, HistogramProto, Image, Layout, PluginData, STRING,
    SummaryMetadata, TENSOR, TensorProto, TensorShapeProto, Value,
};
use crate::training::histogram::Histogram;

/// A number, as `f32`.
pub(super) fn scalar(tag: &str, value: f64) -> Value {
    Value {
        tag: tag.to_owned(),
        simple_value: Some(value as f32),
        ..Value::default()
    }
}

/// How the values of a tensor are distributed. Of empty ranges side by side only one is written.
pub(super) fn histogram(tag: String, histogram: &Histogram) -> Value {
    let counts = &histogram.counts;
    let (mut bucket, mut bucket_limit) = (Vec::new(), Vec::new());
    for (range, (&count, end)) in counts.iter().zip(histogram.ends()).enumerate() {
        if count > 0 || counts.get(range + 1) != Some(&0) {
            bucket.push(count as f64);
            bucket_limit.push(end);
        }
    }
    Value {
        tag,
        histo: Some(HistogramProto {
            min: histogram.low,
            max: histogram.high,
            num: counts.iter().sum::<u64>() as f64,
            sum: histogram.sum,
            sum_squares: histogram.sum_of_squares,
            bucket_limit,
            bucket,
        }),
        ..Value::default()
    }
}

/// A PNG file; `None` if it is none.
pub(super) fn picture(tag: String, png: Vec<u8>) -> Option<Value> {
    let reader = png::Decoder::new(std::io::Cursor::new(png.as_slice()))
        .read_info()
        .ok()?;
    let info = reader.info();
    let (height, width) = (info.height.try_into().ok()?, info.width.try_into().ok()?);
    let colorspace = match info.color_type {
        png::ColorType::Grayscale => 1,
        png::ColorType::GrayscaleAlpha => 2,
        png::ColorType::Rgb | png::ColorType::Indexed => 3,
        png::ColorType::Rgba => 4,
    };
    Some(Value {
        tag,
        image: Some(Image {
            height,
            width,
            colorspace,
            encoded_image_string: png,
        }),
        ..Value::default()
    })
}

/// Markdown.
pub(super) fn text(tag: &str, markdown: String) -> Value {
    of_plugin(tag, "text", Vec::new(), strings(markdown.into_bytes()))
}

/// The same, of lines that are shown as they are.
pub(super) fn verbatim(tag: &str, lines: &str) -> Value {
    // Indentation, because no line of code can end such a block.
    let indented: String = lines
        .lines()
        .flat_map(|line| ["    ", line, "\n"])
        .collect();
    text(tag, indented)
}

/// How a run began or ended; the value itself is empty.
pub(super) fn session(tag: &str, session: &HParamsPluginData) -> Value {
    let nothing = TensorProto {
        dtype: FLOAT,
        tensor_shape: Some(TensorShapeProto {
            dim: vec![Dim { size: 0 }],
        }),
        string_val: Vec::new(),
    };
    of_plugin(tag, "hparams", session.encode_to_vec(), nothing)
}

/// Which numbers are shown together.
pub(super) fn layout(layout: &Layout) -> Value {
    let encoded = strings(layout.encode_to_vec());
    of_plugin(
        "custom_scalars__config__",
        "custom_scalars",
        Vec::new(),
        encoded,
    )
}

/// One string.
fn strings(bytes: Vec<u8>) -> TensorProto {
    TensorProto {
        dtype: STRING,
        tensor_shape: Some(TensorShapeProto::default()),
        string_val: vec![bytes],
    }
}

fn of_plugin(tag: &str, plugin: &str, content: Vec<u8>, tensor: TensorProto) -> Value {
    Value {
        tag: tag.to_owned(),
        tensor: Some(tensor),
        metadata: Some(SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: plugin.to_owned(),
                content,
            }),
            data_class: TENSOR,
        }),
        ..Value::default()
    }
}
