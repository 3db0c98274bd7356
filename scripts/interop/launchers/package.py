"""`make install` and the Debian package: what they copy, what they leave behind, and that the server runs from them."""

import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import maildrops
from fixture import NotPlayed, end
from lib.server import announced_port
from cases import case, same
from launchers.raw import SESSION, Tcp, converse
from launchers.trial import SHIPPED

ROOT = Path(__file__).parents[3]
HOME = Path("/var/lib/pop1081")
UNITS = ["pop1081.service", "pop1081-wait.socket", "pop1081-wait.service", "pop1081-nowait.socket", "pop1081-nowait@.service"]
# Where a package manager keeps its own books.
BOOKS = ("/var/lib/dpkg", "/var/lib/apt", "/var/lib/systemd/deb-systemd-helper")
APT = ["apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=60"]


def make(fixture, target, *settings):
    fixture.run("make", "-C", ROOT, "-o", fixture.binary, target, f"BINARY={fixture.binary}", *settings)


def tree(*places, without=()):
    """Every path with its mode and, for a file, its length."""
    found = {}
    for place in places:
        for directory, names, files in os.walk(place):
            names[:] = [name for name in names if os.path.join(directory, name) not in without]
            for path in (os.path.join(directory, name) for name in names + files):
                status = os.lstat(path)
                found[path] = (oct(status.st_mode), status.st_size if stat.S_ISREG(status.st_mode) else 0)
    return found


def same_tree(what, after, before):
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    same(f"{what}: left behind", sorted(new), [])
    same(f"{what}: taken away", sorted(gone), [])
    same(f"{what}: changed", [path for path in before if after[path] != before[path]], [])


@case("make", "install into an empty and a full tree; uninstall", serve=False)
def install(fixture):
    full, empty = fixture.work / "full", fixture.work / "empty"
    for directory in ("bin", "lib/systemd/system", "share/man/man8", "share/man/man5", "share/bash-completion/completions"):
        (full / "opt" / directory).mkdir(parents=True)
        (full / "opt" / directory / "pop1081-of-others").write_text("stays\n")
    (full / "opt/share/doc").mkdir()
    before = tree(full)
    make(fixture, "install", f"DESTDIR={full}", "PREFIX=/opt")
    make(fixture, "install", f"DESTDIR={empty}", "PREFIX=/opt")
    copied = sorted(path.removeprefix(f"{empty}/opt/") for path, (mode, _) in tree(empty).items() if mode.startswith("0o1"))
    print(f"       make install: {' '.join(copied)}")
    for path in ("bin/pop1081", "share/man/man8/pop1081.8", *(f"lib/systemd/system/{unit}" for unit in UNITS)):
        same(f"{path} copied", path in copied, True)
    version = fixture.run(full / "opt/bin/pop1081", "--version")
    same("version", version, fixture.run(fixture.binary, "--version"))
    same("path in an example", "/opt/bin/pop1081 " in (full / "opt/share/doc/pop1081/examples/sshd.conf").read_text(), True)
    make(fixture, "uninstall", f"DESTDIR={full}", "PREFIX=/opt")
    make(fixture, "uninstall", f"DESTDIR={empty}", "PREFIX=/opt")
    same_tree("uninstall", tree(full), before)
    same("files left", [path for path, (mode, _) in tree(empty).items() if mode.startswith("0o1")], [])


def package():
    """The package that was built before; only root may install it, and only where there is none."""
    if os.geteuid() != 0:
        raise NotPlayed("only root may install a package")
    try:
        pwd.getpwnam("pop1081")
        raise NotPlayed("there is a user pop1081 on this machine; the server that may be his is left alone")
    except KeyError:
        return Path(os.environ["POP1081_DEB"])


def everything():
    return {path: kind for path, kind in tree("/etc", "/usr", "/var/lib", without=BOOKS).items() if not noise(path)}


def noise(path):
    """Backups and locks of the user database, whose content is the concern of others."""
    return re.fullmatch(r"/etc/(passwd|group|shadow|gshadow|subuid|subgid|\.pwd\.lock)-?", path)


@case("Debian package", "installed and purged: nothing is left", serve=False)
def comes_and_goes(fixture):
    deb, before = package(), everything()
    try:
        fixture.run(*APT, "install", deb)
        listed = fixture.run("dpkg", "--listfiles", "pop1081").decode().splitlines()
        print(f"       package: {' '.join(path for path in listed if not os.path.isdir(path))}")
        same("version", fixture.run("/usr/bin/pop1081", "--version"), fixture.run(fixture.binary, "--version"))
        same("home", (pwd.getpwnam("pop1081").pw_dir, oct(HOME.stat().st_mode & 0o777)), (str(HOME), "0o700"))
        units = [f"/usr/lib/systemd/system/{unit}" for unit in UNITS]
        same("systemd-analyze verify", fixture.run("systemd-analyze", "--man=no", "verify", *units), b"")
    finally:
        fixture.run("dpkg", "--purge", "pop1081")
    same_tree("purge", everything(), before)
    same("user", [user.pw_name for user in pwd.getpwall() if user.pw_name == "pop1081"], [])


@case("Debian package", "the unit's server as its own user; mail survives a purge", serve=False)
def runs(fixture):
    deb = package()
    try:
        fixture.run("dpkg", "--install", deb)
        as_itself = ["setpriv", "--reuid", "pop1081", "--regid", "pop1081", "--clear-groups", "--"]
        for name in ("mrose", "three"):
            shutil.copy(fixture.users / name, HOME / "Users" / name)
            shutil.chown(HOME / "Users" / name, "pop1081", "pop1081")
        unit = (SHIPPED / "systemd" / "pop1081.service").read_text()
        command = re.search(r"(?m)^ExecStart=(.*)$", unit).group(1).replace("%S", "/var/lib").replace(":110", ":0")
        argv = ["env", "PATH=/usr/bin", *as_itself, *shlex.split(command), "--hostname", "dewey"]
        with open(fixture.server_log, "wb") as log:
            server = fixture.spawn(argv, stdout=subprocess.PIPE, stderr=log)
        converse(Tcp(announced_port(server.stdout)), SESSION)
        message = b"Subject: hello\n\nIt works.\n"
        fixture.run(*as_itself, "pop1081", "deliver", "--users", HOME / "Users", "three", stdin=message)
        mail = {path.name: path.read_bytes() for path in (HOME / "Users").iterdir() if path.is_file()}
        same("delivered", message in mail["three"] and maildrops.ALL["three"].on_disk() in mail["three"], True)
        end(server)
        fixture.children.remove(server)
        fixture.run("dpkg", "--purge", "pop1081")
        same("the server's file", Path("/usr/bin/pop1081").exists(), False)
        left = {path.name: path.read_bytes() for path in (HOME / "Users").iterdir() if path.is_file()}
        same("mail after a purge", left, mail)
        same("its owner", pwd.getpwuid((HOME / "Users" / "mrose").stat().st_uid).pw_name, "pop1081")
    finally:
        fixture.run("dpkg", "--purge", "pop1081")
        remove_mail(fixture)


def remove_mail(fixture):
    """What a purge leaves for the administrator to do; the directory is this case's own."""
    shutil.rmtree(HOME, ignore_errors=True)
    fixture.run("deluser", "--system", "--quiet", "pop1081", codes=(0, 2))
