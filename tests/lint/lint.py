#!/usr/bin/env python3
"""Nothing that clang, clang-tidy or cppcheck find in src/ is left: lint.py quick|full FOLDER

FOLDER is a build folder of its own, made where it is missing, for the compiler to be
clang. quick: clang's warnings, clang-tidy's checks of single places, cppcheck.
full: clang's static analyzer too, which takes minutes. What was clean is remembered
in FOLDER by its text, headers included, and not looked at again.

.clang-tidy says which checks are on, and why others are not; suppressions.txt what
cppcheck finds without there being something.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MODEL = os.path.join(HERE, "analyzer_model.h")
# What gives the functions of MODEL, and a program of the build's own that has none of them.
WITHOUT_MODEL = {"src/util/err.c", "src/report/embed.c"}
# What decides over a file's findings beside its own text.
RULES = [os.path.join(ROOT, ".clang-tidy"), os.path.abspath(__file__), MODEL]


def first_of(*names):
    """The first of these programs that is here; Debian's names bear a version or not."""
    for name in names:
        if subprocess.run(["which", name], capture_output=True, check=False).returncode == 0:
            return name
    print(f"none of {', '.join(names)} is here: tools/deps test")
    sys.exit(77)


def configure(folder):
    """The commands that compile src/, and what they need that is generated."""
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        made = subprocess.run(["meson", "setup", folder, ROOT], capture_output=True, text=True,
                              check=False, env={**os.environ, "CC": "clang", "CXX": "clang++"})
        if made.returncode != 0:
            sys.exit(made.stdout[-2000:] + made.stderr[-2000:])
    subprocess.run(["ninja", "-C", folder, "--quiet", "version.h", "assets.c"], check=True)
    found = {}
    with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), ROOT)
            if path.startswith("src" + os.sep):
                found[path] = entry
    return found


def digest(entry, what):
    """Names what a file's findings depend on: its text with that of all headers, and `what`."""
    words = [word for word in shlex.split(entry["command"]) if word != "-c"]
    for option in ("-o", "-MF", "-MQ"):
        at = words.index(option)
        del words[at:at + 2]
    words.remove("-MD")
    text = subprocess.run([*words, "-E", "-C"], cwd=entry["directory"], check=True,
                          capture_output=True).stdout
    return hashlib.sha256(what + entry["command"].encode() + text).hexdigest()


class Tidy:
    """clang-tidy over one file at a time."""

    def __init__(self, folder, is_full):
        self.program = first_of("clang-tidy-14", "clang-tidy")
        self.folder, self.is_full = folder, is_full
        self.clean = os.path.join(folder, "lint-clean")
        os.makedirs(self.clean, exist_ok=True)
        self.what = subprocess.run([self.program, "--version"], check=True,
                                   capture_output=True).stdout + bytes([is_full])
        for path in RULES:
            with open(path, "rb") as file:
                self.what += file.read()

    def findings(self, path, entry):
        """What is wrong with the file: text, empty where nothing is."""
        stamp = os.path.join(self.clean, digest(entry, self.what))
        if os.path.exists(stamp):
            return ""
        words = [self.program, "-p", self.folder, "--quiet"]
        if not self.is_full:
            words.append("--checks=-clang-analyzer-*")
        elif path not in WITHOUT_MODEL and path.endswith(".c"):
            words += ["--extra-arg=-include", f"--extra-arg={MODEL}"]
        done = subprocess.run([*words, os.path.join(ROOT, path)], capture_output=True, text=True,
                              check=False)
        if done.returncode == 0:
            with open(stamp, "w", encoding="ascii"):
                return ""
        return done.stdout + done.stderr


def tidy(commands, folder, is_full):
    """Findings of clang-tidy over all files, on every processor."""
    checker = Tidy(folder, is_full)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = pool.map(lambda path: checker.findings(path, commands[path]), sorted(commands))
        return [text for text in texts if text]


def cppcheck(folder):
    """Findings of cppcheck, which knows none of the compiler's own macros."""
    done = subprocess.run(
        [first_of("cppcheck"), f"--project={os.path.relpath(folder, ROOT)}/compile_commands.json", "--file-filter=src/*",
         "--enable=warning,performance,portability", "--quiet", "--error-exitcode=1",
         "-D__x86_64__=1", "-D__GNUC__=12", f"-j{os.cpu_count()}",
         f"--suppressions-list={HERE}/suppressions.txt",
         "--template={file}:{line}: {severity}: {message} [{id}]"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    return [done.stdout + done.stderr] if done.returncode != 0 else []


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("quick", "full"):
        sys.exit("usage: lint.py quick|full FOLDER")
    folder = os.path.abspath(sys.argv[2])
    commands = configure(folder)
    found = tidy(commands, folder, sys.argv[1] == "full") + cppcheck(folder)
    for text in found:
        print(re.sub(r"\x1b\[[0-9;]*m", "", text))
    print(f"{len(commands)} files, {len(found)} with findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
