"""Loads what brecha exported in other programs, and compares the outputs with brecha's own.

    python3 exported.py RUN IMAGES SAMPLES

RUN is a run's folder with `model.onnx` and `model.pytorch.safetensors`; IMAGES the IDX file that it was trained on; SAMPLES the
CSV of `brecha evaluate --samples-to`. Needs onnx, onnxruntime, safetensors and numpy.
"""

import csv
import json
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


def with_numpy(run, images):
    """Dense layers only: the weights as PyTorch has them, `x @ weight.T + bias`."""
    model = json.loads((run / "model.json").read_text())
    tensors = safetensors.numpy.load_file(run / "model.pytorch.safetensors")
    normalization = model["normalization"]
    offset, scale = (numpy.array(normalization[key]).reshape(1, -1, 1, 1) for key in ("offset", "scale"))
    x = ((images - offset) / scale).reshape(len(images), -1)
    layers = sorted({int(name.split(".")[1]) for name in tensors})
    for layer in layers:
        x = x @ tensors[f"layers.{layer}.weight"].T.astype(float) + tensors[f"layers.{layer}.bias"]
        if layer != layers[-1]:
            x = numpy.tanh(x)
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
    if not any("conv2d" in layer["operation"] for layer in json.loads((run / "model.json").read_text())["architecture"]["layers"] if isinstance(layer["operation"], dict)):
        difference = numpy.abs(with_numpy(run, images) - expected).max()
        assert difference < TOLERANCE * max(1, numpy.abs(expected).max()), f"NumPy: {difference}"
        report["numpy"] = float(difference)
    print(json.dumps(report))


main()
