//! The messages of TensorBoard's event files, as far as a run needs them.
//!
//! Field numbers and types are those of `event.proto`, `summary.proto`, `histogram.proto`, `tensor.proto` and
//! `tensor_shape.proto` in `tensorboard/compat/proto`, of `plugins/hparams/plugin_data.proto` and `plugins/custom_scalar/layout.proto`
//! (TensorBoard 2.21, proto3, Apache-2.0, <https://github.com/tensorflow/tensorboard>), and of `google/protobuf/struct.proto`, written
//! down once so that no build needs `protoc`. Fields that are never written here are left out. The members of a
//! `oneof` are plain optional fields, which is the same on the wire as long as one is set.

#![expect(
    clippy::struct_field_names,
    reason = "fields have the names of the official definitions"
)]

use std::collections::BTreeMap;

use prost::Message;

/// `DataType.DT_FLOAT`
pub(super) const FLOAT: i32 = 1;
/// `DataType.DT_STRING`
pub(super) const STRING: i32 = 7;

/// `DataClass.DATA_CLASS_TENSOR`
pub(super) const TENSOR: i32 = 2;

/// `hparams.Status`
pub(super) const SUCCESS: i32 = 1;
/// `hparams.Status`
pub(super) const FAILURE: i32 = 2;

/// One record of a file: the version of the format, or values of one moment.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    /// The epoch.
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    /// In the first record of a file only.
    #[prost(string, optional, tag = "3")]
    pub(super) file_version: Option<String>,
    /// In all others.
    #[prost(message, optional, tag = "5")]
    pub(super) summary: Option<Summary>,
}

/// Values under their tags.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    /// In any order.
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<Value>,
}

/// `Summary.Value`: one of the number, the picture, the histogram and the tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    /// What TensorBoard shows it under.
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    /// A number.
    #[prost(float, optional, tag = "2")]
    pub(super) simple_value: Option<f32>,
    /// A picture.
    #[prost(message, optional, tag = "4")]
    pub(super) image: Option<Image>,
    /// A distribution.
    #[prost(message, optional, tag = "5")]
    pub(super) histo: Option<HistogramProto>,
    /// Anything else, as `metadata` says.
    #[prost(message, optional, tag = "8")]
    pub(super) tensor: Option<TensorProto>,
    /// Whose value it is.
    #[prost(message, optional, tag = "9")]
    pub(super) metadata: Option<SummaryMetadata>,
}

/// Which of TensorBoard's plugins reads a value.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SummaryMetadata {
    /// Its name, and what it wants to know.
    #[prost(message, optional, tag = "1")]
    pub(super) plugin_data: Option<PluginData>,
    /// `DataClass`
    #[prost(int32, tag = "4")]
    pub(super) data_class: i32,
}

/// `SummaryMetadata.PluginData`
#[derive(Clone, PartialEq, Message)]
pub(super) struct PluginData {
    /// `text`, `hparams`, …
    #[prost(string, tag = "1")]
    pub(super) plugin_name: String,
    /// A message of the plugin's own.
    #[prost(bytes = "vec", tag = "2")]
    pub(super) content: Vec<u8>,
}

/// `Summary.Image`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Image {
    /// Pixels.
    #[prost(int32, tag = "1")]
    pub(super) height: i32,
    /// Pixels.
    #[prost(int32, tag = "2")]
    pub(super) width: i32,
    /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    #[prost(int32, tag = "3")]
    pub(super) colorspace: i32,
    /// A whole PNG file.
    #[prost(bytes = "vec", tag = "4")]
    pub(super) encoded_image_string: Vec<u8>,
}

/// Counts of values up to limits.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HistogramProto {
    /// The smallest value.
    #[prost(double, tag = "1")]
    pub(super) min: f64,
    /// The largest.
    #[prost(double, tag = "2")]
    pub(super) max: f64,
    /// How many.
    #[prost(double, tag = "3")]
    pub(super) num: f64,
    /// Of all values.
    #[prost(double, tag = "4")]
    pub(super) sum: f64,
    /// Of all values.
    #[prost(double, tag = "5")]
    pub(super) sum_squares: f64,
    /// The upper end of each range; the first begins at `min`.
    #[prost(double, repeated, tag = "6")]
    pub(super) bucket_limit: Vec<f64>,
    /// Values in each range.
    #[prost(double, repeated, tag = "7")]
    pub(super) bucket: Vec<f64>,
}

/// A tensor of strings, or of nothing.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorProto {
    /// `DataType`
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    /// Without dimensions for one value.
    #[prost(message, optional, tag = "2")]
    pub(super) tensor_shape: Option<TensorShapeProto>,
    /// The values.
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub(super) string_val: Vec<Vec<u8>>,
}

/// The dimensions of a tensor.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorShapeProto {
    /// None for one value.
    #[prost(message, repeated, tag = "2")]
    pub(super) dim: Vec<Dim>,
}

/// `TensorShapeProto.Dim`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dim {
    /// A length.
    #[prost(int64, tag = "1")]
    pub(super) size: i64,
}

/// What the plugin `hparams` keeps with its values: one of the two.
#[derive(Clone, PartialEq, Message)]
pub(super) struct HParamsPluginData {
    /// 0
    #[prost(int32, tag = "1")]
    pub(super) version: i32,
    /// How a run began.
    #[prost(message, optional, tag = "3")]
    pub(super) session_start_info: Option<SessionStartInfo>,
    /// How it ended.
    #[prost(message, optional, tag = "4")]
    pub(super) session_end_info: Option<SessionEndInfo>,
}

/// A run begins.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionStartInfo {
    /// What was set to what.
    #[prost(btree_map = "string, message", tag = "1")]
    pub(super) hparams: BTreeMap<String, Setting>,
    /// Seconds since 1970.
    #[prost(double, tag = "5")]
    pub(super) start_time_secs: f64,
}

/// A run ends.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionEndInfo {
    /// `hparams.Status`
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
    /// Seconds since 1970.
    #[prost(double, tag = "2")]
    pub(super) end_time_secs: f64,
}

/// `google.protobuf.Value`: one of the three.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Setting {
    /// A number.
    #[prost(double, optional, tag = "2")]
    pub(super) number_value: Option<f64>,
    /// A text.
    #[prost(string, optional, tag = "3")]
    pub(super) string_value: Option<String>,
    /// Yes or no.
    #[prost(bool, optional, tag = "4")]
    pub(super) bool_value: Option<bool>,
}

/// What the plugin `custom_scalars` shows.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Layout {
    /// One group of charts.
    #[prost(message, repeated, tag = "2")]
    pub(super) category: Vec<Category>,
}

/// A group of charts.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Category {
    /// Its heading.
    #[prost(string, tag = "1")]
    pub(super) title: String,
    /// Each.
    #[prost(message, repeated, tag = "2")]
    pub(super) chart: Vec<Chart>,
}

/// Numbers with a band around them.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Chart {
    /// Its heading.
    #[prost(string, tag = "1")]
    pub(super) title: String,
    /// What is shown.
    #[prost(message, optional, tag = "3")]
    pub(super) margin: Option<MarginChartContent>,
}

/// The lines of a chart.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MarginChartContent {
    /// Each with its band.
    #[prost(message, repeated, tag = "1")]
    pub(super) series: Vec<Series>,
}

/// `MarginChartContent.Series`: three tags.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Series {
    /// The line.
    #[prost(string, tag = "1")]
    pub(super) value: String,
    /// The band's lower end.
    #[prost(string, tag = "2")]
    pub(super) lower: String,
    /// Its upper end.
    #[prost(string, tag = "3")]
    pub(super) upper: String,
}
