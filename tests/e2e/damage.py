#!/usr/bin/env python3
"""Damage costs the record it touches, and no other; the account still adds up.

Objects of every shape are damaged at random (MILLRACE_DAMAGE rounds): a flipped
bit, bytes cut, inserted, zeroed, garbage behind the end, the end cut off. Every
row of a record that was not touched must come out unchanged.
"""

import json
import os

import harness

ROUNDS = int(os.environ.get("MILLRACE_DAMAGE", "200"))
POSITION = ("source_object", "source_offset", "record_index", "fingerprint")


def flip(rng, data, at):
    data[at] ^= 1 << rng.randrange(8)
    return at, at + 1


def cut(rng, data, at):
    end = min(len(data), at + rng.randrange(1, 64))
    del data[at:end]
    return at, end


def insert(rng, data, at):
    data[at:at] = rng.randbytes(rng.randrange(1, 64))
    return at, at + 1


def zero(rng, data, at):
    end = min(len(data), at + rng.randrange(1, 200))
    data[at:end] = bytes(end - at)
    return at, end


def trail(rng, data, _):
    at = len(data)
    data += rng.randbytes(rng.randrange(1, 200))
    return at, at


def truncate(_, data, at):
    end = len(data)
    del data[at:]
    return at, end


MUTATIONS = (flip, cut, insert, zero, trail, truncate)


def content(row):
    return json.dumps({k: v for k, v in row.items() if k not in POSITION}, sort_keys=True)


def untouched(rows, size, begin, end):
    """Rows of the units (members or plain documents) that [begin, end) leaves alone.

    The unit right before the damage counts as touched where they meet: what is
    inserted at its end belongs to nobody.
    """
    starts = sorted({row["source_offset"] for row in rows}) + [size + 1]
    reach = dict(zip(starts, starts[1:]))
    return [row for row in rows
            if reach[row["source_offset"]] < begin or row["source_offset"] > end]


def damage_one(check, rng, name, path, rows, scratch):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    size = len(data)
    mutate = rng.choice(MUTATIONS)
    begin, end = mutate(rng, data, rng.randrange(size))
    what = f"{name} {mutate.__name__} [{begin}, {end})"
    with open(scratch, "wb") as file:
        file.write(data)
    done = harness.millrace("events", "-q", scratch, wanted=(0, 3))
    got = [content(json.loads(line)) for line in done.stdout.splitlines()]
    left = {}
    for row in got:
        left[row] = left.get(row, 0) + 1
    lost = 0
    for row in untouched(rows, size, begin, end):
        key = content(row)
        lost += left.get(key, 0) == 0
        left[key] = left.get(key, 0) - 1
    check.expect(f"{what}: rows lost beside the damage", 0, lost)
    if data:
        account = harness.millrace("inspect", "--json", scratch, wanted=(0, 3))
        ledger = json.loads(account.stdout)
        harness.sums_hold(check, ledger, what)
        check.expect(f"{what}: stored bytes", len(data), ledger["stored_bytes"]["total"])
        check.expect(f"{what}: rows", len(got), ledger["events"]["rows"])
        is_damaged = ledger["objects"]["damaged"] > 0
        check.expect(f"{what}: exit status", 3 if is_damaged else 0, account.returncode)
        # Nothing can tell of a cut from inside one string into another, which leaves
        # sound JSON, nor of a payload that is whole in an envelope that ends early; and
        # a flip in the key of a payload makes a foreign document of it: a row.
        # Nor of an end exactly between two units, nor, without a checksum, of a flip
        # in the key of an envelope: that makes a foreign document of the record.
        is_between = mutate is truncate and any(row["source_offset"] - 1 <= begin <= row["source_offset"]
                                                for row in rows)
        is_telling = (mutate is not cut and not is_between
                      and not (name == "G" and mutate is truncate)
                      and not (name in "DEFG" and mutate is flip))
        if len(got) < len(rows) and is_telling:
            check.expect_true(f"{what}: fewer rows are said to be damage",
                              is_damaged or ledger["repaired_records"] > 0)


def random_damage(check, rng, base):
    """Shapes whose units are one record: what Firehose writes by default, and plain."""
    objects = []
    for shape in "ADEG":
        bucket = os.path.join(base, shape)
        harness.corpus(bucket, "--seed", rng.randrange(1 << 30), "--size", "120K", "--objects", 1,
                       "--shapes", shape)
        path = next(os.path.join(root, names[0]) for root, _, names in os.walk(bucket) if names)
        objects.append((shape, path, harness.events(path)))
    os.makedirs(os.path.join(base, "scratch"))
    for _ in range(ROUNDS):
        shape, path, rows = rng.choice(objects)
        # The name is kept: it may tell the region.
        scratch = os.path.join(base, "scratch", os.path.basename(path))
        damage_one(check, rng, shape, path, rows, scratch)


RECORD = ('{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/f",'
          '"logStream":"s","subscriptionFilters":["x"],"logEvents":[{"id":"%d","timestamp":'
          '1672920000000,"message":"%s"}]}')


def named_damage(check, base):
    """A bad record between good ones: the line that names it, to the letter."""
    bucket, out = os.path.join(base, "named", "bucket"), os.path.join(base, "out")
    os.makedirs(bucket)
    records = [RECORD % (i, f"line {i}") for i in range(5)]
    records[2] = records[2].replace('"timestamp":', '"timestamp"')
    with open(os.path.join(bucket, "object"), "w", encoding="utf-8") as file:
        file.write("".join(records))
    done = harness.millrace("run", bucket, "-o", out, wanted=(3,))
    check.expect_true("the end says what was lost", b"could not be read" in done.stderr)
    offset = sum(len(r) for r in records[:2])
    wanted = [{"object": "bucket/object", "offset": offset, "length": len(records[2]),
               "layer": "stored", "reason": "not valid JSON", "excerpt": records[2][:160]}]
    check.expect("quarantine.ndjson", wanted, harness.lines(out, "quarantine.ndjson"))
    ledger = harness.load(out, "ledger.json")
    harness.sums_hold(check, ledger, "named damage")
    check.expect("records quarantined", 1, ledger["records"]["quarantined"])
    check.expect("bytes quarantined", len(records[2]), ledger["stored_bytes"]["quarantined"])
    check.expect("rows", 4, ledger["events"]["rows"])
    again = harness.millrace("run", bucket, "-o", out, wanted=(0,))
    check.expect_true("a finished run says so", b"nothing to do" in again.stderr)


def sliced_damage(check, rng, base):
    """Damage at any place of an object that is cut into slices: the same rows as uncut."""
    for shape, size in (("D", "40M"), ("A", "100M")):
        bucket = os.path.join(base, "sliced-" + shape)
        harness.corpus(bucket, "--seed", rng.randrange(1 << 30), "--size", size, "--objects", 1,
                       "--shapes", shape, "--gzip-level", 1)
        path = next(os.path.join(root, names[0]) for root, _, names in os.walk(bucket) if names)
        with open(path, "rb") as file:
            data = bytearray(file.read())
        # Around every nominal cut, and anywhere.
        places = [(8 << 20) * i + rng.randrange(-3000, 3000)
                  for i in range(1, len(data) // (8 << 20) + 1)]
        for at in places + [rng.randrange(len(data)) for _ in range(4)]:
            if 0 <= at < len(data):
                flip(rng, data, at)
        with open(path, "wb") as file:
            file.write(data)
        out = os.path.join(base, "sliced-out")
        harness.millrace("run", bucket, "-o", out, "-q", "-j", 2, "--no-dataset", wanted=(0, 3))
        ledger = harness.load(out, "ledger.json")
        whole = json.loads(harness.millrace("inspect", "--json", bucket, wanted=(0, 3)).stdout)
        harness.sums_hold(check, ledger, f"sliced {shape}")
        for section in ("objects", "stored_bytes", "decoded_bytes", "records", "events",
                        "levels", "kinds", "quarantine"):
            check.expect(f"sliced {shape}: {section}", whole[section], ledger[section])
        harness.remove(out)


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        random_damage(check, rng, base)
        named_damage(check, base)
        sliced_damage(check, rng, base)
    check.finish()


if __name__ == "__main__":
    main()
