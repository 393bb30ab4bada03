//! Networks that tell classes apart: which is taken for which, how well each is found, and whether probabilities can be trusted.

use super::Seen;
use super::writing::Named;
use crate::data::Expected;
use crate::evaluation::confusion::Confusion;
use crate::evaluation::reliability::Reliability;
use crate::report::classes::Classes;
use crate::report::confusion::ConfusionMatrix;
use crate::report::reliability::ReliabilityDiagram;

impl Seen<'_> {
    /// Of the split that was judged; none where numbers are predicted, or nothing was held out.
    pub(super) fn pictures_of_classes(&self, title: &str) -> Vec<Named> {
        let names = self.plan.dataset.classes();
        let Some(judged) = self.judged().filter(|_| !names.is_empty()) else {
            return Vec::new();
        };
        let pairs =
            judged
                .predictions
                .iter()
                .filter_map(|said| match (said.expected, said.predicted) {
                    (Expected::Class(actual), Expected::Class(predicted)) => {
                        Some((actual, predicted))
                    }
                    _ => None,
                });
        let confusion = Confusion::new(names.len(), pairs);
        let classes = confusion.classes(names);
        let mut pictures = [
            Named::both(
                "confusion.svg",
                "confusion.png",
                ConfusionMatrix {
                    title: title.to_owned(),
                    split: judged.name,
                    names: names.to_vec(),
                    confusion,
                },
            ),
            Named::both(
                "classes.svg",
                "classes.png",
                Classes {
                    title: title.to_owned(),
                    split: judged.name,
                    classes,
                },
            ),
        ]
        .concat();
        let samples = judged.predictions.iter();
        let probabilities = samples.filter_map(|said| Some((said.probability?, said.is_right())));
        if let Some(reliability) = Reliability::of(probabilities) {
            pictures.extend(Named::both(
                "reliability.svg",
                "reliability.png",
                ReliabilityDiagram {
                    title: title.to_owned(),
                    split: judged.name,
                    reliability,
                },
            ));
        }
        pictures
    }
}
