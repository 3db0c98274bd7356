"""What must be there before the network is gone: packages, the binaries, the maildrops."""

import os
import subprocess
from pathlib import Path

from peers import install

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# Raised when the maildrops become others, so that old ones are not taken for new.
MAILDROPS = "3"
VERSIONS = "POP1081_BENCH_VERSIONS"


class Failed(Exception):
    """Something could not be built."""


def load():
    """The load generator."""
    return TARGET / "release" / "load"


def server(chosen):
    return (chosen.binary or TARGET / "release" / "pop1081").resolve()


def static():
    """The server that `make static` builds."""
    return TARGET / "static" / "release" / "pop1081"


def everything(chosen):
    install.dovecot()
    install.popa3d(chosen.scratch / "peers")
    install.tcpserver()
    versions(chosen)
    cargo("--manifest-path", ROOT / "benches" / "Cargo.toml", "--bin", "load")
    if not chosen.binary:
        cargo("--manifest-path", ROOT / "Cargo.toml")
    if "inetd-static" in (chosen.only or ["inetd-static"]):
        make("static")
    maildrops(chosen)


def versions(chosen):
    """Of the peers, in words. Known inside, too, where what the package manager knows is covered."""
    if VERSIONS not in os.environ:
        popa3d = install.version("popa3d", chosen.scratch / "peers")
        os.environ[VERSIONS] = f"Dovecot {install.version('dovecot-core')}, popa3d {popa3d}"
    return os.environ[VERSIONS]


def make(target):
    if subprocess.run(["make", "--quiet", "-C", ROOT, target], check=False).returncode != 0:
        raise Failed(f"make {target} fails")


def cargo(*words):
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", TARGET, *words]
    if subprocess.run([str(word) for word in command], check=False).returncode != 0:
        raise Failed("it does not build")


def maildrops(chosen):
    """Write them once; `made` says what they were made of."""
    mail, made = chosen.scratch / "mail", f"{MAILDROPS} {chosen.seed}\n"
    if (mail / "made").exists() and (mail / "made").read_text(encoding="ascii") == made:
        return
    print(f"writing the maildrops into {mail}", flush=True)
    subprocess.run([load(), "make", mail, str(chosen.seed)], check=True)
    (mail / "made").write_text(made, encoding="ascii")
