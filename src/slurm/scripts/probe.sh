#!/bin/bash
# `brecha sweep --on slurm`: does this node see what the machine that submitted sees?
folder=$1 program=$2 token=$3 digest=$4
[ -d "$folder" ] || exit 71
[ "$(cat "$folder/token" 2>/dev/null)" = "$token" ] || exit 72
[ -x "$program" ] || exit 73
"$program" --version >/dev/null 2>&1 || exit 74
if command -v sha256sum >/dev/null; then
  [ "$(sha256sum <"$program" | cut -d ' ' -f 1)" = "$digest" ] || exit 75
fi
{ printf '%s\n' "$token" >"$folder/answer.$$" && mv "$folder/answer.$$" "$folder/answer"; } 2>/dev/null || exit 76
