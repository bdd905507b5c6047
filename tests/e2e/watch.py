#!/usr/bin/env python3
"""`millrace watch`: files that appear are added and told of, each alert in one digest; killed at any
moment it goes on; files that are still written wait."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time

import harness as h


class Watch:
    def __init__(self, bucket, out, *more):
        self.text = b""
        self.process = subprocess.Popen(
            [h.MILLRACE, "watch", "-q", bucket, "-o", out, "--interval", "1s", "--settle", "0s", *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def read_until(self, holds, seconds=90):
        """Reads digests until holds(text so far); False when that takes too long."""
        end = time.monotonic() + seconds
        while not holds(self.text.decode()):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return False
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                return False
            self.text += more
        return True

    def end(self, number):
        self.process.send_signal(number)
        rest, self.stderr = self.process.communicate(timeout=60)
        self.text += rest
        return self.process.returncode


def alerts_told(text):
    return sum(int(n.replace(",", "")) for n in re.findall(r"^\S+Z  ([\d,]+) alerts? more", text, re.M))


def groups_told(text):
    told = {}
    for count, fingerprint in re.findall(r"^ +\+(\d+) .*(fp1-[0-9a-f]{16})$", text, re.M):
        told[fingerprint] = told.get(fingerprint, 0) + int(count)
    return told


def summary(out):
    report = h.load(out, "report.json")
    return (h.load(out, "ledger.json")["events"], report["totals"],
            {g["fingerprint"]: g["count"] for g in report["groups"]})


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(root, name), folder)
                  for root, _, names in os.walk(folder) for name in names)


def put(path, bucket, name):
    """As a staging tool does: written aside, then renamed."""
    target = os.path.join(bucket, name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(os.path.join(path, name), target + ".6eF3cA81")
    os.rename(target + ".6eF3cA81", target)


def is_published(out, objects):
    try:
        return h.load(out, "ledger.json")["objects"]["total"] >= objects
    except (FileNotFoundError, ValueError):
        return False


def wait_published(out, objects, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_published(out, objects):
        time.sleep(0.05)
    return is_published(out, objects)


def is_kept(out):
    """Whether what was told of OUT is noted: a signal before that has it told again."""
    told = out + ".told"
    try:
        return os.path.samefile(os.path.join(out, "_SUCCESS"), os.path.join(told, "_SUCCESS")) and \
            not os.path.exists(told + ".old")
    except FileNotFoundError:
        return False


def wait_kept(out, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_kept(out):
        time.sleep(0.01)
    return is_kept(out)


def told_once(check, made, work, names, wanted):
    bucket, out = os.path.join(work, "bucket"), os.path.join(work, "out")
    os.mkdir(bucket)
    watch = Watch(bucket, out)
    third = len(names) // 3
    for part in (names[:third], names[third:2 * third], names[2 * third:]):
        for name in part:
            put(made, bucket, name)
        time.sleep(1.2)
    total = wanted[1]["alerts"]
    check.expect_true("all alerts are told of", watch.read_until(lambda t: alerts_told(t) >= total))
    check.expect_true("and that is noted", wait_kept(out))
    check.expect("status after SIGTERM", 128 + signal.SIGTERM, watch.end(signal.SIGTERM))
    text = watch.text.decode()
    check.expect("alerts told of", total, alerts_told(text))
    told = groups_told(text)
    check.expect_true("groups told of have the report's counts",
                      all(wanted[2][f] >= n for f, n in told.items()) and len(told) > 0)
    check.expect("OUT is that of one run", wanted, summary(out))
    check.expect("verify", 0, h.millrace("verify", "-q", out, wanted=None).returncode)
    check.expect("work left", [], [n for n in os.listdir(work) if n.endswith((".work", ".next", ".old"))])

    again = Watch(bucket, out)
    time.sleep(1.5)
    again.end(signal.SIGINT)
    check.expect("nothing new, nothing told", b"", again.text)


SECRET = """{"messageType":"DATA_MESSAGE","owner":"111111111111","logGroup":"/aws/lambda/pay","logStream":"s",
"subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1672876800000,
"message":"2023-01-05T00:00:00.000Z\\tundefined\\tERROR\\tno key AKIAIOSFODNN7EXAMPLE for badge 4711"}]}"""


def redacted(check, work):
    """A digest, which goes into logs and mails, shows no more of a secret than the report."""
    bucket, rules = os.path.join(work, "secret-bucket"), os.path.join(work, "secret-rules")
    os.mkdir(bucket)
    with open(os.path.join(bucket, "object"), "w", encoding="utf-8") as file:
        file.write(SECRET)
    with open(rules, "w", encoding="utf-8") as file:
        file.write("badge ([0-9]+)\n")
    for name, options, shown in (("plain", (), (False, True)), ("ruled", ("--redact", rules), (False, False)),
                                 ("bare", ("--no-redact",), (True, True))):
        watch = Watch(bucket, os.path.join(work, f"secret-{name}"), *options)
        check.expect_true(f"{name}: told of", watch.read_until(lambda t: "fp1-" in t))
        watch.end(signal.SIGTERM)
        text = watch.text.decode()
        check.expect(f"{name}: key and badge shown", shown, ("AKIAIOSFODNN7EXAMPLE" in text, "4711" in text))


def killed(check, rng, made, work, names, wanted):
    """Killed at random moments while objects arrive: everything is told at least once."""
    bucket, out = os.path.join(work, "killed-bucket"), os.path.join(work, "killed-out")
    os.mkdir(bucket)
    texts = []
    kills = int(os.environ.get("MILLRACE_KILLS", 6))
    for i in range(kills):
        watch = Watch(bucket, out)
        for name in names[i::kills]:
            put(made, bucket, name)
        time.sleep(rng.uniform(0, 2.5))
        watch.end(signal.SIGKILL)
        texts.append(watch.text.decode())
    watch = Watch(bucket, out)
    check.expect_true("everything is published in the end", wait_published(out, len(names)))
    time.sleep(1.5)
    watch.end(signal.SIGTERM)
    texts.append(watch.text.decode())
    check.expect("OUT after kills is that of one run", wanted, summary(out))
    check.expect_true("alerts told of at least once", sum(map(alerts_told, texts)) >= wanted[1]["alerts"])


def unsettled(check, made, work, names):
    """A file that is written in place waits until nobody has written it for a while."""
    bucket, out = os.path.join(work, "slow-bucket"), os.path.join(work, "slow-out")
    os.mkdir(bucket)
    watch = Watch(bucket, out, "--settle", "3s")
    with open(os.path.join(made, names[0]), "rb") as file:
        content = file.read()
    with open(os.path.join(bucket, "slow"), "wb") as file:
        for begin in range(0, len(content), len(content) // 4 + 1):
            file.write(content[begin:begin + len(content) // 4 + 1])
            file.flush()
            time.sleep(0.8)
            check.expect_true("half a file is not taken", not os.path.exists(out))
    check.expect_true("the whole one is", wait_published(out, 1))
    check.expect("bytes taken", len(content), h.load(out, "ledger.json")["stored_bytes"]["total"])
    watch.end(signal.SIGTERM)
    # Writing to it again is more than watch can go on from: it says so and ends.
    watch = Watch(bucket, out)
    with open(os.path.join(bucket, "slow"), "ab") as file:
        file.write(content)
    _, stderr = watch.process.communicate(timeout=60)
    check.expect("status when a held object changes", 2, watch.process.returncode)
    check.expect_true(f"and a line that names it: {stderr!r}",
                      b"slow-bucket/slow: had" in stderr and stderr.count(b"\n") == 1)


def main():
    check = h.Failures()
    rng = h.seeded()
    with h.folder() as work:
        made = os.path.join(work, "made")
        h.corpus(made, "--size", "2M", "--object-size", "64K", "--shapes", "A,D", "--days", 2,
                 "--seed", rng.randrange(1 << 30))
        names = files_below(made)
        whole = os.path.join(work, "whole")
        bucket = os.path.join(work, "bucket")
        os.rename(made, bucket)  # names begin with the folder's
        h.millrace("run", "-q", bucket, "-o", whole)
        os.rename(bucket, made)
        wanted = summary(whole)
        told_once(check, made, work, names, wanted)
        killed(check, rng, made, work, names, wanted)
        unsettled(check, made, work, names)
        redacted(check, work)
    check.finish()


if __name__ == "__main__":
    main()
