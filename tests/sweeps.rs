//! Sweeps: one text, many runs, one table; and what the shipped sweeps are there to show.

use insta::assert_snapshot;

use super::program::{Program, SMALL, shipped};

fn with_sweep(sweep: &str) -> Program {
    Program::with_config(&format!("{SMALL}\n[sweep]\n{sweep}\n"))
}

/// `sweep.csv`: the header, then the rows.
fn table(program: &Program, sweep: &str) -> Vec<Vec<String>> {
    program
        .read(&format!("artifacts/{sweep}.sweep/sweep.csv"))
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

fn column(table: &[Vec<String>], name: &str) -> Vec<String> {
    let at = table[0]
        .iter()
        .position(|column| column == name)
        .expect(name);
    table[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn a_sweep_runs_every_point_and_collects_them() {
    let program =
        with_sweep("model.layers.0.dense.units = [2, 4]\ntraining.epochs = [1, 2]\nseeds = 2");
    let ran = program
        .run(&["sweep", "--config", "config.toml"])
        .succeeds();
    let files = ["sweep.csv", "sweep.svg", "sweep.png"];
    assert_eq!(
        ran.stdout,
        files
            .map(|file| format!("artifacts/config.sweep/{file}\n"))
            .concat()
    );
    // Two keys: maps of the errors, rows and columns named.
    let maps = program.read("artifacts/config.sweep/sweep.svg");
    for text in [
        "Validation error, %",
        "Gap, points",
        "model.layers.0.dense.units",
        "training.epochs",
        "8 runs: ",
    ] {
        assert!(maps.contains(text), "{text}");
    }
    assert!(
        ran.stderr
            .starts_with("8 points, 0 of them finished before"),
        "{}",
        ran.stderr
    );
    let rows = table(&program, "config");
    assert_eq!(rows.len(), 9);
    assert_eq!(
        rows[0][..3],
        ["model.layers.0.dense.units", "training.epochs", "seed"]
    );
    assert_eq!(
        column(&rows, "training.epochs"),
        ["1", "1", "2", "2", "1", "1", "2", "2"]
    );
    assert_eq!(
        column(&rows, "seed"),
        ["1", "2", "1", "2", "1", "2", "1", "2"]
    );
    assert!(
        column(&rows, "status")
            .iter()
            .all(|status| status == "finished")
    );
    // A point is a run like any other, and its configuration runs alone.
    let run = &column(&rows, "run")[3];
    let point = format!("artifacts/config.sweep/runs/{run}");
    program.run(&["verify", &point]).succeeds();
    let alone = format!("{point}/config.toml");
    program
        .run(&["--config", &alone, "--name", "alone"])
        .succeeds();
    assert_eq!(
        program.record("alone")["result"]["validation"]["loss"].to_string(),
        column(&rows, "validation_loss")[3]
    );
}

#[test]
fn finished_points_are_skipped_and_the_others_run_again() {
    let program = with_sweep("training.epochs = [1, 2, 3]");
    program
        .run(&["sweep", "--config", "config.toml"])
        .succeeds();
    let runs = program.path("artifacts/config.sweep/runs");
    let first = table(&program, "config");
    // One was killed half-way, one was never begun.
    let killed = runs.join(&column(&first, "run")[1]).join("run.json");
    let record = std::fs::read_to_string(&killed).unwrap();
    std::fs::write(&killed, record.replace("\"finished\"", "\"running\"")).unwrap();
    std::fs::remove_dir_all(runs.join(&column(&first, "run")[2])).unwrap();
    let ran = program
        .run(&["sweep", "--config", "config.toml"])
        .succeeds();
    assert!(
        ran.stderr
            .starts_with("3 points, 1 of them finished before"),
        "{}",
        ran.stderr
    );
    // One key: errors over its values.
    let picture = program.read("artifacts/config.sweep/sweep.svg");
    for text in ["Error, %", "Gap, points", "training.epochs", "3 runs: "] {
        assert!(picture.contains(text), "{text}");
    }
    let second = table(&program, "config");
    assert_eq!(
        column(&second, "validation_loss"),
        column(&first, "validation_loss")
    );
    assert_eq!(
        column(&second, "run"),
        column(&first, "run"),
        "the killed one goes on in its folder"
    );
    // Another configuration is another point, though it has the same name.
    let ran = program
        .run(&[
            "sweep",
            "--config",
            "config.toml",
            "--set",
            "training.batch-size=5",
        ])
        .succeeds();
    assert!(
        ran.stderr
            .starts_with("3 points, 0 of them finished before"),
        "{}",
        ran.stderr
    );
}

/// Accuracies of the run with the median validation loss of three, as they stand above its plane; and its folder.
fn median_of(rows: &[Vec<String>], place: usize) -> (String, String) {
    let three = |name: &str| column(rows, name)[3 * place..3 * place + 3].to_vec();
    let (train, validation) = (three("train_accuracy"), three("validation_accuracy"));
    let (losses, runs) = (three("validation_loss"), three("run"));
    let mut order = [0, 1, 2];
    let loss = |run: usize| losses[run].parse::<f64>().unwrap();
    order.sort_by(|&one, &other| loss(one).total_cmp(&loss(other)));
    let median = order[1];
    let percent = |cell: &str| format!("{:.1} %", 100.0 * cell.parse::<f64>().unwrap());
    let accuracies = [&train[median], &validation[median]].map(|cell| percent(cell));
    (accuracies.join(" | "), runs[median].clone())
}

#[test]
fn networks_of_two_inputs_are_shown_side_by_side() {
    let program = with_sweep("model.layers.0.dense.units = [1, 2, 4]\nseeds = 3");
    let sweep = ["sweep", "--config", "config.toml"];
    let ran = program.run(&sweep).succeeds();
    let files = ["boundaries.svg", "boundaries.png"].map(|file| {
        let path = format!("artifacts/config.sweep/{file}");
        assert!(program.path(&path).exists(), "{path}");
        format!("{path}\n")
    });
    assert!(ran.stdout.ends_with(&files.concat()), "{}", ran.stdout);
    let picture = || program.read("artifacts/config.sweep/boundaries.svg");
    let drawn = picture();
    let rows = table(&program, "config");
    let mut medians = Vec::new();
    for (place, units) in [1, 2, 4].into_iter().enumerate() {
        let (accuracies, run) = median_of(&rows, place);
        assert!(drawn.contains(&format!("units = {units}")), "{units}");
        assert!(drawn.contains(&accuracies), "{units}: {accuracies}");
        medians.push(run);
    }
    assert!(drawn.contains("the run with the median validation loss of 3 seeds"));
    assert_eq!(drawn.matches("<image ").count(), 3);

    // The median of a value is torn: another run stands for it.
    let runs = program.path("artifacts/config.sweep/runs");
    let tear = |run: &str| {
        let file = runs.join(run).join("model.safetensors");
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    };
    tear(&medians[1]);
    let ran = program.run(&sweep).succeeds();
    let warning = "warning: the planes leave out `artifacts/config.sweep/runs/";
    assert_eq!(ran.stderr.matches(warning).count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(&medians[1]), "{}", ran.stderr);
    assert_eq!(picture().matches("<image ").count(), 3);
    assert!(picture() != drawn);
    // None of its runs is left: the other values are drawn.
    for run in &column(&rows, "run")[3..6] {
        tear(run);
    }
    let ran = program.run(&sweep).succeeds();
    assert!(
        ran.stderr
            .contains("units = 2: no run of it can be drawn\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(picture().matches("<image ").count(), 2);
    assert!(!picture().contains("units = 2"));
}

#[test]
fn planes_are_few_and_of_two_inputs() {
    let program = with_sweep("training.epochs = [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    program
        .run(&["sweep", "--config", "config.toml"])
        .succeeds();
    let drawn = program.read("artifacts/config.sweep/boundaries.svg");
    assert_eq!(drawn.matches("<image ").count(), 8);
    assert!(drawn.contains("epochs = 1<") || drawn.contains("epochs = 1\n"));
    assert!(drawn.contains("epochs = 9") && !drawn.contains("seeds"));

    let table = format!("a,b,c,label\n{}", "1,2,3,x\n2,3,4,y\n".repeat(10));
    let config = SMALL.replace(
        "{ xor = { samples = 40, noise = 0.2 } }",
        "{ csv = { file = \"table.csv\", label = \"label\" } }",
    );
    let program = Program::with_config(&format!("{config}\n[sweep]\ntraining.epochs = [1, 2]\n"))
        .file("table.csv", table);
    let ran = program
        .run(&["sweep", "--config", "config.toml"])
        .succeeds();
    assert!(!ran.stdout.contains("boundaries"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("planes"), "{}", ran.stderr);
    assert!(
        !program
            .path("artifacts/config.sweep/boundaries.svg")
            .exists()
    );
}

#[test]
fn a_configuration_without_a_sweep_is_a_sweep_of_one() {
    let program = Program::with_config(SMALL);
    program
        .run(&["sweep", "--config", "config.toml", "--name", "one"])
        .succeeds();
    assert_eq!(table(&program, "one").len(), 2);
    // And a configuration with one can be run alone.
    let program = with_sweep("training.epochs = [1, 2]");
    let ran = program.train(&[]).succeeds();
    assert!(
        ran.stderr.contains("has a sweep of 2 points"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_wrong_with_a_sweep_is_said_before_the_first_run() {
    for (name, sweep) in [
        ("sweep_unknown_key", "model.layers.0.dense.unit = [1, 2]"),
        ("sweep_empty", "training.epochs = []"),
        ("sweep_value", "training.epochs = [1, 0]"),
        ("sweep_no_list", "training.epochs = 3"),
        ("sweep_shape", "model.layers.1.dense.units = [1, 3]"),
    ] {
        let program = with_sweep(sweep);
        let ran = program
            .run(&["sweep", "--config", "config.toml"])
            .fails_with(2);
        assert_snapshot!(name, ran.transcript());
        assert!(!program.path("artifacts").exists(), "{name}");
    }
    let values: Vec<String> = (1..=101).map(|value| value.to_string()).collect();
    let list = values.join(", ");
    let program = with_sweep(&format!(
        "training.epochs = [{list}]\ntraining.batch-size = [{list}]"
    ));
    let ran = program
        .run(&["sweep", "--config", "config.toml"])
        .fails_with(2);
    assert_snapshot!("sweep_too_many", ran.transcript());
}

#[test]
fn a_sweep_stays_in_the_folder_for_runs() {
    let program = with_sweep("training.epochs = [1]");
    for name in ["../elsewhere", "", "a/b", ".hidden"] {
        let ran = program
            .run(&["sweep", "--config", "config.toml", "--name", name])
            .fails_with(2);
        assert!(ran.stderr.contains("cannot be named"), "{}", ran.stderr);
    }
    assert!(!program.path("../elsewhere.sweep").exists());
}

/// Runs a shipped sweep with these of its values, two seeds each, and returns the mean errors of training and validation
/// of each combination, in the order of the table.
fn errors(config: &str, axes: &[&str]) -> Vec<[f64; 2]> {
    let program = Program::new().file(config, shipped(config));
    let mut arguments = vec!["sweep", "--config", config, "--set", "sweep.seeds=2"];
    for axis in axes {
        arguments.extend(["--set", axis]);
    }
    program.run(&arguments).succeeds();
    let rows = table(&program, config.trim_end_matches(".toml"));
    let error = |column_name: &str| -> Vec<f64> {
        let cells = column(&rows, column_name);
        let error = |cell: &String| 1.0 - cell.parse::<f64>().unwrap();
        cells.iter().map(error).collect()
    };
    let (train, validation) = (error("train_accuracy"), error("validation_accuracy"));
    let mean = |pair: &[f64]| f64::midpoint(pair[0], pair[1]);
    let pairs = train.chunks(2).zip(validation.chunks(2));
    pairs
        .map(|(train, validation)| [mean(train), mean(validation)])
        .collect()
}

/// What the header of `configs/capacity.toml` says that one sees.
#[test]
fn more_neurons_approximate_better() {
    let widths = "sweep.model.layers.0.dense.units=[1, 2, 3, 16]";
    let [one, two, three, sixteen] = errors("capacity.toml", &[widths])[..] else {
        panic!("four widths");
    };
    assert!(one[1] > two[1] && two[1] > three[1] && three[1] > sixteen[1]);
    assert!(one[1] > 0.25 && sixteen[1] < 0.07, "{one:?} {sixteen:?}");
}

/// What the header of `configs/universal-approximation.toml` says that one sees.
#[test]
fn lines_approximate_a_circle() {
    let lines = "sweep.model.layers.0.dense.units=[1, 2, 3, 8]";
    let [one, two, three, eight] = errors("universal-approximation.toml", &[lines])[..] else {
        panic!("four numbers of lines");
    };
    assert!(
        one[1] > 0.3 && one[1] > two[1] && two[1] > 0.15,
        "{one:?} {two:?}"
    );
    // Three soft lines can already be nearly round, if they start well.
    assert!(two[1] > three[1] + 0.05, "{three:?}");
    assert!(eight[1] < 0.03, "{eight:?}");
}

/// What the header of `configs/capacity-images.toml` says that one sees.
#[test]
fn more_neurons_open_the_gap_on_images() {
    let widths = "sweep.model.layers.1.dense.units=[2, 64]";
    let [narrow, wide] = errors("capacity-images.toml", &[widths])[..] else {
        panic!("two widths");
    };
    assert!(narrow[1] > 0.5 && wide[1] < 0.25, "{narrow:?} {wide:?}");
    let gap = |[train, validation]: [f64; 2]| validation - train;
    assert!(
        gap(narrow) < 0.05 && gap(wide) > 0.08,
        "{narrow:?} {wide:?}"
    );
}

/// What the header of `configs/tradeoff.toml` says that one sees.
#[test]
fn more_neurons_need_more_data() {
    let widths = "sweep.model.layers.1.dense.units=[2, 64]";
    let sizes = "sweep.data.split.training-samples=[20, 1000]";
    let [narrow_few, narrow_many, wide_few, wide_many] =
        errors("tradeoff.toml", &[widths, sizes])[..]
    else {
        panic!("two widths, two sizes");
    };
    let gap = |[train, validation]: [f64; 2]| validation - train;
    // Narrow: bad however much data there is, and alike on both splits where there is much.
    assert!(
        narrow_few[1] > 0.6 && narrow_many[1] > 0.25,
        "{narrow_few:?} {narrow_many:?}"
    );
    assert!(gap(narrow_many) < 0.05, "{narrow_many:?}");
    // Wide: few samples are stored, many are understood.
    assert!(wide_few[0] < 0.01 && gap(wide_few) > 0.15, "{wide_few:?}");
    assert!(
        wide_many[1] < 0.05 && gap(wide_many) < 0.05,
        "{wide_many:?}"
    );
}

/// What the header of `configs/data-size.toml` says that one sees.
#[test]
fn more_data_closes_the_gap() {
    let sizes = "sweep.data.split.training-samples=[20, 1000]";
    let [few, many] = errors("data-size.toml", &[sizes])[..] else {
        panic!("two sizes");
    };
    let gap = |[train, validation]: [f64; 2]| validation - train;
    assert!(gap(few) > 0.15 && gap(many) < 0.08, "{few:?} {many:?}");
}

#[test]
fn a_learning_curve_is_fitted_and_answers_or_says_why_not() {
    let program = Program::new().file("data-size.toml", shipped("data-size.toml"));
    let asked = [
        "learning-curve",
        "--config",
        "data-size.toml",
        "--seeds",
        "3",
    ];
    let with = |sizes| [&asked[..], &["--sizes", sizes]].concat();
    let ran = program.run(&with("25,50,100,200,400")).succeeds();
    for text in [
        "training samples   training error   validation error          gap\n              25 ",
        "\ngap ≈ ",
        "\n  to halve the gap of ",
        "\n  if the gap vanishes with ever more samples, to halve the gap of ",
        "\nvalidation error ≈ ",
        "artifacts/data-size.sweep/learning-curve.png\n",
    ] {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
    let fitted: serde_json::Value =
        serde_json::from_str(&program.read("artifacts/data-size.sweep/learning-curve.json"))
            .unwrap();
    assert_eq!(fitted["runs"].as_array().unwrap().len(), 15);
    let exponent = &fitted["vanishing-gap"]["exponent"];
    let number = |name: &str| exponent[name].as_f64().unwrap();
    assert!(number("low") < number("value") && number("value") < number("high"));
    assert!((0.3..1.2).contains(&number("value")), "{exponent}");
    let picture = program.read("artifacts/data-size.sweep/learning-curve.svg");
    for text in [
        "fitted law",
        "data.split.training-samples",
        "lowest to highest run",
    ] {
        assert!(picture.contains(text), "{text}");
    }
    // Points that are there are not run again, and three sizes are too few for three numbers.
    let ran = program.run(&with("25,50,100")).succeeds();
    assert!(ran.stderr.starts_with("9 points, "), "{}", ran.stderr);
    assert!(
        ran.stdout.contains(
            "the fit does not support an answer: 3 different training sizes were measured, and 4 are needed"
        ),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_learning_curve_chooses_its_sizes() {
    let program = Program::with_config(&SMALL.replace("samples = 40", "samples = 80"));
    program
        .run(&["learning-curve", "--config", "config.toml", "--seeds", "1"])
        .succeeds();
    let sizes = column(&table(&program, "config"), "data.split.training-samples");
    // All 40, and halves of them down to two of each class.
    assert_eq!(sizes, ["5", "10", "20", "40"]);
    let ran = with_sweep("training.epochs = [1, 2]")
        .run(&["learning-curve", "--config", "config.toml"])
        .fails_with(2);
    assert!(
        ran.stderr
            .contains("this configuration sweeps `training.epochs`"),
        "{}",
        ran.stderr
    );
}

/// File systems that many machines share grow slow where a folder is large.
#[test]
fn a_large_sweep_has_folders_of_a_thousand_points() {
    let program = with_sweep("seeds = 1001");
    let of = |command: &'static str| ["sweep", command, "--config", "config.toml"];
    let ran = program.run(&of("commands")).succeeds();
    assert_eq!(ran.stdout.lines().count(), 1_001);
    let entries = |folder: &str| {
        let folder = program.path(&format!("artifacts/config.sweep/{folder}"));
        std::fs::read_dir(folder).unwrap().count()
    };
    assert_eq!(entries("configurations"), 2);
    assert_eq!(entries("configurations/0001"), 1_000);
    assert_eq!(entries("configurations/1001"), 1);
    assert_eq!(entries("runs"), 2);
    // One of them runs, and is found where it is.
    let last = ran.stdout.lines().last().unwrap();
    let status = std::process::Command::new("sh")
        .args(["-c", last])
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let ran = program.run(&of("collect")).fails_with(1);
    assert!(
        ran.stderr.contains("1000 of 1001 points are not finished"),
        "{}",
        ran.stderr
    );
    let rows = table(&program, "config");
    assert_eq!(rows.len(), 1_002);
    assert_eq!(rows[1_001].last().unwrap(), "1001-seed-1001");
    assert_eq!(column(&rows, "status")[1_000], "finished");
    let ran = program.run(&["runs", "artifacts"]).succeeds();
    assert!(
        ran.stdout.contains("config.sweep/runs/1001/1001-seed-1001"),
        "{}",
        ran.stdout
    );
}
