//! That gradients are derivatives: every operation on every back end, in shapes that have bitten; random networks; and
//! that a wrong derivative is caught.
//!
//! These tests call the library, because a process per network would open the GPU's driver every time; what the program
//! says is tested in `gradients`.

use std::sync::OnceLock;

use arbtest::arbitrary::{Result as Drawn, Unstructured};
use brecha::backend::{self, Backend, BackendName};
use brecha::backprop::lecture::{self, Theta};
use brecha::backprop::mistakes::Mistake;
use brecha::backprop::{Array, network as hand};
use brecha::config;
use brecha::data::{Dataset, Split};
use brecha::gradients::by_hand::HandNetwork;
use brecha::gradients::{Check, GradientError, Precision, Question, Verdict, check};
use brecha::model::{Aim, Architecture, Moment, Network};
use tempfile::TempDir;

use super::program::{idx_images, idx_labels, repository};

/// A network and the data that it is for.
struct Case {
    name: String,
    architecture: Architecture,
    aim: Aim,
    dataset: Dataset,
}

impl Case {
    /// For grey images of `rows × columns` in three classes.
    fn images([rows, columns]: [u32; 2], layers: &str, loss: &str) -> Result<Self, String> {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("images"), idx_images(40, rows, columns)).unwrap();
        std::fs::write(path("labels"), idx_labels(40)).unwrap();
        let source = format!(
            "{{ idx = {{ images = '{}', labels = '{}' }} }}",
            path("images"),
            path("labels")
        );
        Self::new(
            &source,
            layers,
            loss,
            format!("{rows}×{columns}: {layers}, {loss}"),
        )
    }

    /// For points of the plane in two classes.
    fn points(layers: &str, loss: &str) -> Result<Self, String> {
        let source = "{ moons = { samples = 40, noise = 0.2 } }";
        Self::new(source, layers, loss, format!("points: {layers}, {loss}"))
    }

    /// A number is predicted.
    fn numbers(layers: &str) -> Result<Self, String> {
        let source = "{ sine = { samples = 200, noise = 0.5 } }";
        Self::new(source, layers, "mse", format!("numbers: {layers}"))
    }

    fn new(source: &str, layers: &str, loss: &str, name: String) -> Result<Self, String> {
        let text = format!(
            "[data]\nsource = {source}\n[model]\nlayers = [{layers}]\nloss = \"{loss}\"\n\
             [training]\nepochs = 1\nbatch-size = 2\noptimizer = {{ adam = {{}} }}"
        );
        let config = config::parse("case", &text, &[]).unwrap().config;
        let measured = config.evaluation.training_samples;
        let dataset = Dataset::load(&config.data, measured, 7).unwrap();
        let architecture = Architecture::new(&config.model, dataset.shape(), dataset.task())
            .map_err(|problem| problem.message)?;
        let aim = Aim::of(architecture.task);
        Ok(Self {
            name,
            architecture,
            aim,
            dataset,
        })
    }

    /// The same with these keys of `[training]`.
    fn aiming(self, training: &str) -> Self {
        let text = format!(
            "[data]\nsource = \"digits\"\n[model]\nlayers = [{{ dense = {{ units = 10 }} }}]\nloss = \"cross-entropy\"\n\
             [training]\nepochs = 1\nbatch-size = 2\noptimizer = {{ adam = {{}} }}\n{training}"
        );
        let config = config::parse("case", &text, &[]).unwrap().config;
        let counts = self.dataset.class_counts(Split::Train);
        let aim = Aim::new(&config.training, self.dataset.classes(), &counts);
        Self {
            name: format!("{}, {training}", self.name),
            aim: aim.unwrap_or_else(|problem| panic!("{}", problem.message)),
            ..self
        }
    }

    fn check(
        &self,
        backend: &Backend,
        precision: Precision,
        samples: usize,
        mistake: Option<Mistake>,
    ) -> Check {
        let seed = 7;
        // Biases are drawn too, so that none of them is 0.
        let scheme = Some(config::InitialWeightsConfig::FanInUniform);
        let mut network = Network::new(&self.architecture, scheme, seed, &backend.device);
        // A factor for each value: a normalisation.
        let mut parameters = network.parameters().unwrap();
        let normalised = parameters.iter().filter_map(|parameter| {
            let layer = parameter.name.strip_suffix(".weight")?;
            (parameter.shape.len() == 1).then(|| layer.to_owned())
        });
        let normalised: Vec<String> = normalised.collect();
        if !normalised.is_empty() {
            // Neither a factor of 1, nor a shift of 0, nor statistics of before the first step.
            let mut number = 0.0;
            for parameter in &mut parameters {
                let layer = parameter.name.rsplit_once('.').unwrap().0;
                if normalised.iter().any(|name| name == layer) {
                    for value in &mut parameter.values {
                        number += 1.0;
                        *value += 0.3 * f32::sin(number);
                    }
                }
            }
            network =
                Network::with_parameters(&self.architecture, &parameters, &backend.device).unwrap();
        }
        check(&Question {
            architecture: &self.architecture,
            network: &network,
            aim: &self.aim,
            dataset: &self.dataset,
            samples,
            seed,
            backend: backend.name,
            device: &backend.device,
            precision,
            differences: precision == Precision::F64 && mistake.is_none(),
            mistake,
        })
        .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    #[track_caller]
    fn agrees(&self, backend: &Backend, precision: Precision, samples: usize) {
        let check = self.check(backend, precision, samples, None);
        let on = format!("{} on {} in {precision:?}", self.name, backend.name);
        assert_eq!(check.samples, samples, "{on}");
        for row in &check.rows {
            let at = format!("{on}: {row:?}");
            assert_eq!(row.verdict, Verdict::Agrees, "{at}");
            // The hand derivation and the back end add the same few hundred products in another order: 10⁻¹⁴ and 10⁻⁵ of
            // them. One operation needs more than the 10⁻¹⁰ of the promise: ndarray's sigmoid, which goes through f32.
            let precision = check.judged_as;
            // A bias in front of a batch normalisation has no gradient: what is found there is rounding and nothing else.
            let vanishes = row.autodiff.by_hand.abs() < 1e-12;
            let most = if vanishes {
                row.autodiff.tolerance
            } else {
                precision.resolution()
            };
            assert!(row.autodiff.relative <= most, "{at}");
            assert_eq!(
                row.autodiff.entries,
                row.shape.iter().product::<usize>(),
                "{at}"
            );
            if let Some(differences) = &row.differences {
                assert!(differences.entries >= row.autodiff.entries.min(2), "{at}");
                assert!(differences.relative <= 1e-6, "{at}");
            }
        }
        let loss = (check.loss - check.backend_loss).abs() / check.loss;
        let most = if check.judged_as == Precision::F64 {
            1e-12
        } else {
            1e-5
        };
        assert!(
            loss <= most,
            "{on}: {} and {}",
            check.loss,
            check.backend_loss
        );
    }
}

/// Every operation, in the shapes in which back ends of this framework have been wrong: odd widths (7, 126), one sample,
/// steps of 2, images and windows that are not square, borders of both kinds, one channel, one unit, windows that overlap
/// or leave a rest.
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_operation() -> Vec<(Case, usize)> {
    let head = "\"flatten\", { dense = { units = 3 } }";
    let images = [
        (
            [7, 7],
            "{ conv2d = { filters = 1, kernel = 3 } }, \"tanh\"",
            4,
        ),
        (
            [7, 7],
            "{ conv2d = { filters = 5, kernel = 3, padding = \"same\" } }, \"relu\"",
            1,
        ),
        (
            [3, 126],
            "{ conv2d = { filters = 2, kernel = [2, 7], activation = \"sigmoid\" } }",
            2,
        ),
        (
            [5, 126],
            "{ conv2d = { filters = 3, kernel = 3, stride = 2, padding = \"same\" } }",
            2,
        ),
        (
            [9, 7],
            "{ conv2d = { filters = 4, kernel = [4, 2], stride = [1, 2], padding = \"same\" } }",
            3,
        ),
        (
            [8, 6],
            "{ conv2d = { filters = 3, kernel = 1, stride = 2 } }",
            1,
        ),
        (
            [6, 7],
            "{ conv2d = { filters = 3, kernel = 3 } }, { conv2d = { filters = 2, kernel = 2, activation = \"tanh\" } }",
            2,
        ),
        (
            [7, 9],
            "{ conv2d = { filters = 2, kernel = 2 } }, { max-pool = { size = 2 } }",
            3,
        ),
        (
            [7, 7],
            "{ conv2d = { filters = 2, kernel = 3, padding = \"same\", activation = \"relu\" } }, { max-pool = { size = 3, stride = 2 } }",
            2,
        ),
        (
            [9, 5],
            "{ max-pool = { size = [3, 1], stride = [1, 2] } }",
            1,
        ),
        (
            [7, 9],
            "{ conv2d = { filters = 2, kernel = 2 } }, { avg-pool = { size = 2 } }",
            3,
        ),
        (
            [7, 7],
            "{ avg-pool = { size = 3, stride = 2 } }, \"tanh\"",
            2,
        ),
        (
            [9, 5],
            "{ avg-pool = { size = [2, 3], stride = [3, 1] } }",
            1,
        ),
        (
            [6, 5],
            "{ conv2d = { filters = 3, kernel = 2 } }, { dropout = { rate = 0.4 } }, \"tanh\"",
            3,
        ),
        (
            [1, 7],
            "\"flatten\", { dense = { units = 126, activation = \"relu\" } }",
            4,
        ),
        (
            [1, 126],
            "\"flatten\", { dense = { units = 7, activation = \"tanh\" } }, { dropout = { rate = 0.5 } }",
            1,
        ),
        (
            [3, 3],
            "\"flatten\", { dense = { units = 1, activation = \"sigmoid\" } }",
            5,
        ),
        (
            [7, 5],
            "{ conv2d = { filters = 3, kernel = 3, activation = \"leaky-relu\" } }, { max-pool = { size = 2 } }, \"leaky-relu\"",
            3,
        ),
        (
            [5, 7],
            "\"gelu\", { conv2d = { filters = 3, kernel = 3, activation = \"gelu\" } }",
            3,
        ),
        (
            [7, 6],
            "{ conv2d = { filters = 5, kernel = 3, activation = \"relu\" } }, \"global-avg-pool\", \"tanh\"",
            3,
        ),
        (
            [7, 5],
            "{ conv2d = { filters = 3, kernel = 3 } }, { batch-norm = {} }, \"relu\", { max-pool = { size = 2 } }",
            4,
        ),
        (
            [6, 7],
            "{ conv2d = { filters = 2, kernel = 2, activation = \"relu\" } }, { batch-norm = { epsilon = 0.01 } }, { max-pool = { size = 2 } }",
            3,
        ),
        (
            [4, 7],
            "{ batch-norm = {} }, \"flatten\", { dense = { units = 7 } }, { batch-norm = {} }, \"tanh\", { dropout = { rate = 0.4 } }",
            5,
        ),
        (
            [5, 4],
            "{ conv2d = { filters = 3, kernel = 2 } }, { batch-norm = {} }, \"flatten\", { dense = { units = 7, activation = \"relu\" } }, { batch-norm = {} }",
            1,
        ),
        (
            [6, 5],
            "{ conv2d = { filters = 4, kernel = 2, activation = \"leaky-relu\" } }, { dropout2d = { rate = 0.5 } }, \"tanh\"",
            3,
        ),
        (
            [7, 9],
            "{ conv2d = { filters = 5, kernel = 3, activation = \"relu\" } }, { dropout2d = { rate = 0.4 } }, { max-pool = { size = 2 } }",
            2,
        ),
        (
            [1, 7],
            "\"flatten\", { dense = { units = 126, activation = \"gelu\" } }, { layer-norm = {} }",
            1,
        ),
        (
            [5, 5],
            "\"flatten\", { layer-norm = { epsilon = 0.01 } }, { dense = { units = 7 } }, { layer-norm = {} }, \"relu\"",
            4,
        ),
        // With the way around as it is, projected for the channels, and for the stride; two behind one another.
        (
            [7, 5],
            "{ residual = { filters = 1 } }, { max-pool = { size = 2 } }",
            4,
        ),
        (
            [6, 7],
            "{ conv2d = { filters = 2, kernel = 3, activation = \"relu\" } }, { residual = { filters = 3, kernel = [1, 3], activation = \"tanh\" } }",
            3,
        ),
        (
            // Two channels, because a kernel of one weight before a normalisation has no gradient but that of ε.
            [7, 6],
            "{ conv2d = { filters = 2, kernel = 2 } }, { residual = { filters = 3, stride = 2, activation = \"gelu\" } }, { residual = { filters = 3 } }, \"global-avg-pool\"",
            5,
        ),
        (
            [9, 4],
            "{ residual = { filters = 2, stride = [2, 1], normalize = false } }, { residual = { filters = 2, normalize = false, activation = \"leaky-relu\" } }",
            2,
        ),
    ];
    let mut cases = Vec::new();
    for (position, (sizes, layers, samples)) in images.into_iter().enumerate() {
        let loss = if position % 2 == 0 {
            "cross-entropy"
        } else {
            "mse"
        };
        let case = Case::images(sizes, &format!("{layers}, {head}"), loss).unwrap();
        cases.push((case, samples));
    }
    for (layers, loss) in [
        (
            "{ dense = { units = 2, activation = \"tanh\" } }, { dense = { units = 1, activation = \"tanh\" } }",
            "mse",
        ),
        ("\"sigmoid\", { dense = { units = 1 } }", "mse"),
        (
            "{ dense = { units = 7, activation = \"relu\" } }, { dense = { units = 2 } }",
            "cross-entropy",
        ),
    ] {
        cases.push((Case::points(layers, loss).unwrap(), 4));
    }
    for layers in [
        "{ dense = { units = 5, activation = \"tanh\" } }, { dense = { units = 1 } }",
        "{ dense = { units = 1 } }",
        "{ dense = { units = 6 } }, { batch-norm = {} }, \"relu\", { dense = { units = 1, activation = \"sigmoid\" } }",
    ] {
        cases.push((Case::numbers(layers).unwrap(), 4));
    }
    for training in [
        "label-smoothing = 0.3",
        "class-weights = { 0 = 2.5, 2 = 0.25 }",
        "label-smoothing = 0.1\nclass-weights = \"balanced\"",
    ] {
        let case = Case::images([4, 5], head, "cross-entropy").unwrap();
        cases.push((case.aiming(training), 5));
    }
    cases
}

fn cpu(name: &str) -> Backend {
    backend::open(&config::BackendConfig::Named(name.to_owned())).unwrap()
}

/// Opened once: drivers do not like it otherwise.
fn wgpu() -> Option<&'static Backend> {
    static WGPU: OnceLock<Option<Backend>> = OnceLock::new();
    let opened = WGPU.get_or_init(|| match BackendName::Wgpu.open() {
        Ok(backend) => Some(backend),
        Err(error) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "CI must have a device for wgpu: {error}"
            );
            println!("skipped: {error}");
            None
        }
    });
    opened.as_ref()
}

#[test]
fn every_operation_on_flex() {
    for (case, samples) in every_operation() {
        case.agrees(&cpu("flex"), Precision::F64, samples);
        case.agrees(&cpu("flex"), Precision::F32, samples);
    }
}

#[test]
fn every_operation_on_ndarray() {
    for (case, samples) in every_operation() {
        case.agrees(&cpu("ndarray"), Precision::F64, samples);
        case.agrees(&cpu("ndarray"), Precision::F32, samples);
    }
}

#[test]
fn every_operation_on_wgpu() {
    let Some(backend) = wgpu() else { return };
    for (case, samples) in every_operation() {
        case.agrees(backend, Precision::F32, samples);
    }
}

/// A small network, drawn layer by layer; what does not fit is left out again.
fn random_network(u: &mut Unstructured) -> Drawn<(Case, usize)> {
    let mut sizes = [u.int_in_range(2..=9)?, u.int_in_range(2..=9)?];
    let samples = u.int_in_range(1..=3)?;
    let loss = *u.choose(&["cross-entropy", "mse"])?;
    let images = u.ratio(2, 3)?;
    if !images {
        sizes = [1, u.int_in_range(1..=12)?];
    }
    let activation = |u: &mut Unstructured| -> Drawn<String> {
        let theta = *u.choose(&["", "tanh", "relu", "leaky-relu", "gelu", "sigmoid"])?;
        Ok(if theta.is_empty() {
            String::new()
        } else {
            format!(", activation = \"{theta}\"")
        })
    };
    let mut layers: Vec<String> = Vec::new();
    let fits = |layers: &[String], loss: &str| {
        let mut all = layers.to_vec();
        all.push("\"flatten\", { dense = { units = 3 } }".to_owned());
        Case::images(sizes, &all.join(", "), loss).ok()
    };
    for _ in 0..u.int_in_range(0..=4)? {
        let side = |u: &mut Unstructured| u.int_in_range(1..=3);
        let pair =
            |u: &mut Unstructured| -> Drawn<String> { Ok(format!("[{}, {}]", side(u)?, side(u)?)) };
        let layer = match u.int_in_range(0..=if images { 10 } else { 2 })? {
            0 => format!("{{ dropout = {{ rate = 0.{} }} }}", u.int_in_range(1..=6)?),
            1 => format!(
                "\"{}\"",
                u.choose(&["tanh", "relu", "leaky-relu", "gelu", "sigmoid"])?
            ),
            2 => "{ batch-norm = {} }".to_owned(),
            8 => format!(
                "{{ max-pool = {{ size = {}, stride = {} }} }}",
                pair(u)?,
                pair(u)?
            ),
            3 => format!(
                "{{ avg-pool = {{ size = {}, stride = {} }} }}",
                pair(u)?,
                pair(u)?
            ),
            4 => "\"global-avg-pool\"".to_owned(),
            10 => format!(
                "{{ residual = {{ filters = {}, kernel = {}, stride = {}, normalize = false{} }} }}",
                u.int_in_range(1..=3)?,
                u.choose(&["1", "3", "[3, 1]"])?,
                pair(u)?,
                activation(u)?
            ),
            9 => format!(
                "{{ dropout2d = {{ rate = 0.{} }} }}",
                u.int_in_range(1..=6)?
            ),
            _ => format!(
                "{{ conv2d = {{ filters = {}, kernel = {}, stride = {}, padding = \"{}\"{} }} }}",
                u.int_in_range(1..=4)?,
                pair(u)?,
                pair(u)?,
                u.choose(&["same", "valid"])?,
                activation(u)?
            ),
        };
        layers.push(layer);
        if fits(&layers, loss).is_none() {
            layers.pop();
        }
    }
    layers.push("\"flatten\"".to_owned());
    for _ in 0..u.int_in_range(0..=2)? {
        let (units, theta) = (u.int_in_range(1..=8)?, activation(u)?);
        layers.push(format!("{{ dense = {{ units = {units}{theta} }} }}"));
        // Over two values it gives ±1, whatever they are.
        if units > 2 && u.ratio(1, 3)? {
            layers.push("{ layer-norm = {} }".to_owned());
        }
    }
    let case = fits(&layers, loss).expect("what did not fit was taken out");
    Ok((case, samples))
}

#[test]
fn random_networks_on_the_cpu() {
    arbtest::arbtest(|u| {
        let (case, samples) = random_network(u)?;
        for name in ["flex", "ndarray"] {
            let check = case.check(&cpu(name), Precision::F64, samples, None);
            // A chain of pooling behind dropout may tie wherever the inputs lie: such rows say so, and are rare.
            let wrong = check.failing().collect::<Vec<_>>();
            assert!(
                wrong.is_empty(),
                "{} on {name}: {wrong:?} of {check:#?}",
                case.name
            );
        }
        Ok(())
    })
    .budget_ms(8_000);
}

/// The negative control: each mistake is caught in at least one network, in both precisions, and is never let through where it
/// makes a difference.
#[test]
fn every_planted_mistake_is_caught() {
    let flex = cpu("flex");
    let cases = every_operation();
    for precision in [Precision::F64, Precision::F32] {
        for mistake in Mistake::ALL {
            let mut caught = 0;
            for (case, samples) in &cases {
                let right = case.check(&flex, precision, *samples, None);
                let planted = case.check(&flex, precision, *samples, Some(mistake));
                if planted.failed() > 0 {
                    caught += 1;
                    continue;
                }
                let moved = |(a, b): (&brecha::gradients::Row, &brecha::gradients::Row)| {
                    (a.autodiff.relative - b.autodiff.relative).abs()
                };
                let moved = right
                    .rows
                    .iter()
                    .zip(&planted.rows)
                    .map(moved)
                    .fold(0.0, f64::max);
                // Not caught, so it may not have moved anything beyond what the precision can tell.
                let resolution = if precision == Precision::F64 {
                    1e-10
                } else {
                    2e-4
                };
                assert!(
                    moved < resolution,
                    "{mistake:?} moved {} by {moved}",
                    case.name
                );
            }
            assert!(caught > 0, "{mistake:?} was never caught in {precision:?}");
        }
    }
}

/// The whole training step: one hundred steps of batch gradient descent on XOR, by the lecture's code alone and by the burn
/// network with burn's optimizer, from the same first weights, in f64.
#[test]
fn the_lecture_trains_xor_as_burn_does() {
    use brecha::model::targets::Targets;
    use brecha::model::{Mode, Values};
    use brecha::training::optimizer;
    use burn::module::{Module, ModuleMapper, Param};
    use burn::optim::GradientsParams;
    use burn::tensor::{DType, Tensor, TensorData};

    struct InF64;
    impl ModuleMapper for InF64 {
        fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
            parameter.map(|tensor| tensor.cast(DType::F64))
        }
    }

    let path = repository().join("configs/xor-lecture.toml");
    let loaded = config::load(&path, &[]).unwrap();
    let config = loaded.config;
    let seed = config.seed.unwrap();
    let dataset = Dataset::load(&config.data, config.evaluation.training_samples, seed).unwrap();
    let architecture = Architecture::new(&config.model, dataset.shape(), dataset.task())
        .unwrap_or_else(|problem| panic!("{}", problem.message));
    let flex = cpu("flex");
    let network = Network::new(
        &architecture,
        config.model.initial_weights,
        seed,
        &flex.device,
    );

    let parameters = network.parameters().unwrap();
    let values = |at: usize| parameters[at].values.iter().copied().map(f64::from);
    let augmented = |weight: usize, rows: usize| {
        // The bias is row 0.
        let numbers: Vec<f64> = values(weight + 1).chain(values(weight)).collect();
        Array::new([rows + 1, numbers.len() / (rows + 1)], numbers)
    };
    let mut by_hand = lecture::Network {
        w: vec![augmented(0, 2), augmented(2, 2)],
        theta: Theta::Tanh,
    };
    let batch = dataset.batch(dataset.indices(Split::Train)).unwrap();
    let examples: Vec<lecture::Example> = batch
        .inputs
        .chunks(2)
        .zip(batch.targets.labels())
        .map(|(x, &label)| lecture::Example {
            x: x.iter().copied().map(f64::from).collect(),
            y: vec![if label == 0 { -1.0 } else { 1.0 }],
        })
        .collect();
    assert_eq!(examples.len(), 4);

    let device = flex.device.clone().autodiff();
    let mut network = network.map(&mut InF64).train();
    let mut optimizer = optimizer::build(&config.training.optimizer);
    let eta = optimizer::learning_rate(&config.training.optimizer);
    let inputs: Tensor<2> = Tensor::from_data(
        TensorData::new(batch.inputs.clone(), [4, 2]),
        (&device, DType::F64),
    );
    let targets: Targets = Aim::plain(2).targets(network.loss(), &batch.targets, &device);
    let moment = Moment {
        seed,
        epoch: 1,
        step: 1,
    };
    for step in 1..=100 {
        let expected = by_hand.batch_step(&examples, eta);
        let outputs = network.forward(Values::Vectors(inputs.clone()), Mode::Train(moment));
        let loss = network.loss().mean(outputs, targets.clone());
        let found = loss.clone().inner().into_scalar::<f64>();
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(eta, network, gradients);
        // Rounding, 10⁻¹⁶, grows from step to step by a factor near 1.
        assert!(
            (found - expected).abs() < 1e-10,
            "step {step}: {found} and {expected}"
        );
    }
    let last = by_hand.error_and_gradients(&examples).error;
    assert!(
        last < 0.99,
        "a hundred steps have learned something: {last}"
    );
}

#[test]
fn what_is_no_number_is_reported_and_not_compared() {
    let case = Case::points(
        "{ dense = { units = 2, activation = \"tanh\" } }, { dense = { units = 2 } }",
        "cross-entropy",
    )
    .unwrap();
    let flex = cpu("flex");
    let network = Network::new(&case.architecture, None, 1, &flex.device);
    let mut parameters = network.parameters().unwrap();
    parameters[2].values[3] = f32::NAN;
    let moment = Moment {
        seed: 1,
        epoch: 0,
        step: 0,
    };
    let error =
        HandNetwork::new(&case.architecture, &parameters, &case.aim, 1, moment).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the parameter `layers.1.weight` is NaN at [1, 1]: there is nothing to compare"
    );
    parameters.pop();
    let error =
        HandNetwork::new(&case.architecture, &parameters, &case.aim, 1, moment).unwrap_err();
    assert!(matches!(error, GradientError::NotFinite { .. }));
    parameters[2].values[3] = 0.0;
    let error =
        HandNetwork::new(&case.architecture, &parameters, &case.aim, 1, moment).unwrap_err();
    assert!(matches!(error, GradientError::Tensors { .. }), "{error}");
}

/// Ties and kinks everywhere: an image without noise would sit on them.
#[test]
fn inputs_keep_off_kinks_and_it_is_checked() {
    let layers = "{ conv2d = { filters = 4, kernel = 3, padding = \"same\", activation = \"relu\" } }, { max-pool = { size = 2 } }, \
                  \"flatten\", { dense = { units = 3 } }";
    let case = Case::images([8, 8], layers, "cross-entropy").unwrap();
    let check = case.check(&cpu("flex"), Precision::F32, 4, None);
    assert!(check.noise);
    // Sixteen roundings of f32.
    assert!(
        check.clearance.unwrap() >= 16.0 * 2.0_f64.powi(-24),
        "{:?}",
        check.clearance
    );
    let smooth = Case::points("{ dense = { units = 2 } }", "cross-entropy").unwrap();
    let check = smooth.check(&cpu("flex"), Precision::F32, 4, None);
    assert!(!check.noise && check.clearance.is_none());
}

/// The layers of the hand-derived chain, as they are.
#[test]
fn the_chain_by_hand_has_the_layers_of_the_network() {
    let case = Case::images([6, 6], "{ conv2d = { filters = 2, kernel = 3, activation = \"relu\" } }, \"flatten\", { dense = { units = 3, activation = \"tanh\" } }", "mse").unwrap();
    let flex = cpu("flex");
    let parameters = Network::new(&case.architecture, None, 1, &flex.device)
        .parameters()
        .unwrap();
    let moment = Moment {
        seed: 1,
        epoch: 0,
        step: 0,
    };
    let chain = HandNetwork::new(&case.architecture, &parameters, &case.aim, 1, moment).unwrap();
    assert!(matches!(
        chain.network.layers.as_slice(),
        [
            hand::Layer::Conv2d { .. },
            hand::Layer::Relu,
            hand::Layer::Flatten,
            hand::Layer::Dense { .. },
            hand::Layer::Tanh
        ]
    ));
    assert_eq!(chain.written, [0, 0, 1, 2, 2]);
    let names: Vec<&str> = chain
        .tensors
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "layers.0.weight",
            "layers.0.bias",
            "layers.2.weight",
            "layers.2.bias",
            "input"
        ]
    );
}

/// A block is laid out one way after the other, and its tensors keep the names of its parts.
#[test]
fn the_chain_by_hand_goes_both_ways_through_a_block() {
    let layers = "\"relu\", { residual = { filters = 2, stride = 2 } }, \"global-avg-pool\", { dense = { units = 3 } }";
    let case = Case::images([6, 6], layers, "cross-entropy").unwrap();
    let parameters = Network::new(&case.architecture, None, 1, &cpu("flex").device)
        .parameters()
        .unwrap();
    let moment = Moment {
        seed: 1,
        epoch: 0,
        step: 0,
    };
    let chain = HandNetwork::new(&case.architecture, &parameters, &case.aim, 2, moment).unwrap();
    assert!(matches!(
        chain.network.layers.as_slice(),
        [
            hand::Layer::Relu,
            hand::Layer::Conv2d { .. },
            hand::Layer::BatchNorm { .. },
            hand::Layer::Relu,
            hand::Layer::Conv2d { .. },
            hand::Layer::BatchNorm { .. },
            hand::Layer::Skip { back: 5 },
            hand::Layer::Conv2d { .. },
            hand::Layer::BatchNorm { .. },
            hand::Layer::Sum { back: 3 },
            hand::Layer::Relu,
            hand::Layer::GlobalAvgPool,
            hand::Layer::Dense { .. },
        ]
    ));
    assert_eq!(chain.written, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3]);
    // What is used again further on must be there to start from.
    let starts: Vec<usize> = (0..13).map(|at| chain.network.start_of(at)).collect();
    assert_eq!(starts, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10, 11, 12]);
    let names: Vec<&str> = chain
        .tensors
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    let both = |part: &str| ["weight", "bias"].map(|name| format!("layers.1.{part}.{name}"));
    let mut expected = vec!["layers.1.conv1.weight".to_owned()];
    expected.extend(both("bn1"));
    expected.push("layers.1.conv2.weight".to_owned());
    expected.extend(both("bn2"));
    expected.push("layers.1.downsample.0.weight".to_owned());
    expected.extend(both("downsample.1"));
    expected.extend(["layers.3.weight", "layers.3.bias", "input"].map(str::to_owned));
    assert_eq!(names, expected);
}

/// What a user reads when a back end is wrong, which none of those at hand is.
#[test]
fn a_disagreement_says_what_where_and_what_to_do() {
    let case = Case::points(
        "{ dense = { units = 2, activation = \"tanh\" } }, { dense = { units = 2 } }",
        "cross-entropy",
    )
    .unwrap();
    let check = case.check(
        &cpu("flex"),
        Precision::F64,
        2,
        Some(Mistake::TanhForgotten),
    );
    let error = brecha::error::Error::from(check.verdict().unwrap_err());
    assert_eq!(error.exit_code() as i32, 1);
    let message = error.to_string();
    assert!(
        message.starts_with("the gradient of `layers.0."),
        "{message}"
    );
    assert!(
        message.contains(" on `flex` is not the derivative: at ["),
        "{message}"
    );
    assert!(message.ends_with("3 of 5 tensors disagree"), "{message}");
    assert!(error.hint().unwrap().contains("gradient-check=off"));
}
