//! A [`Checkpoint`] as bytes, bit for bit: three parts of a [`container`](super::container).
//!
//! `state` and `history` are CBOR (RFC 8949), which keeps every f64 as it is; `tensors` is a safetensors file, so that other programs
//! can look into it. There, `network/layers.0.weight` is a weight, `best/…` the same of the best epoch and `frame/3/…` of the fourth
//! network that was kept, `optimizer/0/momentum.moment_1` what the optimizer remembers of the first parameter, `losses/train` and
//! `losses/validation` the losses at the best epoch.

use std::collections::{BTreeMap, BTreeSet};

use burn_pack::Scalar;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use serde::{Deserialize, Serialize};

use super::container::{ContainerError, pack, unpack};
use super::{BestLosses, Checkpoint, Kept, Origin, Place};
use crate::model::network::Parameter;
use crate::training::history::EpochRecord;
use crate::training::running::Running;
use crate::training::update::{Memory, Moment};

/// Why bytes are no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file is not whole.
    #[error("{0}")]
    Container(#[from] ContainerError),
    /// The file is whole and a part of it is not what this program writes.
    #[error("its {part} cannot be read: {reason}")]
    Part {
        /// `state`, `history` or `tensors`.
        part: &'static str,
        /// As the decoder says it.
        reason: String,
    },
}

const STATE: &str = "state";
const HISTORY: &str = "history";
const TENSORS: &str = "tensors";

/// All but the history and the tensors.
#[derive(Serialize, Deserialize)]
struct State {
    origin: Origin,
    place: Place,
    running: Running,
    seconds: f64,
    /// Names of the parameters, in the order of the network.
    parameters: Vec<String>,
    /// Parameter by parameter.
    memories: Vec<Option<MemoryState>>,
    best: Option<usize>,
    /// The mean of the losses.
    best_loss: Option<f64>,
    frames: Vec<usize>,
}

/// A [`Memory`] without its tensors.
#[derive(Serialize, Deserialize)]
struct MemoryState {
    tensors: Vec<String>,
    scalars: BTreeMap<String, Number>,
}

/// A [`Scalar`].
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Number {
    Int(i64),
    UInt(u64),
    Float(f64),
    Bool(bool),
}

/// The file of a checkpoint.
///
/// # Errors
///
/// It cannot be encoded.
pub fn encode(origin: &Origin, checkpoint: &Checkpoint) -> Result<Vec<u8>, CheckpointError> {
    let names = |parameters: &[Parameter]| {
        let names = parameters.iter().map(|parameter| parameter.name.clone());
        names.collect()
    };
    let state = State {
        origin: origin.clone(),
        place: checkpoint.place,
        running: checkpoint.running.clone(),
        seconds: checkpoint.seconds,
        parameters: names(&checkpoint.network),
        memories: checkpoint
            .memories
            .iter()
            .map(|memory| memory.as_ref().map(MemoryState::of))
            .collect(),
        best: checkpoint.best.as_ref().map(|best| best.epoch),
        best_loss: checkpoint.best_losses.as_ref().map(|losses| losses.mean),
        frames: checkpoint.frames.iter().map(|frame| frame.epoch).collect(),
    };
    Ok(pack(&[
        (STATE, cbor(STATE, &state)?),
        (HISTORY, cbor(HISTORY, &checkpoint.history)?),
        (TENSORS, tensors(checkpoint)?),
    ]))
}

/// The checkpoint of a file, and of what run it is.
///
/// # Errors
///
/// The file is damaged, or was written by another program.
pub fn decode(file: &[u8]) -> Result<(Origin, Checkpoint), CheckpointError> {
    let parts = unpack(file)?;
    let part = |wanted: &'static str| {
        let found = parts.iter().find(|(name, _)| name == wanted);
        found
            .map(|(_, bytes)| *bytes)
            .ok_or(ContainerError::Missing(wanted))
    };
    let state: State = from_cbor(STATE, part(STATE)?)?;
    let history: Vec<EpochRecord> = from_cbor(HISTORY, part(HISTORY)?)?;
    check(&state)?;
    let bytes = part(TENSORS)?;
    let failed = |reason: String| CheckpointError::Part {
        part: TENSORS,
        reason,
    };
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| failed(error.to_string()))?;
    let tensors = Tensors(&tensors);
    let parameters = |prefix: &str| -> Result<Vec<Parameter>, CheckpointError> {
        let names = state.parameters.iter();
        names
            .map(|name| tensors.parameter(prefix, name))
            .collect::<Result<_, _>>()
            .map_err(failed)
    };
    let kept = |epoch: usize, prefix: &str| -> Result<Kept, CheckpointError> {
        Ok(Kept {
            epoch,
            parameters: parameters(prefix)?,
        })
    };
    let mut memories = Vec::with_capacity(state.memories.len());
    for (place, memory) in state.memories.iter().enumerate() {
        let memory = memory.as_ref().map(|memory| memory.read(place, tensors));
        memories.push(memory.transpose().map_err(failed)?);
    }
    let frames = state.frames.iter().enumerate();
    let checkpoint = Checkpoint {
        place: state.place,
        network: parameters("network")?,
        memories,
        history,
        best: match state.best {
            Some(epoch) => Some(kept(epoch, "best")?),
            None => None,
        },
        best_losses: match state.best_loss {
            Some(mean) => Some(BestLosses {
                mean,
                train: tensors.losses("losses/train").map_err(failed)?,
                validation: tensors.losses("losses/validation").map_err(failed)?,
            }),
            None => None,
        },
        frames: frames
            .map(|(index, &epoch)| kept(epoch, &format!("frame/{index}")))
            .collect::<Result<_, _>>()?,
        seconds: state.seconds,
        running: state.running,
    };
    match contradiction(&checkpoint) {
        None => Ok((state.origin, checkpoint)),
        Some(reason) => Err(CheckpointError::Part {
            part: STATE,
            reason,
        }),
    }
}

/// What does not go together, in a file with the right digests that another program has written: the loop counts on it.
fn contradiction(checkpoint: &Checkpoint) -> Option<String> {
    let Place { epochs, steps } = checkpoint.place;
    let history = checkpoint.history.iter().map(|record| record.epoch);
    let best = checkpoint.best.as_ref().map_or(epochs, |best| best.epoch);
    if !history.eq(1..=epochs) {
        let found = checkpoint.history.len();
        Some(format!(
            "it is behind {epochs} epochs, and has {found} others in its history"
        ))
    } else if checkpoint.running.steps != steps {
        let found = checkpoint.running.steps;
        Some(format!(
            "it is behind {steps} steps, and has counted {found}"
        ))
    } else if best > epochs {
        Some(format!(
            "its best epoch is {best}, and it is behind {epochs}"
        ))
    } else if !(checkpoint.seconds.is_finite() && checkpoint.seconds >= 0.0) {
        Some(format!("it has taken {} seconds", checkpoint.seconds))
    } else {
        None
    }
}

/// What every checkpoint has that was written by this program. Each tensor is named once, so that reading a file takes no more than a
/// small multiple of its size, whoever made it.
fn check(state: &State) -> Result<(), CheckpointError> {
    let failed = |reason: String| CheckpointError::Part {
        part: STATE,
        reason,
    };
    let mut names = BTreeSet::new();
    if let Some(twice) = state.parameters.iter().find(|name| !names.insert(*name)) {
        return Err(failed(format!("it names the parameter `{twice}` twice")));
    }
    let (parameters, memories) = (state.parameters.len(), state.memories.len());
    if memories > parameters {
        return Err(failed(format!(
            "the optimizer remembers {memories} parameters, and there are {parameters}"
        )));
    }
    Ok(())
}

fn cbor(part: &'static str, value: &impl Serialize) -> Result<Vec<u8>, CheckpointError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|error| CheckpointError::Part {
        part,
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

fn from_cbor<T: for<'de> Deserialize<'de>>(
    part: &'static str,
    mut bytes: &[u8],
) -> Result<T, CheckpointError> {
    let failed = |reason: String| CheckpointError::Part { part, reason };
    let value = ciborium::from_reader(&mut bytes).map_err(|error| failed(error.to_string()))?;
    if bytes.is_empty() {
        Ok(value)
    } else {
        Err(failed(format!("{} bytes are too many", bytes.len())))
    }
}

/// Name, type, shape and bytes.
type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

fn tensors(checkpoint: &Checkpoint) -> Result<Vec<u8>, CheckpointError> {
    let mut stored: Vec<Stored> = Vec::new();
    let mut store = |prefix: &str, parameters: &[Parameter]| {
        for Parameter {
            name,
            shape,
            values,
        } in parameters
        {
            stored.push(f32s(format!("{prefix}/{name}"), shape, values));
        }
    };
    store("network", &checkpoint.network);
    if let Some(best) = &checkpoint.best {
        store("best", &best.parameters);
    }
    for (index, frame) in checkpoint.frames.iter().enumerate() {
        store(&format!("frame/{index}"), &frame.parameters);
    }
    for (place, memory) in checkpoint.memories.iter().enumerate() {
        for (name, Moment { shape, values }) in memory.iter().flat_map(|memory| &memory.tensors) {
            stored.push(f32s(format!("optimizer/{place}/{name}"), shape, values));
        }
    }
    if let Some(losses) = &checkpoint.best_losses {
        for (name, losses) in [("train", &losses.train), ("validation", &losses.validation)] {
            let bytes = losses.iter().flat_map(|loss| loss.to_le_bytes()).collect();
            let name = format!("losses/{name}");
            stored.push((name, Dtype::F64, vec![losses.len()], bytes));
        }
    }
    let failed = |error: SafeTensorError| CheckpointError::Part {
        part: TENSORS,
        reason: error.to_string(),
    };
    let views = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>()
        .map_err(failed)?;
    safetensors::serialize(views, None).map_err(failed)
}

fn f32s(name: String, shape: &[usize], values: &[f32]) -> Stored {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    (name, Dtype::F32, shape.to_vec(), bytes.collect())
}

/// What was stored, with errors in words.
#[derive(Clone, Copy)]
struct Tensors<'a>(&'a SafeTensors<'a>);

impl<'a> Tensors<'a> {
    fn bytes(self, name: &str, dtype: Dtype) -> Result<(Vec<usize>, &'a [u8]), String> {
        let tensor = self
            .0
            .tensor(name)
            .map_err(|_| format!("there is no tensor `{name}`"))?;
        if tensor.dtype() != dtype {
            let found = tensor.dtype();
            return Err(format!("`{name}` holds {found:?}, not {dtype:?}"));
        }
        Ok((tensor.shape().to_vec(), tensor.data()))
    }

    fn f32s(self, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let (shape, bytes) = self.bytes(name, Dtype::F32)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let values = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
        Ok((shape, values.collect()))
    }

    fn parameter(self, prefix: &str, name: &str) -> Result<Parameter, String> {
        let (shape, values) = self.f32s(&format!("{prefix}/{name}"))?;
        Ok(Parameter {
            name: name.to_owned(),
            shape,
            values,
        })
    }

    fn losses(self, name: &str) -> Result<Vec<f64>, String> {
        let (_, bytes) = self.bytes(name, Dtype::F64)?;
        let (numbers, _) = bytes.as_chunks::<8>();
        Ok(numbers
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect())
    }
}

impl MemoryState {
    fn of(memory: &Memory) -> Self {
        let scalars = memory.scalars.iter();
        Self {
            tensors: memory.tensors.keys().cloned().collect(),
            scalars: scalars
                .map(|(name, &scalar)| (name.clone(), Number::of(scalar)))
                .collect(),
        }
    }

    fn read(&self, place: usize, tensors: Tensors) -> Result<Memory, String> {
        let mut moments = BTreeMap::new();
        for name in &self.tensors {
            let (shape, values) = tensors.f32s(&format!("optimizer/{place}/{name}"))?;
            moments.insert(name.clone(), Moment { shape, values });
        }
        let scalars = self.scalars.iter();
        Ok(Memory {
            tensors: moments,
            scalars: scalars
                .map(|(name, number)| (name.clone(), number.scalar()))
                .collect(),
        })
    }
}

impl Number {
    fn of(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Int(number) => Self::Int(number),
            Scalar::UInt(number) => Self::UInt(number),
            Scalar::Float(number) => Self::Float(number),
            Scalar::Bool(truth) => Self::Bool(truth),
        }
    }

    fn scalar(self) -> Scalar {
        match self {
            Self::Int(number) => Scalar::Int(number),
            Self::UInt(number) => Scalar::UInt(number),
            Self::Float(number) => Scalar::Float(number),
            Self::Bool(truth) => Scalar::Bool(truth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generalization::{LossChange, Measurement, Moments, Proportion, Score};
    use crate::training::histogram::Histogram;
    use crate::training::layer_norms::TensorNorms;

    fn parameter(name: &str, values: &[f32]) -> Parameter {
        Parameter {
            name: name.to_owned(),
            shape: vec![values.len(), 1],
            values: values.to_vec(),
        }
    }

    fn record(epoch: usize) -> EpochRecord {
        let moments = Moments {
            count: 7,
            mean: 0.1 + epoch as f64 / 3.0,
            variance: 1e-300,
            third: -f64::MIN_POSITIVE,
        };
        let measurement = Measurement {
            score: Score::Accuracy(Proportion {
                successes: 3,
                trials: 7,
            }),
            loss: moments,
        };
        EpochRecord {
            epoch,
            train: measurement,
            validation: Some(measurement),
            since_best: Some(LossChange {
                train: moments,
                validation: moments,
            }),
            running_loss: 0.3,
            running_accuracy: Some(2.0 / 3.0),
            gradient_norm: std::f64::consts::PI,
            layers: Some(vec![TensorNorms {
                tensor: "layers.0.weight".to_owned(),
                weight: 0.7,
                gradient: 0.0,
                histogram: Histogram::of(&[1.0, 2.0, 4.0]),
            }]),
            learning_rate: 1e-3,
            samples_per_second: 12_345.678,
            seconds: 1.25,
        }
    }

    /// Every part of a checkpoint, with numbers that are easily lost.
    pub(crate) fn checkpoint() -> (Origin, Checkpoint) {
        let network = vec![
            parameter("layers.0.weight", &[1.0, -0.0, f32::MIN_POSITIVE / 2.0]),
            parameter("layers.0.bias", &[f32::MAX]),
        ];
        let memory = Memory {
            tensors: BTreeMap::from([(
                "momentum.moment_1".to_owned(),
                Moment {
                    shape: vec![3, 1],
                    values: vec![1e-40, 2.0, 3.0],
                },
            )]),
            scalars: BTreeMap::from([
                ("time".to_owned(), Scalar::UInt(u64::MAX)),
                ("sign".to_owned(), Scalar::Int(i64::MIN)),
                ("rate".to_owned(), Scalar::Float(0.1)),
                ("first".to_owned(), Scalar::Bool(true)),
            ]),
        };
        let kept = |epoch| Kept {
            epoch,
            parameters: network.clone(),
        };
        let checkpoint = Checkpoint {
            place: Place {
                epochs: 2,
                steps: 5,
            },
            network: network.clone(),
            memories: vec![Some(memory), None],
            running: Running {
                samples: 50,
                steps: 5,
                loss: 0.1 + 0.2,
                correct: Some(33),
                gradient_norm: 1.0 / 3.0,
                learning_rate: 0.01,
                gradient_norms: Some(vec![0.1]),
                seconds: 0.5,
            },
            history: vec![record(1), record(2)],
            best: Some(kept(1)),
            best_losses: Some(BestLosses {
                mean: 0.5,
                train: vec![0.1, 1e-320],
                validation: vec![2.0 / 3.0],
            }),
            frames: vec![kept(0), kept(2)],
            seconds: 9.75,
        };
        let origin = Origin {
            configuration: "seed = 1\n".to_owned(),
            fingerprint: "ab".to_owned(),
            backend: "flex".to_owned(),
        };
        (origin, checkpoint)
    }

    #[test]
    fn what_is_encoded_is_decoded_bit_for_bit() {
        let (origin, checkpoint) = checkpoint();
        let file = encode(&origin, &checkpoint).unwrap();
        let (read_origin, read) = decode(&file).unwrap();
        assert_eq!(read_origin, origin);
        assert_eq!(read, checkpoint);
        // Equality takes 0 and −0 for the same, and knows no NaN; the bytes do not.
        assert_eq!(encode(&read_origin, &read).unwrap(), file);

        let mut diverging = checkpoint.clone();
        diverging.network[0].values[0] = f32::NAN;
        diverging.running.loss = f64::INFINITY;
        let file = encode(&origin, &diverging).unwrap();
        let (origin, read) = decode(&file).unwrap();
        assert_eq!(encode(&origin, &read).unwrap(), file);
    }

    #[test]
    fn a_checkpoint_at_the_beginning_has_hardly_anything() {
        let (origin, mut checkpoint) = checkpoint();
        checkpoint.place = Place::default();
        checkpoint.running.steps = 0;
        checkpoint.memories.clear();
        checkpoint.history.clear();
        checkpoint.frames.clear();
        checkpoint.best = None;
        checkpoint.best_losses = None;
        let file = encode(&origin, &checkpoint).unwrap();
        assert_eq!(decode(&file).unwrap().1, checkpoint);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let refused = |change: fn(&mut Checkpoint)| {
            let (origin, mut checkpoint) = checkpoint();
            change(&mut checkpoint);
            let file = encode(&origin, &checkpoint).unwrap();
            decode(&file).unwrap_err().to_string()
        };
        for (found, expected) in [
            (
                refused(|other| other.place.epochs = 1),
                "has 2 others in its history",
            ),
            (
                refused(|other| other.history[1].epoch = 9),
                "has 2 others in its history",
            ),
            (
                refused(|other| other.running.steps = 6),
                "is behind 5 steps, and has counted 6",
            ),
            (
                refused(|other| {
                    other.best = other.frames.pop().map(|kept| Kept { epoch: 3, ..kept });
                }),
                "its best epoch is 3",
            ),
            (
                refused(|other| other.seconds = f64::NAN),
                "it has taken NaN seconds",
            ),
        ] {
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn other_programs_can_read_the_tensors() {
        let (origin, checkpoint) = checkpoint();
        let file = encode(&origin, &checkpoint).unwrap();
        let parts = unpack(&file).unwrap();
        let (_, bytes) = parts.iter().find(|(name, _)| name == TENSORS).unwrap();
        let mut names: Vec<String> = SafeTensors::deserialize(bytes)
            .unwrap()
            .names()
            .into_iter()
            .map(ToOwned::to_owned)
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "best/layers.0.bias",
                "best/layers.0.weight",
                "frame/0/layers.0.bias",
                "frame/0/layers.0.weight",
                "frame/1/layers.0.bias",
                "frame/1/layers.0.weight",
                "losses/train",
                "losses/validation",
                "network/layers.0.bias",
                "network/layers.0.weight",
                "optimizer/0/momentum.moment_1",
            ]
        );
    }

    /// A name that comes a thousand times would have its tensor copied a thousand times.
    #[test]
    fn a_small_file_does_not_become_a_large_checkpoint() {
        let (origin, whole) = checkpoint();
        let said = |change: &dyn Fn(&mut Checkpoint)| {
            let mut changed = whole.clone();
            change(&mut changed);
            let file = encode(&origin, &changed).map_err(|error| error.to_string());
            file.and_then(|file| decode(&file).map(drop).map_err(|error| error.to_string()))
                .unwrap_err()
        };
        let mut names = vec!["a".to_owned(); 1000];
        names.push("b".to_owned());
        let file = encode(&origin, &whole).unwrap();
        let parts = unpack(&file).unwrap();
        let mut state: State = from_cbor(STATE, part_of(&parts, STATE)).unwrap();
        state.parameters = names;
        let parts: Vec<(&str, Vec<u8>)> = vec![
            (STATE, cbor(STATE, &state).unwrap()),
            (HISTORY, part_of(&parts, HISTORY).to_vec()),
            (TENSORS, part_of(&parts, TENSORS).to_vec()),
        ];
        let error = decode(&pack(&parts)).unwrap_err().to_string();
        assert!(error.contains("names the parameter `a` twice"), "{error}");
        let error = said(&|checkpoint| checkpoint.memories.push(None));
        assert!(error.contains("remembers 3 parameters"), "{error}");
    }

    /// The header byte by byte, and the body.
    #[test]
    fn any_byte_that_is_another_and_any_end_is_refused() {
        let (origin, checkpoint) = checkpoint();
        let mut file = encode(&origin, &checkpoint).unwrap();
        let mut draw = 1_u32;
        for place in 0..file.len() {
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let before = file[place];
            file[place] ^= ((draw >> 24) as u8).max(1);
            assert!(decode(&file).is_err(), "byte {place}");
            file[place] = before;
        }
        for length in 0..file.len() {
            assert!(decode(&file[..length]).is_err(), "{length} bytes");
        }
        assert!(decode(&file).is_ok());
    }

    fn part_of<'a>(parts: &[(String, &'a [u8])], wanted: &str) -> &'a [u8] {
        parts.iter().find(|(name, _)| name == wanted).unwrap().1
    }

    #[test]
    fn whole_files_of_other_programs_are_refused_in_words() {
        let (origin, checkpoint) = checkpoint();
        let file = encode(&origin, &checkpoint).unwrap();
        let parts = unpack(&file).unwrap();
        let with = |changed: &str, content: &[u8]| {
            let parts: Vec<(&str, Vec<u8>)> = parts
                .iter()
                .map(|(name, bytes)| {
                    let bytes = if name == changed { content } else { bytes };
                    (name.as_str(), bytes.to_vec())
                })
                .collect();
            decode(&pack(&parts)).unwrap_err().to_string()
        };
        assert_eq!(
            decode(&pack(&[])).unwrap_err().to_string(),
            "it has no part `state`"
        );
        assert!(with(STATE, b"").starts_with("its state cannot be read"));
        assert!(with(STATE, &[0xff; 40]).starts_with("its state cannot be read"));
        assert!(with(HISTORY, &[0x80, 0x00]).contains("1 bytes are too many"));
        assert!(with(TENSORS, &[0; 7]).starts_with("its tensors cannot be read"));
        let empty = safetensors::serialize(Vec::<(&str, TensorView)>::new(), None).unwrap();
        assert!(
            with(TENSORS, &empty).contains("there is no tensor `optimizer/0/momentum.moment_1`")
        );
    }
}
