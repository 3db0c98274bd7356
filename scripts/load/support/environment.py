"""What the checks need of the machine: tools, another clock, thousands of descriptors."""

import resource
from pathlib import Path

from lib.tools import Missing

LIBRARIES = Path("/usr/lib")

# tool -> the Debian package that brings it
TOOLS = {"strace": "strace", "unshare": "util-linux", "faketime": "faketime"}


def false_clock():
    """The library that shows a program another clock than the system's."""
    for found in LIBRARIES.glob("**/faketime/libfaketimeMT.so.1"):
        return str(found)
    raise Missing("libfaketimeMT.so.1 is missing")


def many_descriptors():
    """This process holds the other ends of thousands of connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
