#!/usr/bin/env bash
# A real Slurm on this machine, for tests: one controller and two node daemons on loopback, all of it below one folder.
#
#   tests/slurm/cluster.sh start DIR       starts it; then `export SLURM_CONF=DIR/slurm.conf`
#   tests/slurm/cluster.sh start-node DIR n1
#   tests/slurm/cluster.sh kill-node DIR n1    ends the daemon and all of its tasks by SIGKILL, as a power cut would
#   tests/slurm/cluster.sh stop DIR        ends everything that `start` started
#
# Needs the packages slurm-wlm and munge, and root. Several clusters may run at once, each in a folder of its own.
# CPUS (2): how many tasks a node takes. EXTRA: further lines of slurm.conf. HIDDEN: a folder that the nodes do not see; where this
# machine has no mount namespaces, `start` ends with 3.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)

# A process and all that it has started, the youngest first.
family() {
  local child
  for child in $(ps -o pid= --ppid "$1"); do family "$child"; done
  echo "$1"
}

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 30000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# Credentials between the programs come from munged, one for the whole machine.
start_munge() {
  if munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then return; fi
  mkdir -p /run/munge
  chown munge: /run/munge
  chmod 755 /run/munge
  if ! [ -s /etc/munge/munge.key ]; then
    (umask 077 && head -c 1024 /dev/urandom >/etc/munge/munge.key)
    chown munge: /etc/munge/munge.key
  fi
  su munge -s /bin/sh -c /usr/sbin/munged || true
  for _ in $(seq 50); do
    if munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "error: munged does not answer" >&2
  exit 1
}

configure() {
  mkdir -p "$folder/state" "$folder/spool"
  cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=localhost
SlurmctldPort=$(free_port)
AuthType=auth/munge
# How long a task that was put back into the queue waits before it may start again.
AuthInfo=cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmUser=root
SlurmdUser=root
MpiDefault=none
JobRequeue=1
ReturnToService=2
SlurmdTimeout=5
KillWait=5
MinJobAge=300
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0,sched_min_interval=100000
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=${CPUS:-2} RealMemory=8000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=${CPUS:-2} RealMemory=8000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=60 State=UP
${EXTRA:-}
CONF
  # Else the controller asks cgroups, which a container does not let it write.
  echo "CgroupPlugin=cgroup/v1" >"$folder/cgroup.conf"
}

start_node() {
  if [ -z "${HIDDEN:-}" ]; then
    slurmd -f "$folder/slurm.conf" -N "$1"
  else
    unshare --mount sh -c 'mount -t tmpfs none "$1" && exec slurmd -f "$2" -N "$3"' - "$HIDDEN" "$folder/slurm.conf" "$1" 2>/dev/null || exit 3
  fi
}

# The daemons that watch over this cluster's tasks; they outlive that of their node.
steps() {
  local step
  for step in $(pgrep -f '^slurmstepd: ' || true); do
    if tr '\0' '\n' <"/proc/$step/environ" 2>/dev/null | grep -qxF "SLURM_CONF=$folder/slurm.conf"; then echo "$step"; fi
  done
}

# Nothing of it has time to say good-bye.
kill_node() {
  local pid step all
  pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 0
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$folder/$1.pid"
  for step in $(steps); do
    all=$(family "$step")
    for pid in $all; do
      if tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$folder/spool/$1/"; then
        kill -KILL $all 2>/dev/null || true
        break
      fi
    done
  done
}

case "$action" in
start)
  start_munge
  configure
  slurmctld -f "$folder/slurm.conf"
  export SLURM_CONF="$folder/slurm.conf"
  for _ in $(seq 100); do
    if scontrol ping 2>/dev/null | grep -q ' is UP'; then break; fi
    sleep 0.1
  done
  start_node n1
  start_node n2
  for _ in $(seq 100); do
    if [ "$(sinfo --noheader --Node --format=%T 2>/dev/null | grep -c '^idle$')" = 2 ]; then exit 0; fi
    sleep 0.1
  done
  echo "error: the nodes do not come up; see $folder/*.log" >&2
  exit 1
  ;;
start-node) start_node "$3" ;;
kill-node) kill_node "$3" ;;
stop)
  for name in n1 n2; do kill_node "$name"; done
  for step in $(steps); do kill -KILL $(family "$step") 2>/dev/null || true; done
  if pid=$(cat "$folder/slurmctld.pid" 2>/dev/null); then kill -KILL $(family "$pid") 2>/dev/null || true; fi
  ;;
*)
  echo "error: unknown action $action" >&2
  exit 2
  ;;
esac
