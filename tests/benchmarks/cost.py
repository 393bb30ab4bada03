#!/usr/bin/env python3
"""What an image costs in runs of few and of many images, and in networks of few and of many parameters, on random images.

    cargo build && python3 tests/benchmarks/cost.py target/debug/brecha

Each row is the median of the rounds, of the last of three epochs: the first ones warm up. A curve is what its bars show: the first should
be flat, the second grow as the parameters do once they are more than the rest of an image's work."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile

from shapes import configuration, parse, write_images

IMAGES = (1_000, 3_000, 10_000, 30_000, 60_000)
UNITS = (16, 128, 512, 1024, 2048)
REFERENCE = "c16k3 p2 c32k3 p2 f d64 d10"
BAR = 40


def microseconds(brecha, words, images, folder, batch=64):
    """Of an image in the last epoch."""
    write_images(folder, images, ["grey"])
    path = f"{folder}/config.toml"
    with open(path, "w") as file:
        file.write(configuration([parse(word) for word in words.split()], "grey", folder, batch))
    with tempfile.TemporaryDirectory() as artifacts:
        command = [brecha, "train", "--config", path, "--artifacts", artifacts, "--name", "run", "--no-report"]
        # All images but the tenth that is held out, which is measured as well.
        ran = subprocess.run(command + ["--set", "training.epochs=3"], capture_output=True, text=True)
        if ran.returncode:
            sys.exit(ran.stderr)
        with open(f"{artifacts}/run/metrics.jsonl") as file:
            return 1e6 / json.loads(file.readlines()[-1])["train_images_per_s"]


def curve(title, rows, unit):
    print(f"\n{title}\n")
    longest = max(cost for _, cost in rows)
    for value, cost in rows:
        bar = "█" * max(1, round(BAR * cost / longest))
        print(f"{value:>12,} {unit}  {cost:8.1f} µs  {1e6 / cost:10,.0f} images/s  {bar}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("brecha")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    def median(words, images):
        with tempfile.TemporaryDirectory() as folder:
            rounds = range(arguments.rounds)
            return statistics.median(microseconds(arguments.brecha, words, images, folder) for _ in rounds)

    rows = [(images, median(REFERENCE, images)) for images in IMAGES]
    curve("the reference network, batches of 64", rows, "images")
    rows = [(784 * units + units + units * 10 + 10, median(f"f d{units} d10", 10_000)) for units in UNITS]
    curve("784-n-10, 10,000 images", rows, "parameters")


if __name__ == "__main__":
    main()
