#!/usr/bin/env python3
"""The program is built so that a mistake in reading hostile bytes ends it: readelf shows how.

It lies at a random place (PIE), what it links to is read-only before main() (RELRO,
bound at start), no memory is both written and executed, frames have canaries, and
libc's functions check the sizes that the compiler knows (fortify).
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import harness  # noqa: E402


def readelf(*options):
    try:
        return subprocess.run(["readelf", "-W", *options, harness.MILLRACE], check=True,
                              capture_output=True, text=True).stdout
    except FileNotFoundError:
        print("no readelf here")
        sys.exit(77)


def main():
    check = harness.Failures()
    header, segments = readelf("--file-header"), readelf("--program-headers")
    dynamic, symbols = readelf("--dynamic"), readelf("--symbols")
    check.expect_true("position independent", re.search(r"Type:\s+DYN ", header) and
                      re.search(r"FLAGS_1\).*\bPIE\b", dynamic))
    check.expect_true("RELRO", "GNU_RELRO" in segments)
    check.expect_true("bound at start", re.search(r"FLAGS_1\).*\bNOW\b", dynamic))
    flags = dict(re.findall(r"^\s+(GNU_STACK)\s.*\s([RWE ]{3})\s+0x\w+$", segments, re.M))
    check.expect("the stack", {"GNU_STACK": "RW "}, flags)
    loads = re.findall(r"^\s+LOAD\s.*\s([RWE ]{3})\s+0x\w+$", segments, re.M)
    check.expect_true(f"written or executed, never both: {loads}",
                      loads and not any("W" in x and "E" in x for x in loads))
    check.expect_true("no text is relocated", "TEXTREL" not in dynamic)
    check.expect_true("no library is looked for in folders of its own",
                      "RPATH" not in dynamic and "RUNPATH" not in dynamic)
    check.expect_true("canaries", "__stack_chk_fail" in symbols)
    fortified = sorted(set(re.findall(r"\b__(\w+)_chk\b", symbols)))
    check.expect_true(f"checked sizes: {fortified}", {"memcpy", "snprintf"} <= set(fortified))
    # The linker once took it for not needed, which no result tells.
    check.expect_true("the allocator is linked", re.search(r"NEEDED\).*libmimalloc", dynamic))
    check.finish()


if __name__ == "__main__":
    main()
