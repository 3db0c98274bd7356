"""Stops a traced process after chosen system calls, so that something else can happen there."""

import os
import signal
import time
from pathlib import Path

from lib.pop import WAIT

STOPPED = "--- stopped by SIGSTOP ---"


def stop_after(*points):
    """strace's options to stop the process after each of these calls."""
    options = []
    for name in dict.fromkeys(point.name for point in points):
        numbers = [point.number for point in points if point.name == name]
        when = str(numbers[0])
        if len(numbers) == 2:
            when = f"{numbers[0]}..{numbers[1]}+{numbers[1] - numbers[0]}"
        options += ["-e", f"inject={name}:signal=STOP:when={when}"]
    return tuple(options)


def await_stop(log, number, process):
    """Wait for the `number`-th stop; False where the process ends without it."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        over = process.poll() is not None
        if read(log).count(STOPPED) >= number:
            return True
        if over:
            return False
        time.sleep(0.0005)
    raise TimeoutError("the process neither stopped nor ended")


def read(log):
    return Path(log).read_text("latin-1") if Path(log).exists() else ""


def pid_in(log):
    """The traced process, by the trace's first line."""
    return int(read(log).split(maxsplit=1)[0])


def go_on(pid):
    os.kill(pid, signal.SIGCONT)


def kill(pid):
    os.kill(pid, signal.SIGKILL)
