"""Commands over a small bucket: what stands before each, and what must stand after it.

A test makes the commands fail in every way it knows, and asks the scene what then
holds.
"""

import filecmp
import os
import re
import shutil
import signal
import subprocess
import time

import preload
from preload import harness

class Scene:
    """A command that works in a folder of its own, and what it gives undisturbed.

    `out` is what it publishes, a folder or a file in `folder`; None: it only prints.
    What lies in `folder` when the scene is finished is there before each run."""

    is_threaded = False  # it may run with more threads than one
    rarer = 1  # in short forms that many times as few points

    def __init__(self, base, name, verb, *arguments, out="out", wanted=(0, 3)):
        self.name, self.verb, self.ends = name, verb, wanted
        self.folder = os.path.join(base, name)
        self.out = os.path.join(self.folder, out) if out else None
        self.arguments = [verb, *arguments]
        self.between = None
        os.mkdir(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def finish(self):
        """To be called once, when all is there that the command finds."""
        self.kept = self.folder + ".kept"
        shutil.copytree(self.folder, self.kept)
        self.old = self.tree()
        done = self.run(wanted=self.ends)
        self.end()
        self.status, self.said, self.talk = done.returncode, self.plain(done.stdout), done.stderr
        self.wanted = self.tree()
        self.left = sorted(os.listdir(self.folder))
        self.reset()
        return self

    def reset(self):
        harness.remove(self.folder)
        shutil.copytree(self.kept, self.folder)

    def run(self, env=None, wanted=None, more=()):
        return harness.millrace(*self.arguments, *more, env=env, wanted=wanted)

    def end(self):
        """What else it takes until OUT is there."""

    def plain(self, said):
        """What it prints, but for what differs between runs."""
        return said

    def tree(self):
        return preload.tree_or_none(self.out) if self.out else None

    def is_whole(self):
        return self.tree() in (self.old, self.between, self.wanted)

    def runs_again(self, check, what):
        """The same command ends as if nothing had gone wrong."""
        again = self.run()
        check.expect_true(f"{what}: run again: exit {again.returncode} {again.stderr}",
                          again.returncode in (0, self.status))
        self.end()
        self.ended(check, what)

    def ended(self, check, what):
        """A run that ended well leaves the bytes, and nothing beside them."""
        check.expect(f"{what}: bytes", [],
                     harness.difference(self.wanted or {}, self.tree() or {}))
        check.expect(f"{what}: what lies there", self.left, sorted(os.listdir(self.folder)))

    def tells(self, check, what, done, call):
        """What a run says that could not go on."""
        check.expect(f"{what}: exit status", 75, done.returncode)
        check.expect_true(f"{what}: one line: {done.stderr}", is_line_of(done.stderr, call))

    def goes_on(self, check, what, done):
        """A run that did what it does undisturbed says so."""
        self.end()
        self.ended(check, what)
        check.expect(f"{what}: goes on silently", self.talk, done.stderr)
        check.expect_true(f"{what}: prints the same", self.plain(done.stdout) == self.said)


def is_line_of(text, call):
    """One line that says whose it is and names the call's path, or what lies in that folder."""
    lines = text.decode(errors="replace").splitlines()
    path = call.path.removesuffix("/.")
    names = {os.path.basename(p) for p in (path, os.path.dirname(path), call.second)}
    # An attempt's name has random bits: its batch is enough.
    names = {name.split("-")[0] if name.startswith("0000") else name for name in names}
    # Those of one batch come in the order of these bits.
    if "/attempt/" in path:
        names.add(path.split("/attempt/")[1].split("-")[0])
    return (len(lines) == 1 and lines[0].startswith("millrace: /") and
            any(name in lines[0] for name in names if name))


class Run(Scene):
    """`millrace run`, over what OUT holds."""

    is_threaded = True

    def __init__(self, base, name, bucket, *more):
        super().__init__(base, name, "run", bucket, "-q", "-j", "1", *more)
        self.bucket, self.more = bucket, more
        self.arguments += ["-o", self.out]

    def force_over(self):
        """OUT holds a run with other options, which --force replaces."""
        harness.millrace("run", self.bucket, "-o", self.out, "-q", "--no-dataset", wanted=(0, 3))
        self.arguments.append("--force")
        return self

    def grow(self):
        """OUT holds a run over all but the last two objects, which are added to it."""
        harness.millrace("run", but_last_two(self.bucket, self.folder + ".before"), "-q",
                         "-o", self.out, *self.more, wanted=(0, 3))
        return self

    def go_on(self):
        """No OUT, but unfinished work over all but the last two objects: it is
        finished, and they are added to it."""
        early = but_last_two(self.bucket, self.folder + ".before")
        whole, self.arguments = self.arguments, [early if argument == self.bucket else argument
                                                 for argument in self.arguments]
        calls = preload.run_recorded(self, preload.environment(), self.ends)[1]
        self.between = self.tree()
        harness.remove(self.out)
        commit = next(at for at, call in enumerate(calls, 1)
                      if call.name == "link" and "/done/" in call.second)
        self.run(preload.environment("kill-after", commit), (-signal.SIGKILL,))
        self.arguments = whole
        return self


class Shard(Scene):
    """Every batch of a plan as one shard. OUT comes with the merge."""

    is_threaded = True

    def __init__(self, base, name, bucket):
        super().__init__(base, name, "run", "-q", "-j", "1", "--shard", "0/1")
        self.plan = self.folder + ".plan"
        harness.millrace("plan", "-q", bucket, "-o", self.plan)
        self.arguments += ["--plan", self.plan, "-o", self.out]

    def end(self):
        harness.millrace("merge", "-q", self.out, wanted=(0, 3))


class Merge(Scene):
    """What the shards of a plan did is published."""

    def __init__(self, base, name, bucket, *more, earlier=None):
        super().__init__(base, name, "merge", "-q")
        self.arguments.append(self.out)
        if earlier is not None:
            harness.millrace("run", "-q", earlier, "-o", self.out, *more, wanted=(0, 3))
        self.plan = self.folder + ".plan"
        harness.millrace("plan", "-q", bucket, "-o", self.plan, "--shards", 2, *more,
                         *(("--after", self.out) if earlier is not None else ()))
        self.shard(0)
        self.shard(1)

    def shard(self, number):
        harness.millrace("run", "-q", "-j", "1", "--plan", self.plan, "-o", self.out,
                         "--shard", f"{number}/2")


class Status(Scene):
    """What is missing of a plan: half of it, some of that begun."""

    def __init__(self, base, name, bucket):
        super().__init__(base, name, "merge", "--status", out=None, wanted=(1,))
        out = self.path("out")
        self.arguments.append(out)
        plan = self.folder + ".plan"
        harness.millrace("plan", "-q", bucket, "-o", plan, "--shards", 2)
        shard = ["run", "-q", "-j", "1", "--plan", plan, "-o", out]
        harness.millrace(*shard, "--shard", "0/2")
        before = set(self.attempts(out))
        harness.millrace(*shard, "--shard", "1/2")
        late = sorted(set(self.attempts(out)) - before)[:2]
        harness.remove(out + ".work")
        harness.millrace(*shard, "--shard", "0/2")
        for name in late:
            os.mkdir(os.path.join(self.work(out), "attempt", name))

    @staticmethod
    def work(out):
        plan = next(name for name in os.listdir(out + ".work") if len(name) == 32)
        return os.path.join(out + ".work", plan)

    def attempts(self, out):
        return os.listdir(os.path.join(self.work(out), "attempt"))

    def plain(self, said):
        return re.sub(rb"begun \d+ s ago", b"begun", said)


class Watch(Scene):
    """Ends with a signal, once what it found is published and told of."""

    rarer = 16  # a round a second

    def __init__(self, base, name, bucket, is_grown=False):
        super().__init__(base, name, "watch", "-q", "-j", "1", bucket, "--interval", "1s",
                         "--settle", "0s", wanted=(128 + signal.SIGTERM,))
        self.arguments += ["-o", self.out]
        if is_grown:
            early = but_last_two(bucket, self.folder + ".before")
            done = self.watch([early if word == bucket else word for word in self.arguments], 8)
            assert done.returncode in self.ends, done.stderr
        self.objects, self.failures = 10 if is_grown else 8, 0
        self.round = ["run", "-q", "-j", "1", bucket, "-o", self.out]  # what it does in one round

    def is_told(self, objects):
        """Whether OUT covers that many objects, and the digest of it was printed."""
        told = self.out + ".told"
        try:
            return (harness.load(self.out, "ledger.json")["objects"]["total"] == objects and
                    filecmp.cmp(os.path.join(self.out, "report.partial"),
                                os.path.join(told, "report.partial"), shallow=False) and
                    not os.path.exists(told + ".old") and not os.path.exists(self.out + ".work"))
        except FileNotFoundError:
            return False

    def watch(self, arguments, objects, env=None):
        with subprocess.Popen(harness.command(*arguments), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, **(env or {})}) as p:
            until = time.monotonic() + 60
            while p.poll() is None and not self.is_told(objects) and time.monotonic() < until:
                time.sleep(0.02)
            p.send_signal(signal.SIGTERM)
            said, talk = p.communicate(timeout=60)
        return subprocess.CompletedProcess(p.args, p.returncode, said, talk)

    def run(self, env=None, wanted=None, more=()):
        done = self.watch([*self.arguments, *more], self.objects, env)
        assert wanted is None or done.returncode in wanted, done.stderr
        return done

    def plain(self, said):
        return re.sub(rb"^[0-9TZ:.-]+  ", b"", said, flags=re.MULTILINE)

    def runs_again(self, check, what):
        """There may be nothing left to do, and no time for the signal to be heard in."""
        again = self.run()
        check.expect_true(f"{what}: run again: exit {again.returncode} {again.stderr}",
                          again.returncode in (self.status, -signal.SIGTERM))
        self.ended(check, what)

    def goes_on(self, check, what, done):
        """What the world fails in is said, and tried again in the next round."""
        self.ended(check, what)
        lines = done.stderr.removesuffix(self.talk).splitlines()
        check.expect_true(f"{what}: one line: {done.stderr}",
                          len(lines) <= 1 and all(x.startswith(b"millrace: /") for x in lines))
        check.expect_true(f"{what}: tells it all", self.said in self.plain(done.stdout))
        self.failures += len(lines)


def but_last_two(bucket, base):
    """A copy of the bucket without its last two objects."""
    early = os.path.join(base, os.path.basename(bucket))
    shutil.copytree(bucket, early)
    for path in sorted(harness.tree(early))[-2:]:
        os.remove(os.path.join(early, path))
    return early


def make_repeated(bucket, to):
    """The bucket with some objects delivered twice: one of its last ones under a
    name before all others, its first under the last name."""
    shutil.copytree(bucket, to)
    paths = sorted(harness.tree(to))
    shutil.copy(os.path.join(to, paths[-1]), os.path.join(to, "0" + os.path.basename(paths[-1])))
    last = os.path.join(to, os.path.dirname(paths[-1]), "z" + os.path.basename(paths[0]))
    shutil.copy(os.path.join(to, paths[0]), last)
    return to


class Buckets:
    """What the commands read, below `base`."""

    def __init__(self, base, rng):
        self.base = base
        self.plain = os.path.join(base, "bucket")
        preload.make_bucket(self.plain, rng)
        self.shapes = os.path.join(base, "shapes")
        preload.make_bucket(self.shapes, rng, "A,B,C,D,E,F,G,H,I", 24)
        self.repeated = make_repeated(self.plain, os.path.join(base, "repeated"))
        self.rules = os.path.join(base, "rules")
        with open(self.rules, "w", encoding="utf-8") as file:
            file.write('title~"." -> group="p"\nmessage="*" -> owner="x"\n')
        self.redact = os.path.join(base, "redact")
        with open(self.redact, "w", encoding="utf-8") as file:
            file.write("order-[0-9]+\n")
        self.finished, self.other = os.path.join(base, "finished"), os.path.join(base, "other")
        harness.millrace("run", "-q", self.plain, "-o", self.finished, wanted=(0, 3))
        harness.millrace("run", "-q", but_last_two(self.plain, base + "/early"), "-o", self.other,
                         "--no-dataset", wanted=(0, 3))


def of_runs(b):
    """Runs: fresh, instead of something, on top of something, with duplicates."""
    return [Run(b.base, "fresh", b.plain),
            Run(b.base, "forced", b.plain).force_over(),
            Run(b.base, "grown", b.plain).grow(),
            Run(b.base, "left", b.plain).go_on(),
            Run(b.base, "deduped", b.repeated, "--dedupe"),
            Run(b.base, "grown-deduped", b.repeated, "--dedupe").grow()]


def of_parts(b):
    """Runs in parts and by parts."""
    early = but_last_two(b.repeated, os.path.join(b.base, "parts"))
    parted = ("--partition-by", "dt,account_id", "--baseline", b.other, "--rules", b.rules)
    return [Shard(b.base, "shard", b.plain),
            Merge(b.base, "merged", b.plain),
            Merge(b.base, "merged-grown", b.repeated, "--dedupe", earlier=early),
            Run(b.base, "parted", b.plain, *parted[:2]).grow(),
            Run(b.base, "compared", b.plain, *parted[2:4], "--no-dataset"),
            Run(b.base, "ruled", b.plain, *parted[4:], "--no-dataset", "--redact", b.redact)]


def of_reports(b):
    """What other verbs write."""
    plan = Scene(b.base, "plan", "plan", "-q", b.plain, "--shards", "2", "-o", out="PLAN")
    harness.millrace("plan", "-q", b.plain, "-o", plan.out)
    report = Scene(b.base, "report", "report", "-q", b.finished, "--baseline", b.other, "-o",
                   out="report.html")
    harness.millrace("report", b.other, "-o", report.out)
    added = ("report", "-q", b.finished, b.other, "--baseline", b.other, "-o")
    forced = Scene(b.base, "sum-forced", *added, out="sum")
    harness.millrace("report", "-q", b.finished, b.other, "-o", forced.out)
    extract = Scene(b.base, "extract", "quarantine", b.finished, "extract", b.plain, "-q", "-o")
    scenes = [plan, report, Scene(b.base, "sum", *added, out="sum"), forced, extract]
    for scene in scenes:
        scene.arguments.append(scene.out)
    forced.arguments.append("--force")
    return scenes


def of_readers(b):
    """What only prints."""
    def scene(name, *arguments):
        return Scene(b.base, name, *arguments, out=None)

    return [scene("events", "events", "-q", b.plain),
            scene("events-shapes", "events", "-q", b.shapes),
            scene("split", "split", "-q", b.plain),
            scene("inspect", "inspect", "--json", b.plain),
            scene("explain", "explain", "-q", "--rules", b.rules, b.plain),
            scene("verify", "verify", "-j", "1", b.finished, "--against", b.plain),
            scene("shown", "report", b.finished, "--baseline", b.other, "--fail-on", "error>999999"),
            scene("quarantine", "quarantine", b.finished),
            scene("dry-run", "run", "-q", "--dry-run", b.plain, "-o", b.other + ".none"),
            Status(b.base, "status", b.plain)]


def of_watches(b):
    return [Watch(b.base, "watch", b.plain), Watch(b.base, "watch-grown", b.repeated, True)]


KINDS = {"runs": of_runs, "parts": of_parts, "reports": of_reports, "readers": of_readers,
         "watches": of_watches}


def of(base, rng, asked):
    """Finished scenes: all, or those whose kind or name is asked for."""
    buckets, found = Buckets(base, rng), []
    for kind, make in KINDS.items():
        if kind in asked or not asked <= KINDS.keys() or not asked:
            found += [scene for scene in make(buckets)
                      if not asked or kind in asked or scene.name in asked]
    assert asked <= KINDS.keys() | {scene.name for scene in found}, asked
    return [scene.finish() for scene in found]
