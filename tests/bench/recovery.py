#!/usr/bin/env python3
"""How long does a start take with many live sagas? recovery.py BIN [--sagas N] [--starts K]

saga-bench fills a store with sagas that wait for a worker that does not come; then the server is
started again and again, and the time until it is ready is printed, and how much of it was work."""

import argparse
import pathlib
import re
import subprocess
import tempfile
import time

PATIENCE = 120
TICKS = 100  # A second of the processor, in /proc.


def fill(programs, folder, sagas):
    subprocess.run([programs / "saga-bench", "--listers", "1", "--held", str(sagas), "--finished",
                    "100", "--pairs", "1", "--seconds", "1", "--rate", "20", "--dir", folder],
                   check=True, stdout=subprocess.DEVNULL)
    config = folder / "sagad.yaml"
    text = re.sub(r"ipc://\S+", f"ipc://{folder}/socket", config.read_text())
    config.write_text(text.replace("log: warning", "log: info"))
    return config


def start(programs, config, ready):
    """(seconds until it is ready, seconds of the processor)."""
    ready.unlink(missing_ok=True)
    begin = time.monotonic()
    with open(config.parent / "start.log", "ab") as log:
        server = subprocess.Popen([programs / "sagad", "serve", "--config", config, "--ready", ready],
                                  stderr=log)
    while not ready.exists():
        assert server.poll() is None and time.monotonic() < begin + PATIENCE, "it does not start"
        time.sleep(0.005)
    wall = time.monotonic() - begin
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    server.terminate()
    server.wait(PATIENCE)
    return wall, (int(fields[11]) + int(fields[12])) / TICKS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--sagas", type=int, default=100000)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sagad-recovery-") as scratch:
        folder = pathlib.Path(scratch, "s")
        config = fill(options.bin.resolve(), folder, options.sagas)
        for _ in range(options.starts):
            wall, work = start(options.bin.resolve(), config, folder / "ready.json")
            print(f"{options.sagas} live sagas: ready after {wall:.2f} s, {work:.2f} s of work")


if __name__ == "__main__":
    main()
