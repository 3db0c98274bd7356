"""What the figures depend on: the machine, the system, the versions."""

import os
import platform
import subprocess
import time
from pathlib import Path

import build


def lines(chosen):
    return [
        f"- Machine: {processor()}, {os.cpu_count()} cores, {memory()} GiB of memory, "
        f"file system {filesystem(chosen.scratch)}.",
        f"- System: {system()}, Linux {platform.release()}.",
        f"- Servers: {said(build.server(chosen), '--version')}, {build.versions(chosen)}.",
        f"- Measured on {time.strftime('%Y-%m-%d')}, {chosen.rounds} rounds.",
    ]


def processor():
    models = [line for line in read("/proc/cpuinfo").splitlines() if line.startswith("model name")]
    return models[0].split(":", 1)[1].strip() if models else platform.machine()


def memory():
    return round(int(read("/proc/meminfo").split()[1]) / 2**20)


def system():
    named = [line for line in read("/etc/os-release").splitlines() if line.startswith("PRETTY_NAME=")]
    return named[0].split("=", 1)[1].strip('"') if named else "Linux"


def filesystem(path):
    return said("stat", "--file-system", "--format=%T", path).replace("ext2/ext3", "ext4")


def said(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout.strip()


def read(path):
    return Path(path).read_text(encoding="utf-8")
