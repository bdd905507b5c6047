#!/usr/bin/env python3
"""The program is built so that a mistake in reading hostile bytes ends it: readelf shows how.

It lies at a random place (PIE), what it links to is read-only before main() (RELRO,
bound at start), no memory is both written and executed, functions of its own have
canaries, and in them libc's functions check the sizes that the compiler knows
(fortify). The static program too, which asks for no interpreter and no library. Of
another architecture's it needs that one's objdump, named by OBJDUMP.
"""

import glob
import os
import re
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "e2e"))

import harness  # noqa: E402

OBJDUMP = os.environ.get("OBJDUMP", "objdump")
FUNCTION = re.compile(r"^(?:static )?(?:const )?(?:struct |enum )?\w+ \**(\w+)\(", re.M)
# Compilers leave what it was made from before the first dot.
HEAD = re.compile(r"^[0-9a-f]+ <([\w]+)[\w.]*>:$")
CALL = re.compile(r"\b(?:call|bl)\s.*<_{2,}(\w+?)(?:@plt)?>$")


def tool(name, *options):
    try:
        return subprocess.run([name, *options, harness.MILLRACE], check=True,
                              capture_output=True, text=True).stdout
    except FileNotFoundError:
        print(f"no {name} here")
        sys.exit(77)


def readelf(*options):
    return tool("readelf", "-W", *options)


def own_functions():
    names = set()
    for path in glob.glob(os.path.join(FOLDER, "..", "..", "src", "**", "*.c"), recursive=True):
        with open(path, encoding="utf-8") as file:
            names.update(FUNCTION.findall(file.read()))
    return names


def guards():
    """What functions of ours call of the compiler's guards: function -> names. A static
    program holds libc, whose functions are left out."""
    own, called, function = own_functions(), {}, None
    for line in tool(OBJDUMP, "-d", "--no-show-raw-insn").splitlines():
        head = HEAD.match(line)
        if head:
            function = head.group(1)
        elif function in own:
            call = CALL.search(line)
            if call:
                called.setdefault(function, set()).add(call.group(1))
    return called


def main():
    check = harness.Failures()
    header, segments = readelf("--file-header"), readelf("--program-headers")
    dynamic, symbols = readelf("--dynamic"), readelf("--symbols")
    is_static = "INTERP" not in segments
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
    called = guards()
    canaries = [f for f, names in called.items() if "stack_chk_fail" in names]
    check.expect_true(f"{len(canaries)} functions with canaries", len(canaries) > 100)
    fortified = sorted({n for names in called.values() for n in names if n.endswith("_chk")})
    check.expect_true(f"checked sizes: {fortified}", {"memcpy_chk", "snprintf_chk"} <=
                      set(fortified))
    # The linker once took it for not needed, which no result tells.
    if is_static:
        check.expect_true("no library is needed", "NEEDED" not in dynamic)
        check.expect_true("the allocator is linked", re.search(r"FUNC.*\bmi_malloc$", symbols, re.M))
    else:
        check.expect_true("the allocator is linked",
                          re.search(r"NEEDED\).*libmimalloc", dynamic))
    check.finish()


if __name__ == "__main__":
    main()
