#!/usr/bin/env python3
"""The trace of a request goes with its saga, from either face to every service that it calls."""

import json
import unittest

import http_service
import world

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NONE = "00-00000000000000000000000000000000-00f067aa0ba902b7-01"


class Trace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = http_service.Service()
        cls.addClassCleanup(cls.service.close)
        cls.world = http_service.Serve(f"http://127.0.0.1:{cls.service.port}",
                                       definition=http_service.send_message())
        cls.addClassCleanup(cls.world.close)

    def message(self, trace):
        """On a slow machine the service can be late: then the API says to try again."""
        def answer():
            answer = self.world.message(headers={"traceparent": trace})
            return None if answer.status == 503 else answer
        return world.until(answer, "the message is taken")

    def saga(self, trace):
        return self.world.request("POST", "/v1/sagas", json.dumps({"definition": "send_message"}),
                                  {**self.world.operator(), "traceparent": trace,
                                   "Content-Type": "application/json"})

    def traces(self, answer):
        """What the service was told with each call of that saga."""
        saga = self.world.wait_phase(answer.json["sid"], "completed")
        return [headers.get("traceparent") for _, key, headers, _ in self.service.seen
                if key.startswith(saga["id"])]

    def test_every_call_has_the_trace_of_its_request(self):
        for start in (self.message, self.saga):
            answer = start(TRACE)
            self.assertIn(answer.status, (201, 202), answer.body)
            self.assertEqual(self.traces(answer), [TRACE] * 5)

    def test_one_that_is_malformed_is_ignored(self):
        for start in (self.message, self.saga):
            answer = start(NONE)
            self.assertIn(answer.status, (201, 202), answer.body)
            self.assertEqual(self.traces(answer), [None] * 5)

    def test_it_outlives_a_restart(self):
        self.service.script("queue", http_service.cuts)
        answer = self.saga(TRACE)
        world.until(lambda: self.service.requests("queue"), "the queue is called")
        self.world.kill()
        self.world.start()
        traces = self.traces(answer)
        self.assertEqual(set(traces), {TRACE})
        self.assertGreater(len(traces), 5)


if __name__ == "__main__":
    world.main()
