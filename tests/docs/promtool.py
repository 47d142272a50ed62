"""promtool of Debian's package prometheus, without the server that comes with it.

When it is not installed, the package is fetched by apt and unpacked into the build folder; nothing
of it is installed or started. When apt cannot reach its mirror, the test that needs it fails, and
says so.
"""

import fcntl
import os
import shutil
import subprocess

PATIENCE = 540


def run(folder, *words):
    """Whether a command went well, and what it said."""
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE)
    return done.returncode == 0, done.stdout


def download(folder):
    """The lists of packages are fetched only when what we have does not do."""
    got, said = run(folder, "apt-get", "download", "-q", "prometheus")
    if not got:
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        run(folder, *sudo, "apt-get", "update", "-q")
        got, said = run(folder, "apt-get", "download", "-q", "prometheus")
    if not got:
        raise AssertionError("apt could not fetch the package prometheus, for its promtool; "
                             f"is the mirror within reach?\n{said[-2000:]}")


def unpack(folder):
    [package] = folder.glob("prometheus_*.deb")
    done, said = run(folder, "dpkg-deb", "--extract", str(package), "root")
    if not done:
        raise AssertionError(said)
    package.unlink()
    (folder / "root/usr/bin/prometheus").unlink()


def program(build):
    """The path of promtool; below this folder if it had to be fetched."""
    installed = shutil.which("promtool")
    if installed:
        return installed
    folder = build / "promtool"
    build.mkdir(parents=True, exist_ok=True)
    with open(build / "promtool.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            download(folder)
            unpack(folder)
            (folder / "ready").touch()
    return folder / "root/usr/bin/promtool"
