#![doc = include_str!("chapter.md")]
#![expect(
    clippy::many_single_char_names,
    reason = "mathematics keeps its own letters"
)]

pub mod array;
pub mod avg_pool;
pub mod batch_norm;
pub mod conv2d;
pub mod cross_entropy;
pub mod dense;
pub mod dropout;
pub mod dropout2d;
pub mod flatten;
pub mod gelu;
pub mod global_avg_pool;
pub mod layer_norm;
pub mod leaky_relu;
pub mod lecture;
pub mod max_pool;
pub mod mistakes;
pub mod mse;
pub mod network;
pub mod perceptron;
mod planted;
pub mod relu;
pub mod residual;
pub mod sigmoid;
pub mod tanh;

pub use array::Array;

/// The input of all figures of Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016), that print
/// numbers.
#[cfg(test)]
const GUIDE_INPUT: [f64; 25] = [
    3.0, 3.0, 2.0, 1.0, 0.0, //
    0.0, 0.0, 1.0, 3.0, 1.0, //
    3.0, 1.0, 2.0, 2.0, 3.0, //
    2.0, 0.0, 0.0, 2.0, 2.0, //
    2.0, 0.0, 0.0, 0.0, 1.0,
];

#[cfg(test)]
mod tests {
    /// A judge shares nothing with what it judges.
    #[test]
    fn no_file_here_mentions_the_framework() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/backprop");
        // Put together here, so that this file does not mention them either.
        let [name, rest] = [["bu", "rn"].concat(), ["crate", "::"].concat()];
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
            assert!(!text.contains(&name), "{}", path.display());
            assert!(!text.contains(&rest), "{}", path.display());
            files += 1;
        }
        assert!(files >= 26, "{files}");
    }
}
