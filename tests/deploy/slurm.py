#!/usr/bin/env python3
"""A real Slurm cluster of four nodes on this machine runs tools/deploy/slurm: a node
is killed while it works, its tasks go back into the queue, and the tree is that of
one process, byte for byte.

Everything runs in namespaces of its own (mounts, processes, network, host name): no
port and no process is left behind, whatever happens. Skipped (77) where Slurm is not
installed or namespaces are not allowed.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUBMIT = os.path.join(ROOT, "tools", "deploy", "slurm", "submit")
NODES, SHARDS = 4, 9
HOST = "millrace-slurm"
NEEDED = ("slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo", "munged")
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--net", "--uts"]
WAIT_S = 150

CONF = """\
ClusterName=millrace
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
SlurmctldTimeout=30
MessageTimeout=5
KillWait=2
{nodes}
PartitionName=all Nodes=n[1-{count}] Default=YES MaxTime=INFINITE State=UP
"""

# Until node n2 is killed its tasks stop half way, as on a machine that dies.
WRAPPER = """\
#!/bin/sh
if [ "$1" = run ] && [ "$SLURMD_NODENAME" = n2 ] && [ ! -e {folder}/was-killed ]; then
    {millrace} "$@" &
    sleep 0.01
    kill -STOP $! # where it has come to its end already, the node dies right after
    touch {folder}/stuck.$SLURM_ARRAY_TASK_ID
    sleep 1000
fi
exec {millrace} "$@"
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def command(*arguments):
    return subprocess.run(list(map(str, arguments)), capture_output=True, text=True, check=False)


def wait_until(what, holds, seconds=WAIT_S):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.2)
    print(f"FAILED {what}: not after {seconds} s")
    for words in (("squeue", "-a"), ("sinfo", "-N")):
        done = command(*words)
        print(done.stdout, done.stderr)
    folder = os.path.dirname(os.environ["SLURM_CONF"])
    for name in sorted(n for n in os.listdir(folder) if n.endswith(".log")):
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            print(f"{name}:", *file.readlines()[-12:], sep="\n    ")
    sys.exit(1)


# ---- The machine ----

def bring_up_loopback():
    """With an address besides 127.0.0.1: the resolver finds no names on a machine that
    has that alone (AI_ADDRCONFIG)."""
    SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP_RUNNING = 0x8914, 0x8916, 0x41
    address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton("10.255.255.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP_RUNNING))
        fcntl.ioctl(s, SIOCSIFADDR, struct.pack("16s16s8x", b"lo:1", address))


def name_host(folder):
    """A host name of its own that resolves to this machine."""
    socket.sethostname(HOST)
    hosts = os.path.join(folder, "hosts")
    with open(hosts, "w", encoding="utf-8") as file:
        file.write(f"127.0.0.1 localhost {HOST}\n")
    libc = ctypes.CDLL(None, use_errno=True)
    MS_BIND = 4096
    if libc.mount(hosts.encode(), b"/etc/hosts", None, MS_BIND, None) != 0:
        skip(f"cannot mount: {os.strerror(ctypes.get_errno())}")


# ---- The cluster ----

def start_node(folder, name):
    done = command("slurmd", "-N", name, "-f", os.path.join(folder, "slurm.conf"))
    if done.returncode != 0:
        raise SystemExit(f"FAILED slurmd {name}: {done.stderr}")


def start_cluster(folder):
    for name in ("state", "bin", *(f"spool.n{i + 1}" for i in range(NODES))):
        os.mkdir(os.path.join(folder, name))
    key = os.path.join(folder, "munge.key")
    with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as file:
        file.write(os.urandom(1024))
    conf = os.path.join(folder, "slurm.conf")
    nodes = "\n".join(f"NodeName=n{i + 1} NodeHostname={HOST} NodeAddr=127.0.0.1 "
                      f"Port={16820 + i} CPUs=1 RealMemory=1000" for i in range(NODES))
    with open(conf, "w", encoding="utf-8") as file:
        file.write(CONF.format(host=HOST, folder=folder, nodes=nodes, count=NODES))
    os.environ["SLURM_CONF"] = conf
    done = command("munged", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket",
                   f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log",
                   f"--seed-file={folder}/munged.seed")
    if done.returncode != 0:
        raise SystemExit(f"FAILED munged: {done.stderr}")
    if command("slurmctld", "-f", conf, "-c").returncode != 0:
        raise SystemExit("FAILED slurmctld does not start")
    for i in range(NODES):
        start_node(folder, f"n{i + 1}")
    wait_until("all nodes idle",
               lambda: command("sinfo", "-h", "-t", "idle", "-o", "%D").stdout.strip() == str(NODES),
               30)


def process(pid):
    """Parent, name and environment of a process; None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
        with open(f"/proc/{pid}/environ", "rb") as file:
            return int(rest.split()[1]), name, file.read().split(b"\0")
    except OSError:
        return None


def kill_node(folder, node):
    """All of it at once, as when the power goes: the daemon first, then the steps,
    which would tell of their tasks' end, then the tasks."""
    with open(os.path.join(folder, f"slurmd.{node}.pid"), encoding="utf-8") as file:
        daemon = int(file.read())
    alive = {pid: process(pid) for pid in map(int, filter(str.isdigit, os.listdir("/proc")))}
    tasks = [pid for pid, p in alive.items() if p and f"SLURMD_NODENAME={node}".encode() in p[2]]
    steps = {alive[pid][0] for pid in tasks if alive.get(alive[pid][0])
             and alive[alive[pid][0]][1].startswith("slurmstepd")}
    for pid in [daemon, *steps, *tasks]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(steps)


# ---- The test ----

def queued():
    """Jobs that are not over, with their states; None where the daemon does not answer."""
    done = command("squeue", "-h", "-r", "-o", "%i %t")
    return None if done.returncode != 0 else [line.split() for line in done.stdout.splitlines()]


def all_over():
    """A job that was put back waits two minutes: not here."""
    jobs = queued()
    for job, state in jobs or []:
        if state == "PD":
            command("scontrol", "update", f"jobid={job}", "StartTime=now")
    return jobs == []


def run(folder, check):
    bucket, whole, out = (os.path.join(folder, n) for n in ("bucket", "whole", "out"))
    harness.corpus(bucket, "--seed", 91, "--size", "30M", "--objects", 90, "--days", 12,
                   "--shapes", "A,C,D")
    harness.millrace("run", bucket, "-o", whole, "-q")
    wrapper = os.path.join(folder, "bin", "millrace")
    with open(wrapper, "w", encoding="utf-8") as file:
        file.write(WRAPPER.format(millrace=os.path.abspath(harness.MILLRACE), folder=folder))
    os.chmod(wrapper, 0o755)
    os.environ["PATH"] = os.path.dirname(wrapper) + ":" + os.environ["PATH"]

    submitted = command(SUBMIT, SHARDS, out, bucket)
    check.expect(f"submit: {submitted.stderr}", 0, submitted.returncode)
    wait_until("a task is stuck on n2",
               lambda: any(n.startswith("stuck.") for n in os.listdir(folder)), 60)
    check.expect_true("a step was killed", kill_node(folder, "n2") > 0)
    with open(os.path.join(folder, "was-killed"), "w", encoding="utf-8"):
        pass
    wait_until("the node is down",
               lambda: "n2" in command("sinfo", "-h", "-N", "-t", "down", "-o", "%N").stdout)
    start_node(folder, "n2")

    wait_until("all jobs are over", all_over)
    stuck = [n for n in os.listdir(folder) if n.startswith("stuck.")]
    print(f"tasks that were on the killed node: {len(stuck)}")
    log = ""
    for name in sorted(os.listdir(out + ".logs")):
        with open(os.path.join(out + ".logs", name), encoding="utf-8") as file:
            log += f"{name}: {file.read()}"
    check.expect_true(f"published: {log}", os.path.exists(os.path.join(out, "_SUCCESS")))
    check.expect("the tree of one process", [],
                 harness.difference(harness.tree(whole), harness.tree(out)))
    check_failing(folder, check, bucket)


def check_failing(folder, check, bucket):
    """A shard that fails for good cancels the merge: nothing is published."""
    out = os.path.join(folder, "failing")
    command("scontrol", "update", "PartitionName=all", "State=DOWN")  # hold until it has changed
    submitted = command(SUBMIT, 2, out, bucket)
    check.expect(f"submit: {submitted.stderr}", 0, submitted.returncode)
    for root, _, names in os.walk(bucket):
        for name in names:
            os.utime(os.path.join(root, name), (1, 1))
    command("scontrol", "update", "PartitionName=all", "State=UP")
    wait_until("the failing jobs are over", all_over)
    check.expect("nothing is published", False, os.path.exists(out))
    with open(os.path.join(out + ".logs", "shard-0.log"), encoding="utf-8") as file:
        check.expect_true("the log says why", "changed since the plan was made" in file.read())


def inside(folder):
    check = harness.Failures()
    bring_up_loopback()
    name_host(folder)
    start_cluster(folder)
    try:
        run(folder, check)
    finally:
        command("scontrol", "shutdown")
    check.finish()


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if len(sys.argv) > 1:
        inside(sys.argv[1])
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        skip(f"not installed: {' '.join(missing)} (tools/deps engines)")
    if os.geteuid() != 0:
        skip("Slurm's daemons are started as root")
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode != 0:
        skip("namespaces are not allowed here")
    with harness.folder() as folder:
        done = subprocess.run([*NAMESPACES, "--kill-child", sys.executable,
                               os.path.abspath(__file__), folder], check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
