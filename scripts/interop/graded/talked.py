"""`pop1081 talk` with each server: what its transcript tells is what the server said, without the password."""

import subprocess
import tempfile
from pathlib import Path

from peers.server import PASSWORD

SESSION = f"CAPA\nUSER mrose\nPASS {PASSWORD}\nSTAT\nLIST\nNOOP\nno such command\nQUIT\n"
SECONDS = 180


def complaints(server, binary):
    """What is wrong with the session, a sentence each."""
    with tempfile.TemporaryDirectory(prefix="pop1081-talk-", dir="/var/tmp") as scratch:
        file = Path(scratch) / "transcript"
        argv = [str(binary), "talk", "--transcript", str(file), server.address]
        ended = subprocess.run(argv, input=SESSION.encode(), capture_output=True, timeout=SECONDS, check=False)
        lines = [line[9:] for line in file.read_text(encoding="ascii").splitlines()]
    # After the seconds: who, and what.
    heard = [line[2:].removeprefix(" ") for line in lines if line.startswith("S:")]
    typed = [line[3:] for line in lines if line.startswith("C:")]
    expected = ["PASS <not shown>" if line.startswith("PASS") else line for line in SESSION.splitlines()]
    wrong = []
    if ended.returncode != 0:
        wrong.append(f"talk ended with {ended.returncode}, {ended.stderr!r}")
    if heard != ended.stdout.decode().replace("\r\n", "\n").splitlines():
        wrong.append(f"the transcript of talk has {heard}, shown was {ended.stdout!r}")
    if typed != expected:
        wrong.append(f"the transcript of talk has {typed}")
    return [f"{server.name}: {sentence}" for sentence in wrong]
