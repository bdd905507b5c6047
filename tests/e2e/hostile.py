#!/usr/bin/env python3
"""Nothing is made outside OUT and its work folder, and nothing special is opened.

Names in records and of objects that look like ways out; links laid where a run
works; links, pipes, sockets and devices in the source. What a run opened in the
source is asked of the kernel (inotify); what it changed anywhere, of a preloaded
library (MILLRACE_FAULT names it; without it the folders around are compared).
"""

import ctypes
import gzip
import json
import os
import socket
import stat
import struct
import sys

import budget
import harness
from bounds import record, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import preload  # noqa: E402

FIRST_MS = 1_672_920_000_000  # 2023-01-05
LIMIT_S = 60
IN_OPEN = 0x20

NAMES = [
    "../" * 1365, "/../" * 1000 + "etc/passwd", "..", ".", "", "/", "//", "/etc/passwd",
    "a/../../b", "\0", "a\0b", "x\n\r\n\ty", "\u202e\u2066evil\u2069", "A" * 4096,
    "\u00e4" * 2048, "dt=2023-01-05", "%2e%2e%2f", "..\\..\\", "~root", "$(touch x)", "`id`",
    "-rf", "\x1b]0;x\x07\x1b[2J", "\ufeff", "\u0001" * 1000, "con", "\U0001f9e8" * 1000,
]


class Opened:
    """Names opened in folders while the block runs."""

    def __init__(self, *folders):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.queue = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for folder in folders:
            if self.libc.inotify_add_watch(self.queue, os.fsencode(folder), IN_OPEN) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch", folder)
        self.names = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        while True:
            try:
                data = os.read(self.queue, 1 << 16)
            except BlockingIOError:
                break
            at = 0
            while at < len(data):
                _, _, _, size = struct.unpack_from("iIII", data, at)
                self.names.add(os.fsdecode(data[at + 16:at + 16 + size].rstrip(b"\0")))
                at += 16 + size
        os.close(self.queue)


def around(base, *without):
    """{path: kind and size} of everything below base but these folders."""
    found = {}
    for root, folders, names in os.walk(base):
        folders[:] = [f for f in folders if os.path.join(root, f) not in without]
        for name in folders + names:
            path = os.path.join(root, name)
            status = os.lstat(path)
            if path not in without:
                found[path] = (stat.S_IFMT(status.st_mode), status.st_size, status.st_mtime_ns)
    return found


def run(*arguments, env=None):
    return budget.run("run", *arguments, budget_bytes=budget.with_dataset(2), limit_s=LIMIT_S,
                      env=env)


# ---- Names ----

def hostile_bucket(bucket):
    """Gives the number of rows."""
    rows, files = 0, set()
    for at, name in enumerate(NAMES):
        text = record([(at, FIRST_MS, json.dumps(json.dumps({"level": "ERROR", "message": name})))],
                      log_group=name)
        text = text.replace(b'"logStream":"s"', b'"logStream":' + json.dumps(name).encode())
        text = text.replace(b'"owner":"123456789012"', b'"owner":' + json.dumps(name).encode())
        write(os.path.join(bucket, "2023/01/05/12", f"group-{at}"), gzip.compress(text, mtime=0))
        rows += 1
        # The same as a file's name, where a file can have it.
        name = os.fsencode(name.replace("/", "_").replace("\0", "_"))[:250]
        if name not in (b"", b".", b".."):
            write(os.path.join(os.fsencode(bucket), b"2023", b"01", name), text)
            files.add(name)
    write(os.path.join(os.fsencode(bucket), b"2023", b"\xff\xfe\n..", b"x" * 255), text)
    return rows + len(files) + 1


def changed_paths(record_path):
    """Absolute paths that the run changed or made, from the library's record."""
    paths = []
    with open(record_path, "rb") as file:
        for text in file:
            call = preload.Call(text)
            paths += [path for path in (call.path, call.second) if path.startswith("/")]
    return paths


def check_names(check, base):
    bucket, out = os.path.join(base, "bucket"), os.path.join(base, "out")
    rows = hostile_bucket(bucket)
    calls = os.path.join(base, "calls")
    is_recorded = os.path.exists(preload.FAULT)
    before = around(base, out, calls)
    done = run(bucket, "-o", out, "-q",
               env=preload.environment(record=calls) if is_recorded else None)
    check.expect_true(f"hostile names: exit {done.status} {done.said[-400:]}", done.status == 0)
    check.expect("files around OUT", before, around(base, out, calls))
    check.expect("rows", rows, harness.load(out, "ledger.json")["events"]["rows"])
    check.expect("partitions", ["dt=2023-01-05"], os.listdir(os.path.join(out, "events")))
    check.expect_true("verify finds all in place",
                      harness.millrace("verify", out, "--against", bucket).returncode == 0)
    if is_recorded:
        allowed = (out, out + ".work")
        strays = [path for path in changed_paths(calls)
                  if path not in (base, base + "/.") and
                  not any(path == a or path.startswith(a + "/") for a in allowed)]
        check.expect("paths changed outside OUT", [], strays[:5])
        os.remove(calls)
    harness.remove(out)


# ---- What is no file ----

def special_files(bucket, outside):
    """Names of what must not be read."""
    write(os.path.join(outside, "secret"), record([(1, FIRST_MS, '"secret"')]))
    write(os.path.join(bucket, "object"), record([(1, FIRST_MS, '"text"')]))
    os.mkfifo(os.path.join(bucket, "pipe"))
    os.mkfifo(os.path.join(bucket, "pipe\n\x1b[31m"))
    os.mkfifo(os.path.join(bucket, "turned\u202e\u009b31m"))
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(bucket)  # a socket's path is short
        listener.bind("socket")
        os.chdir(here)
    for name, target in (("link", os.path.join(outside, "secret")), ("folder-link", outside),
                         ("dangling", "nowhere"), ("loop", "loop"), ("up", ".."),
                         ("zero", "/dev/zero"), ("self", "object")):
        os.symlink(target, os.path.join(bucket, name))
    names = {"pipe", "pipe\n\x1b[31m", "turned\u202e\u009b31m", "socket", "link", "folder-link", "dangling", "loop", "up",
             "zero", "self"}
    try:
        os.mknod(os.path.join(bucket, "device"), stat.S_IFCHR | 0o600, os.makedev(1, 5))
        names.add("device")
    except PermissionError:
        pass
    return names


def check_special(check, base):
    bucket, outside, out = (os.path.join(base, n) for n in ("special", "outside", "out"))
    names = special_files(bucket, outside)
    with Opened(bucket, outside) as opened:
        done = run(bucket, "-o", out, "-v")
    check.expect_true(f"special files: exit {done.status}, {done}: {done.said}",
                      done.status == 0 and not done.is_ended)
    check.expect("opened in the source", {"", "object"}, opened.names)
    check.expect_true(f"counted: {done.said}", f"{len(names)} not regular" in done.said)
    for name in names:
        shown = name.split("\n")[0].split("\u202e")[0]
        check.expect_true(f"{shown} is named", f"not read: {shown}" in done.said)
    check.expect("what steers a terminal", [],
                 [c for c in "\x1b\u009b\u202e" if c in done.said])
    check.expect("rows", 1, harness.load(out, "ledger.json")["events"]["rows"])
    harness.remove(out)
    listed = os.path.join(base, "list")
    for name in sorted(names - {"pipe\n\x1b[31m"}):
        with open(listed, "w", encoding="utf-8") as file:
            file.write(f"{name}\nobject\n")
        with Opened(bucket, outside) as opened:
            done = run(bucket, "-o", out, "--files-from", listed)
        check.expect_true(f"{name} in --files-from: exit {done.status} {done.said}",
                          done.status == 0 and not done.is_ended)
        check.expect(f"{name} in --files-from: opened", {"object"}, opened.names - {""})
        harness.remove(out)
    for name in ("pipe", "socket", "dangling", "loop", "zero"):
        with Opened(bucket) as opened:
            done = run(os.path.join(bucket, name), "-o", out)
        check.expect_true(f"{name} as the source: exit {done.status} {done.said}",
                          done.status == 2 and not done.is_ended)
        check.expect(f"{name} as the source: opened", set(), opened.names)
    os.remove(listed)


# ---- Links where a run works ----

def check_links(check, base):
    bucket, victim, out = (os.path.join(base, n) for n in ("plain", "victim", "out"))
    work = out + ".work"
    write(os.path.join(bucket, "2023/01/05/12/object"), record([(1, FIRST_MS, '"text"')]))
    write(os.path.join(victim, "file"), b"precious")
    write(os.path.join(victim, "done", "000000.json"), b"precious")
    plan = harness.millrace("run", bucket, "-o", out, "--dry-run").stdout.split()[1].decode()
    before = around(victim)

    def unharmed(what, statuses):
        done = run(bucket, "-o", out, "-q")
        check.expect_true(f"{what}: exit {done.status}: {done.said}", done.status in statuses)
        check.expect(f"{what}: what it leads to", before, around(victim))
        harness.remove(out)
        if os.path.islink(work):
            os.unlink(work)
        harness.remove(work)

    os.symlink(victim, work)
    unharmed("the work folder is a link", (2,))
    for name, statuses in (("next", (0,)), (plan, (1, 2, 75)), ("lock", (1, 2, 75))):
        os.mkdir(work)
        os.symlink(victim if name != "lock" else os.path.join(victim, "file"),
                   os.path.join(work, name))
        unharmed(f"{name} in the work folder is a link", statuses)
    # A plan without commits is cleared away, and the link with it.
    for name, statuses in (("attempt", (0,)), ("done", (1, 2, 75))):
        os.makedirs(os.path.join(work, plan))
        os.symlink(victim, os.path.join(work, plan, name))
        unharmed(f"{name} in the work folder is a link", statuses)


def main():
    check = harness.Failures()
    with harness.folder() as base:
        base = os.path.realpath(base)
        check_names(check, base)
        check_special(check, base)
        check_links(check, base)
    check.finish()


if __name__ == "__main__":
    main()
