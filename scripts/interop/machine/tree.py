"""The machine: namespaces of its own, and over /etc, /usr and /var a layer in memory that takes all that is written, so
that whatever is installed, added and filled up there is gone when the program ends."""

import os
import pwd
import re
import subprocess
from pathlib import Path

from lib.server import wait_until
from peers import apart

ROOT = Path(__file__).parents[3]
COVERED = ("/etc", "/usr", "/var")
HOME = Path("/var/lib/pop1081")
USERS = HOME / "Users"
LOG = HOME / "log"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SECONDS = 180


class Wrong(Exception):
    """Something is not as it must be."""


class Machine:
    """Where programs run, as root or as another user."""

    def __init__(self):
        apart.cover_with_memory("/run")
        self.scratch = Path("/run/day")
        self.scratch.mkdir(mode=0o711)
        for directory in COVERED:
            self.cover(directory)
        # Where a file of /etc was itself a mount, as in a container, the layer shows what was below it.
        Path("/etc/hosts").write_text("127.0.0.1 localhost dewey.example\n::1 localhost\n", encoding="ascii")

    def cover(self, directory):
        upper, work = (self.scratch / f"{kind}{directory.replace('/', '-')}" for kind in ("upper", "work"))
        upper.mkdir()
        work.mkdir()
        upper.chmod(os.stat(directory).st_mode & 0o7777)
        options = f"lowerdir={directory},upperdir={upper},workdir={work}"
        try:
            subprocess.run(["mount", "-t", "overlay", "-o", options, "overlay", directory], check=True)
        except subprocess.CalledProcessError as why:
            raise apart.Refused(f"no layer can be laid over {directory} here: {why}") from None

    def run(self, *argv, stdin=b"", user=None, codes=(0,), home="/root"):
        """To its end; gives the exit code and what it said on both outputs."""
        command = [*(as_user(user) if user else []), *map(str, argv)]
        environment = {"PATH": PATH, "HOME": str(home), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            command, input=stdin, env=environment, cwd="/", timeout=SECONDS, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said = done.stdout.decode("utf-8", "backslashreplace").strip()
        if codes and done.returncode not in codes:
            raise Wrong(f"{' '.join(command)} ended with {done.returncode}, not {codes}: {said}")
        return done.returncode, said

    def spawn(self, *argv, log="said", **more):
        """Start a process; what it says goes to a file of the scratch directory."""
        with open(self.scratch / log, "ab") as said:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said, **more}
            return subprocess.Popen([str(word) for word in argv], env={"PATH": PATH}, cwd="/", **pipes)


def as_user(name):
    """What to put before a command so that it runs as this user, as a login would."""
    return ["setpriv", "--reuid", name, "--regid", str(pwd.getpwnam(name).pw_gid), "--clear-groups", "--"]


def block(file, first):
    """The indented lines of a document from the one with these words to the next empty line, as they are printed."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    start = next((at for at, line in enumerate(lines) if first in line and line.startswith("    ")), None)
    if start is None:
        raise Wrong(f"{file} does not say `{first}` any more")
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith("    ")), len(lines))
    return [line[4:] for line in lines[start:end]]


def manual(first):
    """The lines of an example in the manual page, from the one with these words on, as they are shown."""
    text = (ROOT / "man" / "pop1081.8").read_text(encoding="utf-8")
    shown = next((part for part in re.findall(r"(?s)\.Bd -literal[^\n]*\n(.*?)\n\.Ed", text) if first in part), None)
    if shown is None:
        raise Wrong(f"pop1081(8) does not say `{first}` any more")
    return shown.replace("\\e", "\\")


def listens(port):
    """Whether somebody listens there: one look, no connection."""
    tables = "".join(Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6"))
    return re.search(rf"(?m)^ *\d+: [0-9A-F]+:{port:04X} [0-9A-F]+:0000 0A", tables) is not None


def until(what, condition, seconds=SECONDS):
    if not wait_until(condition, seconds)[0]:
        raise Wrong(f"after {seconds} s still not: {what}")


def must(what, truth):
    if not truth:
        raise Wrong(what)


def files(directory):
    return {str(path) for path in Path(directory).rglob("*") if not path.is_dir()}
