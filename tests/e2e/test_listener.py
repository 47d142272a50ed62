#!/usr/bin/env python3
"""Connections that open and close at once do not stop the participants' listener for long."""

import os
import signal
import socket
import struct
import time
import urllib.parse

import world


class Listener(world.WorldTest):
    def connect_and_close(self):
        url = urllib.parse.urlsplit(self.world.ready["participants_url"])
        if url.scheme == "ipc":
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(url.path)
        else:
            peer = socket.create_connection((url.hostname, url.port))
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    def test_forty_that_close_at_once_stop_the_service_for_five_seconds_at_most(self):
        before = self.world.metric("saga_listener_relistens_total")
        for _ in range(40):
            try:
                self.connect_and_close()
            except OSError:
                pass  # The listener is gone: that is what is to be mended.
        begin = time.monotonic()
        last = 0.0
        while time.monotonic() < begin + 15:
            if self.world.message(timeout=10).status != 201:
                last = time.monotonic() - begin
            if self.world.metric("saga_listener_relistens_total") > before and \
                    time.monotonic() > begin + last + 3:
                break
        self.assertGreater(self.world.metric("saga_listener_relistens_total"), before)
        self.assertLess(last, 5.0)

        # A participant that is started now finds the listener.
        pid = self.world.read_ready()["pids"]["auth"]
        os.kill(pid, signal.SIGKILL)
        world.until(lambda: self.world.read_ready()["pids"]["auth"] != pid, "auth is back", 15)
        world.until(lambda: self.world.message().status == 201, "messages go through", 15)


if __name__ == "__main__":
    world.main()
