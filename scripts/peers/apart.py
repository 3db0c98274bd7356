"""Takes the running program into namespaces of its own: mounts, network, processes.

Inside, the only network is a loopback that nobody else sees, every port is free, files of the system may be
covered by others, and when the program ends, however it ends, every process that it started is gone.
Wants root.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

INSIDE = "POP1081_APART"
UNSHARE = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


class Refused(Exception):
    """The program can't have what it needs."""


def enter():
    """Start this program again inside, unless it is there; come back only inside."""
    if os.environ.get(INSIDE):
        raise_loopback()
        return
    if os.geteuid() != 0:
        raise Refused("this needs root: for namespaces of its own and for apt")
    sys.stdout.flush()
    os.execvpe("unshare", [*UNSHARE, sys.executable, *sys.argv], {**os.environ, INSIDE: "yes"})


def inside():
    return bool(os.environ.get(INSIDE))


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh", b"lo", 0).ljust(40, b"\0")
        name, flags = struct.unpack("16sh", fcntl.ioctl(control, SIOCGIFFLAGS, request)[:18])
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", name, flags | IFF_UP).ljust(40, b"\0"))


def cover(path, with_what):
    """Show `with_what` in place of a file or directory of the system, to this program and its children."""
    subprocess.run(["mount", "--bind", str(with_what), str(path)], check=True)


def cover_with_memory(path):
    """Show an empty directory in place of this one."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(path)], check=True)
