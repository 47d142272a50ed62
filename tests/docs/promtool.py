"""promtool of Debian's package prometheus, without the server that comes with it.

When it is not installed, the package is fetched by apt and unpacked into the build folder; nothing
of it is installed or started. When apt cannot reach its mirror, the test that needs it fails, and
says so.
"""

import fcntl
import shutil
import subprocess

PATIENCE = 540


def fetch(folder):
    """Unpack the package into this folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for words in (["apt-get", "download", "-q", "prometheus"],
                  "dpkg-deb --extract prometheus_*.deb root && rm prometheus_*.deb"):
        done = subprocess.run(words, shell=isinstance(words, str), cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError("apt could not fetch the package prometheus, for its promtool; "
                                 f"is the mirror within reach?\n{done.stdout[-2000:]}")


def program(build):
    """The path of promtool; below this folder if it had to be fetched."""
    installed = shutil.which("promtool")
    if installed:
        return installed
    build.mkdir(parents=True, exist_ok=True)
    tool = build / "promtool" / "root" / "usr" / "bin" / "promtool"
    with open(build / "promtool.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tool.exists():
            fetch(build / "promtool")
    return tool
