//! Galleries as a whole: both formats, any size of image, any words.

use super::*;
use crate::report::picture::Drawing;
use crate::report::picture::testing::{Checked, assert_is_drawn, assert_is_xml, decoded};

fn tile(image: Shown, captions: &[&str]) -> Tile {
    Tile {
        images: vec![image.clone(), image],
        captions: captions.iter().map(|&caption| caption.to_owned()).collect(),
        is_first_apart: true,
    }
}

fn gallery(captions: Captions, tiles: Vec<Tile>) -> Gallery {
    Gallery {
        name: "Mistakes".to_owned(),
        title: "a & <b>".to_owned(),
        subtitle: "one sentence".to_owned(),
        blocks: vec![Block {
            heading: "Layer 1".to_owned(),
            note: "quieter".to_owned(),
            side: 84.0,
            captions,
            tiles,
        }],
        scale: Some(Scale {
            labels: ["−1", "0", "1"].map(str::to_owned),
            meaning: "weight".to_owned(),
        }),
    }
}

#[test]
fn any_image_is_drawn_with_any_words_in_both_formats() -> Checked {
    let long = "w".repeat(300);
    let words = ["<script>", "\u{0}🦀 שלום", "", &long];
    for shape in [
        [1, 28, 28],
        [3, 1, 1],
        [1, 1, 900],
        [4, 900, 1],
        [3, 300, 200],
    ] {
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|n| n as f32 / 500.0)
            .collect();
        for captions in [Captions::None, Captions::Below(100.0), Captions::Beside] {
            let tiles = vec![tile(Shown::photograph(shape, &values), &words); 13];
            let gallery = gallery(captions, tiles);
            let document = gallery.svg()?;
            assert_is_xml(&document);
            assert_is_drawn(&document);
            assert!(!document.contains("<script"));
            assert!(document.contains("<image "));
            if shape == [1, 28, 28] {
                let (width, height) = gallery.size();
                let (information, _) = decoded(&gallery.png()?)?;
                assert_eq!(
                    (information.width, information.height),
                    (2 * width, 2 * height)
                );
            }
        }
    }
    Ok(())
}

#[test]
fn nothing_is_said_in_words() -> Checked {
    let gallery = gallery(Captions::None, Vec::new());
    assert!(gallery.svg()?.contains("nothing to show"));
    gallery.png()?;
    Ok(())
}

#[test]
fn large_images_are_reduced_by_their_means() {
    // 256 columns that are black and white in turn become grey, half as many.
    let values: Vec<f32> = (0..256).map(|n| (n % 2) as f32).collect();
    let shown = Shown::photograph([1, 1, 256], &values);
    assert_eq!(shown.size(), (128.0, 1.0));
    assert!(shown.image.pixels.iter().all(|&byte| byte == 128));
}

#[test]
fn numbers_become_the_colours_of_their_scale() {
    let pixels = |shown: Shown| shown.image.pixels;
    let map = pixels(Shown::map([1, 3], &[-1.0, 1.0, f32::NAN], (-1.0, 1.0)));
    assert_eq!(map[..3], [0, 32, 77]);
    assert_eq!(map[3..6], [255, 234, 70]);
    assert_eq!(map[6], style::MISSING.0);
    // A constant map has a colour too.
    assert_eq!(
        pixels(Shown::map([1, 1], &[2.0], (2.0, 2.0)))[..3],
        [0, 32, 77]
    );
    let red = pixels(Shown::weights([3, 1, 1], &[1.0, 0.0, -1.0], 1.0));
    assert_eq!(red, [255, 128, 0]);
    // Of two channels their mean, here 0: grey.
    let grey = pixels(Shown::weights([2, 1, 1], &[1.0, -1.0], 1.0));
    let spread = grey.iter().max().zip(grey.iter().min());
    assert!(
        spread.is_some_and(|(most, least)| most - least < 30),
        "{grey:?}"
    );
    pixels(Shown::weights([1, 1, 1], &[0.0], 0.0));
}
