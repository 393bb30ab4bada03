//! What was done to the files before the numbers: enough to do the same to a new file, in the words of `model.json`.
//!
//! A [`Normalization`](super::normalization::Normalization) follows on what is described here.

use serde::{Deserialize, Serialize};

use crate::config::{FilterConfig, FitConfig};

/// How a sample of a file becomes the values of an input, before normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preparation {
    /// A row of a table.
    Table(TablePreparation),
    /// A picture.
    Image(ImagePreparation),
}

/// How a row becomes a vector: feature after feature, a category as one value per text, 1 where it is this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TablePreparation {
    /// The name of the column of the classes, or of the numbers to be predicted.
    pub label: String,
    /// The columns of the inputs, in the order of the vector.
    pub features: Vec<Feature>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// One value.
    Number {
        /// Of the column.
        name: String,
        /// What stands in for a missing number: the mean of the training split. `None` where missing values are refused.
        missing: Option<f32>,
    },
    /// One value per text.
    Category {
        /// Of the column.
        name: String,
        /// The texts, sorted.
        categories: Vec<String>,
        /// What stands in for a missing text: the most frequent of the training split. `None` where they are refused.
        missing: Option<String>,
    },
}

impl Feature {
    /// The name of the column.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Number { name, .. } | Self::Category { name, .. } => name,
        }
    }

    /// How many values it has in the vector.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Number { .. } => 1,
            Self::Category { categories, .. } => categories.len(),
        }
    }
}

impl TablePreparation {
    /// One name per value of the vector: that of the column, or `column=text`.
    #[must_use]
    pub fn value_names(&self) -> Vec<String> {
        let names = self.features.iter().flat_map(|feature| match feature {
            Feature::Number { name, .. } => vec![name.clone()],
            Feature::Category {
                name, categories, ..
            } => categories
                .iter()
                .map(|text| format!("{name}={text}"))
                .collect(),
        });
        names.collect()
    }
}

/// How a picture becomes channels of bytes. Its orientation is applied before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImagePreparation {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// How other sizes are scaled; `None` where they are refused.
    pub resize: Option<ImageScaling>,
}

/// How a picture of another size is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageScaling {
    /// What happens to other proportions.
    pub fit: FitConfig,
    /// How pixels are combined.
    pub filter: FilterConfig,
}
