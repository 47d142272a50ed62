#!/usr/bin/env python3
"""Connections that open and close at once do not stop the participants' listener for long."""

import os
import signal
import socket
import struct
import time
import urllib.parse

import world


GREETING = b"\0SP\0\0\x30\0\0"  # A worker's; the server answers with one of its own.
BURSTS = 500


class Listener(world.WorldTest):
    def connect(self):
        url = urllib.parse.urlsplit(self.world.ready["participants_url"])
        if url.scheme == "ipc":
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(1)
            peer.connect(url.path)
        else:
            peer = socket.create_connection((url.hostname, url.port), timeout=1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return peer

    def forty_that_close_at_once(self):
        for _ in range(40):
            try:
                self.connect().close()
            except OSError:
                pass  # The listener is gone: that is what is to be mended.

    def is_served(self):
        """A connection that is made now is greeted."""
        try:
            with self.connect() as peer:
                peer.sendall(GREETING)
                return len(peer.recv(8)) == 8
        except OSError:
            return False

    def relistens(self):
        return self.world.metric("saga_listener_relistens_total")

    def test_forty_that_close_at_once_stop_the_service_for_five_seconds_at_most(self):
        """Whether forty of them end the listener is a matter of moments; so they come until they do."""
        before = self.relistens()
        for _ in range(BURSTS):
            self.forty_that_close_at_once()
            begin = time.monotonic()
            world.until(self.is_served, "a new connection is greeted", 5.0)
            self.assertLess(time.monotonic() - begin, 5.0)
            self.assertEqual(self.world.message(timeout=10).status, 201)
            if self.relistens() > before:
                break
        self.assertGreater(self.relistens(), before)

        # A participant that is started now finds the listener.
        pid = self.world.read_ready()["pids"]["auth"]
        os.kill(pid, signal.SIGKILL)
        world.until(lambda: self.world.read_ready()["pids"]["auth"] != pid, "auth is back", 15)
        world.until(lambda: self.world.message().status == 201, "messages go through", 15)


if __name__ == "__main__":
    world.main()
