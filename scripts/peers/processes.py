"""What a server's processes cost: processor time and memory, of the whole tree, as /proc tells it."""

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(root):
    """The process and all that descend from it."""
    parents = {pid: parent for pid, parent in map(parent_of, living()) if parent is not None}
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def living():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def parent_of(pid):
    fields = stat(pid)
    return pid, int(fields[1]) if fields else None


def stat(pid):
    """The fields after the name; none if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rsplit(")", 1)[1].split()
    except OSError:
        return []


def processor_seconds(root):
    """Of the tree, with the children that were waited for."""
    return sum(int(ticks) for pid in tree(root) for ticks in stat(pid)[11:15]) / TICK


def memory(root):
    """Octets that the tree holds, a page that several share counted in parts (PSS)."""
    return sum(map(proportional_set, tree(root)))


def proportional_set(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def forget_peak(pid):
    """Let `peak` count from now on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def peak(pid):
    """Octets that the process held at most."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
