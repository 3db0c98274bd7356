"""Fetches the peers through apt: Dovecot and an inetd are installed, popa3d only unpacked.

Debian lets only one POP3 server be installed at a time, and popa3d needs nothing of what its package would
set up: `accounts` gives it that where nobody else sees it.
"""

import functools
import os
import subprocess

DOVECOT = ("dovecot-core", "dovecot-pop3d")
APT = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=120"]
SECONDS = 600
ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def dovecot():
    """Install it unless it is there; the path of its master."""
    return installed("/usr/lib/dovecot/pop3", "/usr/sbin/dovecot", *DOVECOT)


def popa3d(directory):
    """Unpack it into this directory unless it is there; the paths of inetd and of the program."""
    inetd = installed("/usr/sbin/inetd", "/usr/sbin/inetd", "openbsd-inetd")
    program = directory / "popa3d" / "usr" / "sbin" / "popa3d"
    if not program.exists():
        packages = directory / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        apt("update")
        apt("download", "popa3d", cwd=packages, sandbox=False)
        package = next(packages.glob("popa3d_*.deb"))
        subprocess.run(["dpkg-deb", "--extract", package, directory / "popa3d"], check=True)
    return inetd, program


def tcpserver():
    """Install it unless it is there; its path."""
    return installed("/usr/bin/tcpserver", "/usr/bin/tcpserver", "ucspi-tcp")


def installed(file, program, *packages):
    """Install the packages unless this file of theirs is there; the path of a program of theirs."""
    if not os.path.exists(file):
        keep_services_from_starting(lambda: apt("install", "-y", "--no-install-recommends", *packages))
    return program


@functools.cache
def version(package):
    """What apt would install, and here did; to be asked before its lists are covered."""
    said = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=True).stdout
    return next((line.split()[-1] for line in said.splitlines() if "Candidate:" in line), "unknown")


def apt(verb, *words, cwd=None, sandbox=True):
    if verb == "install":
        apt("update")
    user = [] if sandbox else ["-o", "APT::Sandbox::User=root"]
    subprocess.run([*APT, *user, verb, *words], cwd=cwd, env=ENVIRONMENT, timeout=SECONDS, check=True)


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
