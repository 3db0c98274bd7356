"""A disk with a cache: what was written, in which order, and what of it is durable.

`Record` turns traces into operations on nodes (files and directories below one directory);
`at_cut` gives, for a power cut after so many of them, what is durable and what is not.
"""

from collections import namedtuple
from pathlib import Path

Write = namedtuple("Write", "node offset octets")
Truncate = namedtuple("Truncate", "node size")
Link = namedtuple("Link", "node name child")  # open with O_CREAT, mkdir
Unlink = namedtuple("Unlink", "node name")
Rename = namedtuple("Rename", "node name into new_name")
Sync = namedtuple("Sync", "node")
Said = namedtuple("Said", "what")  # the client has read +OK, or the delivery has exited with 0

IN_FILE = (Write, Truncate)
IN_DIRECTORY = (Link, Unlink, Rename)


class Node:
    """A file (with octets) or a directory (with entries), as it is durable at the start."""

    def __init__(self, octets=None, entries=None):
        self.octets, self.entries = octets, entries

    @property
    def is_directory(self):
        return self.entries is not None


def read(path):
    """The tree of nodes that stands below a directory now."""
    path = Path(path)
    if path.is_dir():
        return Node(entries={child.name: read(child) for child in path.iterdir()})
    return Node(octets=path.read_bytes())


def build(state, path):
    """Make a tree of octets and dictionaries real."""
    path = Path(path)
    path.mkdir(mode=0o700)
    for name, content in state.items():
        if isinstance(content, dict):
            build(content, path / name)
        else:
            (path / name).write_bytes(content)
            (path / name).chmod(0o600)


class Pending:
    """What is durable and what is not after some operations."""

    def __init__(self, root):
        self.root = root
        self.octets, self.entries = {}, {}  # durable, where it differs from the start
        self.operations = []  # not durable yet

    def durable_octets(self, node):
        return self.octets.get(node, node.octets)

    def durable_entries(self, node):
        return self.entries.get(node, node.entries)

    def take(self, operation):
        if isinstance(operation, Sync):
            self._sync(operation.node)
        elif not isinstance(operation, Said):
            self.operations.append(operation)

    def _sync(self, node):
        """Make everything about this node durable; a rename as soon as one side of it is."""
        mine = [o for o in self.operations if node in (o.node, getattr(o, "into", None))]
        self.operations = [o for o in self.operations if o not in mine]
        for operation in mine:
            if isinstance(operation, IN_FILE):
                self.octets[node] = changed(self.durable_octets(node), operation)
            else:
                for directory, entries in moved(self.durable_entries, operation).items():
                    self.entries[directory] = entries


def at_cut(root, operations, cut):
    pending = Pending(root)
    for operation in operations[:cut]:
        pending.take(operation)
    return pending


def contents(pending):
    """The durable tree, as octets and dictionaries."""
    return tree(pending.root, pending.octets, pending.entries)


def tree(node, octets, entries):
    """The tree below a node, where these octets and entries differ from the start."""
    if not node.is_directory:
        return octets.get(node, node.octets)
    children = entries.get(node, node.entries).items()
    return {name: tree(child, octets, entries) for name, child in sorted(children)}


def changed(octets, operation):
    """A file's octets after a write or a truncation."""
    if isinstance(operation, Truncate):
        return octets[: operation.size].ljust(operation.size, b"\0")
    before = octets.ljust(operation.offset, b"\0")
    end = operation.offset + len(operation.octets)
    return before[: operation.offset] + operation.octets + before[end:]


def moved(entries_of, operation):
    """The entries of the directories that an operation changes, changed."""
    entries = dict(entries_of(operation.node))
    if isinstance(operation, Link):
        return {operation.node: {**entries, operation.name: operation.child}}
    child = entries.pop(operation.name, None)
    if isinstance(operation, Unlink) or child is None:
        return {operation.node: entries}
    into = entries if operation.into is operation.node else dict(entries_of(operation.into))
    into[operation.new_name] = child
    return {operation.node: entries, operation.into: into}
