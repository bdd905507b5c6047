#!/usr/bin/env python3
"""Mutated buckets, and an account of each by a program that shares nothing with millrace.

MILLRACE_DAMAGE buckets (200) of shapes A to I, each mutated in one way: a bit flipped, bytes
cut, inserted, zeroed, trailed, the end cut off, members swapped, repeated, wrapped
again, another object spliced in. The reference (tests/reference, standard library
only) reads the sound object and says which rows lie beside the damage; those must
come out, whatever else does. Where shapes allow no part to be told from another
(one gzip member over all), it reads the damaged bytes too, and what it finds before
the break must come out. The sums hold, the exit status is 3 where bytes are lost,
and what is quarantined lies where the damage is.

Many buckets are shared out to MILLRACE_WORKERS processes (one a core), which make new
sound objects now and then; MILLRACE_DAMAGE_SECONDS ends them early. A failure names
worker and bucket: with the seed and as many workers that repeats it.
"""

import collections
import gzip
import json
import multiprocessing
import os
import random
import re
import sys
import time
import zlib

import harness

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
import reference  # noqa: E402
import unwrap  # noqa: E402

ROUNDS = int(os.environ.get("MILLRACE_DAMAGE", "200"))
WORKERS = int(os.environ.get("MILLRACE_WORKERS", os.cpu_count() if ROUNDS > 900 else 1))
SECONDS = float(os.environ.get("MILLRACE_DAMAGE_SECONDS", "inf"))
OBJECT_ROUNDS = 900  # buckets made of one set of sound objects
SIZES = ("8K", "8K", "8K", "60K")  # of sound objects, set after set, but for the first
PLACE = ("source_object", "source_offset", "record_index", "fingerprint")
UNITS = "ADEFGH"  # shapes whose stored bytes fall into units: members, documents, lines
CONTROL = re.compile(rb"[\x00-\x07\x0e-\x1a]")


class Object:
    """A sound object, and what the reference reads in it."""

    def __init__(self, shape, path):
        self.shape, self.path = shape, path
        with open(path, "rb") as file:
            self.data = file.read()
        self.rows = []
        reference.read([path], self.rows.append)
        self.keys = [(r["source_offset"], key_of(r)) for r in self.rows]
        # Control messages are units without rows.
        self.starts = sorted(set(self.unit_starts()) | {r["source_offset"] for r in self.rows})

    def unit_starts(self):
        """Where a member, document or line begins."""
        if self.shape == "A":
            return members(self.data)
        if self.shape in "DEGH":
            return [b for b, _, kind in unwrap.split_documents(self.data) if kind == "document"]
        return []

    def touched(self, begin, end):
        """Offsets of the units that [begin, end) touches. The unit right before it counts:
        what is inserted at its end belongs to nobody."""
        reach = dict(zip(self.starts, self.starts[1:] + [len(self.data) + 1]))
        return {s for s in self.starts if not (reach[s] < begin or s > end)}


def members(data):
    starts, at = [], 0
    while at < len(data):
        starts.append(at)
        at = unwrap._inflate_member(data, at)[1]
    return starts


# ---- Mutations: each gives the bytes and what it touched of the old ones ----

def flip(rng, o, at):
    data = bytearray(o.data)
    data[at] ^= 1 << rng.randrange(8)
    return data, (at, at + 1)


def cut(rng, o, at):
    end = min(len(o.data), at + rng.randrange(1, 64))
    return o.data[:at] + o.data[end:], (at, end)


def insert(rng, o, at):
    return o.data[:at] + rng.randbytes(rng.randrange(1, 64)) + o.data[at:], (at, at + 1)


def zero(rng, o, at):
    end = min(len(o.data), at + rng.randrange(1, 200))
    return o.data[:at] + bytes(end - at) + o.data[end:], (at, end)


def trail(rng, o, _):
    return o.data + rng.randbytes(rng.randrange(1, 200)), (len(o.data), len(o.data))


def truncate(_, o, at):
    return o.data[:at], (at, len(o.data))


def swap(rng, o, _):
    """Two units change places: nothing is lost."""
    bounds = o.starts + [len(o.data)]
    i, j = sorted(rng.sample(range(len(o.starts)), 2))
    piece = lambda k: o.data[bounds[k]:bounds[k + 1]]
    between = o.data[bounds[i + 1]:bounds[j]]
    return o.data[:bounds[i]] + piece(j) + between + piece(i) + o.data[bounds[j + 1]:], None


def repeat(rng, o, _):
    i = rng.randrange(len(o.starts))
    bounds = o.starts + [len(o.data)]
    return o.data + o.data[bounds[i]:bounds[i + 1]], None


def wrap(_, o, __):
    return gzip.compress(o.data, 1), None


def splice(rng, o, at):
    """A part of the object in the middle of itself."""
    begin = rng.randrange(len(o.data))
    return o.data[:at] + o.data[begin:begin + rng.randrange(1, 4000)] + o.data[at:], (at, at + 1)


def mutations_of(o):
    bytewise = (flip, cut, insert, zero, trail, truncate, splice)
    has_units = o.shape in "ADE" and len(o.starts) > 1
    if has_units:
        return bytewise + (swap, repeat, wrap)
    # Saved Lambda events are three layers deep already.
    return bytewise + ((wrap,) if o.shape != "H" else ())


# ---- What must hold ----

def key_of(row):
    plain = {k: int(v) if isinstance(v, float) and v.is_integer() else v
             for k, v in row.items() if k not in PLACE}
    return json.dumps(plain, sort_keys=True)


def missing(wanted, got):
    """Keys of `wanted` that are not in `got`, each as often as it comes."""
    return list((collections.Counter(wanted) - collections.Counter(got)).elements())


def is_another_kind(o, data):
    """Whether the damage makes text of another form of it, which takes it all along: a
    control byte in lines makes them binary, a brace before them documents."""
    if o.shape == "F":
        return CONTROL.search(data) is not None or unwrap.form_of(bytes(data), o.path) != "lines"
    return o.shape in "DEGH" and unwrap.form_of(bytes(data), o.path) != "documents"


def keys_beside(o, data, span, scratch):
    """Keys of rows that must come out of the mutated bytes, by the reference alone."""
    if span is None:
        return [key for _, key in o.keys]
    if o.shape in UNITS and not is_another_kind(o, data):
        gone = o.touched(*span)
        return [key for offset, key in o.keys if offset not in gone]
    if o.shape in UNITS:
        return []
    keys = keys_read(scratch)
    # A member of members may hold them as they are, and a search among stored bytes then finds
    # one whose end the damage pushed out of the layer: that is not asked for.
    if o.shape == "B":
        inside = os.path.join(os.path.dirname(scratch), "inside", os.path.basename(scratch))
        os.makedirs(os.path.dirname(inside), exist_ok=True)
        with open(inside, "wb") as file:
            file.write(inflated(data))
        keys = (collections.Counter(keys) & collections.Counter(keys_read(inside))).elements()
    return keys


def keys_read(path):
    rows = []
    reference.read([path], rows.append)
    return [key_of(row) for row in rows]


def inflated(data):
    """What the first member gives before its break."""
    inflater, text = zlib.decompressobj(31), bytearray()
    try:
        for at in range(len(data)):
            text += inflater.decompress(data[at:at + 1])
    except zlib.error:
        pass
    return text


def mutate_one(check, rng, o, scratch, name):
    mutate = rng.choice(mutations_of(o))
    data, span = mutate(rng, o, rng.randrange(len(o.data)))
    what = f"{name}: {o.shape} {mutate.__name__} {span}"
    with open(scratch, "wb") as file:
        file.write(data)
    if not data:
        return
    done = harness.millrace("events", "-q", scratch, wanted=(0, 3))
    got = [json.loads(line) for line in done.stdout.splitlines()]
    lost = missing(keys_beside(o, data, span, scratch), map(key_of, got))
    check.expect(f"{what}: rows lost beside the damage", [], [key[:300] for key in lost[:2]])
    account = harness.millrace("inspect", "--json", scratch, wanted=(0, 3))
    ledger = json.loads(account.stdout)
    harness.sums_hold(check, ledger, what)
    check.expect(f"{what}: stored bytes", len(data), ledger["stored_bytes"]["total"])
    check.expect(f"{what}: rows", len(got), ledger["events"]["rows"])
    is_damaged = ledger["objects"]["damaged"] > 0
    check.expect(f"{what}: exit status", (3 if is_damaged else 0,) * 2,
                 (done.returncode, account.returncode))
    if span is None:
        check.expect(f"{what}: nothing is damaged", False, is_damaged)
    if o.shape == "A" and span is not None:
        check_members(check, o, data, span, ledger, what)


def check_members(check, o, data, span, ledger, what):
    """Of members back to back the reference's account is the account, byte for byte."""
    gone = o.touched(*span)
    account = unwrap.Account(len(data))
    run = unwrap.Run()
    run.add(bytes(data), 0)
    unwrap.Peeler(account, lambda _: None).peel(run, 0)
    if data[:3] == b"\x1f\x8b\x08":
        for part in ("parsed", "padding", "quarantined"):
            check.expect(f"{what}: {part}", account.stored[part], ledger["stored_bytes"][part])
    sound = sum(1 for s in o.starts if s not in gone)
    check.expect_true(f"{what}: members beside the damage are records",
                      ledger["records"]["total"] >= sound)


# ---- One flipped byte: what exactly it costs ----

RECORD = ('{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/f",'
          '"logStream":"s","subscriptionFilters":["x"],"logEvents":[{"id":"%d","timestamp":'
          '1672920000000,"message":"line %d of many"}]}')


def run_damaged(base, data):
    """The ledger and quarantine.ndjson of a bucket of one object."""
    bucket, out = os.path.join(base, "one", "bucket"), os.path.join(base, "one", "out")
    os.makedirs(bucket, exist_ok=True)
    with open(os.path.join(bucket, "object"), "wb") as file:
        file.write(data)
    done = harness.millrace("run", "-q", "--no-dataset", bucket, "-o", out, wanted=(0, 3))
    ledger, lines = harness.load(out, "ledger.json"), harness.lines(out, "quarantine.ndjson")
    harness.remove(out)
    return done.returncode, ledger, lines


def one_of_two_hundred(check, rng, base, encode, what):
    """A byte of one unit flipped: the 199 others are whole, and exactly it is named."""
    units = [encode((RECORD % (i, i)).encode()) for i in range(200)]
    for _ in range(5):
        i = rng.randrange(200)
        begin = sum(len(u) for u in units[:i])
        # Behind a gzip header, whose time and flags may change and harm nothing.
        at = begin + rng.randrange(10, len(units[i]) - 1)
        data = bytearray(b"".join(units))
        # A brace or a quote becomes a byte that no string can hold unescaped.
        data[at] = data[at] ^ 0xff if encode is not bytes else 0x22 if data[at] != 0x22 else 0x5c
        status, ledger, lines = run_damaged(base, bytes(data))
        said = f"{what}: byte {at} of unit {i}"
        check.expect(f"{said}: exit status, records", (3, 199),
                     (status, ledger["records"]["data"]))
        check.expect(f"{said}: named", [("bucket/object", begin, len(units[i]))],
                     [(q["object"], q["offset"], q["length"]) for q in lines])
        check.expect(f"{said}: bytes quarantined", len(units[i]),
                     ledger["stored_bytes"]["quarantined"])


def common(a, b):
    """How many bytes both begin with."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[low:middle] == b[low:middle] else (low, middle - 1)
    return low


def one_large_member(check, rng, base):
    """A break in a member over all: the sound records before it, counted unverified."""
    text = "".join(RECORD % (i, rng.randrange(1 << 60)) for i in range(60000)).encode()
    data = bytearray(gzip.compress(text, 6))
    for at in (len(data) // 2, len(data) - 6, rng.randrange(len(data) // 4, len(data) - 8)):
        broken = bytearray(data)
        broken[at] ^= 0x10
        read, _, verdict = unwrap._inflate_member(bytes(broken), 0)
        status, ledger, lines = run_damaged(base, bytes(broken))
        said = f"large member, byte {at} of {len(data)} ({verdict})"
        # Text that inflates before the break is what was written.
        sound = text.count(b"}]}", 0, common(read, text))
        records = ledger["records"]
        check.expect(f"{said}: exit status", 3, status)
        check.expect_true(f"{said}: {records['data']} records, {sound} sound before the break",
                          0 < sound <= records["data"] <= 60000)
        check.expect(f"{said}: unverified", records["data"], records["unverified"])
        check.expect_true(f"{said}: named", len(lines) >= 1 and lines[0]["offset"] == 0)
        harness.sums_hold(check, ledger, said)


def cut_member_behind_damage(check, rng, base):
    """A damaged member, and behind it a last one that breaks off: what is sound before the
    break of that one, counted unverified, whether it is decoded at once or streamed."""
    first = [gzip.compress((RECORD % (i, i)).encode()) for i in range(3)]
    for count in (300, 60000):
        text = "".join(RECORD % (i, rng.randrange(1 << 60)) for i in range(count)).encode()
        last = gzip.compress(text, 6)
        damaged = bytearray(first[2])
        damaged[rng.randrange(10, len(damaged) - 1)] ^= 0xff
        begin = len(first[0]) + len(first[1]) + len(damaged)
        cut = rng.randrange(len(last) // 4, len(last) - 1)
        read = unwrap._inflate_member(last[:cut], 0)[0]
        sound = read.count(b"}]}")
        status, ledger, lines = run_damaged(base, first[0] + first[1] + bytes(damaged) +
                                            last[:cut])
        said = f"member of {count} records cut at {cut} of {len(last)} behind a damaged one"
        check.expect(f"{said}: exit status", 3, status)
        check.expect(f"{said}: records, unverified", (2 + sound, sound),
                     (ledger["records"]["data"], ledger["records"]["unverified"]))
        check.expect(f"{said}: named", [(begin - len(damaged), len(damaged)), (begin, cut)],
                     [(q["offset"], q["length"]) for q in lines
                      if q["layer"] == "stored"])
        harness.sums_hold(check, ledger, said)


# ---- Many buckets ----

def sound_objects(rng, base, size):
    """One of each shape."""
    objects = []
    harness.remove(base)
    os.makedirs(base)
    for shape in "ABCDEFGHI":
        bucket = os.path.join(base, shape)
        harness.corpus(bucket, "--seed", rng.randrange(1 << 30), "--size",
                       size or ("400K" if shape in "ABG" else "60K"), "--objects", 1,
                       "--shapes", shape)
        path = next(os.path.join(root, names[0]) for root, _, names in os.walk(bucket) if names)
        objects.append(Object(shape, path))
    return objects


def mutate_many(check, base, seed, worker, rounds):
    """As many buckets, or as many as the time allows; gives how many that were."""
    rng, end, objects = random.Random(f"{seed} {worker}"), time.monotonic() + SECONDS, []
    for i in range(rounds):
        if time.monotonic() > end:
            return i
        if i % OBJECT_ROUNDS == 0:
            sets = i // OBJECT_ROUNDS
            objects = sound_objects(rng, os.path.join(base, "sound"),
                                    SIZES[sets % len(SIZES)] if sets > 0 else None)
        o = objects[i % len(objects)]
        # The whole name is kept: it may tell the region, the stream, the shape.
        scratch = os.path.join(base, "scratch", *o.path.split("/")[-2:])
        os.makedirs(os.path.dirname(scratch), exist_ok=True)
        mutate_one(check, rng, o, scratch, f"worker {worker}, bucket {i}")
    return rounds


def work(arguments):
    check = harness.Failures()
    done = mutate_many(check, *arguments)
    return done, check.checks, check.lines


def mutate_all(check, base, seed):
    shares = [(os.path.join(base, f"worker-{i}"), seed, i, len(range(i, ROUNDS, WORKERS)))
              for i in range(WORKERS)]
    if WORKERS == 1:
        results = [work(shares[0])]
    else:
        with multiprocessing.Pool(WORKERS) as pool:
            results = pool.map(work, shares, 1)
    for _, checks, lines in results:
        check.checks += checks
        check.lines += lines
    print(f"{sum(done for done, _, _ in results)} buckets, {WORKERS} workers")


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        mutate_all(check, base, rng.randrange(1 << 32))
        one_of_two_hundred(check, rng, base, lambda r: gzip.compress(r, 6), "members")
        one_of_two_hundred(check, rng, base, bytes, "documents")
        one_large_member(check, rng, base)
        cut_member_behind_damage(check, rng, base)
    check.finish()


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    main()
