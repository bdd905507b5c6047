"""millrace run under its memory budget: a run that goes past it is ended, and fails.

Anonymous resident memory is looked at every millisecond or two. Fresh memory costs
the kernel about 0.1 ms a MiB, so what can be missed between two looks is small.
Sanitizers take memory of their own and many times as long (MILLRACE_SANITIZED): what
such a program does is looked at, and not what it takes.
"""

import os
import re
import subprocess
import tempfile
import time

import harness

MIB = 1 << 20
LOOK_S = 0.001
SANITIZED = os.environ.get("MILLRACE_SANITIZED") == "1"


def with_dataset(workers):
    """Bytes that a run may take."""
    return (96 + 160 * workers) * MIB


def report_only(workers):
    return (64 + 48 * workers) * MIB


class Run:
    """A finished run: exit status, what it said, seconds, peak of anonymous bytes."""

    def __init__(self, status, said, seconds, peak_bytes, is_ended):
        self.status = status
        self.said = said
        self.seconds = seconds
        self.peak_bytes = peak_bytes
        self.is_ended = is_ended  # by this module: past its budget or its time

    def __str__(self):
        return f"peak {self.peak_bytes / MIB:.0f} MiB, {self.seconds:.1f} s"


def anonymous_bytes(pid):
    """0 once the process has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            found = re.search(r"^RssAnon:\s+(\d+) kB", file.read(), re.M)
    except OSError:
        return 0
    return int(found.group(1)) * 1024 if found else 0


def run(*arguments, budget_bytes, limit_s=600, on_look=None, env=None):
    """Runs millrace; ends it once it is past the budget or the time."""
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen([harness.MILLRACE, *map(str, arguments)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=said, env={**os.environ, **(env or {})})
        peak, is_ended = 0, False
        while process.poll() is None:
            peak = max(peak, anonymous_bytes(process.pid))
            is_past = peak > budget_bytes or time.monotonic() - began > limit_s
            if is_past and not is_ended and not SANITIZED:
                is_ended = True
                process.kill()
            if on_look is not None:
                on_look()
            time.sleep(LOOK_S)
        said.seek(0)
        return Run(process.returncode, said.read().decode(errors="replace"),
                   time.monotonic() - began, peak, is_ended)


def expect_within(check, what, done, budget_bytes, wanted=(0,)):
    """Exit status and budget of a run, and a line for who reads along."""
    print(f"{what}: {done}, budget {budget_bytes // MIB} MiB")
    check.expect_true(f"{what}: exit {done.status}, wanted {wanted}: {done.said[-500:]}",
                      done.status in wanted)
    check.expect_true(f"{what}: {done}: within {budget_bytes // MIB} MiB and its time",
                      SANITIZED or (not done.is_ended and done.peak_bytes <= budget_bytes))
