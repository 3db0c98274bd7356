"""Finds what a run needs: tools (installed through apt when missing), the server, a scratch directory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Missing(Exception):
    """Something that the run cannot do without is not there."""


def need(tools):
    """`tools` maps each tool to its Debian package. All are there afterwards, or Missing says which are not."""
    if os.geteuid() != 0:
        raise Missing("this needs root")
    packages = sorted({package for tool, package in tools.items() if not shutil.which(tool)})
    if packages:
        install(packages)
    absent = [tool for tool in tools if not shutil.which(tool)]
    if absent:
        raise Missing(f"these tools are missing: {', '.join(absent)}")


def install(packages):
    print(f"installing {' '.join(packages)}", file=sys.stderr, flush=True)
    try:
        subprocess.run([ROOT / "scripts" / "lib" / "apt", "install", *packages], stdout=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        raise Missing(f"{' '.join(packages)}: {failure}") from failure


def server(path):
    """The server's binary: the one named, else a release build of this project."""
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
    """Where the maildrops are; in memory, if there is such a directory."""
    if path:
        return Path(path)
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path("/tmp")
