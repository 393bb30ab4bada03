#!/usr/bin/env python3
"""brecha against PyTorch on a dozen convolutional networks, in turns, on random images.

    python3 -m venv torch && torch/bin/pip install torch
    cargo build && torch/bin/python tests/benchmarks/shapes.py target/debug/brecha

Both train the same network on the same number of cores with Adam, in float32: brecha by `brecha bench`, PyTorch with channels last and
its fused Adam, from batches that lie in memory. A row is the median of the rounds' ratios with the lowest and the highest; above 1,
brecha is faster. The machine should do nothing else."""

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

# Input, and layers: (conv, filters, kernel, stride), (pool, size), flatten, (dense, units), gap. ReLU behind each but the last; padding "same"
# with stride 1 and "valid" otherwise.
SHAPES = {
    "reference: 16 and 32 filters of 3x3, 2 pools": ("grey", "c16k3 p2 c32k3 p2 f d64 d10"),
    "LeNet: 6 and 16 filters of 5x5": ("grey", "c6k5 p2 c16k5 p2 f d120 d84 d10"),
    "small: 8 filters": ("grey", "c8k3 p2 f d32 d10"),
    "large kernel: 32 filters of 7x7": ("grey", "c32k7 p2 f d64 d10"),
    "pool of 4x4: 24 filters of 5x5": ("grey", "c24k5 p4 f d64 d10"),
    "no pooling, strides of 2": ("grey", "c16k3s2 c32k3s2 f d64 d10"),
    "colour: 32 and 64 filters": ("colour", "c32k3 p2 c64k3 p2 f d64 d10"),
    "colour: 64 and 128 filters, global mean": ("colour", "c64k3 p2 c128k3 p2 g d10"),
    "colour, LeNet": ("colour", "c6k5 p2 c16k5 p2 f d120 d84 d10"),
    "colour, VGG: 2 and 2 convolutions": ("colour", "c32k3 c32k3 p2 c64k3 c64k3 p2 f d128 d10"),
    "colour, no pooling, strides of 2": ("colour", "c32k3s2 c64k3s2 c128k3s2 g d10"),
    "colour, 1x1 between 3x3": ("colour", "c32k3 p2 c16k1 c64k3 p2 f d64 d10"),
}
SIZE = {"grey": (1, 28), "colour": (3, 32)}


def parse(word):
    kind, rest = word[0], word[1:]
    if kind == "c":
        filters, rest = rest.split("k")
        kernel, _, stride = rest.partition("s")
        return ("conv", int(filters), int(kernel), int(stride or 1))
    if kind in "pd":
        return ({"p": "pool", "d": "dense"}[kind], int(rest))
    return ({"f": "flatten", "g": "gap"}[kind],)


def configuration(layers, images, folder, batch):
    lines = []
    last = len(layers) - 1
    for number, layer in enumerate(layers):
        relu = "" if number == last else ', activation = "relu"'
        if layer[0] == "conv":
            _, filters, kernel, stride = layer
            padding = "same" if stride == 1 else "valid"
            lines.append(
                f'{{ conv2d = {{ filters = {filters}, kernel = {kernel}, stride = {stride}, padding = "{padding}"{relu} }} }}'
            )
        elif layer[0] == "pool":
            lines.append(f"{{ max-pool = {{ size = {layer[1]} }} }}")
        elif layer[0] == "dense":
            lines.append(f"{{ dense = {{ units = {layer[1]}{relu} }} }}")
        else:
            lines.append({"flatten": '"flatten"', "gap": '"global-avg-pool"'}[layer[0]])
    lines.append('"softmax"')
    if images == "grey":
        source = f'idx = {{ images = "{folder}/images", labels = "{folder}/labels" }}'
    else:
        source = f'cifar10 = {{ directory = "{folder}" }}'
    network = ",\n  ".join(lines)
    return f"""seed = 1
[data]
source = {{ {source} }}
split = {{ validation = 0.1 }}
leakage = "off"
[model]
layers = [
  {network},
]
loss = "cross-entropy"
[training]
epochs = 1
batch-size = {batch}
optimizer = {{ adam = {{ learning-rate = 0.001 }} }}
[evaluation]
baselines = "off"
"""


def write_images(folder, count, sizes=SIZE):
    generator = random.Random(1)
    labels = bytes(generator.randrange(10) for _ in range(count))
    with open(f"{folder}/images", "wb") as file:
        for number in (0x803, count, 28, 28):
            file.write(number.to_bytes(4, "big"))
        file.write(generator.randbytes(count * 784))
    with open(f"{folder}/labels", "wb") as file:
        for number in (0x801, count):
            file.write(number.to_bytes(4, "big"))
        file.write(labels)
    if "colour" not in sizes:
        return
    names = [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]
    for name in names:
        with open(f"{folder}/{name}", "wb") as file:
            for label in labels[: count // 5]:
                file.write(bytes([label]) + generator.randbytes(3072))


def torch_rate(layers, images, batch, seconds, threads):
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    channels, side = SIZE[images]
    shape = [channels, side, side]
    modules = []
    last = len(layers) - 1
    for number, layer in enumerate(layers):
        if layer[0] == "conv":
            _, filters, kernel, stride = layer
            padding = "same" if stride == 1 else 0
            modules.append(nn.Conv2d(shape[0], filters, kernel, stride, padding))
        elif layer[0] == "pool":
            modules.append(nn.MaxPool2d(layer[1]))
        elif layer[0] == "dense":
            modules.append(nn.Linear(math.prod(shape), layer[1]))
        elif layer[0] == "flatten":
            modules.append(nn.Flatten())
        else:
            modules.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
        shape = list(modules[-1](torch.zeros(1, *shape)).shape[1:])
        if layer[0] in ("conv", "dense") and number != last:
            modules.append(nn.ReLU())
    network = nn.Sequential(*modules).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    pixels = torch.rand(50 * batch, channels, side, side).to(memory_format=torch.channels_last)
    labels = torch.randint(10, (50 * batch,))
    steps, spent = 0, 0.0
    while spent < seconds:
        order = torch.randperm(len(labels))
        for chosen in order.split(batch):
            began = time.perf_counter()
            x, y = pixels[chosen], labels[chosen]
            loss = nn.functional.cross_entropy(network(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            # What warms up does not count.
            steps += 1
            if steps > 5:
                spent += time.perf_counter() - began
            if spent >= seconds:
                break
    return (steps - 5) * batch / spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("brecha")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--set", action="append", default=[], help="for brecha, e.g. kernels=avx2")
    parser.add_argument("--torch-only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch_only:
        # In a process of its own, so that neither has the other's threads or memory.
        images, words = SHAPES[arguments.torch_only]
        layers = [parse(word) for word in words.split()]
        print(torch_rate(layers, images, arguments.batch, arguments.seconds, arguments.threads))
        return
    overrides = [part for each in arguments.set for part in ("--set", each)]
    environment = {**os.environ, "RAYON_NUM_THREADS": str(arguments.threads)}
    print(f"batches of {arguments.batch}, {arguments.threads} threads, {arguments.rounds} rounds of {arguments.seconds} s\n")
    print("| network | brecha, images/s | PyTorch | ratio |\n|---|---|---|---|")
    medians = []
    with tempfile.TemporaryDirectory() as folder:
        write_images(folder, 4000)
        for name, (images, words) in SHAPES.items():
            layers = [parse(word) for word in words.split()]
            path = f"{folder}/config.toml"
            with open(path, "w") as file:
                file.write(configuration(layers, images, folder, arguments.batch))
            ours, theirs = [], []
            for _ in range(arguments.rounds):
                bench = [arguments.brecha, "bench", "--json", "--config", path, "--seconds", str(arguments.seconds / 0.6)]
                ran = subprocess.run(bench + overrides, env=environment, capture_output=True, text=True)
                if ran.returncode:
                    sys.exit(ran.stderr)
                ours.append(json.loads(ran.stdout)["training"]["samples-per-second"])
                other = [sys.executable, __file__, arguments.brecha, "--torch-only", name]
                for option in ("batch", "seconds", "threads"):
                    other += [f"--{option}", str(getattr(arguments, option))]
                theirs.append(float(subprocess.run(other, check=True, capture_output=True, text=True).stdout))
            ratios = [our / their for our, their in zip(ours, theirs)]
            medians.append(statistics.median(ratios))
            print(
                f"| {name} | {statistics.median(ours):,.0f} | {statistics.median(theirs):,.0f} "
                f"| {medians[-1]:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |",
                flush=True,
            )
    print(f"\ngeometric mean of the ratios {statistics.geometric_mean(medians):.2f}, lowest {min(medians):.2f}")


if __name__ == "__main__":
    main()
