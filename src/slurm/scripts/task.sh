#!/bin/bash
# `brecha sweep --on slurm`: some points of a list, one after another, each as the plain command on its own configuration. Whatever is
# finished is not done again, so the task may be put back into the queue at any time.
folder=$1 program=$2 token=$3 list=$4 count=$5
[ -d "$folder" ] || exit 71
[ "$(cat "$folder/token" 2>/dev/null)" = "$token" ] || exit 72
[ -x "$program" ] || exit 73
sweep=$(dirname "$(dirname "$folder")")

# SIGUSR1 comes to this script alone, a minute before the time is up: Slurm would not run the task again by itself. SIGTERM comes with
# everything else (preemption, `scontrol requeue`, `scancel`), where Slurm knows what to do next. Both mean: save and stop.
child='' stopping='' again='' left=''
stop() {
  stopping=yes
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; fi
}
trap 'again=yes; stop' USR1
trap stop TERM

# The results have the same bits with any number of threads.
export RAYON_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}
failed=0
first=$(((SLURM_ARRAY_TASK_ID - 1) * count + 1))
mapfile -t points < <(tail -n "+$first" "$folder/$list" | head -n "$count")
for point in "${points[@]}"; do
  if [ -n "$stopping" ]; then
    left=yes
    break
  fi
  name=${point##*/}
  runs=$sweep/runs group=
  if [ "$name" != "$point" ]; then
    group=/${point%/*}
    runs=$runs$group
  fi
  "$program" train --once --config "$sweep/configurations$group/$name.toml" --artifacts "$runs" --name "$name" --no-report \
    </dev/null >/dev/null 2>>"$runs/$name.log" &
  child=$!
  # A signal that came before the number was known.
  if [ -n "$stopping" ]; then stop; fi
  wait "$child"
  code=$?
  # A signal ends the waiting, not the run, which still saves itself.
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
  case $code in
  # Finished, or no longer finite: a result as well.
  0 | 6) ;;
  129 | 130 | 143)
    failed=$code
    stopping=yes left=yes
    ;;
  *)
    failed=$code
    echo "task $SLURM_ARRAY_TASK_ID on ${SLURMD_NODENAME:-$(hostname)}: $point ended with $code, see $runs/$name.log"
    ;;
  esac
done
if [ -n "$again" ] && [ -n "$left" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 1000 ]; then
  # The controller may be busy.
  for pause in 1 5 10 20; do
    scontrol requeue "$SLURM_JOB_ID" && exit 143
    sleep "$pause"
  done
fi
exit "$failed"
