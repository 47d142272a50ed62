#!/usr/bin/env python3
"""The field's own client library for Node, unchanged but for its host, against a real world."""

import subprocess
import unittest

import npm
import world

PATIENCE = 400


class NodeClient(unittest.TestCase):
    def setUp(self):
        npm.node_modules()
        self.world = world.World()
        self.addCleanup(self.world.close)

    def start(self, scenario):
        process = npm.node("messages.js", scenario, stdin=subprocess.PIPE, environment={
            "SAGA_SERVER": self.world.ready["http"], "ACCOUNT_SID": self.world.account,
            "AUTH_TOKEN": self.world.token})
        self.addCleanup(process.kill)
        return process

    def finish(self, process):
        output, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, f"{output}{errors}")
        return output

    def run_scenario(self, scenario):
        return self.finish(self.start(scenario))

    def test_messages_in_every_script_are_created_and_fetched(self):
        self.run_scenario("create_and_fetch")

    def test_every_parameter_of_a_message_is_kept(self):
        sid = self.run_scenario("every_parameter_of_a_message").strip()
        saga = self.world.request("GET", f"/v1/sagas/{sid}?payloads=1",
                                  headers=self.world.operator()).json
        self.assertEqual(saga["input"]["status_callback"], "https://example.org/status?order=1")
        self.assertEqual(saga["input"]["validity_period"], 36000)
        self.assertEqual(saga["input"]["media_url"], ["https://example.org/a.png?x=1&y=2",
                                                      "https://example.org/b.png"])

    def test_errors_have_their_codes_and_their_pages(self):
        self.run_scenario("errors")

    def test_wrong_credentials_are_an_error(self):
        self.run_scenario("authentication")

    def test_lists_are_filtered_by_number_and_by_date(self):
        self.run_scenario("filters")

    def test_a_thousand_messages_are_paged_by_fifty_across_a_restart(self):
        process = self.start("a_thousand_messages_by_fifty_and_a_restart")
        said = process.stdout.readline()
        if said != "restart\n":
            self.finish(process)
        self.assertEqual(said, "restart\n")
        self.world.kill()
        self.world.start()
        process.stdin.write(self.world.ready["http"] + "\n")
        process.stdin.flush()
        self.finish(process)


if __name__ == "__main__":
    world.main()
