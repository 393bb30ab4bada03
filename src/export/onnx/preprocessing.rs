//! From what the user gives to what the first layer takes: `(x / divisor − mean) / deviation`.

use super::builder::{Builder, Value, int};
use super::error::OnnxError;
use super::graph::{Element, Input};
use super::protobuf::{AttributeProto, FLOAT, UINT8};

/// Declares the input and adds the nodes behind it.
pub(super) fn add(builder: &mut Builder, input: &Input) -> Result<Value, OnnxError> {
    check_shape(&input.shape)?;
    if input.name.is_empty() {
        return Err(OnnxError::EmptyName { what: "the input" });
    }
    let element = match input.element {
        Element::F32 => FLOAT,
        Element::U8 => UINT8,
    };
    let mut value = builder.input(&input.name, &input.shape, element)?;
    if input.element == Element::U8 {
        let to = vec![int("to", i64::from(FLOAT))];
        value = add_step(builder, "Cast", &value, None, "cast", to)?;
    }
    let steps = &input.preprocessing;
    if let Some(divisor) = steps.divisor {
        check_divisors("preprocessing.divisor", &[divisor])?;
        if differs(&[divisor], 1.0) {
            let name = "preprocessing.divisor".to_owned();
            let operand = builder.initializer(name, &[], &[divisor])?;
            value = add_step(builder, "Div", &value, Some(&operand), "divided", vec![])?;
        }
    }
    check_length(&input.shape, "mean", &steps.mean)?;
    check_length(&input.shape, "deviation", &steps.deviation)?;
    check_divisors("preprocessing.deviation", &steps.deviation)?;
    let shape = group_shape(&input.shape);
    if differs(&steps.mean, 0.0) {
        let name = "preprocessing.mean".to_owned();
        let operand = builder.initializer(name, &shape, &steps.mean)?;
        value = add_step(builder, "Sub", &value, Some(&operand), "centred", vec![])?;
    }
    if differs(&steps.deviation, 1.0) {
        let name = "preprocessing.deviation".to_owned();
        let operand = builder.initializer(name, &shape, &steps.deviation)?;
        value = add_step(
            builder,
            "Div",
            &value,
            Some(&operand),
            "standardized",
            vec![],
        )?;
    }
    Ok(value)
}

/// A node with the previous value and perhaps a number to compute it with.
fn add_step(
    builder: &mut Builder,
    operator: &str,
    value: &Value,
    operand: Option<&str>,
    name: &str,
    attributes: Vec<AttributeProto>,
) -> Result<Value, OnnxError> {
    let mut inputs = vec![value.name.as_str()];
    inputs.extend(operand);
    let name = format!("preprocessing.{name}");
    builder.node(operator, &inputs, name, value.shape.clone(), attributes)
}

/// One number per channel must be broadcast over rows and columns.
fn group_shape(input: &[usize]) -> Vec<usize> {
    let groups = input.iter().take(1);
    groups
        .copied()
        .chain(input.iter().skip(1).map(|_| 1))
        .collect()
}

/// Whether these numbers would change a value; those that are not finite would, and are refused as initializers.
#[expect(clippy::float_cmp, reason = "only exactly this number changes nothing")]
fn differs(values: &[f32], neutral: f32) -> bool {
    values.iter().any(|&value| value != neutral)
}

fn check_shape(shape: &[usize]) -> Result<(), OnnxError> {
    let values = shape.iter().try_fold(1_i64, |product, &length| {
        product.checked_mul(i64::try_from(length).ok()?)
    });
    if matches!(shape.len(), 1 | 3) && values.is_some_and(|values| values > 0) {
        return Ok(());
    }
    Err(OnnxError::InputShape {
        shape: shape.to_vec(),
    })
}

fn check_length(input: &[usize], what: &'static str, values: &[f32]) -> Result<(), OnnxError> {
    let needed = input.first().copied().unwrap_or_default();
    if values.is_empty() || values.len() == needed {
        return Ok(());
    }
    Err(OnnxError::PreprocessingLength {
        what,
        found: values.len(),
        needed,
        groups: if input.len() == 1 {
            "features"
        } else {
            "channels"
        },
    })
}

fn check_divisors(name: &'static str, values: &[f32]) -> Result<(), OnnxError> {
    let invalid = values.iter().find(|v| !v.is_finite() || **v <= 0.0);
    invalid.map_or(Ok(()), |&value| Err(OnnxError::Divisor { name, value }))
}
