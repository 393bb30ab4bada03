//! From an answer to a colour: that of the class, the lighter the less sure the network is; of a number, cividis.

use plotters::style::RGBColor;

use crate::evaluation::plane::Plane;
use crate::report::heat_maps::ramp;
use crate::report::picture::image::{Image, Manner};
use crate::report::style;

/// How much of a class's colour there is where the network is sure of it.
const DEEPEST: f64 = 0.45;

/// The plane as pixels, one for each place.
pub(super) fn image(plane: &Plane, is_number: bool) -> Image {
    let places = plane.columns * plane.rows;
    let pixels = (0..places).flat_map(|place| {
        let color = if is_number {
            number(plane.fields.first().map_or(f32::NAN, |field| field[place]))
        } else {
            class(plane.fields.iter().map(|field| field[place]))
        };
        [color.0, color.1, color.2]
    });
    Image {
        pixels: pixels.collect(),
        // A plane has some hundred places to a side.
        width: plane.columns as u32,
        height: plane.rows as u32,
        manner: Manner::Smooth,
    }
}

/// Of the class that is ahead, by how much it is.
fn class(leads: impl Iterator<Item = f32>) -> RGBColor {
    let best = leads.enumerate().filter(|(_, lead)| lead.is_finite());
    match best.max_by(|(_, one), (_, other)| one.total_cmp(other)) {
        Some((class, lead)) => {
            let share = DEEPEST * f64::from(lead.clamp(0.0, 1.0));
            style::tint(style::class(class).color, share)
        }
        None => style::MISSING,
    }
}

/// Of a standardised number: from two deviations below the mean to two above.
pub(super) fn number(value: f32) -> RGBColor {
    if value.is_finite() {
        ramp::color(f64::from(value) / 4.0 + 0.5)
    } else {
        style::MISSING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surer_the_darker() {
        let brightness = |lead: f32| {
            let RGBColor(red, green, blue) = class([-lead, lead].into_iter());
            u32::from(red) + u32::from(green) + u32::from(blue)
        };
        assert_eq!(class([0.0, 0.0].into_iter()), style::BACKGROUND);
        assert!(brightness(0.2) > brightness(0.6) && brightness(0.6) > brightness(1.0));
        assert_eq!(class([f32::NAN].into_iter()), style::MISSING);
        assert_eq!(number(f32::NAN), style::MISSING);
        assert_eq!(number(9.0), number(2.0));
    }
}
