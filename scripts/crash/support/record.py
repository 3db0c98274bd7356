"""Turns the calls of a traced run into operations on the disk of `disk`.

A call that changes files and is not known here is an error, never passed over.
"""

import os

from .disk import Link, Node, Rename, Said, Sync, Truncate, Unlink, Write
from .trace import calls

SAID_GOODBYE = b"signing off"

# Calls that change nothing that a power cut could undo.
HARMLESS = set(
    """
    accept4 access arch_prctl bind brk close_range connect execve exit faccessat faccessat2
    fchmod fcntl flock fstat futex getdents64 getpeername getpid getrandom getsockname
    getsockopt gettid ioctl listen lstat madvise mmap mprotect mremap munmap newfstatat pipe2 poll ppoll
    pread64 prctl preadv prlimit64 read readlink readlinkat readv recvfrom rseq rt_sigaction
    rt_sigprocmask sched_getaffinity sched_yield set_robust_list set_tid_address setsockopt
    shutdown sigaltstack socket stat statx uname utimensat
    """.split()
)


class Open:
    """An open file: where it stands."""

    def __init__(self, node, appending=False):
        self.node, self.appending, self.offset = node, appending, 0


class Record:
    """The operations of one run, or of several one after another, below one directory."""

    def __init__(self, path, root):
        self.path, self.root = os.fsencode(str(path)), root
        self.operations = []
        self.sizes, self.names, self.open = {}, {}, {}  # as they are at the moment

    def run(self, text):
        """Take in the trace of one process."""
        self.open = {}
        for call in calls(text):
            never_returns = call.name in ("exit_group", "exit")
            if never_returns or (call.result is not None and call.result >= 0):
                self._take(call)

    def _take(self, call):
        handler = getattr(self, f"_{call.name}", None)
        if handler:
            handler(call)
        elif call.name not in HARMLESS:
            raise ValueError(f"this proof does not know what {call.name} does to a disk")

    def _do(self, operation):
        self.operations.append(operation)

    # names

    def _entries(self, directory):
        return self.names.setdefault(directory, dict(directory.entries))

    def _place(self, octets):
        """The directory and the name that a path means; None outside of our directory."""
        if octets == self.path:
            return None, None
        if not octets.startswith(self.path + b"/"):
            return None, None
        *parents, name = os.fsdecode(octets[len(self.path) + 1 :]).split("/")
        directory = self.root
        for parent in parents:
            directory = self._entries(directory)[parent]
        return directory, name

    def _at(self, octets):
        """The node at a path of ours, if there is one."""
        if octets == self.path:
            return self.root
        directory, name = self._place(octets)
        return self._entries(directory).get(name) if directory else None

    def _link(self, directory, name, node):
        self._entries(directory)[name] = node
        self._do(Link(directory, name, node))

    def _unlink(self, call, path=0):
        directory, name = self._place(call.octets(path))
        if directory:
            del self._entries(directory)[name]
            self._do(Unlink(directory, name))

    def _unlinkat(self, call):
        self._unlink(call, 1)

    def _mkdir(self, call, path=0):
        directory, name = self._place(call.octets(path))
        if directory:
            self._link(directory, name, Node(entries={}))

    def _mkdirat(self, call):
        self._mkdir(call, 1)

    def _rename(self, call, old=0, new=1):
        directory, name = self._place(call.octets(old))
        into, new_name = self._place(call.octets(new))
        if directory:
            self._entries(into)[new_name] = self._entries(directory).pop(name)
            self._do(Rename(directory, name, into, new_name))

    def _renameat(self, call):
        self._rename(call, 1, 3)

    _renameat2 = _renameat

    def _linkat(self, call):
        self._link(*self._place(call.octets(3)), self._at(call.octets(1)))

    _rmdir = _unlink

    # descriptors

    def _openat(self, call):
        path, flags = call.octets(1), call.flags(2)
        self.open.pop(call.result, None)
        if path != self.path and not path.startswith(self.path + b"/"):
            return
        if flags & {"O_SYNC", "O_DSYNC", "O_TMPFILE"}:
            raise ValueError(f"this proof does not know {flags}")
        node = self._at(path)
        if node is None:
            node = Node(octets=b"")
            self._link(*self._place(path), node)
        elif "O_TRUNC" in flags:
            self._set_size(node, 0)
        self.open[call.result] = Open(node, "O_APPEND" in flags)

    def _close(self, call):
        self.open.pop(call.number(0), None)

    def _dup(self, call):
        if call.number(0) in self.open:
            self.open[call.result] = self.open[call.number(0)]

    _dup2 = _dup3 = _dup

    def _fcntl(self, call):
        if call.arguments[1].startswith("F_DUPFD"):
            self._dup(call)

    # octets

    def _size(self, node):
        return self.sizes.get(node, len(node.octets))

    def _set_size(self, node, size):
        self.sizes[node] = size
        self._do(Truncate(node, size))

    def _put(self, file, offset, octets):
        offset = self._size(file.node) if file.appending else offset
        self.sizes[file.node] = max(self._size(file.node), offset + len(octets))
        self._do(Write(file.node, offset, octets))
        return offset + len(octets)

    def _pwrite64(self, call):
        file = self.open.get(call.number(0))
        if file:
            self._put(file, call.number(3), call.octets(1)[: call.result])

    def _write(self, call):
        file = self.open.get(call.number(0))
        if file:
            file.offset = self._put(file, file.offset, call.octets(1)[: call.result])
        else:
            self._sendto(call)

    def _sendto(self, call):
        said = call.octets(1)
        if said.startswith(b"+OK") and SAID_GOODBYE in said:
            self._do(Said("+OK to QUIT"))

    def _lseek(self, call):
        if call.number(0) in self.open:
            self.open[call.number(0)].offset = call.result

    def _ftruncate(self, call):
        self._set_size(self.open[call.number(0)].node, call.number(1))

    def _fsync(self, call):
        self._do(Sync(self.open[call.number(0)].node))

    _fdatasync = _fsync

    def _exit_group(self, call):
        if call.number(0) == 0:
            self._do(Said("exit 0"))
