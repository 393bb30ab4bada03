#!/usr/bin/env python3
"""Fails where our kernels have lost their point: the reference network is trained with them and with burn's own operations, in turns.

A ratio of two measurements in the same seconds, because seconds are those of the machine and its neighbours. Measured: 7.6 on two cores
with AVX-512, 7.2 to 8.6 on two with AVX2; refused: less than 3."""

import json
import statistics
import subprocess
import sys

LEAST = 3.0


def rate(kernels):
    command = [sys.argv[1], "bench", "--json", "--config", "configs/images.toml", "--seconds", "2", "--set", f"kernels={kernels}"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found["training"]["samples-per-second"], found["kernels"]


ratios = []
for _ in range(3):
    ours, kernels = rate("auto")
    if kernels == "burn":
        print("skipped: this processor has no vectors that the kernels know")
        sys.exit()
    ratios.append(ours / rate("burn")[0])
    print(f"{kernels}: {ratios[-1]:.2f} times burn's own operations")
if statistics.median(ratios) < LEAST:
    sys.exit(f"error: training is {statistics.median(ratios):.2f} times as fast as with burn's own operations; at least {LEAST} is asked for")
