"""Finds what the checks need: tools (installed through apt when missing), the server, limits."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIBRARIES = Path("/usr/lib")

# tool -> the Debian package that brings it
TOOLS = {"strace": "strace", "unshare": "util-linux", "faketime": "faketime"}


class Missing(Exception):
    """Something that the checks cannot do without is not there."""


def need_tools():
    """Every tool is there afterwards, or Missing says which is not."""
    if os.geteuid() != 0:
        raise Missing("this needs root")
    packages = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if packages:
        install(packages)
    absent = [tool for tool in TOOLS if not shutil.which(tool)]
    if absent:
        raise Missing(f"these tools are missing: {', '.join(absent)}")


def install(packages):
    print(f"installing {' '.join(packages)}", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-qy", *packages]):
        try:
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.CalledProcessError) as failure:
            raise Missing(f"{' '.join(command)}: {failure}") from failure


def false_clock():
    """The library that shows a program another clock than the system's."""
    for found in LIBRARIES.glob("**/faketime/libfaketimeMT.so.1"):
        return str(found)
    raise Missing("libfaketimeMT.so.1 is missing")


def many_descriptors():
    """This process holds the other ends of thousands of connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def server(path):
    """The server under load: the one named, else a release build of this project."""
    if path:
        binary = Path(path).resolve()
    else:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
        binary = ROOT / target / "release" / "pop1081"
    if not os.access(binary, os.X_OK):
        raise Missing(f"no server at {binary}")
    return str(binary)


def scratch(path):
    """Where the maildrops live; memory, where there is such a directory."""
    if path:
        return Path(path)
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path("/tmp")
