//! The pictures as a whole: both formats exist, are well formed and small, and no input breaks them.

use std::sync::Arc;

use super::*;
use crate::data::{Expected, Target};
use crate::evaluation::plane::{Region, Separator};
use crate::report::picture::testing::{Checked, assert_is_drawn, decoded};
use crate::report::picture::{Drawing, PictureError};
use crate::report::style;

const REGION: Region = Region {
    x: (-1.0, 1.0),
    y: (-1.0, 1.0),
};

/// A field that is 0 on the diagonal.
fn moment(epoch: usize, side: usize) -> Moment {
    let value = |place: usize| {
        let (column, row) = (place % side, place / side);
        (column as f32 - (side - 1 - row) as f32) / side as f32
    };
    let field: Vec<f32> = (0..side * side).map(value).collect();
    Moment {
        epoch,
        plane: Plane {
            region: REGION,
            columns: side,
            rows: side,
            fields: vec![field.iter().map(|value| -value).collect(), field],
            separators: vec![
                Separator {
                    a: 1.0,
                    b: -1.0,
                    c: 0.0,
                },
                Separator {
                    a: 0.0,
                    b: 0.0,
                    c: 1.0,
                },
            ],
        },
        scores: (epoch > 0).then_some((0.975, Some(0.96))),
    }
}

fn scene() -> Scene {
    let points = |shift: f64| {
        let point = |number: u8| Point {
            place: (
                f64::from(number) / 10.0 - 1.0 + shift,
                f64::from(number * 7 % 20) / 10.0 - 1.0,
            ),
            expected: Expected::Class(number % 2),
        };
        (0..20).map(point).collect()
    };
    Scene {
        answers: Answers::Classes(vec!["<no>".to_owned(), "yes & \u{1}".to_owned()]),
        training: points(0.0),
        validation: points(0.03),
    }
}

#[test]
fn the_plane_is_drawn_in_both_formats() -> Checked {
    let picture = Boundary {
        title: "a & b".to_owned(),
        subtitle: "learned".to_owned(),
        scene: Arc::new(scene()),
        moment: moment(7, 60),
    };
    let document = picture.svg()?;
    assert_is_drawn(&document);
    assert!(document.contains("<image ") && document.contains("&lt;no&gt;"));
    // One of the two is nowhere 0.
    assert!(document.contains("1 line beyond the edge"));
    assert!(document.len() < 150_000, "{}", document.len());
    let (information, pixels) = decoded(&picture.png()?)?;
    assert_eq!((information.width, information.height), (1280, 1480));
    for color in [style::CLASSES[0].color, style::CLASSES[1].color] {
        let color = [color.0, color.1, color.2];
        assert!(pixels.chunks_exact(3).any(|pixel| pixel == color));
    }
    Ok(())
}

#[test]
fn a_film_has_a_row_for_every_four_planes() -> Checked {
    let scene = Arc::new(scene());
    let height = |count: usize| -> Result<u32, PictureError> {
        let panel = |epoch| Panel {
            // Values of a swept key can be long, and of any characters.
            heading: format!("layers = <{}\u{1}", "🦀 שלום ".repeat(40 * epoch)),
            scene: scene.clone(),
            moment: moment(epoch, 20),
        };
        let film = Film {
            title: "xor".to_owned(),
            subtitle: String::new(),
            description: "What it says".to_owned(),
            panels: (0..count).map(panel).collect(),
        };
        let document = film.svg()?;
        assert_is_drawn(&document);
        assert!(document.contains("<title>What it says</title>"));
        assert_eq!(document.contains("layers = &lt;"), count > 0);
        Ok(decoded(&film.png()?).map_or(0, |(information, _)| information.height))
    };
    assert_eq!(height(4)?, height(1)?);
    assert!(height(5)? > height(4)?);
    height(0)?;
    Ok(())
}

#[test]
fn the_animation_has_a_picture_for_every_epoch() -> Checked {
    let moments: Vec<Moment> = (0..5).map(|epoch| moment(epoch, 20)).collect();
    let file = animation(&scene(), &moments)?;
    let decoder = png::Decoder::new(std::io::Cursor::new(&file[..])).read_info()?;
    let control = decoder.info().animation_control().ok_or("no animation")?;
    assert_eq!((control.num_frames, control.num_plays), (5, 0));
    assert!(animation(&scene(), &[])?.is_empty());
    Ok(())
}

#[test]
fn numbers_and_broken_answers_are_drawn_too() -> Checked {
    let mut numbers = scene();
    numbers.answers = Answers::Number(Target {
        name: "price".to_owned(),
        mean: 3.0,
        deviation: 2.0,
    });
    for point in &mut numbers.training {
        point.expected = Expected::Number(4.0);
    }
    let mut broken = moment(1, 10);
    broken.plane.fields = vec![vec![f32::NAN; 100]];
    broken.plane.separators[0].a = f64::NAN;
    for scene in [numbers, scene()] {
        let picture = Boundary {
            title: String::new(),
            subtitle: String::new(),
            scene: Arc::new(scene),
            moment: broken.clone(),
        };
        assert_is_drawn(&picture.svg()?);
        picture.png()?;
    }
    Ok(())
}
