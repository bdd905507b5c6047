#!/usr/bin/env python3
"""The comparison with other engines over tiny buckets: all find the same, and a difference is told.

Skipped (exit 77) where the packages of bench/peers or jq are missing. No time is judged.
"""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RUN = os.path.join(HERE, "run")


def peers(*arguments):
    done = subprocess.run([sys.executable, RUN, "--runs", "1", "--threads", "2", *arguments],
                          capture_output=True, text=True, check=False)
    print(done.stdout)
    if done.returncode != 0:
        print(done.stderr[-3000:])
        sys.exit(1)
    return done.stdout


def module():
    loader = importlib.machinery.SourceFileLoader("peers_run", RUN)
    loaded = importlib.util.module_from_spec(importlib.util.spec_from_loader("peers_run", loader))
    loader.exec_module(loaded)
    return loaded


def expect(what, holds):
    if not holds:
        print("FAILED", what)
        sys.exit(1)


def measured(table, job, peer):
    """Whether a peer has figures in the table of a job."""
    lines = table.split(job)[1].split("\n\n")[0].splitlines()
    return any(line.startswith(peer) and "x " in line for line in lines)


def differences_are_told():
    run = module()
    bench = run.Bench(None, None)
    runs = {"millrace": [{"titles": {"fp1": 3}}], "jq": [{"titles": {"a": 1, "b": 2}}],
            "handler": [{"titles": {"a": 2, "b": 1}}]}
    bench.check("alerts", runs)
    expect("titles that differ", len(bench.failures) == 1 and "titles" in bench.failures[0])
    bench.failures = []
    runs["handler"] = [{"titles": {"a": 1, "b": 3}}]
    bench.check("alerts", runs)
    expect("sums that differ", len(bench.failures) == 2)
    bench.failures = []
    bench.check("dataset", {"millrace": [{"rows": 4}], "duckdb": [{"rows": 5}]})
    expect("rows that differ", len(bench.failures) == 1)


def main():
    if not os.path.isdir(os.path.join(HERE, "node_modules")) or shutil.which("jq") is None:
        print("skipped: npm ci --prefix bench/peers; tools/deps bench")
        sys.exit(77)
    differences_are_told()
    for shape in "A", "D":
        table = peers("--size", "3M", "--shapes", shape)
        for peer in ("millrace", "ClickHouse", "DuckDB", "Node.js handler", "gunzip | jq"):
            expect(f"{peer}: alerts of shape {shape}", measured(table, "alert counts per title", peer))
        for peer in ("millrace", "ClickHouse", "DuckDB"):
            expect(f"{peer}: dataset of shape {shape}", measured(table, "dataset: Parquet", peer))
    with tempfile.TemporaryDirectory(prefix="millrace-peers-") as folder:
        plain, lines = os.path.join(folder, "plain"), os.path.join(folder, "lines")
        os.mkdir(lines)
        subprocess.run([os.environ["MILLRACE_CORPUS"], "-o", plain, "--size", "1M", "--shapes", "D"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        objects = [os.path.join(root, name) for root, _, names in os.walk(plain) for name in names]
        with open(os.path.join(lines, "records"), "wb") as file:
            subprocess.run([os.environ["MILLRACE"], "split", "-q", *objects], check=True, stdout=file)
        table = peers(lines, "--jobs", "alerts", "--only", "millrace,polars,handler")
        expect("polars: records on lines", measured(table, "alert counts per title", "polars"))
    print("all hold")


if __name__ == "__main__":
    main()
