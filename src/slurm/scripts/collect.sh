#!/bin/bash
# `brecha sweep --on slurm`: the table and the pictures, when all tasks have ended.
folder=$1 program=$2 token=$3
[ -d "$folder" ] || exit 71
[ "$(cat "$folder/token" 2>/dev/null)" = "$token" ] || exit 72
[ -x "$program" ] || exit 73
export RAYON_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}
"$program" sweep collect "$(dirname "$(dirname "$folder")")"
code=$?
# That points are not finished is no failure of this job: their tasks say why.
[ "$code" = 1 ] || exit "$code"
