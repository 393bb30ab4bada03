//! From bytes in every format to the bytes of the network's input.

use image::{GrayImage, ImageBuffer, Luma, LumaA, Rgb, RgbImage};

use super::*;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn target(height: u32, width: u32, channels: usize) -> Target {
    Target {
        height,
        width,
        channels,
        scaling: Some(ImageScaling {
            fit: FitConfig::Stretch,
            filter: FilterConfig::Triangle,
        }),
    }
}

fn values(bytes: &[u8], target: &Target) -> Vec<u8> {
    let mut output = vec![0; target.channels * (target.height * target.width) as usize];
    prepare(decode(bytes).unwrap().0, target, &mut output).unwrap();
    output
}

/// Red and blue above green and white.
fn colours() -> DynamicImage {
    let pixels = vec![255, 0, 0, 0, 0, 255, 0, 255, 0, 255, 255, 255];
    DynamicImage::ImageRgb8(RgbImage::from_raw(2, 2, pixels).unwrap())
}

const COLOURS: [u8; 12] = [255, 0, 0, 255, 0, 0, 255, 255, 0, 255, 0, 255];

#[test]
fn channel_by_channel_from_every_lossless_format() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Bmp,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let image = if format == ImageFormat::Gif {
            DynamicImage::ImageRgba8(colours().into_rgba8())
        } else {
            colours()
        };
        assert_eq!(
            values(&encoded(&image, format), &target(2, 2, 3)),
            COLOURS,
            "{format:?}"
        );
    }
}

#[test]
fn a_jpeg_keeps_its_colour_and_must_be_whole() {
    let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(16, 16, Rgb([200, 100, 50])));
    let bytes = encoded(&image, ImageFormat::Jpeg);
    let found = values(&bytes, &target(1, 1, 3));
    for (found, expected) in found.iter().zip([200_u8, 100, 50]) {
        assert!(found.abs_diff(expected) <= 3, "{found} {expected}");
    }
    for length in 0..bytes.len() {
        assert!(
            decode(&bytes[..length]).is_err(),
            "{length} of {}",
            bytes.len()
        );
    }
}

#[test]
fn grey_sixteen_bits_and_transparency() {
    let grey = DynamicImage::ImageLuma8(GrayImage::from_pixel(2, 1, Luma([77])));
    let png = encoded(&grey, ImageFormat::Png);
    assert_eq!(values(&png, &target(1, 2, 3)), [77; 6]);
    assert_eq!(values(&png, &target(1, 2, 1)), [77; 2]);

    let deep: ImageBuffer<Luma<u16>, Vec<u16>> =
        ImageBuffer::from_raw(3, 1, vec![0, 0x8080, 0xffff]).unwrap();
    let png = encoded(&DynamicImage::ImageLuma16(deep), ImageFormat::Png);
    assert_eq!(values(&png, &target(1, 3, 1)), [0, 128, 255]);

    let clear: ImageBuffer<LumaA<u8>, Vec<u8>> =
        ImageBuffer::from_raw(3, 1, vec![0, 0, 0, 255, 100, 128]).unwrap();
    let png = encoded(&DynamicImage::ImageLumaA8(clear), ImageFormat::Png);
    assert_eq!(values(&png, &target(1, 3, 1)), [255, 0, 177]);
}

#[test]
fn half_the_size_is_the_mean_and_cropping_keeps_the_middle() {
    let stripes = GrayImage::from_fn(8, 8, |x, _| Luma([if x % 2 == 0 { 0 } else { 200 }]));
    let png = encoded(&DynamicImage::ImageLuma8(stripes), ImageFormat::Png);
    let inner = values(&png, &target(4, 4, 1))[5];
    assert!(inner.abs_diff(100) <= 1, "{inner}");

    let wide = GrayImage::from_fn(6, 2, |x, _| {
        Luma([if (2..4).contains(&x) { 250 } else { 10 }])
    });
    let png = encoded(&DynamicImage::ImageLuma8(wide), ImageFormat::Png);
    let mut target = target(2, 2, 1);
    target.scaling = Some(ImageScaling {
        fit: FitConfig::Crop,
        filter: FilterConfig::Triangle,
    });
    assert_eq!(values(&png, &target), [250; 4]);
    target.scaling = None;
    let refused = prepare(decode(&png).unwrap().0, &target, &mut [0; 4]);
    assert_eq!(refused, Err(Fault::Size(6, 2)));
}

/// An EXIF block with orientation 6 (turn right), behind the start of a JPEG.
#[test]
fn the_orientation_of_a_camera_is_applied() {
    let image = GrayImage::from_fn(16, 8, |x, _| Luma([if x < 8 { 250 } else { 5 }]));
    let plain = encoded(&DynamicImage::ImageLuma8(image), ImageFormat::Jpeg);
    let exif: &[u8] = &[
        0xff, 0xe1, 0, 34, b'E', b'x', b'i', b'f', 0, 0, b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1,
        0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ];
    let turned = [&plain[..2], exif, &plain[2..]].concat();
    let (image, _) = decode(&turned).unwrap();
    assert_eq!((image.width(), image.height()), (8, 16));
    let found = values(&turned, &target(2, 1, 1));
    assert!(found[0] > 200 && found[1] < 60, "{found:?}");
}

/// Cyan 0, magenta 128, yellow 192, black 50, as Pillow writes it.
#[rustfmt::skip]
const CMYK_JPEG: [u8; 178] = [0xff, 0xd8, 0xff, 0xee, 0x00, 0x0e, 0x41, 0x64, 0x6f, 0x62, 0x65, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x03, 0x02, 0x02, 0x03, 0x02, 0x02, 0x03, 0x03, 0x03, 0x03, 0x04, 0x03, 0x03, 0x04, 0x05, 0x08, 0x05, 0x05, 0x04, 0x04, 0x05, 0x0a, 0x07, 0x07, 0x06, 0x08, 0x0c, 0x0a, 0x0c, 0x0c, 0x0b, 0x0a, 0x0b, 0x0b, 0x0d, 0x0e, 0x12, 0x10, 0x0d, 0x0e, 0x11, 0x0e, 0x0b, 0x0b, 0x10, 0x16, 0x10, 0x11, 0x13, 0x14, 0x15, 0x15, 0x15, 0x0c, 0x0f, 0x17, 0x18, 0x16, 0x14, 0x18, 0x12, 0x14, 0x15, 0x14, 0xff, 0xc0, 0x00, 0x14, 0x08, 0x00, 0x08, 0x00, 0x08, 0x04, 0x43, 0x11, 0x00, 0x4d, 0x11, 0x00, 0x59, 0x11, 0x00, 0x4b, 0x11, 0x00, 0xff, 0xc4, 0x00, 0x16, 0x00, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x02, 0x09, 0xff, 0xc4, 0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xda, 0x00, 0x0e, 0x04, 0x43, 0x00, 0x4d, 0x00, 0x59, 0x00, 0x4b, 0x00, 0x00, 0x3f, 0x00, 0xd5, 0x34, 0x0a, 0x46, 0x6b, 0xff, 0xd9];

#[test]
fn cmyk_becomes_rgb() {
    let found = values(&CMYK_JPEG, &target(1, 1, 3));
    // What Pillow makes of it.
    for (found, expected) in found.iter().zip([205_u8, 102, 51]) {
        assert!(found.abs_diff(expected) <= 4, "{found} {expected}");
    }
}

#[test]
fn what_is_no_whole_image_is_refused() {
    let png = encoded(&colours(), ImageFormat::Png);
    for length in 0..png.len() - 12 {
        assert!(decode(&png[..length]).is_err(), "{length} of {}", png.len());
    }
    let message = |bytes: &[u8]| match decode(bytes) {
        Err(Fault::Unusable(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(message(b""), "the file is empty");
    assert_eq!(
        message(b"hello"),
        "not an image: it begins with the bytes 68 65 6c 6c"
    );
    assert_eq!(message(b"II*\0\x08\0\0\0"), "the format TIFF is not read");
    // 50,000 × 50,000 pixels in the header of a PNG whose checksum is right.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\0\0\0\0".to_vec();
    let mut crc = flate2::Crc::new();
    crc.update(&bomb[12..29]);
    bomb.extend(crc.sum().to_be_bytes());
    bomb.extend(&png[33..]);
    assert!(
        message(&bomb).contains("2500000000 pixels, but at most"),
        "{}",
        message(&bomb)
    );
}

#[test]
fn no_bytes_panic() {
    let seeds: Vec<Vec<u8>> = [
        ImageFormat::Png,
        ImageFormat::Bmp,
        ImageFormat::WebP,
        ImageFormat::Jpeg,
    ]
    .map(|format| encoded(&colours(), format))
    .to_vec();
    arbtest::arbtest(|random| {
        let mut bytes = random.choose(&seeds)?.clone();
        for _ in 0..random.int_in_range(1..=8)? {
            let position = random.choose_index(bytes.len())?;
            bytes[position] = random.arbitrary()?;
        }
        if let Ok((image, _)) = decode(&bytes) {
            let _ = prepare(image, &target(2, 2, 3), &mut [0; 12]);
        }
        Ok(())
    })
    .budget_ms(1_000);
}
