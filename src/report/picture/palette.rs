//! Fewer colours, for films: a byte for each pixel instead of three, which is a third of the time and of the file.

/// At most so many colours fit into a byte.
const MOST: usize = 256;

/// A palette of red, green and blue, and for each picture the number of the colour of each pixel.
pub(super) struct Indexed {
    pub(super) palette: Vec<u8>,
    pub(super) pictures: Vec<Vec<u8>>,
}

/// The same pictures, of three bytes a pixel, with colours that are alike made one: their mean, so that what is of one colour, as the
/// paper is, stays as it was. How much alike they have to be is as little as makes them fit.
pub(super) fn indexed(pictures: &[Vec<u8>]) -> Indexed {
    // With two bits a channel there are 64 groups at most.
    (2..=6)
        .rev()
        .find_map(|bits| grouped(pictures, bits))
        .unwrap_or(Indexed {
            palette: Vec::new(),
            pictures: Vec::new(),
        })
}

/// Colours with the same `bits` highest bits of every channel are one; nothing where there are too many.
fn grouped(pictures: &[Vec<u8>], bits: u32) -> Option<Indexed> {
    let group = |pixel: &[u8]| {
        let high = |channel: u8| usize::from(channel >> (8 - bits));
        (high(pixel[0]) << (2 * bits)) | (high(pixel[1]) << bits) | high(pixel[2])
    };
    let mut sums = vec![[0_u64; 4]; 1 << (3 * bits)];
    let mut groups = 0;
    for pixel in pictures.iter().flat_map(|picture| picture.chunks_exact(3)) {
        let [red, green, blue, count] = &mut sums[group(pixel)];
        groups += usize::from(*count == 0);
        if groups > MOST {
            return None;
        }
        *red += u64::from(pixel[0]);
        *green += u64::from(pixel[1]);
        *blue += u64::from(pixel[2]);
        *count += 1;
    }
    let mut palette = Vec::new();
    let numbers: Vec<u8> = sums
        .iter()
        .map(|&[red, green, blue, count]| {
            if count == 0 {
                return 0;
            }
            palette.extend([red, green, blue].map(|sum| ((sum + count / 2) / count) as u8));
            (palette.len() / 3 - 1) as u8
        })
        .collect();
    let picture = |picture: &Vec<u8>| {
        let pixels = picture.chunks_exact(3);
        pixels.map(|pixel| numbers[group(pixel)]).collect()
    };
    Some(Indexed {
        pictures: pictures.iter().map(picture).collect(),
        palette,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let picture = vec![255, 255, 255, 1, 2, 3, 255, 255, 255, 90, 80, 70];
        let found = indexed(std::slice::from_ref(&picture));
        let back: Vec<u8> = found.pictures[0]
            .iter()
            .flat_map(|&number| found.palette[3 * usize::from(number)..][..3].to_vec())
            .collect();
        assert_eq!(back, picture);
    }

    #[test]
    fn many_colours_become_their_neighbours() {
        let picture: Vec<u8> = (0..=255)
            .flat_map(|red| [0, 85, 170, 255].map(|green| [red, green, red / 2]))
            .flatten()
            .collect();
        let found = indexed(&[picture.clone(), vec![0; 9]]);
        assert!(found.palette.len() <= 3 * MOST && found.pictures.len() == 2);
        for (pixel, &number) in picture.chunks_exact(3).zip(&found.pictures[0]) {
            let color = &found.palette[3 * usize::from(number)..][..3];
            for (one, other) in pixel.iter().zip(color) {
                assert!(one.abs_diff(*other) < 32, "{pixel:?} {color:?}");
            }
        }
    }
}
