#!/usr/bin/env python3
"""Runs a command: how long it took, and the most memory that it and its children held at once.

    measure.py RESULT STDOUT COMMAND...

Memory is the resident set, sampled every 20 ms over the tree of processes, or the largest that
the kernel saw of one process, whichever is more. RESULT gets one JSON object.
"""

import glob
import json
import os
import subprocess
import sys
import threading
import time

PAGE = os.sysconf("SC_PAGESIZE")
INTERVAL_S = 0.02


def tree(pid):
    """`pid` and all below it."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                for child in file.read().split():
                    found += tree(int(child))
        except OSError:  # it has ended
            pass
    return found


def resident(pid):
    total = 0
    for one in tree(pid):
        try:
            with open(f"/proc/{one}/statm", encoding="ascii") as file:
                total += int(file.read().split()[1]) * PAGE
        except OSError:
            pass
    return total


def watch(pid, done, peak):
    while not done.wait(INTERVAL_S):
        peak[0] = max(peak[0], resident(pid))


def main():
    result, stdout, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    done, peak = threading.Event(), [0]
    with open(stdout, "wb") as out:
        begin = time.monotonic()
        # pylint: disable=consider-using-with
        child = subprocess.Popen(command, stdout=out)
        watcher = threading.Thread(target=watch, args=(child.pid, done, peak))
        watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
    done.set()
    watcher.join()
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"seconds": seconds, "peak": max(peak[0], usage.ru_maxrss * 1024),
                   "status": os.waitstatus_to_exitcode(status)}, file)


if __name__ == "__main__":
    main()
