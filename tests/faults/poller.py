#!/usr/bin/env python3
"""A reader that polls OUT while runs replace it sees whole trees only.

Two runs with different options replace each other with --force; a reader that
opens OUT as a folder and reads below that gets the one tree or the other. It may
find a file gone, as the old tree is removed while it is being read; what it did
read until then is of one tree.
"""

import hashlib
import os
import threading
import time

from preload import harness, make_bucket

SECONDS = int(os.environ.get("MILLRACE_POLL_SECONDS", "8"))


def read_below(folder, path):
    fd = os.open(path, os.O_RDONLY, dir_fd=folder)
    with os.fdopen(fd, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def look(out, paths):
    """{path: digest} of what is there, and whether OUT is still this tree."""
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    try:
        seen = {}
        for path in paths:
            try:
                seen[path] = read_below(folder, path)
            except FileNotFoundError:
                pass
        now = os.stat(out)
        held = os.fstat(folder)
        return seen, (now.st_dev, now.st_ino) == (held.st_dev, held.st_ino)
    finally:
        os.close(folder)


def is_of(seen, tree, is_current):
    """All of the tree where it is the current one; else a part of it alone."""
    if is_current:
        return seen == tree
    return all(tree.get(path) == digest for path, digest in seen.items())


class Poller(threading.Thread):
    def __init__(self, out, trees):
        super().__init__()
        self.out, self.trees = out, trees
        self.paths = sorted(set().union(*trees))
        self.is_ending = False
        self.looks = self.outdated = 0
        self.mixed = []

    def run(self):
        while not self.is_ending:
            seen, is_current = look(self.out, self.paths)
            self.looks += 1
            self.outdated += not is_current
            if not any(is_of(seen, tree, is_current) for tree in self.trees):
                self.mixed.append(sorted(seen.items()))


def main():
    check = harness.Failures()
    rng = harness.seeded()
    with harness.folder() as base:
        bucket, out = os.path.join(base, "bucket"), os.path.join(base, "out")
        make_bucket(bucket, rng)
        variants = [[], ["--min-level", "warn"]]
        trees = []
        for options in variants:
            harness.millrace("run", bucket, "-o", out, "-q", "--force", *options, wanted=(0, 3))
            trees.append(harness.tree(out))
        check.expect_true("the two trees differ", harness.difference(*trees))
        poller = Poller(out, trees)
        poller.start()
        runs, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            harness.millrace("run", bucket, "-o", out, "-q", "--force", *variants[runs % 2],
                             wanted=(0, 3))
            runs += 1
        poller.is_ending = True
        poller.join()
        check.expect("mixtures seen", [], poller.mixed[:1])
        check.expect_true("many looks", poller.looks > 20 and runs > 20)
        check.expect("the work folder is gone", False, os.path.exists(out + ".work"))
    print(f"{poller.looks} looks at {runs} publications, {poller.outdated} overtaken by one")
    check.finish()


if __name__ == "__main__":
    main()
