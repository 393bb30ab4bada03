//! Images in different splits that are nearly the same: brightened, re-encoded, one pixel changed.
//!
//! A [perceptual hash](super::perceptual_hash) proposes: hashes within [`MAXIMUM_DISTANCE`] bits are candidates.
//! The pixels confirm: a [`Picture::similarity`] of [`MINIMUM_SIMILARITY`].
//!
//! # Measured
//!
//! On Fashion-MNIST: 70,000 images, whose 2.4 · 10⁹ pairs were also compared pixel by pixel, without the hash.
//!
//! - **The bar.** A plain correlation of 0.999 admits 42 pairs, 0.998 49, 0.997 70, 0.995 91, 0.990 499. Below 0.995
//!   each thousandth brings one and a half times to twice as many as the one above: plain trousers and other look-alikes.
//!   Above 0.998 hardly anything is there by chance.
//! - **False positives.** The similarity admits 55 pairs, and the hash proposes each. Looked at one by one, all show the
//!   same cut, and 7 of them (13 %, 95 % interval 6 to 24 %) another print on it; none has two labels. That is three
//!   wrong pairs in 10⁹, or about one image among 10,000 test images. The 1,797 digits of 8 × 8 have no pair at all.
//! - **Recall**, per cent of changed copies of 2,000 images that are found among all 70,000, always with their origin
//!   (in brackets the digits, counting those that rounding to 17 greys left unchanged): contrast ±5 % 100 (100);
//!   brightness +5 % 100 (100), −5 % 87 (97), because it clips dark grey to black; noise of 1 % 99 (100), 2 % 77 (98),
//!   4 % 0 (1); JPEG of quality 95 100 (100), 90 95 (100), 75 27 (0); one pixel with a random value 99 (78), inverted
//!   96 (46), three inverted 15 (1).
//! - **Not found**: shifts by a pixel, mirror images, crops. At this size a shift changes more than another shirt does.
//! - **The hash.** Of the 55 pairs 54 lie within 6 bits, and one at 8. Within 8, this hash proposes 2.8 million pairs; a gradient
//!   hash proposed 19 million and a block hash 440 million: a black background decides half of its bits.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::thread;

use super::candidates::Candidates;
#[cfg(doc)]
use super::candidates::MAXIMUM_DISTANCE;
use super::exact::{Groups, TEST, TRAIN, VALIDATION};
use super::perceptual_hash::PerceptualHash;
use super::similarity::Picture;
use super::{Across, Found, NearDuplicates, NearPair, Shape, Stored, Unreadable, Values};

/// From here on two images are near duplicates.
const MINIMUM_SIMILARITY: f64 = 0.998;

/// Images with fewer rows or columns are not compared: with so few pixels, strangers correlate.
const SMALLEST_SIDE: usize = 8;

/// Images with more rows or columns are not compared: in single precision, sums over more of them lose the frequencies of a hash.
const LARGEST_SIDE: usize = 1 << 14;

/// As many candidates are compared pixel by pixel for one image. No image of Fashion-MNIST has that many; the bound keeps
/// a film, whose frames all resemble each other, from taking time that grows with the square of its length.
const MOST_COMPARISONS: usize = 2048;

/// The most similar image found in an earlier split.
#[derive(Clone, Copy)]
pub(super) struct Partner {
    group: u32,
    distance: u32,
    similarity: f64,
}

/// The partners of each group, in training and in validation; empty if nothing was searched.
pub(super) struct Near {
    partners: Vec<[Option<Partner>; 2]>,
    incomplete: usize,
}

/// What is known of an image before it is compared.
struct Portrait {
    /// The first sample with this image.
    sample: u32,
    hash: u64,
    picture: Picture,
}

/// All images, as bytes.
enum Pixels<'a> {
    Here(Cow<'a, [u8]>),
    Stored(&'a dyn Stored),
}

/// Looks for the most similar image in each earlier split, unless the same image stands there.
pub(super) fn find(shape: Shape, values: Values<'_>, groups: &Groups) -> Result<Near, Unreadable> {
    let Shape::Image { height, width, .. } = shape else {
        return Ok(Near::nothing());
    };
    let side = SMALLEST_SIDE..=LARGEST_SIDE;
    if !side.contains(&height) || !side.contains(&width) || shape.is_empty() {
        return Ok(Near::nothing());
    }
    let pixels = Pixels::new(values);
    let length = shape.len();
    let hash = PerceptualHash::new(height, width);
    let portraits = in_parallel(&groups.first, |first, buffer, _| {
        let Some(sample) = first.iter().flatten().copied().next() else {
            return Ok(None);
        };
        let values = pixels.sample(sample, length, buffer)?;
        Ok(Picture::new(values).map(|picture| Portrait {
            sample,
            hash: hash.of(values),
            picture,
        }))
    })?;
    let earlier = [TRAIN, VALIDATION].map(|split| {
        let hashes: Vec<_> = (0_u32..)
            .zip(&portraits)
            .zip(&groups.first)
            .filter(|(_, first)| first[split].is_some())
            .filter_map(|((group, portrait), _)| Some((portrait.as_ref()?.hash, group)))
            .collect();
        Candidates::new(&hashes)
    });
    // Held-out images are looked up in training, test images in validation as well.
    let queries: Vec<usize> = (0..groups.first.len())
        .filter(|&group| {
            let [_, validation, test] = groups.first[group];
            validation.is_some() || test.is_some()
        })
        .collect();
    let searches = in_parallel(&queries, |&group, buffer, other| {
        let mut searches = [Search::default(); 2];
        let Some(portrait) = &portraits[group] else {
            return Ok(searches);
        };
        for split in [TRAIN, VALIDATION] {
            if groups.first[group][split].is_none() {
                let gallery = Gallery {
                    portraits: &portraits,
                    candidates: &earlier[split],
                    pixels: &pixels,
                    length,
                };
                searches[split] = gallery.most_similar(portrait, buffer, other)?;
            }
        }
        Ok(searches)
    })?;
    let mut near = Near {
        partners: vec![[None; 2]; groups.first.len()],
        incomplete: 0,
    };
    for (group, searches) in queries.into_iter().zip(searches) {
        near.incomplete += usize::from(searches.iter().any(|search| search.cut_short));
        near.partners[group] = searches.map(|search| search.best);
    }
    Ok(near)
}

/// What became of looking up one image in one split.
#[derive(Clone, Copy, Default)]
struct Search {
    best: Option<Partner>,
    compared: usize,
    cut_short: bool,
}

/// The images of one split, ready to be searched.
struct Gallery<'a> {
    portraits: &'a [Option<Portrait>],
    candidates: &'a Candidates,
    pixels: &'a Pixels<'a>,
    /// Of one image.
    length: usize,
}

impl Gallery<'_> {
    /// The most similar near duplicate among the candidates. The image and each that it is compared with are only read once
    /// there is something to compare.
    fn most_similar(
        &self,
        portrait: &Portrait,
        buffer: &mut Vec<u8>,
        other_buffer: &mut Vec<u8>,
    ) -> Result<Search, Unreadable> {
        let mut search = Search::default();
        let mut failure = None;
        let mut values = None;
        let buffer = &mut Some(buffer);
        self.candidates.near(portrait.hash, |group, distance| {
            let Some(other) = &self.portraits[group as usize] else {
                return true;
            };
            if search.compared == MOST_COMPARISONS {
                search.cut_short = true;
                return false;
            }
            search.compared += 1;
            let mut compare = || -> Result<f64, Unreadable> {
                if let Some(buffer) = buffer.take() {
                    values = Some(self.pixels.sample(portrait.sample, self.length, buffer)?);
                }
                let others = self
                    .pixels
                    .sample(other.sample, self.length, other_buffer)?;
                Ok(portrait
                    .picture
                    .similarity(values.unwrap_or(&[]), &other.picture, others))
            };
            let similarity = match compare() {
                Ok(similarity) => similarity,
                Err(error) => {
                    failure = Some(error);
                    return false;
                }
            };
            let better = search.best.is_none_or(|best| similarity > best.similarity);
            if better && similarity >= MINIMUM_SIMILARITY {
                search.best = Some(Partner {
                    group,
                    distance,
                    similarity,
                });
            }
            true
        });
        failure.map_or(Ok(search), Err)
    }
}

impl Near {
    fn nothing() -> Self {
        Self {
            partners: Vec::new(),
            incomplete: 0,
        }
    }

    /// The near duplicate of a group in an earlier split.
    pub(super) fn partner(&self, group: usize, split: usize) -> Option<Partner> {
        *self.partners.get(group)?.get(split)?
    }

    /// The pairs, unsorted.
    pub(super) fn duplicates(&self, groups: &Groups) -> NearDuplicates {
        let between = |earlier: usize, split: usize| {
            let mut found = Found::default();
            for (group, first) in groups.first.iter().enumerate() {
                if let Some(second) = first[split]
                    && let Some(partner) = self.partner(group, earlier)
                    && let Some(first) = groups.first[partner.group as usize][earlier]
                {
                    found.add(NearPair {
                        first,
                        second,
                        distance: partner.distance,
                        similarity: partner.similarity.min(1.0),
                    });
                }
            }
            found
        };
        NearDuplicates {
            searched: !self.partners.is_empty(),
            incomplete: self.incomplete,
            across: Across {
                train_validation: between(TRAIN, VALIDATION),
                train_test: between(TRAIN, TEST),
                validation_test: between(VALIDATION, TEST),
            },
        }
    }
}

impl<'a> Pixels<'a> {
    /// Images of floating-point numbers become bytes, darkest 0 and brightest 255 over the whole data set.
    fn new(values: Values<'a>) -> Self {
        match values {
            Values::Bytes(values) => Self::Here(Cow::Borrowed(values)),
            Values::Stored(values) => Self::Stored(values),
            Values::Floats(values) => {
                let finite = values.iter().copied().filter(|value| value.is_finite());
                let (darkest, brightest) = finite
                    .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                        (low.min(value), high.max(value))
                    });
                // In double precision, because the range of single precision may exceed single precision.
                let darkest = f64::from(darkest);
                let step = (f64::from(brightest) - darkest) / 255.0;
                // A conversion to an integer saturates, and makes 0 of what is not a number.
                let byte = |&value: &f32| ((f64::from(value) - darkest) / step + 0.5) as u8;
                Self::Here(Cow::Owned(values.iter().map(byte).collect()))
            }
        }
    }

    /// The image of a sample, of `length` pixels; a stored one is read into `buffer`.
    fn sample<'b>(
        &'b self,
        index: u32,
        length: usize,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], Unreadable> {
        let start = index as usize * length;
        match self {
            Self::Here(pixels) => Ok(&pixels[start..start + length]),
            Self::Stored(pixels) => {
                buffer.resize(length, 0);
                pixels.read(start, buffer)?;
                Ok(buffer)
            }
        }
    }
}

/// What `work` makes of each item, in the order of the items, on all processors; each has two buffers for what is read.
fn in_parallel<Item: Sync, Answer: Send>(
    items: &[Item],
    work: impl Fn(&Item, &mut Vec<u8>, &mut Vec<u8>) -> Result<Answer, Unreadable> + Sync,
) -> Result<Vec<Answer>, Unreadable> {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = items.len().div_ceil(processors).max(1);
    let work = |items: &[Item]| {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let answers = items.iter().map(|item| work(item, &mut one, &mut other));
        answers.collect::<Result<Vec<_>, _>>()
    };
    let work = &work;
    thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(share)
            .map(|items| scope.spawn(move || work(items)))
            .collect();
        let mut all = Vec::with_capacity(items.len());
        for worker in workers {
            match worker.join() {
                Ok(answers) => all.extend(answers?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}
