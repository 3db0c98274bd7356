"""Fetches the peers through apt: Dovecot, an inetd and libraries are installed, the other peers only unpacked.

Debian lets only one POP3 server be installed at a time, and the others need nothing of what their packages would
set up: `accounts` gives them that where nobody else sees it.
"""

import functools
import os
import re
import subprocess
from pathlib import Path

DOVECOT = ("dovecot-core", "dovecot-pop3d")
APT = Path(__file__).resolve().parents[1] / "lib" / "apt"


def dovecot():
    """Install it unless it is there; the path of its master."""
    return installed("/usr/lib/dovecot/pop3", "/usr/sbin/dovecot", *DOVECOT)


def popa3d(directory):
    """The paths of inetd and of the program."""
    return inetd(), unpacked(directory, "popa3d") / "usr/sbin/popa3d"


def solid(directory):
    """The paths of inetd and of the program."""
    return inetd(), unpacked(directory, "solid-pop3d") / "usr/sbin/solid-pop3d"


def mailutils(directory):
    """The paths of pop3d and of the program that writes its APOP secrets."""
    programs = unpacked(directory, "mailutils-pop3d") / "usr"
    return programs / "sbin/pop3d", programs / "bin/popauth"


def inetd():
    return installed("/usr/sbin/inetd", "/usr/sbin/inetd", "openbsd-inetd")


def unpacked(directory, package):
    """Unpack it below this directory, and install its libraries, unless they are there; where it is."""
    place = directory / package
    if not place.exists():
        packages = directory / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        apt("update")
        apt("download", package, cwd=packages)
        extracted = directory / f"{package}.part"
        subprocess.run(["dpkg-deb", "--extract", archive(directory, package), extracted], check=True)
        extracted.rename(place)
    if any(libraries_missing(program) for program in (place / "usr" / "sbin").iterdir()):
        missing = [name for name in libraries(archive(directory, package)) if not is_installed(name)]
        apt("install", *missing)
    return place


def libraries_missing(program):
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return "not found" in said


def libraries(package):
    """Those that a package depends on, without the version that each must have."""
    field = subprocess.run(
        ["dpkg-deb", "--field", package, "Depends"], capture_output=True, text=True, check=True
    ).stdout
    return re.findall(r"(?:^|[ ,])(lib[^ ,|]+)", field)


def is_installed(package):
    asked = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "installed"


def archive(directory, package):
    """The file that was downloaded."""
    return next((directory / "packages").glob(f"{package}_*.deb"))


def tcpserver():
    """Install it unless it is there; its path."""
    return installed("/usr/bin/tcpserver", "/usr/bin/tcpserver", "ucspi-tcp")


def installed(file, program, *packages):
    """Install the packages unless this file of theirs is there; the path of a program of theirs."""
    if not os.path.exists(file):
        keep_services_from_starting(lambda: apt("install", *packages))
    return program


@functools.cache
def version(package, directory=None):
    """Of a package that is installed, or unpacked below this directory; to be asked before its books are covered."""
    if directory:
        asked = ["dpkg-deb", "--field", archive(directory, package), "Version"]
    else:
        asked = ["dpkg-query", "--show", "--showformat", "${Version}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def apt(*words, cwd=None):
    subprocess.run([APT, *words], cwd=cwd, check=True)


def keep_services_from_starting(install):
    """A package of a server starts it at once; here nobody asked for that."""
    policy = "/usr/sbin/policy-rc.d"
    if os.path.exists(policy):
        return install()
    with open(policy, "w", encoding="ascii") as script:
        script.write("#!/bin/sh\nexit 101\n")
    os.chmod(policy, 0o755)
    try:
        return install()
    finally:
        os.unlink(policy)
