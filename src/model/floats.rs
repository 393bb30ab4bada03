//! The numbers of a tensor, on the host.

use burn::tensor::TensorData;

/// In f32, whatever they were kept in. burn's iterator asks for each one through a pointer; where they are f32 they are copied at once.
#[must_use]
pub fn floats(data: &TensorData) -> Vec<f32> {
    match data.as_slice::<f32>() {
        Ok(values) => values.to_vec(),
        Err(_) => data.iter::<f32>().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_precision_is_taken_as_f32() {
        let values = vec![1.5_f32, -0.0, 3.25];
        let data = TensorData::new(values.clone(), [3]);
        let same = |data: &TensorData| {
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            bits(&floats(data)) == bits(&values)
        };
        assert!(same(&data));
        assert!(same(&data.convert::<f64>()));
    }
}
