#!/usr/bin/env python3
"""verify finds whatever changed in OUT or its inputs; quarantine gives the damaged bytes back.

MILLRACE_FLIPS random bits are flipped in the committed files, one at a time: each must be found, and
the file be named.
"""

import base64
import gzip
import json
import os
import shutil
import zlib

import harness

FLIPS = int(os.environ.get("MILLRACE_FLIPS", "1000"))

ALL = 1 << 30  # members

RECORD = ('{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/lambda/f",'
          '"logStream":"s","subscriptionFilters":["x"],"logEvents":[{"id":"%d","timestamp":'
          '%d,"message":"%s"}]}')


def record(number, message="line"):
    return (RECORD % (number, 1672920000000 + number * 3600000, f"{message} {number}")).encode()


def bad(number):
    """A record without one colon."""
    return record(number).replace(b'"timestamp":', b'"timestamp"')


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def damaged_bucket(bucket):
    """{object name: (bytes given back, file name's ending)} of every damaged object."""
    wanted = {}

    def put(name, data, lost=None, ending=""):
        write(os.path.join(bucket, *name.split("/")), data)
        if lost is not None:
            wanted["bucket/" + name] = (lost, ending)

    good = [record(i) for i in range(60)]
    members = [gzip.compress(r, mtime=0) for r in good]
    put("2023/01/05/12/clean", b"".join(members))
    put("2023/01/05/12/plain", good[0] + bad(1) + good[2], bad(1), "-not-valid-json.bin")
    broken = bytearray(members[1])
    broken[-20] ^= 4
    put("2023/01/05/12/member", members[0] + broken + members[2], bytes(broken), ".bin")
    put("2023/01/05/12/one-member", gzip.compress(good[0] + bad(1) + good[2], mtime=0), bad(1),
        "-not-valid-json.bin")
    inner = gzip.compress(good[0] + good[1], mtime=0) + gzip.compress(bad(2) + good[3], mtime=0)
    put("2023/01/05/13/twice", gzip.compress(inner, mtime=0), bad(2), "-not-valid-json.bin")
    inner = members[4] + bytes(broken) + members[5]
    put("2023/01/05/13/twice-broken", gzip.compress(inner, mtime=0), bytes(broken), ".bin")
    payload = base64.b64encode(gzip.compress(good[7], mtime=0))[:-8].decode()
    envelope = ('{"awslogs":{"data":"%s"}}' % payload).encode()
    put("2023/01/05/13/envelope", good[8] + envelope + good[9], envelope, "-unit.bin")
    put("2023/01/05/13/\x1b[31m\n..", good[0] + bad(10), bad(10), "-not-valid-json.bin")
    return wanted


def verify(out, *arguments, wanted=(0, 5)):
    done = harness.millrace("verify", out, *arguments, wanted=wanted)
    return done.returncode, done.stdout.decode()


def found(check, what, out, name):
    status, text = verify(out)
    check.expect(f"{what}: exit status", 5, status)
    check.expect_true(f"{what}: {name} is named in {text[:300]!r}",
                      any(line.startswith(f"{name}: ") for line in text.splitlines()))
    check.expect_true(f"{what}: no line steers a terminal", "\x1b" not in text)


# ---- OUT ----

def files_of(out):
    return sorted(set(harness.tree(out)))


def flips(check, rng, out):
    names = files_of(out)
    sizes = [os.path.getsize(os.path.join(out, name)) for name in names]
    # Every file once, then any bit of all that was committed.
    for name in names + rng.choices(names, sizes, k=max(0, FLIPS - len(names))):
        path = os.path.join(out, name)
        before = read(path)
        if not before:
            continue
        data = bytearray(before)
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        data[at] ^= 1 << bit
        write(path, data)
        what = f"bit {bit} of byte {at} of {name}"
        # The manifest's own checksum is in _SUCCESS alone.
        found(check, what, out, "_SUCCESS" if name == "manifest.jsonl" else name)
        write(path, before)
    check.expect("put back: exit status", 0, verify(out)[0])


def other_changes(check, rng, out, base):
    for name in files_of(out):
        path = os.path.join(out, name)
        aside = os.path.join(base, "aside")
        before = read(path)
        os.rename(path, aside)
        found(check, f"{name} deleted", out, name)
        os.symlink(aside, path)
        found(check, f"{name} replaced by a link", out, name)
        os.unlink(path)
        os.mkdir(path)
        found(check, f"{name} replaced by a folder", out, name)
        os.rmdir(path)
        os.rename(aside, path + ".old")
        found(check, f"{name} renamed: its old name", out, name)
        if name != "manifest.jsonl":  # without it nothing is known to be new
            found(check, f"{name} renamed: its new name", out, name + ".old")
        os.rename(path + ".old", path)
        if before:
            write(path, before[:rng.randrange(len(before))])
            found(check, f"{name} cut", out, "_SUCCESS" if name == "manifest.jsonl" else name)
        write(path, before + b"\0")
        found(check, f"{name} grown", out, "_SUCCESS" if name == "manifest.jsonl" else name)
        write(path, before)
    for name in ("new.parquet", "events/dt=2023-01-05/x.parquet", ".hidden", "events/a/b/c"):
        write(os.path.join(out, name), b"PAR1")
        found(check, f"{name} added", out, name)
        os.unlink(os.path.join(out, name))
    write(os.path.join(out, "\x1b[2J"), b"x")
    found(check, "a name with an escape sequence", out, "\\x1b[2J")
    os.unlink(os.path.join(out, "\x1b[2J"))
    shutil.rmtree(os.path.join(out, "events", "a"))
    manifest = os.path.join(out, "manifest.jsonl")
    before = read(manifest)
    write(manifest, before + b'{"path":"../../etc/passwd","bytes":1,"checksum":"%s"}\n' % (b"0" * 32))
    status, text = verify(out)
    check.expect_true("a path out of OUT is refused, not read",
                      status == 5 and "names a path outside OUT" in text)
    write(manifest, before)
    write(os.path.join(out, "timing.json"), b"{}")
    check.expect("timing.json is not looked at", 0, verify(out)[0])
    check.expect("one thread says the same", verify(out, "-j", 4), verify(out, "-j", 1))


def samples(check, out):
    """A change is found by exactly the part that its file belongs to."""
    for name in ("report.html", next(n for n in files_of(out) if n.endswith(".parquet"))):
        path = os.path.join(out, name)
        data = bytearray(read(path))
        data[len(data) // 2] ^= 1
        write(path, data)
        hits = [verify(out, "--sample", f"{part}/7")[0] for part in range(1, 8)]
        check.expect(f"{name}: parts that find a change", [0] * 6 + [5], sorted(hits))
        data[len(data) // 2] ^= 1
        write(path, data)


# ---- Inputs ----

def against(check, out, bucket, base):
    def status(*arguments, wanted=(0, 5)):
        return verify(out, "--against", bucket, *arguments, wanted=wanted)

    code, text = status()
    check.expect(f"the inputs as they were: {text}", 0, code)
    clean = os.path.join(bucket, "2023", "01", "05", "12", "clean")
    before = read(clean)

    data = bytearray(before)
    data[60] ^= 1
    write(clean, data)
    code, text = status()
    check.expect("an object changed: exit status", 5, code)
    check.expect_true("it is named", "bucket/2023/01/05/12/clean: " in text)
    check.expect_true("the ledger does not fit", "ledger.json: records.data is" in text)

    write(clean, before[:-1])
    code, text = status()
    check.expect_true("an object cut", code == 5 and "bucket/2023/01/05/12/clean: holds" in text)
    os.unlink(clean)
    code, text = status()
    check.expect_true("an object gone", code == 5 and
                      "bucket/2023/01/05/12/clean: is in objects.ndjson, but not below" in text)
    write(clean, before)
    write(clean + "-2", before)
    code, text = status()
    check.expect_true("an object added", code == 5 and
                      "bucket/2023/01/05/12/clean-2: is below the sources, but not in" in text)
    parts = [status("--sample", f"{part}/3")[0] for part in (1, 2, 3)]
    check.expect("parts that find it", [0, 0, 5], sorted(parts))
    os.unlink(clean + "-2")
    for part in (1, 2):
        check.expect(f"part {part} of 2", 0, status("--sample", f"{part}/2")[0])
    check.expect("another folder's objects", 2,
                 verify(out, "--against", os.path.join(base, "other"), wanted=(2,))[0])


def options(check, bucket, base):
    """Runs whose ledger says more than the inputs alone."""
    out = os.path.join(base, "options")
    for run, again, wanted in (
            (["--min-level", "ERROR"], [], 0),
            (["--no-dataset"], [], 0),
            (["--dedupe"], [], 0),
            (["--since", "2023-01-05T12:30", "--until", "2023-01-05"], [], 0),
            (["--since", "2023-01-20"], [], 2),
            (["--since", "2023-01-20"], ["--since", "2023-01-20"], 0),
            (["--exclude", "*/13/*"], [], 5),
            (["--exclude", "*/13/*"], ["--exclude", "*/13/*"], 0)):
        harness.millrace("run", bucket, "-o", out, "-q", *run, wanted=(0, 3))
        status, text = verify(out, "--against", bucket, *again, wanted=(0, 2, 5))
        check.expect(f"run {run}, verify {again}: {text[:200]}", wanted, status)
        harness.remove(out)


def generations(check, base):
    """A second run over more objects: OUT and the ledger cover both."""
    bucket, out = os.path.join(base, "growing"), os.path.join(base, "growing-out")
    for number in range(3):
        write(os.path.join(bucket, f"2023/01/05/12/{number}"), record(number) + bad(number))
        harness.millrace("run", bucket, "-o", out, "-q", wanted=(3,))
        status, text = verify(out, "--against", bucket)
        check.expect(f"generation {number}: {text}", 0, status)


def sliced(check, rng, base):
    """An object that was read in slices gives the same counts whole."""
    bucket, out = os.path.join(base, "sliced"), os.path.join(base, "sliced-out")
    harness.corpus(bucket, "--seed", rng.randrange(1 << 30), "--size", "20M", "--objects", 1,
                   "--shapes", "D")
    path = next(os.path.join(root, names[0]) for root, _, names in os.walk(bucket) if names)
    data = bytearray(read(path))
    for at in (1000, 8 << 20, len(data) - 5000):
        data[at] ^= 128
    write(path, data)
    harness.millrace("run", bucket, "-o", out, "-q", wanted=(0, 3))
    status, text = verify(out, "--against", bucket)
    check.expect(f"slices: {text}", 0, status)


# ---- Quarantine ----

def extract(check, out, bucket, wanted, base):
    listed = harness.millrace("quarantine", out, "--json").stdout
    check.expect("--json prints the lines as they are", read(os.path.join(out, "quarantine.ndjson")),
                 listed)
    text = harness.millrace("quarantine", out).stdout.decode()
    check.expect_true("the list steers no terminal", "\x1b" not in text)
    check.expect("a block per span", len(wanted), ("\n" + text).count("\nspan      "))
    to = os.path.join(base, "bytes")
    done = harness.millrace("quarantine", out, "extract", bucket, "-o", to)
    check.expect_true("units are told of", b"-unit.bin: the stored unit" in done.stderr)
    index = harness.lines(to, "index.ndjson")
    check.expect("a line per span", len(wanted), len(index))
    for line in index:
        data, ending = wanted[line["object"]]
        check.expect(f"{line['object']}: {line['layer']}, {line['reason']}", data,
                     read(os.path.join(to, line["file"])))
        check.expect_true(f"{line['object']}: {line['file']}", line["file"].endswith(ending))
        check.expect("its content", "unit" if "-unit" in line["file"] else "span", line["content"])
    check.expect("nothing else", sorted([l["file"] for l in index] + ["index.ndjson"]),
                 sorted(os.listdir(to)))
    before = harness.tree(to)
    harness.millrace("quarantine", out, "extract", bucket, "-o", to)
    check.expect("the same again changes nothing", [], harness.difference(before, harness.tree(to)))
    with open(os.path.join(to, "more"), "wb") as file:
        file.write(b"more")
    before = harness.tree(to)
    harness.millrace("quarantine", out, "extract", bucket, "-o", to, wanted=(2,))
    check.expect("nothing is overwritten", [], harness.difference(before, harness.tree(to)))
    for inside in (os.path.join(bucket, "x"), os.path.join(out, "x")):
        harness.millrace("quarantine", out, "extract", bucket, "-o", inside, wanted=(2,))
        check.expect_true("inputs and OUT are left alone", not os.path.exists(inside))


def hostile_lines(check, out, bucket, base):
    """A quarantine.ndjson that somebody made: no name leads out of the folder."""
    fake, to = os.path.join(base, "fake"), os.path.join(base, "fake-bytes")
    os.mkdir(fake)
    line = {"object": "bucket/2023/01/05/12/plain", "offset": 3, "length": 5, "layer": "stored",
            "reason": "../../../x/\x1b[31m", "excerpt": "essag"}
    lines = [line, {**line, "object": "../../../etc/passwd"}, {**line, "offset": 1 << 60},
             {**line, "length": (1 << 63) - 1}, {**line, "excerpt": "other"},
             {**line, "reason": ""}, {**line, "layer": "gzip", "inner_offset": 1 << 62}]
    write(os.path.join(fake, "quarantine.ndjson"),
          b"".join(json.dumps(l).encode() + b"\n" for l in lines))
    harness.millrace("quarantine", fake, "extract", bucket, "-o", to, wanted=(5,))
    names = [l["file"] for l in harness.lines(to, "index.ndjson")]
    check.expect("names", ["000001-x-31m.bin", None, None, None, None, "000006-damage.bin",
                           "000007-x-31m-unit.bin"], names)
    check.expect("files", sorted([n for n in names if n] + ["index.ndjson"]),
                 sorted(os.listdir(to)))
    check.expect("bytes", b"essag", read(os.path.join(to, names[0])))
    write(os.path.join(fake, "quarantine.ndjson"), b'{"object":1}\n')
    harness.millrace("quarantine", fake, wanted=(5,))
    write(os.path.join(fake, "quarantine.ndjson"), b'\xff\n')
    harness.millrace("quarantine", fake, wanted=(5,))
    harness.millrace("quarantine", fake, "extract", bucket, "-o", to + "2", wanted=(5,))


def inflated(data, members):
    """What the first gzip members decode to, the last as far as it is whole."""
    text, at = b"", 0
    for _ in range(members):
        decoder = zlib.decompressobj(31)
        try:
            while at < len(data) and not decoder.eof:
                text += decoder.decompress(data[at:at + 512])
                at += min(512, len(data) - at) - len(decoder.unused_data)
        except zlib.error:
            break
        if at == len(data):
            break
    return text


def salvaged(data):
    """What all gzip members decode to, broken ones as far as they are whole: after a
    failure it goes on at the next header."""
    text, at = b"", 0
    while 0 <= at < len(data):
        begin, decoder = at, zlib.decompressobj(31)
        try:
            while at < len(data) and not decoder.eof:
                text += decoder.decompress(data[at:at + 64])
                at += min(64, len(data) - at) - len(decoder.unused_data)
        except zlib.error:
            at = data.find(b"\x1f\x8b\x08", begin + 1)
    return text


def wrapped(rng, data):
    """The same text in layers: whole or in members, once or twice."""
    for _ in range(rng.randrange(3)):
        cuts = sorted(rng.randrange(len(data)) for _ in range(rng.randrange(3)))
        pieces = [data[a:b] for a, b in zip([0] + cuts, cuts + [len(data)]) if a < b]
        data = b"".join(gzip.compress(piece, mtime=0) for piece in pieces)
    return data


def random_damage(check, rng, base):
    """Any damage in any shape: what is given back is what the line says."""
    bucket, out, to = (os.path.join(base, n) for n in ("random", "random-out", "random-bytes"))
    harness.corpus(bucket, "--seed", rng.randrange(1 << 30), "--size", "2M", "--objects", 24)
    objects = {}
    for root, _, names in os.walk(bucket):
        for name in names:
            path = os.path.join(root, name)
            data = bytearray(read(path))
            for _ in range(3):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            data = wrapped(rng, bytes(data))
            write(path, data)
            objects["random/" + os.path.relpath(path, bucket)] = data
    harness.millrace("run", bucket, "-o", out, "-q", wanted=(3,))
    status, text = verify(out, "--against", bucket)
    check.expect(f"random damage: {text[:300]}", 0, status)
    harness.millrace("quarantine", out, "extract", bucket, "-o", to, "-q")
    spans = units = 0
    for line in harness.lines(to, "index.ndjson"):
        got, data = read(os.path.join(to, line["file"])), objects[line["object"]]
        begin, end = line["offset"], line["offset"] + line["length"]
        what = f"{line['object']} {line['layer']} {line['reason']}"
        if line["layer"] == "stored":
            check.expect(what, data[begin:end], got)
        elif line["content"] == "unit":
            units += 1
            check.expect(f"{what}: a unit begins there", data[begin:begin + len(got)], got)
        else:
            spans += 1
            check.expect(f"{what}: its length", line["length"], len(got))
        inner = line.get("inner_offset", 0)
        if line["content"] == "span" and line["layer"] == "gzip":
            check.expect(what, inflated(data[begin:], 1)[inner:inner + line["length"]], got)
        if line["content"] == "span" and line["layer"] == "gzip>gzip":
            # The inner members may go on over the border of two outer ones.
            texts = [salvaged(inflated(data[at:], ALL)) for at in (0, begin)]
            check.expect_true(f"{what}: is in the text", any(got in text for text in texts))
    print(f"{spans} spans and {units} units inside layers")


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket, out = os.path.join(base, "bucket"), os.path.join(base, "out")
        wanted = damaged_bucket(bucket)
        write(os.path.join(base, "other", "x"), record(1))
        harness.millrace("run", bucket, "-o", out, "-q", wanted=(3,))
        status, text = verify(out)
        check.expect(f"a finished run: {text}", 0, status)
        check.expect("one line", 1, text.count("\n"))
        against(check, out, bucket, base)
        options(check, bucket, base)
        extract(check, out, bucket, wanted, base)
        hostile_lines(check, out, bucket, base)
        samples(check, out)
        other_changes(check, rng, out, base)
        flips(check, rng, out)
        generations(check, base)
        sliced(check, rng, base)
        random_damage(check, rng, base)
    check.finish()


if __name__ == "__main__":
    main()
