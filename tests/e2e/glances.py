#!/usr/bin/env python3
"""--no-dataset, which decides most events by a glance, gives the bytes of the full path;
so does the dataset, whose records are taken apart without a parse.

Generated buckets of every shape, records of awkward events, damaged objects,
other projects' payloads (MILLRACE_FIXTURES), with rules, filters and every
kernel. MILLRACE_GLANCES=off is the full path.
"""

import os
import shutil
import subprocess
import sys

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTILE = os.path.join(HERE, "..", "reference", "hostile.py")
KERNELS = ("scalar", "avx2", "avx512", "neon")
RULES = """title~"^Order" -> ignore
log_group="/aws/lambda/*" message="*timed out*" -> owner="ops" group="slow"
"""
LEVEL_RULES = 'title="Order received" -> level=ERROR\nlevel="DEBUG" -> ignore\n'


def hostile(path, seed, records):
    subprocess.run([sys.executable, HOSTILE, "--seed", str(seed), "--records", str(records), path],
                   check=True)


def damage(random, source, to):
    """A copy of a folder with a few bytes of each file changed."""
    shutil.copytree(source, to)
    for root, _, names in os.walk(to):
        for name in sorted(names):
            path = os.path.join(root, name)
            with open(path, "r+b") as file:
                size = os.path.getsize(path)
                for _ in range(3 if size else 0):
                    file.seek(random.randrange(size))
                    file.write(bytes([random.randrange(256)]))


def main():
    check = harness.Failures()
    random = harness.seeded()
    with harness.folder() as base:
        runs = 0

        def run(sources, options, env, what=("--no-dataset",)):
            nonlocal runs
            runs += 1
            out = os.path.join(base, f"out{runs}")
            done = harness.millrace("run", *sources, "-o", out, "-q", *what, *options,
                                    env=env, wanted=(0, 2, 3))
            found = harness.tree(out) if os.path.isdir(out) else {}
            harness.remove(out)
            return done, found

        def same(what, *sources, options=(), env=None, has_rows=False):
            outputs = () if has_rows else ("--no-dataset",)
            _, wanted = run(sources, options, {**(env or {}), "MILLRACE_GLANCES": "off"}, outputs)
            check.expect_true(f"{what}: there is a report", "report.json" in wanted)
            check.expect(f"{what}: there are rows", has_rows,
                         any(path.endswith(".parquet") for path in wanted))
            _, got = run(sources, options, env, outputs)
            check.expect(what, [], harness.difference(wanted, got))

        bucket = os.path.join(base, "bucket")
        harness.corpus(bucket, "--seed", random.randrange(1 << 30), "--size", "24M", "--objects", 60,
                       "--days", 3, "--shapes", "A,B,C,D,E,F,G,H,I")
        odd = os.path.join(base, "odd")
        os.mkdir(odd)
        for part in range(4):
            hostile(os.path.join(odd, f"hostile{part}"), random.randrange(1 << 30), 1200)
        damaged = os.path.join(base, "damaged")
        damage(random, bucket, damaged)
        rules = {}
        for name, text in (("rules", RULES), ("levels", LEVEL_RULES)):
            rules[name] = os.path.join(base, name)
            with open(rules[name], "w", encoding="utf-8") as file:
                file.write(text)

        same("every shape", bucket)
        same("awkward events", odd)
        same("damaged objects", damaged)
        same("rows", bucket, odd, damaged, has_rows=True)
        same("rows with every message", odd, options=("--raw", "always"), has_rows=True)
        same("two threads", bucket, odd, options=("-j", 2))
        same("rules", bucket, odd, options=("--rules", rules["rules"]))
        same("rules that set levels", odd, options=("--rules", rules["levels"]))
        same("a lowest level", odd, options=("--min-level", "WARN"))
        same("a time", odd, options=("--since", "2023-01-05T12:00:05Z"))
        same("other retry codes", odd, options=("--ignore-code", "x"))
        same("duplicates", odd, options=("--dedupe",))
        for kernel in KERNELS:
            done, _ = run((odd,), (), {"MILLRACE_CPU": kernel})
            if done.returncode != 2:
                same(f"{kernel} kernels", odd, env={"MILLRACE_CPU": kernel})
        fixtures = os.environ.get("MILLRACE_FIXTURES")
        if fixtures:
            for name in sorted(os.listdir(fixtures)):
                path = os.path.join(fixtures, name)
                if os.path.isdir(path):
                    same(name, path)
    check.finish()


if __name__ == "__main__":
    main()
