"""Reads a run's event files with TensorBoard's own reader, and compares them with the files that brecha keeps its numbers in.

    python3 event_files.py RUN

Needs tensorboard and pillow, which it depends on.
"""

import csv
import io
import json
import pathlib
import struct
import sys
import tempfile
import tomllib

import PIL.Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.plugins.hparams import plugin_data_pb2

EVERYTHING = {"scalars": 0, "histograms": 0, "images": 0, "tensors": 0, "compressedHistograms": 0}

# Which column of metrics.csv is which tag.
BOTH = {"loss": "{}_loss", "accuracy": "{}_accuracy", "r2": "{}_r2"}
TRAINING = ["running_loss", "running_accuracy", "gradient_norm", "learning_rate", "train_images_per_s"]
GAPS = [f"{of}_gap{end}" for of in ("accuracy", "loss") for end in ("", "_low", "_high")]


def accumulated(folder):
    accumulator = EventAccumulator(str(folder), EVERYTHING)
    accumulator.Reload()
    assert accumulator.file_version == 2
    return accumulator


def as_f32(number):
    return struct.unpack("f", struct.pack("f", float(number)))[0]


def compare(accumulator, columns, rows):
    """Each tag against its column: the same epochs, and every number as f32. Returns how many there were."""
    compared = 0
    for tag, column in columns.items():
        there = [(int(row["epoch"]), as_f32(row[column])) for row in rows if row[column] != ""]
        found = []
        if tag in accumulator.Tags()["scalars"]:
            found = [(event.step, event.value) for event in accumulator.Scalars(tag)]
        assert found == there, f"{tag}: {found[:3]}… is not {there[:3]}…"
        compared += len(found)
    return compared


def text(accumulator, tag):
    return accumulator.Tensors(tag)[0].tensor_proto.string_val[0].decode()


def setting(configuration, path):
    """The value under dotted keys, as far as tomllib has it."""
    for key in path.split("."):
        configuration = configuration[key]
    return configuration


def check_run(run, rows):
    """What belongs to neither split."""
    events = accumulated(run / "tensorboard")
    compared = compare(events, {f"gap/{name}": name for name in GAPS}, rows)

    written = (run / "config.toml").read_text()
    shown = text(events, "configuration")
    assert shown == "".join(f"    {line}\n" for line in written.splitlines()), "configuration"

    record = json.loads((run / "run.json").read_text())
    result = record["result"]
    judgement = result["judgement"]
    assert text(events, "verdict") == f"{judgement['verdict']['name']}: {judgement['reason']}"

    name = "r2" if "r2" in result["training"] else "accuracy"
    for split, part in (("train", "training"), ("validation", "validation"), ("test", "test")):
        if result[part] is None:
            assert f"kept/{split}_loss" not in events.Tags()["scalars"]
            continue
        for tag, value in ((name, result[part][name]["value"]), ("loss", result[part]["loss"])):
            (event,) = events.Scalars(f"kept/{split}_{tag}")
            assert (event.step, event.value) == (record["epochs"]["best"], as_f32(value)), tag

    contents = {tag: events.SummaryMetadata(tag).plugin_data for tag in events.Tags()["tensors"]}
    start = hparams.parse_session_start_info_plugin_data(contents[hparams.SESSION_START_INFO_TAG].content)
    end = hparams.parse_session_end_info_plugin_data(contents[hparams.SESSION_END_INFO_TAG].content)
    settings = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    configuration = tomllib.loads(written)
    for name in ("seed", "backend", "training.epochs", "model.loss", "training.batch-size"):
        assert settings[name] == setting(configuration, name), name
    assert len(tomllib.loads(f"layers = {settings['model.layers']}")["layers"]) == len(configuration["model"]["layers"])
    assert 0 < start.start_time_secs <= end.end_time_secs
    assert end.status == (2 if record["status"] == "failed" else 1)

    if result["validation"]:
        layout = layout_pb2.Layout.FromString(events.Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0])
        series = [series for chart in layout.category[0].chart for series in chart.margin.series]
        assert [tag for one in series for tag in (one.value, one.lower, one.upper)] == [f"gap/{name}" for name in GAPS]

    pictures = events.Tags()["images"]
    assert "curves" in pictures
    for name in pictures:
        (event,) = events.Images(name)
        picture = PIL.Image.open(io.BytesIO(event.encoded_image_string))
        picture.load()
        assert picture.size == (event.width, event.height), name
    return compared, len(pictures)


def check_weights(run, events):
    """As many values as the network has parameters, and between the smallest and the largest."""
    tags = events.Tags()["histograms"]
    sums = {}
    for tag in tags:
        for event in events.Histograms(tag):
            histogram = event.histogram_value
            assert sum(histogram.bucket) == histogram.num, tag
            assert histogram.bucket_limit[-1] == histogram.max >= histogram.min, tag
            assert list(histogram.bucket_limit) == sorted(set(histogram.bucket_limit)), tag
            sums[event.step] = sums.get(event.step, 0) + histogram.num
    parameters = json.loads((run / "run.json").read_text())["model"]["parameters"]
    assert set(sums.values()) == {parameters}, f"{sums} are not {parameters}"
    assert len(sums) <= 64
    return len(sums)


def check_torn(folder, events):
    """A file that is being written, or of a run that was killed: what is whole is there."""
    (path,) = folder.glob("*.tfevents.*")
    before = events.Scalars("loss")
    with tempfile.TemporaryDirectory() as scratch:
        torn = pathlib.Path(scratch) / path.name
        torn.write_bytes(path.read_bytes()[:-3])
        assert accumulated(scratch).Scalars("loss") == before[:-1]


def main():
    run = pathlib.Path(sys.argv[1])
    with open(run / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    scalars, pictures = check_run(run, rows)
    folder = run / "tensorboard" / "train"
    events = accumulated(folder)
    of = lambda split: {tag: column.format(split) for tag, column in BOTH.items()}
    scalars += compare(events, of("train") | {name: name for name in TRAINING}, rows)
    histograms = check_weights(run, events)
    check_torn(folder, events)
    validates = any(row["validation_loss"] for row in rows)
    folder = run / "tensorboard" / "validation"
    assert folder.exists() == validates
    if validates:
        scalars += compare(accumulated(folder), of("validation"), rows)
    print(json.dumps({"scalars": scalars, "histograms": histograms, "pictures": pictures}))


main()
