#!/usr/bin/env python3
"""The tables of SCALE.md, from rates that README.md has measured and prices as listed here.

    tools/deploy/scale.py            prints them
    tools/deploy/scale.py --write    puts them into SCALE.md
    tools/deploy/scale.py --check    exit 1 where SCALE.md holds others
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(HERE, "..", "..", "README.md")
PAGE = os.path.join(HERE, "SCALE.md")
BEGIN, END = "<!-- tools/deploy/scale.py writes from here -->\n", "<!-- to here -->\n"

# ---- The job ----
JSON_TB = 30.0    # a month of 1 TB a day
OBJECTS = 10e6    # that it lies in
GZIP = 3.65       # JSON bytes to a stored byte: 67.2 MB in 18.4 MB, see the page

# ---- What AWS lists: us-east-1, on demand, Linux; sources on the page ----
#             vCPUs  $ an hour  Gbit/s  TB of instance storage
INSTANCES = {
    "i4i.8xlarge": (32, 2.746, 18.75, 7.5),
    "i4i.16xlarge": (64, 5.491, 37.5, 15.0),
    "c7i.4xlarge": (16, 0.714, 6.25, 0),
    "c7g.4xlarge": (16, 0.580, 7.5, 0),
}
LUSTRE_DOLLARS = 0.140         # for a GB and month of a scratch file system
LUSTRE_GB_PER_TIB = 0.2        # GB/s that each TiB of it gives
MONTH_HOURS = 730
GET_DOLLARS = 0.0004 / 1000    # for an object read

# ---- What is assumed, not measured ----
SYNC_GB = 1.0                  # GB/s of `aws s3 sync` with many requests at once
CHILDREN = 20
LUSTRE_TIB = 40


def measured():
    """GB/s of JSON, report and dataset from gzip members: one thread, two threads."""
    with open(README, encoding="utf-8") as file:
        row = re.search(r"^\| report and dataset from gzip members \|(.*)$", file.read(), re.M)
    rates = re.findall(r"([\d.]+) GB/s", row.group(1))
    return float(rates[0]), float(rates[1])


def said(hours):
    return f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.0f} min"


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def one_machine(name, core_gb):
    vcpus, dollars, gbits, disk_tb = INSTANCES[name]
    cores, stored = vcpus / 2, JSON_TB / GZIP
    reading = JSON_TB * 1000 / (cores * core_gb) / 3600
    link = gbits / 8
    fetching = stored * 1000 / min(SYNC_GB, link) / 3600
    hours = max(reading, fetching)
    parts = -(-stored // disk_tb)
    return [name, f"{cores:.0f}", said(reading), f"{said(fetching)} (the link: {said(stored * 1000 / link / 3600)})",
            "one" if parts == 1 else f"{parts:.0f}, one after the other", said(hours),
            "cores" if reading >= fetching else "fetching", f"${hours * dollars:.2f}"]


def children(name, core_gb):
    vcpus, dollars, gbits, _ = INSTANCES[name]
    cores, stored = CHILDREN * vcpus / 2, JSON_TB / GZIP
    reading = JSON_TB * 1000 / (cores * core_gb) / 3600
    link = stored * 1000 / (CHILDREN * gbits / 8) / 3600
    lustre = stored * 1000 / (LUSTRE_TIB * LUSTRE_GB_PER_TIB) / 3600
    hours = max(reading, link, lustre)
    storage = LUSTRE_TIB * 1024 * LUSTRE_DOLLARS / MONTH_HOURS * hours
    bound = {reading: "cores", link: "network", lustre: "file system"}[hours]
    return [f"{CHILDREN} × {name}", f"{cores:.0f}", said(reading), said(link), said(lustre), said(hours), bound,
            f"${CHILDREN * dollars * hours:.2f} + ${storage:.2f}"]


def tables():
    one, two = measured()
    core = two / 2
    rates = table(["", "GB/s of JSON"], [["one core", f"{one:.2f}"], ["two cores", f"{two:.2f}"],
                                         ["taken here for each core", f"{core:.3f}"]])
    machines = table(["one machine", "cores", "reading", "fetching", "parts that fit its disks", "time, overlapped",
                      "bound by", "instance"], [one_machine(n, core) for n in ("i4i.8xlarge", "i4i.16xlarge")])
    batch = table([f"Batch children, {LUSTRE_TIB} TiB of Lustre", "cores", "reading", "by their network",
                   "by the file system", "time, without the merge", "bound by", "instances + file system"],
                  [children(n, core) for n in ("c7i.4xlarge", "c7g.4xlarge")])
    return f"{rates}\n{machines}\n{batch}\nReading {OBJECTS / 1e6:.0f} million objects from the bucket: ${OBJECTS * GET_DOLLARS:.2f}.\n"


def main():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    before, rest = page.split(BEGIN)
    held, after = rest.split(END)
    if sys.argv[1:] == ["--check"]:
        if held != tables():
            sys.exit("SCALE.md does not follow from README.md's rates: tools/deploy/scale.py --write")
    elif sys.argv[1:] == ["--write"]:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + tables() + END + after)
    elif sys.argv[1:]:
        sys.exit(__doc__.strip())
    else:
        print(tables(), end="")


if __name__ == "__main__":
    main()
