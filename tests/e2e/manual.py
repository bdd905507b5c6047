#!/usr/bin/env python3
"""The manual page and the completions of bash and zsh hold the options that --help lists, command
by command, and no others. MILLRACE_MANUAL names what prints them, the build tool `manual`."""

import os
import re
import shutil
import subprocess
import tempfile

import harness

MANUAL = os.environ.get("MILLRACE_MANUAL", "build/manual")


def printed(what):
    return subprocess.run([MANUAL, what], capture_output=True, check=True, text=True).stdout


def options_of(verb):
    """{long name: (letter, argument)} that the help of a command lists: in columns."""
    options = {}
    for line in harness.millrace(verb, "--help").stdout.decode().splitlines():
        if re.match(r"  (-\w,|   ) --", line):
            name, *argument = line[6:29].split()
            options[name[2:]] = (line[3:4].strip(), "".join(argument))
    return options


def verbs():
    text = harness.millrace("--help").stdout.decode()
    return re.findall(r"^  millrace ([a-z]+) ", text, re.M)


def check_man(check, page):
    text = page.replace("\\-", "-")
    for verb in verbs():
        section = re.search(rf'^\.SS "millrace {verb} .*?(?=^\.SS|^\.SH)', text, re.M | re.S).group(0)
        named = re.findall(r"^\.TP\n(?:\\fB-(\w)\\fR, )?\\fB--([a-z-]+)\\fR(?: \\fI(\S+)\\fR)?$", section, re.M)
        check.expect(f"manual page: {verb}", {k: v for k, v in options_of(verb).items() if k != "help"},
                     {name: (letter, argument) for letter, name, argument in named})
    said = subprocess.run(["man", "--warnings", "-l", "-Tutf8", "-"], input=page, text=True,
                          capture_output=True, check=False) if shutil.which("man") else None
    if said is not None:
        check.expect("manual page: warnings of man", "", said.stderr)


def completed(script, words):
    """What bash offers for the last of these words."""
    line = " ".join(f"'{w}'" for w in words)
    ask = f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _millrace; " \
          "printf '%s\\n' \"${COMPREPLY[@]}\""
    return subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True).stdout.split()


def check_bash(check, script):
    check.expect("bash: commands", {*verbs(), "--help", "--version"}, {*completed(script, ["millrace", ""])})
    check.expect("bash: commands by their beginning", ["events", "explain"],
                 sorted(completed(script, ["millrace", "e"])))
    for verb in verbs():
        options = options_of(verb)
        check.expect(f"bash: {verb}", {"--" + name for name in options},
                     {*completed(script, ["millrace", verb, "--"])})
        # What follows an option with an argument is no option; what is no path, the user's own.
        free = [name for name, (_, argument) in options.items()
                if argument not in ("", "OUT", "PLAN", "DIR", "FILE", "RULES", "OLD", "R")]
        for name in free[:2]:
            check.expect(f"bash: {verb} --{name}", [], completed(script, ["millrace", verb, "--" + name, ""]))
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "one file"), "w", encoding="utf-8"):
            pass
        check.expect("bash: paths", [os.path.join(folder, "one"), "file"],
                     completed(script, ["millrace", "run", os.path.join(folder, "o")]))
    if shutil.which("shellcheck"):
        said = subprocess.run(["shellcheck", "-s", "bash", script], capture_output=True, text=True, check=False)
        check.expect("bash: shellcheck", "", said.stdout)


def check_zsh(check, script, text):
    for verb in verbs():
        section = re.search(rf"^    {verb}\)\n(.*?)^        ;;", text, re.M | re.S).group(1)
        check.expect(f"zsh: {verb}", {*options_of(verb)},
                     {name for name in re.findall(r"--([a-z-]+)(?:=|\[|\}|')", section)} - {""})
    if shutil.which("zsh"):
        said = subprocess.run(["zsh", "-n", script], capture_output=True, text=True, check=False)
        check.expect("zsh: reads it", (0, ""), (said.returncode, said.stderr))


def main():
    check = harness.Failures()
    check.expect_true("there are commands", len(verbs()) >= 12)
    check_man(check, printed("man"))
    with harness.folder() as base:
        scripts = {}
        for shell in "bash", "zsh":
            scripts[shell] = os.path.join(base, shell)
            with open(scripts[shell], "w", encoding="utf-8") as file:
                file.write(printed(shell))
        check_bash(check, scripts["bash"])
        check_zsh(check, scripts["zsh"], printed("zsh"))
    check.finish()


if __name__ == "__main__":
    main()
