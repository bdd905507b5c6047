#!/usr/bin/env python3
"""Shards anywhere, in any order, any number of times, then merge: the tree that one
process makes, byte for byte.

1, 2, 3, 7, 64 shards and more than there are batches; with duplicates, slices,
slices that do not meet, failures told of twice, rules, a baseline, generations.
Attempts at once, killed, stopped and woken after the merge; merge killed; shards
missing; objects that change.

MILLRACE_ROUNDS: rounds of attempts at once (8), MILLRACE_KILLS: kills (12).
"""

import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import harness

ROUNDS = int(os.environ.get("MILLRACE_ROUNDS", "8"))
KILLS = int(os.environ.get("MILLRACE_KILLS", "12"))


# ---- Buckets ----

def put(bucket, name, data):
    path = os.path.join(bucket, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def key_name(day, number):
    return (f"2023/01/{day:02d}/01/logs-1-2023-01-{day:02d}-01-00-00-"
            f"00000000-0000-0000-0000-{number:012d}.gz")


def record(events, stream="2023/01/05/[$LATEST]1"):
    return json.dumps({"messageType": "DATA_MESSAGE", "owner": "111122223333",
                       "logGroup": "/aws/lambda/shop", "logStream": stream,
                       "subscriptionFilters": ["all"], "logEvents": events}).encode()


def event(number, message):
    return {"id": f"{number:056d}", "timestamp": 1672916400000 + number * 10, "message": message}


def members(records, level=6):
    return b"".join(gzip.compress(r, level, mtime=0) for r in records)


def large_records(first, count):
    """Records of about 40 kB that gzip only halves."""
    rng = random.Random(first)
    return [record([event(first + 20 * i + j, "INFO " + rng.randbytes(1000).hex())
                    for j in range(20)]) for i in range(count)]


def ordinary(bucket):
    harness.corpus(bucket, "--seed", 41, "--size", "24M", "--objects", 80, "--days", 9,
                   "--shapes", "A,C,D,G")


def sliced(bucket):
    """Large objects, cut into slices, with the same records at both ends of each."""
    records = large_records(0, 250)
    put(bucket, key_name(5, 1), members(records + records[::-1], level=0))
    put(bucket, key_name(6, 2), b"".join(records[:240] + records[10:240]))
    put(bucket, key_name(6, 3), members(records[:5]))


def broken_slices(bucket):
    """What looks like a member at a cut lies in another: slices do not meet."""
    nested = [gzip.compress(members(large_records(100000 * i, 60)), 0, mtime=0) for i in range(8)]
    head = members(large_records(0, 60))
    put(bucket, key_name(5, 1), head + b"".join(nested) + head)
    put(bucket, key_name(5, 2), members(large_records(0, 3)))


def told_twice(bucket):
    """One failed invocation told of in objects of several batches counts once."""
    request = "11111111-2222-3333-4444-555555555555"
    text = f"2023-01-05T11:00:00.000Z {request} Task timed out after 3.00 seconds"
    for day in range(5, 10):
        put(bucket, key_name(day, day),
            members([record([event(day, text), event(100 + day, "ERROR something else")])]))


BUCKETS = {"ordinary": ordinary, "sliced": sliced, "broken slices": broken_slices,
           "told twice": told_twice}


# ---- Runs ----

def path_of(base, name):
    return os.path.join(base, name.replace(" ", "-"))


def plan(bucket, to, shards, *options, wanted=(0,)):
    return harness.millrace("plan", bucket, "-o", to, "--shards", shards, *options,
                            wanted=wanted).stdout.decode()


def shard(to, i, shards, out, *options, wanted=(0,), env=None):
    return harness.millrace("run", "--plan", to, "--shard", f"{i}/{shards}", "-o", out, "-q",
                            *options, wanted=wanted, env=env)


def merge(out, *options, wanted=(0, 3)):
    return harness.millrace("merge", out, "-q", "--wait", 0, *options, wanted=wanted)


def start(*arguments):
    return subprocess.Popen([harness.MILLRACE, *map(str, arguments)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def run_all(to, shards, out, rng):
    order = list(range(shards))
    rng.shuffle(order)
    for i in order:
        shard(to, i, shards, out, "-j", rng.choice((1, 2)))


def expect_same(check, what, wanted, out):
    check.expect(what, [], harness.difference(wanted, harness.tree(out)))
    check.expect(f"{what}: the work folder is gone", False, os.path.exists(out + ".work"))


# ---- Checks ----

def check_equality(check, base, rng, name, counts, *options):
    bucket = path_of(base, name)
    if not os.path.exists(bucket):
        BUCKETS[name](bucket)
    whole, out, to = bucket + ".whole", bucket + ".out", bucket + ".plan"
    harness.millrace("run", bucket, "-o", whole, "-q", *options, wanted=(0, 3))
    wanted = harness.tree(whole)
    for shards in counts:
        plan(bucket, to, shards, *options)
        run_all(to, shards, out, rng)
        merge(out)
        expect_same(check, f"{name} {' '.join(map(str, options))}: {shards} shards", wanted, out)
        harness.remove(out)
    harness.remove(whole)
    return wanted


def check_options(check, base, rng):
    """Rules and baseline come with the plan: shards run elsewhere need no files."""
    bucket = path_of(base, "ordinary")
    rules, redact, old = (path_of(base, n) for n in ("rules", "redact", "old"))
    with open(redact, "w", encoding="utf-8") as file:
        file.write("[0-9]{4}\n")
    with open(rules, "w", encoding="utf-8") as file:
        file.write('title~"timed out" -> group="timeouts"\nlevel="WARN" -> level=ERROR\n')
    harness.millrace("run", bucket, "-o", old, "-q", "--rules", rules, "--until", "2023-01-02",
                     wanted=(0, 3))
    options = ("--rules", rules, "--redact", redact, "--baseline", old, "--since", "2023-01-02", "--exclude", "*7*",
               "--set-account", "999988887777", "--min-level", "INFO", "--ignore-code", "none")
    whole, out, to = (path_of(base, n) for n in ("o.whole", "o.out", "o.plan"))
    harness.millrace("run", bucket, "-o", whole, "-q", *options, wanted=(0, 3))
    plan(bucket, to, 3, *options)
    os.remove(rules)
    os.remove(redact)
    run_all(to, 3, out, rng)
    merge(out)
    expect_same(check, "rules, baseline and filters", harness.tree(whole), out)


def check_generations(check, base, rng, *options):
    """Planned after what OUT holds, shards add another generation."""
    bucket, staged = path_of(base, "ordinary"), path_of(base, "staged")
    harness.remove(staged)
    names = sorted(os.path.relpath(os.path.join(root, n), bucket)
                   for root, _, found in os.walk(bucket) for n in found)
    whole, out, to = (path_of(base, n) for n in ("g.whole", "g.out", "g.plan"))
    for part in (names[::3], names[1::3], names[2::3]):
        for name in part:
            os.makedirs(os.path.dirname(os.path.join(staged, name)), exist_ok=True)
            shutil.copy2(os.path.join(bucket, name), os.path.join(staged, name))
        harness.millrace("run", staged, "-o", whole, "-q", *options, wanted=(0, 3))
        plan(staged, to, 3, "--after", out, *options)
        run_all(to, 3, out, rng)
        merge(out)
        expect_same(check, "generations", harness.tree(whole), out)
    check.expect("generation", 3, harness.lines(out, "objects.ndjson")[0]["generation"])
    said = harness.millrace("plan", staged, "-o", to + "2", "--after", out, *options).stderr
    check.expect_true(f"nothing new: {said}", b"holds all" in said and not os.path.exists(to + "2"))
    # A plan that does not follow what OUT holds now is refused, by shards and by merge.
    plan(staged, to, 1, *options)
    said = shard(to, 0, 1, out, wanted=(2,)).stderr
    check.expect_true(f"another plan: {said}", b"--after" in said)
    expect_same(check, "OUT after a refusal", harness.tree(whole), out)
    harness.remove(out)
    harness.remove(whole)


def check_begun(check, base):
    """One run finishes what shards began, over more objects than they had."""
    bucket, staged, out = (path_of(base, n) for n in ("ordinary", "staged", "b.out"))
    plan(staged, path_of(base, "b.plan"), 3)
    more = os.path.join(staged, key_name(3, 77))
    shard(path_of(base, "b.plan"), 0, 3, out)
    put(staged, key_name(3, 77), members([record([event(1, "INFO late")])]))
    harness.millrace("run", staged, "-o", out, "-q", wanted=(0, 3))
    check.expect("generations", 2, harness.lines(out, "objects.ndjson")[0]["generation"])
    check.expect_true("the new object", os.path.basename(more) in
                      harness.lines(out, "objects.ndjson")[-1]["name"])
    harness.remove(out)


def check_missing(check, base):
    bucket, out, to = (path_of(base, n) for n in ("ordinary", "m.out", "m.plan"))
    plan(bucket, to, 3)
    refused = merge(out, wanted=(1,)).stderr
    check.expect_true(f"no shard has run: {refused}", b"no shard" in refused)
    shard(to, 1, 3, out)
    refused = merge(out, wanted=(1,)).stderr
    check.expect_true(f"missing shards are named: {refused}", b"of shard 0, 2 of 3" in refused)
    said = harness.millrace("merge", out, "--status", wanted=(1,)).stdout.decode().splitlines()
    missing = [line for line in said if line.startswith("missing")]
    check.expect_true(f"status: {said}", missing and
                      all("shard 0" in m or "shard 2" in m for m in missing) and
                      all("not begun" in m for m in missing))
    check.expect("status counts", f"done      {9 - len(missing)} of 9", said[-1].split(" batches")[0])
    # merge waits for a shard that comes late.
    shard(to, 0, 3, out)
    waiting = start("merge", out, "-q", "--wait", 60)
    time.sleep(0.3)
    shard(to, 2, 3, out)
    check.expect("merge that waited", 0, waiting.wait(timeout=120))
    harness.millrace("merge", out, "-q")
    check.expect("a shard after the merge", 0, shard(to, 0, 3, out).returncode)
    check.expect("no litter", False, os.path.exists(out + ".work"))
    harness.remove(out)


def check_attempts(check, base, rng, wanted):
    """Every shard several times at once; some are killed, some stopped and woken late."""
    bucket, to = path_of(base, "ordinary"), path_of(base, "a.plan")
    shards = 3
    plan(bucket, to, shards)
    for i in range(ROUNDS):
        out = path_of(base, f"a.out{i}")
        attempts = [(n, start("run", "--plan", to, "--shard", f"{n}/{shards}", "-o", out, "-q",
                              "-j", rng.choice((1, 2))))
                    for n in range(shards) for _ in range(rng.randrange(1, 4))]
        time.sleep(rng.random() * 0.15)
        asleep = [rng.choice(attempts)[1] for _ in range(rng.randrange(3))]
        for process in asleep:
            process.send_signal(signal.SIGSTOP)
        for _ in range(rng.randrange(3)):
            rng.choice(attempts)[1].kill()
        for n, process in attempts:
            if process not in asleep:
                status = process.wait(timeout=120)
                check.expect_true(f"status of an attempt: {status}", status in (0, -signal.SIGKILL))
        for n in range(shards):
            shard(to, n, shards, out)
        merge(out)
        tree = harness.tree(out)
        check.expect(f"attempts at once, round {i}", [], harness.difference(wanted, tree))
        for process in asleep:
            process.send_signal(signal.SIGCONT)
            status = process.wait(timeout=120)
            check.expect_true(f"status of one that woke late: {status}",
                              status in (0, -signal.SIGKILL))
        check.expect("the tree after late attempts", [], harness.difference(tree, harness.tree(out)))
        harness.millrace("verify", out, "-q")
        # Litter at most, of the same plan: the next run over OUT takes it away.
        merge(out)
        check.expect("the work folder is gone", False, os.path.exists(out + ".work"))
        harness.remove(out)


def check_kills(check, base, rng, wanted):
    """Shards and merge killed at random times, begun again."""
    bucket, to, out = (path_of(base, n) for n in ("sliced", "k.plan", "k.out"))
    plan(bucket, to, 2, "--dedupe")
    kills = 0
    for _ in range(20 * KILLS):
        if kills >= KILLS:
            break
        for i in range(2):
            process = start("run", "--plan", to, "--shard", f"{i}/2", "-o", out, "-q")
            time.sleep(rng.random() * 0.2)
            process.kill()
            kills += process.wait() == -signal.SIGKILL
        run_all(to, 2, out, rng)
        for _ in range(3):
            process = start("merge", out, "-q")
            time.sleep(rng.random() * 0.3)
            process.kill()
            kills += process.wait() == -signal.SIGKILL
            check.expect_true("all or nothing", not os.path.exists(out)
                              or os.path.exists(os.path.join(out, "_SUCCESS")))
        merge(out)
        expect_same(check, "after kills", wanted, out)
        harness.remove(out)
    print(f"{kills} kills")


def handles(process, number):
    """Whether it has begun so far that it handles the signal, or has ended."""
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as file:
            caught = re.search(r"^SigCgt:\s+(\w+)$", file.read(), re.M)
    except OSError:
        return True
    return caught is None or int(caught.group(1), 16) >> (number - 1) & 1 == 1


def check_signals(check, base):
    bucket, to, out = (path_of(base, n) for n in ("sliced", "s.plan", "s.out"))
    plan(bucket, to, 1)
    for number, wanted in ((signal.SIGTERM, 75), (signal.SIGINT, 130)):
        process = start("run", "--plan", to, "--shard", "0/1", "-o", out, "-q", "-j", 1)
        while process.poll() is None and not (os.path.exists(out + ".work") and
                                              handles(process, number)):
            time.sleep(0.001)
        time.sleep(0.02)
        process.send_signal(number)
        status = process.wait()
        if status != 0:
            check.expect(f"exit status after {number.name}", wanted, status)
    shard(to, 0, 1, out)
    merge(out)
    harness.remove(out)


def check_locks(check, base):
    """run and merge exclude one another; shards hold nothing."""
    bucket, to, out = (path_of(base, n) for n in ("ordinary", "l.plan", "l.out"))
    plan(bucket, to, 2)
    shard(to, 0, 2, out)
    waiting = start("merge", out, "-q", "--wait", 60)
    while not os.path.exists(os.path.join(out + ".work", "lock")):
        time.sleep(0.01)
    time.sleep(0.1)
    check.expect("a second merge", 6, merge(out, wanted=None).returncode)
    check.expect("a run beside merge", 6,
                 harness.millrace("run", bucket, "-o", out, "-q", wanted=None).returncode)
    shard(to, 1, 2, out)
    check.expect("the first merge", 0, waiting.wait(timeout=120))
    harness.remove(out)


def check_drift(check, base):
    bucket, to, out = (path_of(base, n) for n in ("drift", "d.plan", "d.out"))
    shutil.copytree(path_of(base, "sliced"), bucket)
    large = os.path.join(bucket, key_name(5, 1))
    plan(bucket, to, 2)
    shard(to, 0, 2, out)
    os.utime(large, (1, 1))
    refused = shard(to, 1, 2, out, wanted=(2,)).stderr
    check.expect_true(f"a changed time is told: {refused}", b"written to" in refused)
    os.remove(large)
    refused = shard(to, 1, 2, out, wanted=(2,)).stderr
    check.expect_true(f"a missing object is told: {refused}", b"gone" in refused)
    # Slices that were read before do not stay: the object is left out whole.
    shard(to, 1, 2, out, "--allow-drift")
    refused = merge(out, wanted=(2,)).stderr
    check.expect_true(f"merge tells too: {refused}", b"gone" in refused)
    merge(out, "--allow-drift", wanted=(3,))
    ledger = harness.load(out, "ledger.json")
    harness.sums_hold(check, ledger, "with a changed object")
    check.expect("damaged objects", 1, ledger["objects"]["damaged"])
    named = [q["object"] for q in harness.lines(out, "quarantine.ndjson")]
    check.expect("named", ["drift/" + key_name(5, 1)], named)
    harness.millrace("verify", out, "-q")
    harness.remove(out)


def flip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ bit]))


def check_damaged_work(check, base):
    """A file of an attempt that is not what was committed is not published."""
    bucket, to, out = (path_of(base, n) for n in ("w", "w.plan", "w.out"))
    shutil.copytree(path_of(base, "ordinary"), bucket)
    put(bucket, key_name(4, 1), b"no record\0{" * 9)
    plan(bucket, to, 1)
    for kind in (".parquet", "partial", "quarantine.ndjson", "done.json"):
        shard(to, 0, 1, out)
        paths = sorted(os.path.join(root, n) for root, _, found in os.walk(out + ".work")
                       for n in found if n.endswith(kind))
        flip(paths[0], os.path.getsize(paths[0]) // 2, 1)
        done = merge(out, wanted=None)
        check.expect_true(f"damaged {kind}: {done.returncode} {done.stderr}",
                          done.returncode not in (0, 3) and not os.path.exists(out))
        harness.remove(out + ".work")


def check_damaged_keys(check, base, rng):
    """A bit of a committed key file: the file is named and nothing is published."""
    bucket, to, out = path_of(base, "w"), path_of(base, "w-keys.plan"), path_of(base, "w-keys.out")
    plan(bucket, to, 2, "--dedupe")
    for i in range(2):
        shard(to, i, 2, out)
    paths = sorted(os.path.join(root, n) for root, _, found in os.walk(out + ".work")
                   for n in found if n == "keys")
    for _ in range(8):
        path = rng.choice(paths)
        at, bit = rng.randrange(os.path.getsize(path)), 1 << rng.randrange(8)
        flip(path, at, bit)
        done = merge(out, wanted=None)
        check.expect_true(f"bit {bit} of byte {at} of {path}: {done.returncode} {done.stderr}",
                          done.returncode == 5 and not os.path.exists(out) and
                          f"attempt/{path.split('/')[-2]}/keys is not what was committed".encode()
                          in done.stderr)
        flip(path, at, bit)
    check.expect("whole again", 3, merge(out, wanted=None).returncode)
    harness.remove(out)


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        wanted = check_equality(check, base, rng, "ordinary", (1, 2, 3, 7, 64, 200))
        check_equality(check, base, rng, "ordinary", (3,), "--no-dataset")
        check_equality(check, base, rng, "sliced", (3,))
        deduped = check_equality(check, base, rng, "sliced", (1, 2, 7), "--dedupe")
        check_equality(check, base, rng, "broken slices", (2, 7))
        check_equality(check, base, rng, "broken slices", (3,), "--dedupe")
        check_equality(check, base, rng, "told twice", (1, 2, 5))
        check_options(check, base, rng)
        check_generations(check, base, rng)
        check_generations(check, base, rng, "--dedupe")
        check_begun(check, base)
        check_missing(check, base)
        check_locks(check, base)
        check_signals(check, base)
        check_drift(check, base)
        check_damaged_work(check, base)
        check_damaged_keys(check, base, rng)
        check_attempts(check, base, rng, wanted)
        check_kills(check, base, rng, deduped)
    check.finish()


if __name__ == "__main__":
    main()
