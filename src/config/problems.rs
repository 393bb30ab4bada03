//! Ranges: what the schema's types allow but training cannot use, all of it at once.
//!
//! What needs the data or the shapes is not here but in the stages that know them.

mod augmentation;

use std::fmt::Debug;

use super::schema::{
    BatchSize, BlobsConfig, ClassWeightsConfig, CloudConfig, Config, CornersConfig, CsvConfig,
    EvaluationConfig, Extent, IdxConfig, ImageFolderConfig, LARGEST_SEED, LayerConfig, LionConfig,
    LossConfig, OptimizerConfig, PoolConfig, RmsPropConfig, ScheduleConfig, SgdConfig,
    SourceConfig, SplitConfig, TrainingConfig,
};

/// Something wrong with the value of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The dotted key: `training.epochs`, `model.layers.2.dropout.rate`.
    pub key: String,
    /// What is wrong, with the value found and the allowed range; a lower-case fragment without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Config {
    /// Every value that is out of its range.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut checks = Checks::default();
        if let Some(seed) = self.seed {
            checks.require(
                seed <= LARGEST_SEED,
                "seed",
                seed,
                &format!("at most {LARGEST_SEED}"),
            );
        }
        check_source(&self.data.source, &mut checks);
        check_split(&self.data.split, &mut checks);
        checks.positive("data.memory-limit", self.data.memory_limit);
        augmentation::check(self, &mut checks);
        if self.model.layers.is_empty() {
            checks.add(
                "model.layers",
                "`model.layers` is empty: a network needs at least 1 layer".to_owned(),
            );
            checks.hint("add, for example, `{ dense = { units = 1 } }`");
        }
        for (index, layer) in self.model.layers.iter().enumerate() {
            check_layer(layer, &format!("model.layers.{index}"), &mut checks);
        }
        check_training(&self.training, &mut checks);
        self.check_batch_norm(&mut checks);
        self.check_aim(&mut checks);
        if self.training.early_stopping.is_some() && self.data.split.validation == 0.0 {
            checks.add(
                "training.early-stopping",
                "`training.early-stopping` waits for the validation loss, and nothing validates"
                    .to_owned(),
            );
            checks.hint("hold samples out: `split = { validation = 0.2 }` in `[data]`");
        }
        let EvaluationConfig { batch_size, .. } = self.evaluation;
        checks.at_least(1, "evaluation.batch-size", batch_size);
        let tolerance = self.verdict.tolerance;
        let is_valid = tolerance > 0.0 && tolerance < 1.0;
        checks.require(
            is_valid,
            "verdict.tolerance",
            tolerance,
            "above 0 and below 1",
        );
        checks.0
    }

    /// One sample has no variance.
    fn check_batch_norm(&self, checks: &mut Checks) {
        let normalises = |layer: &LayerConfig| match layer {
            LayerConfig::BatchNorm(_) => Some(("batch-norm", "remove `batch-norm`")),
            LayerConfig::Residual(block) if block.normalize => {
                Some(("residual", "write `normalize = false`"))
            }
            _ => None,
        };
        let Some((name, instead)) = self.model.layers.iter().find_map(normalises) else {
            return;
        };
        for (key, is_one) in [
            (
                "training.batch-size",
                self.training.batch_size == BatchSize::Samples(1),
            ),
            (
                "data.split.training-samples",
                self.data.split.training_samples == Some(1),
            ),
        ] {
            if is_one {
                checks.add(
                    key,
                    format!(
                        "`{key}` is 1, but `{name}` takes mean and variance over a batch, and one sample has no variance"
                    ),
                );
                checks.hint(&format!("use 2 or more, better 16 or more, or {instead}"));
            }
        }
    }
}

impl Config {
    /// What only cross-entropy has a formula for.
    fn check_aim(&self, checks: &mut Checks) {
        if self.model.loss == LossConfig::CrossEntropy {
            return;
        }
        for (key, is_set) in [
            (
                "training.label-smoothing",
                self.training.label_smoothing > 0.0,
            ),
            (
                "training.class-weights",
                self.training.class_weights.is_some(),
            ),
        ] {
            if is_set {
                checks.add(
                    key,
                    format!(
                        "`{key}` is for the loss \"cross-entropy\", and `model.loss` is another one"
                    ),
                );
                checks.hint("write `loss = \"cross-entropy\"` in `[model]`, or remove this key");
            }
        }
    }
}

#[derive(Default)]
struct Checks(Vec<Problem>);

impl Checks {
    fn add(&mut self, key: &str, message: String) {
        self.0.push(Problem {
            key: key.to_owned(),
            message,
            hint: None,
        });
    }

    /// A hint to the problem that was added last.
    fn hint(&mut self, hint: &str) {
        if let Some(problem) = self.0.last_mut() {
            problem.hint = Some(hint.to_owned());
        }
    }

    fn require(&mut self, is_valid: bool, key: &str, found: impl Debug, range: &str) {
        if !is_valid {
            // Debug, because it writes 1e300 in five characters.
            self.add(key, format!("`{key}` must be {range}, found {found:?}"));
        }
    }

    fn at_least(&mut self, least: usize, key: &str, found: usize) {
        self.require(found >= least, key, found, &format!("at least {least}"));
    }

    fn positive(&mut self, key: &str, found: f64) {
        self.require(
            found.is_finite() && found > 0.0,
            key,
            found,
            "a finite number above 0",
        );
    }

    fn not_negative(&mut self, key: &str, found: f64) {
        self.require(
            found.is_finite() && found >= 0.0,
            key,
            found,
            "a finite number of at least 0",
        );
    }

    /// In [0, 1).
    fn share(&mut self, key: &str, found: f64) -> bool {
        let is_valid = (0.0..1.0).contains(&found);
        self.require(is_valid, key, found, "at least 0 and below 1");
        is_valid
    }

    /// In [0, 1].
    fn at_most_1(&mut self, key: &str, found: f64) {
        let is_valid = (0.0..=1.0).contains(&found);
        self.require(is_valid, key, found, "at least 0 and at most 1");
    }

    /// The smaller first, both within `allowed`.
    fn range(&mut self, key: &str, found: [f64; 2], allowed: [f64; 2]) {
        let [low, high] = found;
        let is_valid = allowed[0] <= low && low <= high && high <= allowed[1];
        let range = format!(
            "two numbers of {:?} to {:?}, the smaller first",
            allowed[0], allowed[1]
        );
        self.require(is_valid, key, found, &range);
    }

    fn extent(&mut self, key: &str, extent: Extent) {
        match extent {
            Extent::Square(side) => self.at_least(1, key, side),
            Extent::Rectangle(sides) => {
                let is_valid = sides.iter().all(|side| *side >= 1);
                self.require(is_valid, key, sides, "at least 1 in both directions");
            }
        }
    }
}

fn check_source(source: &SourceConfig, checks: &mut Checks) {
    match source {
        SourceConfig::Xor(corners) => check_corners(corners, "data.source.xor", checks),
        SourceConfig::And(corners) => check_corners(corners, "data.source.and", checks),
        SourceConfig::Or(corners) => check_corners(corners, "data.source.or", checks),
        SourceConfig::Circle(cloud) => check_cloud(cloud, "data.source.circle", checks),
        SourceConfig::Moons(cloud) => check_cloud(cloud, "data.source.moons", checks),
        SourceConfig::Spirals(cloud) => check_cloud(cloud, "data.source.spirals", checks),
        SourceConfig::Blobs(BlobsConfig {
            samples,
            classes,
            noise,
        }) => {
            checks.at_least(1, "data.source.blobs.samples", *samples);
            checks.at_least(2, "data.source.blobs.classes", *classes);
            checks.not_negative("data.source.blobs.noise", *noise);
        }
        SourceConfig::Sine(sine) => {
            // Two of them make a variance.
            checks.at_least(2, "data.source.sine.samples", sine.samples);
            checks.not_negative("data.source.sine.noise", sine.noise);
        }
        SourceConfig::Idx(idx) => check_idx(idx, checks),
        SourceConfig::Csv(csv) => check_csv(csv, checks),
        SourceConfig::ImageFolder(folder) => check_image_folder(folder, checks),
        SourceConfig::Digits
        | SourceConfig::FashionMnist12k
        | SourceConfig::FashionMnist(_)
        | SourceConfig::Mnist(_)
        | SourceConfig::Cifar10(_)
        | SourceConfig::Cifar100(_) => {}
    }
}

fn check_corners(corners: &CornersConfig, key: &str, checks: &mut Checks) {
    let noise_key = format!("{key}.noise");
    checks.not_negative(&noise_key, corners.noise);
    match corners.samples {
        // One for each corner.
        Some(samples) => checks.at_least(4, &format!("{key}.samples"), samples),
        None if corners.noise > 0.0 => {
            let noise = corners.noise;
            checks.add(
                &noise_key,
                format!("`{noise_key}` is {noise:?}, but the four exact points have no noise"),
            );
            checks.hint("add, for example, `samples = 400`");
        }
        None => {}
    }
}

fn check_cloud(cloud: &CloudConfig, key: &str, checks: &mut Checks) {
    checks.at_least(1, &format!("{key}.samples"), cloud.samples);
    checks.not_negative(&format!("{key}.noise"), cloud.noise);
}

fn check_idx(idx: &IdxConfig, checks: &mut Checks) {
    let (present, missing) = match (&idx.test_images, &idx.test_labels) {
        (Some(_), None) => ("test-images", "test-labels"),
        (None, Some(_)) => ("test-labels", "test-images"),
        _ => return,
    };
    let key = format!("data.source.idx.{present}");
    checks.add(&key, format!("`{present}` is given without `{missing}`"));
    checks.hint(&format!("add `{missing}`, or remove `{present}`"));
}

fn check_csv(csv: &CsvConfig, checks: &mut Checks) {
    let (answer, what) = match (&csv.label, &csv.target) {
        (Some(label), None) => (label, "label"),
        (None, Some(target)) => (target, "target"),
        (Some(label), Some(target)) => {
            checks.add(
                "data.source.csv.target",
                format!("`csv` has both `label` (`{label}`) and `target` (`{target}`), but samples have one answer"),
            );
            checks.hint(
                "keep `label` for classes to be told apart, or `target` for a number to be predicted",
            );
            return;
        }
        (None, None) => {
            checks.add(
                "data.source.csv",
                "`csv` has neither `label` nor `target`: which column is the answer?".to_owned(),
            );
            checks.hint(
                "add, for example, `label = \"class\"` for classes to be told apart, or `target = \"price\"` for a number to \
                 be predicted",
            );
            return;
        }
    };
    for (key, names) in [("ignore", &csv.ignore), ("categorical", &csv.categorical)] {
        // A label is categorical anyway, and saying so does no harm.
        if names.contains(answer) && (key == "ignore" || what == "target") {
            checks.add(
                &format!("data.source.csv.{key}"),
                format!("`{key}` names `{answer}`, the {what}"),
            );
            checks.hint(&format!(
                "the network never sees the {what}: leave it out of `{key}`"
            ));
        }
    }
}

fn check_image_folder(folder: &ImageFolderConfig, checks: &mut Checks) {
    const KEY: &str = "data.source.image-folder";
    // A picture of 64 million pixels is the largest that is decoded.
    const LARGEST_SIDE: usize = 8192;
    if let Some(resize) = folder.resize {
        let sides = resize.sides();
        checks.require(
            sides.iter().all(|side| (1..=LARGEST_SIDE).contains(side)),
            &format!("{KEY}.resize"),
            sides,
            &format!("1 to {LARGEST_SIDE} in both directions"),
        );
    }
    let channels = folder.channels;
    let key = format!("{KEY}.channels");
    checks.require([1, 3].contains(&channels), &key, channels, "1 or 3");
}

fn check_split(split: &SplitConfig, checks: &mut Checks) {
    let validation = checks.share("data.split.validation", split.validation);
    let test = checks.share("data.split.test", split.test);
    let held_out = split.validation + split.test;
    if validation && test && held_out >= 1.0 {
        let message = format!(
            "`data.split` must leave samples to train on: validation {:?} and test {:?} must sum to less than 1, \
             found {held_out:?}",
            split.validation, split.test
        );
        checks.add("data.split", message);
    }
    if let Some(samples) = split.training_samples {
        checks.at_least(1, "data.split.training-samples", samples);
    }
}

fn check_layer(layer: &LayerConfig, key: &str, checks: &mut Checks) {
    match layer {
        LayerConfig::Dense(dense) => checks.at_least(1, &format!("{key}.dense.units"), dense.units),
        LayerConfig::Conv2d(convolution) => {
            checks.at_least(1, &format!("{key}.conv2d.filters"), convolution.filters);
            checks.extent(&format!("{key}.conv2d.kernel"), convolution.kernel);
            checks.extent(&format!("{key}.conv2d.stride"), convolution.stride);
        }
        LayerConfig::Residual(block) => {
            let key = |name: &str| format!("{key}.residual.{name}");
            checks.at_least(1, &key("filters"), block.filters);
            let kernel = block.kernel.sides();
            checks.require(
                kernel.iter().all(|side| side % 2 == 1),
                &key("kernel"),
                kernel,
                "odd in both directions, so that zeros lie evenly around",
            );
            checks.extent(&key("stride"), block.stride);
        }
        LayerConfig::MaxPool(pool) => check_pool(pool, &format!("{key}.max-pool"), checks),
        LayerConfig::AvgPool(pool) => check_pool(pool, &format!("{key}.avg-pool"), checks),
        LayerConfig::BatchNorm(norm) => {
            let is_valid = norm.momentum > 0.0 && norm.momentum <= 1.0;
            checks.require(
                is_valid,
                &format!("{key}.batch-norm.momentum"),
                norm.momentum,
                "above 0 and at most 1",
            );
            checks.positive(
                &format!("{key}.batch-norm.epsilon"),
                single_precision(norm.epsilon),
            );
        }
        LayerConfig::LayerNorm(norm) => {
            checks.positive(
                &format!("{key}.layer-norm.epsilon"),
                single_precision(norm.epsilon),
            );
        }
        LayerConfig::Dropout(dropout) => {
            checks.share(&format!("{key}.dropout.rate"), dropout.rate);
        }
        LayerConfig::Dropout2d(dropout) => {
            checks.share(&format!("{key}.dropout2d.rate"), dropout.rate);
        }
        LayerConfig::Flatten
        | LayerConfig::GlobalAvgPool
        | LayerConfig::Tanh
        | LayerConfig::Relu
        | LayerConfig::LeakyRelu
        | LayerConfig::Gelu
        | LayerConfig::Sigmoid
        | LayerConfig::Sign
        | LayerConfig::Softmax => {}
    }
}

fn check_pool(pool: &PoolConfig, key: &str, checks: &mut Checks) {
    checks.extent(&format!("{key}.size"), pool.size);
    if let Some(stride) = pool.stride {
        checks.extent(&format!("{key}.stride"), stride);
    }
}

fn check_training(training: &TrainingConfig, checks: &mut Checks) {
    checks.at_least(1, "training.epochs", training.epochs);
    if let BatchSize::Samples(samples) = training.batch_size {
        checks.at_least(1, "training.batch-size", samples);
        if samples == 0 {
            checks.hint("for all samples in one step, write `batch-size = \"full\"`");
        }
    }
    match &training.optimizer {
        OptimizerConfig::Sgd(sgd) => check_sgd(sgd, checks),
        OptimizerConfig::Adam(adam) => {
            let betas = [adam.beta_1, adam.beta_2];
            check_adam(
                "adam",
                adam.learning_rate,
                betas,
                adam.epsilon,
                adam.weight_decay,
                checks,
            );
        }
        OptimizerConfig::AdamW(adam) => {
            let betas = [adam.beta_1, adam.beta_2];
            check_adam(
                "adamw",
                adam.learning_rate,
                betas,
                adam.epsilon,
                adam.weight_decay,
                checks,
            );
        }
        OptimizerConfig::RmsProp(rmsprop) => check_rmsprop(rmsprop, checks),
        OptimizerConfig::Lion(lion) => check_lion(lion, checks),
    }
    check_schedule(&training.schedule, checks);
    if let Some(limit) = training.gradient_clipping {
        checks.positive("training.gradient-clipping", limit);
    }
    checks.share("training.label-smoothing", training.label_smoothing);
    checks.at_least(
        1,
        "training.gradient-accumulation",
        training.gradient_accumulation,
    );
    if let Some(ClassWeightsConfig::Named(weights)) = &training.class_weights {
        for (name, &weight) in weights {
            checks.not_negative(&format!("training.class-weights.{name}"), weight);
        }
    }
    if let Some(stopping) = &training.early_stopping {
        let key = |name: &str| format!("training.early-stopping.{name}");
        checks.at_least(1, &key("patience"), stopping.patience);
        checks.not_negative(&key("minimum-improvement"), stopping.minimum_improvement);
    }
}

fn check_schedule(schedule: &ScheduleConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.schedule.{name}");
    match schedule {
        ScheduleConfig::Constant => {}
        ScheduleConfig::Step(step) => {
            checks.at_least(1, &key("step.every"), step.every);
            let is_valid = step.factor > 0.0 && step.factor <= 1.0;
            checks.require(
                is_valid,
                &key("step.factor"),
                step.factor,
                "above 0 and at most 1",
            );
        }
        ScheduleConfig::Cosine(cosine) => {
            checks.not_negative(&key("cosine.warm-up"), cosine.warm_up);
            checks.at_most_1(&key("cosine.end"), cosine.end);
        }
        ScheduleConfig::OneCycle(cycle) => {
            checks.share(&key("one-cycle.warm-up"), cycle.warm_up);
            checks.at_most_1(&key("one-cycle.start"), cycle.start);
            checks.at_most_1(&key("one-cycle.end"), cycle.end);
        }
        ScheduleConfig::Exponential(exponential) => {
            for (name, share) in [("start", exponential.start), ("end", exponential.end)] {
                let is_valid = share > 0.0 && share <= 1.0;
                let key = key(&format!("exponential.{name}"));
                checks.require(is_valid, &key, share, "above 0 and at most 1");
            }
        }
    }
}

fn check_rmsprop(rmsprop: &RmsPropConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.optimizer.rmsprop.{name}");
    checks.positive(&key("learning-rate"), rmsprop.learning_rate);
    checks.share(&key("decay"), single_precision(rmsprop.decay));
    checks.share(&key("momentum"), rmsprop.momentum);
    checks.positive(&key("epsilon"), single_precision(rmsprop.epsilon));
    checks.not_negative(&key("weight-decay"), rmsprop.weight_decay);
}

fn check_lion(lion: &LionConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.optimizer.lion.{name}");
    checks.positive(&key("learning-rate"), lion.learning_rate);
    checks.share(&key("beta-1"), lion.beta_1);
    checks.share(&key("beta-2"), lion.beta_2);
    checks.not_negative(&key("weight-decay"), lion.weight_decay);
}

fn check_sgd(sgd: &SgdConfig, checks: &mut Checks) {
    let key = |name: &str| format!("training.optimizer.sgd.{name}");
    checks.positive(&key("learning-rate"), sgd.learning_rate);
    checks.share(&key("momentum"), sgd.momentum);
    checks.not_negative(&key("weight-decay"), sgd.weight_decay);
    if sgd.nesterov && sgd.momentum == 0.0 {
        checks.add(
            &key("nesterov"),
            "`nesterov` looks ahead along the momentum, which is 0".to_owned(),
        );
        checks.hint("add `momentum = 0.9`, or remove `nesterov`");
    }
}

fn single_precision(value: f64) -> f64 {
    let rounded = value as f32;
    // Only a value that changes its side is shown as what it becomes.
    if (rounded == 0.0 && value != 0.0) || (rounded >= 1.0 && value < 1.0) {
        f64::from(rounded)
    } else {
        value
    }
}

fn check_adam(
    name: &str,
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
    checks: &mut Checks,
) {
    let key = |option: &str| format!("training.optimizer.{name}.{option}");
    checks.positive(&key("learning-rate"), learning_rate);
    // burn's Adam computes with these three in f32: what rounds to 1 or to 0 there would divide by 0.
    checks.share(&key("beta-1"), single_precision(betas[0]));
    checks.share(&key("beta-2"), single_precision(betas[1]));
    checks.positive(&key("epsilon"), single_precision(epsilon));
    checks.not_negative(&key("weight-decay"), weight_decay);
}
