#!/usr/bin/env python3
"""Nothing that happens to the participants' listener stops the service for more than a moment."""

import os
import signal
import socket
import struct
import time
import urllib.parse

import world


GREETING = b"\0SP\0\0\x30\0\0"  # A worker's; the server answers with one of its own.
BURSTS = 20
BACK_WITHIN = 5.0


class Listener(world.WorldTest):
    def url(self):
        return urllib.parse.urlsplit(self.world.ready["participants_url"])

    def connect(self):
        url = self.url()
        if url.scheme == "ipc":
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(1)
            try:
                peer.connect(url.path)
            except OSError:
                peer.close()
                raise
        else:
            peer = socket.create_connection((url.hostname, url.port), timeout=1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return peer

    def forty_that_close_at_once(self):
        for _ in range(40):
            try:
                self.connect().close()
            except OSError:
                pass  # Whether it is served still is asked afterwards.

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

    def expect_messages_from_a_new_participant(self):
        """One that is started now finds the listener."""
        pid = self.world.read_ready()["pids"]["auth"]
        os.kill(pid, signal.SIGKILL)
        world.until(lambda: self.world.read_ready()["pids"]["auth"] != pid, "auth is back", 15)
        world.until(lambda: self.world.message().status == 201, "messages go through", 15)

    def test_forty_that_close_at_once_do_not_stop_the_service(self):
        for _ in range(BURSTS):
            self.forty_that_close_at_once()
            begin = time.monotonic()
            world.until(self.is_served, "a new connection is greeted", BACK_WITHIN)
            self.assertLess(time.monotonic() - begin, BACK_WITHIN)
            self.assertEqual(self.world.message(timeout=10).status, 201)
        self.expect_messages_from_a_new_participant()

    def test_a_socket_file_that_was_removed_is_served_again_in_five_seconds(self):
        if self.url().scheme != "ipc":
            self.skipTest("the path was too long for a socket file")
        before = self.relistens()
        os.unlink(self.url().path)
        self.assertFalse(self.is_served())
        begin = time.monotonic()
        self.assertEqual(self.world.message(timeout=10).status, 201)  # Old connections live on.
        world.until(self.is_served, "a new connection is greeted", BACK_WITHIN)
        self.assertLess(time.monotonic() - begin, BACK_WITHIN)
        world.until(lambda: self.relistens() == before + 1, "the counter shows it", BACK_WITHIN)
        self.expect_messages_from_a_new_participant()


if __name__ == "__main__":
    world.main()
