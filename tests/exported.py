"""Loads what brecha exported in other programs, and compares the outputs with brecha's own.

    python3 exported.py RUN IMAGES SAMPLES

RUN is a run's folder with `model.onnx` and `model.pytorch.safetensors`; IMAGES the IDX file that it was trained on; SAMPLES the
CSV of `brecha evaluate --samples-to`. Needs onnx, onnxruntime, safetensors and numpy.
"""

import csv
import json
import math
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import safetensors.numpy

# Outputs are of order 1 to 10, computed in f32 on both sides, in another order of summation.
TOLERANCE = 1e-5


def read_images(path):
    content = pathlib.Path(path).read_bytes()
    count, height, width = numpy.frombuffer(content[4:16], ">u4")
    return numpy.frombuffer(content[16:], numpy.uint8).reshape(count, 1, height, width)


def read_outputs(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.startswith("output_")]
    outputs = numpy.array([[float(row[name]) for name in names] for row in rows])
    return numpy.array([int(row["index"]) for row in rows]), outputs, [row["predicted"] for row in rows]


def with_onnx_runtime(run, images):
    """The graph's own pre-processing on raw bytes, in one batch and one by one."""
    path = str(run / "model.onnx")
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    logits, probabilities = session.run(None, {"input": images})
    alone = numpy.concatenate([session.run(None, {"input": image[None]})[0] for image in images])
    assert numpy.abs(alone - logits).max() < TOLERANCE, "the batch changes the answer"
    assert numpy.abs(probabilities.sum(1) - 1).max() < TOLERANCE, "probabilities"
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    return logits, [classes[answer] for answer in probabilities.argmax(1)]


def windows(x, size, stride):
    """[samples, channels, rows, columns, height, width]"""
    seen = numpy.lib.stride_tricks.sliding_window_view(x, tuple(size), axis=(2, 3))
    return seen[:, :, :: stride[0], :: stride[1]]


def per_channel(values, x):
    return values.astype(float).reshape((1, -1) + (1,) * (x.ndim - 2))


def activated(x, name):
    erf = numpy.vectorize(math.erf)
    return {
        None: lambda: x,
        "tanh": lambda: numpy.tanh(x),
        "relu": lambda: numpy.maximum(x, 0),
        "leaky-relu": lambda: numpy.where(x > 0, x, 0.01 * x),
        "gelu": lambda: x * (1 + erf(x / math.sqrt(2))) / 2,
        "sigmoid": lambda: 1 / (1 + numpy.exp(-x)),
    }[name]()


def layer(x, operation, tensors, name):
    """One layer as PyTorch computes it, in f64, with the tensors that PyTorch would look for under this name."""
    kind, options = next(iter(operation.items())) if isinstance(operation, dict) else (operation, {})
    weight, bias = (tensors.get(f"{name}.{which}") for which in ("weight", "bias"))
    if kind == "dense":
        x = x @ weight.T.astype(float) + bias
    elif kind == "conv2d":
        x = numpy.pad(x, [(0, 0), (0, 0), *map(tuple, options["padding"])])
        x = numpy.einsum("ncijuv,fcuv->nfij", windows(x, weight.shape[2:], options["stride"]), weight.astype(float))
        x = x if bias is None else x + per_channel(bias, x)
    elif kind == "residual":
        ways = []
        for way in ("main", "shortcut"):
            y = x
            for part in options[way]:
                y = layer(y, part["layer"]["operation"], tensors, f"{name}.{part['name']}")
            ways.append(y)
        x = ways[0] + ways[1]
    elif kind == "max-pool":
        x = windows(x, options["size"], options["stride"]).max((4, 5))
    elif kind == "avg-pool":
        x = windows(x, options["size"], options["stride"]).mean((4, 5))
    elif kind == "global-avg-pool":
        x = x.mean((2, 3))
    elif kind == "flatten":
        x = x.reshape(len(x), -1)
    elif kind == "batch-norm":
        mean, variance = (per_channel(tensors[f"{name}.{which}"], x) for which in ("running_mean", "running_var"))
        x = (x - mean) / numpy.sqrt(variance + options["epsilon"]) * per_channel(weight, x) + per_channel(bias, x)
    elif kind == "layer-norm":
        deviation = numpy.sqrt(x.var(1, keepdims=True) + options["epsilon"])
        x = (x - x.mean(1, keepdims=True)) / deviation * weight.astype(float) + bias
    elif kind == "activation":
        x = activated(x, options)
        options = {}
    else:
        assert kind in ("dropout", "dropout2d"), kind
    return activated(x, options.get("activation"))


def with_numpy(run, images):
    """An independent reading of the names and layouts in the file for PyTorch."""
    model = json.loads((run / "model.json").read_text())
    tensors = safetensors.numpy.load_file(run / "model.pytorch.safetensors")
    normalization = model["normalization"]
    offset, scale = (numpy.array(normalization[key]).reshape(1, -1, 1, 1) for key in ("offset", "scale"))
    x = (images - offset) / scale
    for index, described in enumerate(model["architecture"]["layers"]):
        x = layer(x, described["operation"], tensors, f"layers.{index}")
    return x


def main():
    run, images, samples = map(pathlib.Path, sys.argv[1:])
    indices, expected, answers = read_outputs(samples)
    images = read_images(images)[indices]
    assert len(indices) >= 100, len(indices)
    logits, answered = with_onnx_runtime(run, images)
    difference = numpy.abs(logits - expected).max()
    assert difference < TOLERANCE * max(1, numpy.abs(expected).max()), f"ONNX Runtime: {difference}"
    assert answered == answers, "classes"
    report = {"samples": len(indices), "onnxruntime": float(difference)}
    difference = numpy.abs(with_numpy(run, images) - expected).max()
    assert difference < TOLERANCE * max(1, numpy.abs(expected).max()), f"NumPy: {difference}"
    report["numpy"] = float(difference)
    print(json.dumps(report))


main()
