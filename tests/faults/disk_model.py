"""A file system in memory that knows what a power cut keeps.

What was written is kept from the fsync of that file on, a name from the fsync of
its folder on; a rename is kept as a whole. Whatever came after may be kept too.
"""

import os


class File:
    def __init__(self, data=b""):
        self.now = bytearray(data)
        self.kept = bytes(data)

    def sync(self):
        self.kept = bytes(self.now)


class Folder:
    def __init__(self):
        self.now = {}
        self.kept = {}
        self.moves = []  # renames that are not durable: (folder, name, folder, name)

    def sync(self):
        self.kept = dict(self.now)
        for from_folder, from_name, to_folder, to_name in self.moves:
            for folder, name in ((from_folder, from_name), (to_folder, to_name)):
                if name in folder.now:
                    folder.kept[name] = folder.now[name]
                else:
                    folder.kept.pop(name, None)
        self.moves = []


class Disk:
    """What lies below `base`; calls are given as they were recorded."""

    def __init__(self, base):
        self.base = base
        self.root = Folder()
        self.open = {}

    def load(self, path):
        """A tree that is on the real disk, and durable."""
        for root, _, names in os.walk(path):
            for name in names:
                self._load_file(os.path.join(root, name))

    def _load_file(self, path):
        folder = self.root
        *above, name = self.parts(path)
        for part in above:
            folder = folder.now.setdefault(part, Folder())
        with open(path, "rb") as file:
            folder.now[name] = File(file.read())
        self._sync_all(self.root)

    def _sync_all(self, folder):
        folder.sync()
        for node in folder.now.values():
            if isinstance(node, Folder):
                self._sync_all(node)

    def parts(self, path):
        parts = [part for part in path.split("/") if part not in ("", ".")]
        base = [part for part in self.base.split("/") if part]
        assert parts[:len(base)] == base, path
        return parts[len(base):]

    def node(self, parts):
        node = self.root
        for part in parts:
            node = node.now[part]
        return node

    def _place(self, path):
        parts = self.parts(path)
        return self.node(parts[:-1]), parts[-1]

    def apply(self, call):
        if call.result < 0:
            return
        if call.name in ("write", "truncate", "close"):
            self._apply_to_open(call)
        elif call.name == "fsync":
            node = self.open.get(call.descriptor)
            (node or self.node(self.parts(call.path))).sync()
        elif call.name in ("rename", "exchange", "link"):
            self._apply_to_two(call)
        else:
            self._apply_to_name(call)

    def _apply_to_open(self, call):
        file = self.open[call.descriptor]
        if call.name == "close":
            del self.open[call.descriptor]
        elif call.name == "truncate":
            del file.now[call.length:]
        else:
            file.now.extend(bytes(max(0, call.offset - len(file.now))))
            file.now[call.offset:call.offset + len(call.data)] = call.data

    def _apply_to_name(self, call):
        folder, name = self._place(call.path)
        if call.name == "mkdir":
            folder.now[name] = Folder()
        elif call.name in ("unlink", "rmdir"):
            del folder.now[name]
        else:
            file = folder.now.setdefault(name, File())
            if call.name == "open-truncate":
                file.now.clear()
            self.open[call.result] = file

    def _apply_to_two(self, call):
        (folder, name), (to, to_name) = self._place(call.path), self._place(call.second)
        if call.name == "link":
            to.now[to_name] = folder.now[name]
            return
        node, other = folder.now.pop(name), to.now.pop(to_name, None)
        to.now[to_name] = node
        if call.name == "exchange":
            folder.now[name] = other
        move = (folder, name, to, to_name)
        folder.moves.append(move)
        to.moves.append(move)

    def survivors(self, policy):
        """{path: File or None for a folder} of what a cut leaves."""
        found = {}
        self._collect(self.root, "", policy, found)
        return found

    def _collect(self, folder, path, policy, found):
        for name, node in policy.names(folder).items():
            below = f"{path}/{name}" if path else name
            found[below] = None if isinstance(node, Folder) else node
            if isinstance(node, Folder):
                self._collect(node, below, policy, found)


class Least:
    """Only what was made durable."""

    name = "least"

    def names(self, folder):
        return folder.kept

    def data(self, file):
        return file.kept


class NamesOnly:
    """Every name, and of the bytes what was made durable."""

    name = "names"

    def names(self, folder):
        return folder.now

    def data(self, file):
        return file.kept


class Some:
    """Some names and some bytes more than had to be kept."""

    name = "some"

    def __init__(self, rng):
        self.rng = rng

    def names(self, folder):
        chosen = dict(folder.kept)
        # A rename is kept as a whole or not at all: here not at all.
        moved = {name for a, m, b, n in folder.moves for f, name in ((a, m), (b, n))
                 if f is folder}
        for name in sorted(folder.kept.keys() | folder.now.keys()):
            if name in moved or self.rng.random() < 0.5:
                continue
            if name in folder.now:
                chosen[name] = folder.now[name]
            else:
                chosen.pop(name, None)
        return chosen

    def data(self, file):
        if bytes(file.now) == file.kept or self.rng.random() < 0.3:
            return file.kept
        return bytes(file.now[:self.rng.randrange(len(file.now) + 1)])


def materialise(survivors, policy, base):
    """Writes what survived below the folder `base`."""
    written = {}
    for path, node in survivors.items():
        full = os.path.join(base, path)
        if node is None:
            os.mkdir(full)
        elif id(node) in written:
            os.link(written[id(node)], full)
        else:
            written[id(node)] = full
            with open(full, "wb") as file:
                file.write(policy.data(node))
