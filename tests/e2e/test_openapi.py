#!/usr/bin/env python3
"""docs/openapi.yaml is what the server does: every request that it shows is sent to a real server,
and every answer is held against it; and nothing that the server does is missing from it.
"""

import json
import pathlib
import re
import subprocess
import unittest
import urllib.parse

import http_service
import npm
import openapi
import world
from http_service import says

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = "docs/openapi.yaml"
ROUTES = ROOT / "orchestrator/gateway/route.c"
ROUTE = re.compile(r'\{METHOD_(\w+), "([^"]+)", FACE_\w+, ACCESS_(\w+)')
ERRORS = ROOT / "docs/reference/errors.md"
OF_THE_SERVER = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", re.M)
OF_A_MESSAGE = re.compile(r"^\| (\d+) \| (\d+) \|", re.M)
# Who may use a route, in the document's words; in the order of the gateway's enum access.
SECURITY = {"OPEN": set(), "ACCOUNT": {"account"}, "SUBMIT": {"operator", "account"},
            "SURVEY": {"operator", "account"}, "LOOK": {"operator", "account"},
            "ACT": {"operator"}, "AUDIT": {"operator"}, "OPERATOR": {"operator"},
            "ADMIN": {"operator"}}
# What the document's examples call the things that every world has its own of.
ACCOUNT, SERVICE = ("AC85fc4140e64ab470b74f0a45bb6727a5", "MG85fc4140e64ab470b74f0a45bb6727a5")
SAGA, SID = "saga_01m8pk065x0005wt1zcte2rtc5", "SM01a22d3018bd00005e683f669c2c6985"
ETAG = '"6.0bd87672046bbdc1"'
PAGE_TOKEN, CURSOR = "PA01a22d3018bd0000", "c01a22d3018bd0000"
FRAMING = {"date", "content-type", "content-length", "connection", "cache-control"}


class Faces:
    """A world of all participants."""

    def __init__(self):
        self.world = world.World()
        for _ in range(3):  # So that there is a second page.
            self.saga = self.world.wait_phase(self.world.message().json["sid"], "completed")

    def request(self, operation, name, words=None, credentials=None):
        request = openapi.Request(operation, name)
        request.replace({ACCOUNT: self.world.account, SERVICE: "MG" + self.world.account[2:],
                         SAGA: self.saga["id"], SID: self.saga["sid"], **(words or {})})
        headers = {"account": self.world.basic, "operator": self.world.operator}
        credentials = credentials or operation.credentials(name)
        request.headers.update(headers[credentials]() if credentials in headers else {})
        return request

    def send(self, request, status=None):
        """On a slow machine a service can be late: then the API says to try again."""
        def answer():
            answer = self.world.request(request.method, request.path, request.body,
                                        request.headers)
            return None if answer.status == 503 and status != "503" else answer
        return world.until(answer, f"{request.path} is answered")

    def send_example(self, operation, name):
        return self.send(self.request(operation, name))

    def stage(self, operation, name):
        """What has to be the case before that example is sent: the words that stand for it."""
        if name in ("repeated", "another_request"):
            self.send_example(operation, "once")
        if (operation.id, name) == ("listMessages", "second_page"):
            link = self.send_example(operation, "first_page").json["next_page_uri"]
            return {PAGE_TOKEN: dict(urllib.parse.parse_qsl(link))["PageToken"]}
        if (operation.id, name) == ("listSagas", "next_page"):
            return {CURSOR: self.send_example(operation, "first_page").json["next_cursor"]}
        if operation.id == "showVerification":
            self.world.sagactl("server", "verify")
        if (operation.id, name) == ("showSaga", "unchanged"):
            return {ETAG: self.send_example(operation, None).headers["etag"]}
        return {}

    def close(self):
        self.world.close()


LATER = says(503, b"", ("Retry-After", "3600"))


def refuses(code):
    return says(422, json.dumps({"code": code}).encode())


# Answers to one and the same message, by what a service said; the names are of the document.
REFUSALS = {
    "no_balance": ("reserve_balance", refuses("21621")),
    "inactive": ("validate", refuses("20005")),
    "quota": ("reserve_quota", refuses("20430")),
    "queue_full": ("queue", refuses("21611")),
    "failed": ("queue", refuses("no number")),
    "service_missing": ("validate", LATER),
}


class Yard(Faces):
    """A world whose one participant does what it is told, so that a saga can be brought anywhere."""

    def __init__(self):
        self.service = http_service.Service()
        self.world = http_service.Serve(f"http://127.0.0.1:{self.service.port}",
                                        definition=http_service.send_message())
        self.saga = self.bring("completed")

    def bring(self, where, **scripts):
        """Start a saga and wait until it is there: a phase, a condition, or a step in doubt."""
        for operation, behaviour in scripts.items():
            self.service.always(operation, behaviour)
        started = self.world.sagactl("start", "send_message", "-i", "{}").stdout.strip()

        def there():
            saga = self.world.look(started)
            doubted = [step["name"] for step in saga["steps"] if step["in_doubt"]]
            return saga if where in (saga["phase"], saga["condition"]["name"], *doubted) else None
        return world.until(there, f"the saga is {where}")

    def stage(self, operation, name):
        if name in ("ended_already", "unknown", None):
            return {}
        self.service.scripts.clear()
        if name in REFUSALS:
            self.service.always(*REFUSALS[name])
            return {}
        saga = self.bring_for(name)  # It stays there: what the service was told still holds.
        if name == "resume":
            self.world.sagactl("pause", saga["id"], "--reason", "a test")
        return {SAGA: saga["id"], ETAG: f'"{saga["sequence"]}."'}

    def bring_for(self, name):
        if name == "retry_a_step":
            return self.bring("sleeping", queue=LATER)
        if name.startswith("resolve"):
            return self.bring("queue", queue=says(500))
        if name == "skip":
            return self.bring("sleeping", confirm=LATER)
        if name == "waive":
            return self.bring("parked", queue=says(422), release_balance=says(422))
        return self.bring("sleeping", reserve_balance=LATER)

    def close(self):
        super().close()
        self.service.close()


class Checks:
    """Values and the schemas that they must fit; looked at all at once."""

    def __init__(self, document):
        self.document, self.list = document, []

    def add(self, what, schema, value):
        self.list.append({"what": what, "schema": schema, "value": value})

    def add_answer(self, what, answer, response, pointer):
        """The answer's headers and body, against what is said of its status."""
        headers = response.get("headers", {})
        for name, header in headers.items():
            header, where = self.document.resolve(header, f"{pointer}/headers/{name}")
            if name.lower() in answer.headers:
                self.add(f"{what}: {name}", f"{where}/schema", answer.headers[name.lower()])
            else:
                assert not header.get("required"), f"{what} has no {name}"
        unknown = set(answer.headers) - FRAMING - {name.lower() for name in headers}
        assert not unknown, f"{what} has headers that are not described: {unknown}"
        assert answer.headers["cache-control"] == "no-store", what
        if "content" not in response:
            assert answer.body == b"", f"{what} has a body"
            return
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in response["content"], f"{what} is {kind}, which is not described"
        body = answer.json if "json" in kind else answer.body.decode()
        self.add(what, f"{pointer}/content/{openapi.escape(kind)}/schema", body)

    def run(self):
        given = json.dumps({"document": self.document.closed(), "checks": self.list})
        process = npm.node("validate.js", stdin=subprocess.PIPE)
        output, errors = process.communicate(given, timeout=world.PATIENCE)
        assert process.returncode == 0, f"{output}{errors}"


class OpenApi(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.faces = Faces()
        cls.addClassCleanup(cls.faces.close)
        cls.document = openapi.Document(cls.faces.world.request("GET", "/v1/openapi.json").body)

    def check(self, checks, place, operation, name, status, credentials=None):
        """Send that example: the answer has this status and is as it is described."""
        what = f"{operation}, {name or 'as it is'}"
        request = place.request(operation, name, place.stage(operation, name), credentials)
        answer = place.send(request, status)
        self.assertEqual(str(answer.status), status, f"{what}: {answer.body}")
        response, pointer = operation.response(status)
        checks.add_answer(what, answer, response, pointer)
        _, example = operation.answered().get(name, (None, {}))
        if int(status) >= 400 and "value" in example:
            self.assertEqual(answer.json["code"], example["value"]["code"], what)

    def send_every_example(self, place, operations):
        checks = Checks(self.document)
        for operation in operations:
            answered = operation.answered()
            for name in operation.asked():
                self.assertIn(name, list(answered), f"{DOCUMENT}: the example '{name}' of "
                              f"{operation} is answered by no example of the same name")
                self.check(checks, place, operation, name, answered[name][0])
            if operation.method == "get":
                self.check(checks, place, operation, None, "200")
            elif not operation.asked():
                self.check(checks, place, operation, None, "202")
        checks.run()

    def test_every_example_but_the_actions_is_answered_as_described(self):
        self.send_every_example(self.faces, [each for each in self.document.operations()
                                             if each.id != "actOnSaga"])

    def test_every_action_is_answered_as_described(self):
        yard = Yard()
        self.addCleanup(yard.close)
        self.send_every_example(yard, [each for each in self.document.operations()
                                       if each.id == "actOnSaga"])

    def operation(self, name):
        [found] = [each for each in self.document.operations() if each.id == name]
        return found

    def test_every_refusal_of_a_message_is_answered_as_described(self):
        yard = Yard()
        self.addCleanup(yard.close)
        create, checks = self.operation("createMessage"), Checks(self.document)
        for name in REFUSALS:
            self.check(checks, yard, create, name, create.answered()[name][0])
        checks.run()

    def test_mistakes_that_no_example_can_show_are_answered_as_described(self):
        checks = Checks(self.document)

        def expect(status, operation, named=None, **changes):
            request = self.faces.request(operation, None)
            for name, value in changes.items():
                setattr(request, name, value)
            answer = self.faces.send(request)
            self.assertEqual(answer.status, status, f"{operation}: {answer.body}")
            checks.add_answer(str(operation), answer, *operation.response(named or str(status)))
        for operation in self.document.operations():
            if operation.response("default"):
                expect(405, operation, "default", method="DELETE")
            if operation.response("413"):
                expect(413, operation, body="x" * 300_000)
            if operation.response("415"):
                request = self.faces.request(operation, None)
                for name, value in (("Content-Type", "text/html"), ("Content-Encoding", "gzip")):
                    expect(415, operation, headers={**request.headers, name: value})
        self.assertGreater(len(checks.list), 20)
        checks.run()

    def test_strangers_are_told_that_they_are(self):
        checks = Checks(self.document)
        for operation in self.document.operations():
            if operation.security:
                self.check(checks, self.faces, operation, None, "401", credentials="none")
            if operation.security == ["operator"]:
                self.check(checks, self.faces, operation, None, "403", credentials="account")
        checks.run()

    def test_a_parameter_that_is_not_known_is_pointed_at(self):
        checks = Checks(self.document)
        for operation in self.document.operations():
            if "no_such_parameter" not in operation.answered():
                continue
            request = openapi.Request(operation, None)
            answer = self.faces.world.request("GET", f"{request.path}?x=1",
                                              headers=self.faces.world.operator())
            self.assertEqual(answer.json["errors"][0]["pointer"], "/x", str(operation))
            checks.add_answer(str(operation), answer, *operation.response("400"))
        self.assertGreater(len(checks.list), 2)
        checks.run()

    def test_examples_fit_their_schemas(self):
        checks = Checks(self.document)
        for schema, name, value in self.document.examples():
            checks.add(f"{schema} '{name}'", schema, value)
        self.assertGreater(len(checks.list), 50)
        checks.run()

    def test_the_linter_finds_nothing(self):
        linter = npm.node("lint.js", str(ROOT / DOCUMENT))
        output, errors = linter.communicate(timeout=world.PATIENCE)
        self.assertEqual((linter.returncode, output), (0, ""), errors)

    def test_what_is_served_is_the_file(self):
        parser = npm.node("yaml.js", str(ROOT / DOCUMENT))
        output, errors = parser.communicate(timeout=world.PATIENCE)
        self.assertEqual(parser.returncode, 0, errors)
        self.assertEqual(self.document.json, json.loads(output))

    def test_it_is_of_this_version(self):
        version = self.faces.world.request("GET", "/version").json["version"]
        self.assertEqual(self.document.json["info"]["version"], version)

    def test_every_route_is_described(self):
        described = {(each.method.upper(), openapi.pattern_of(each.path)): set(each.security)
                     for each in self.document.operations()}
        routes = ROUTE.findall(ROUTES.read_text())
        self.assertGreater(len(routes), 15)
        for method, pattern, access in routes:
            self.assertIn(access, SECURITY, f"say in SECURITY of {__file__} who ACCESS_{access} is")
            self.assertIn((method, pattern), described,
                          f"{DOCUMENT} does not describe {method} {pattern}: add its path, with "
                          "examples of requests and, by the same names, of their answers")
            self.assertEqual(described.pop((method, pattern)), SECURITY[access],
                             f"{DOCUMENT}: security of {method} {pattern}")
        self.assertEqual(described, {}, f"{DOCUMENT} describes what {ROUTES.name} does not have")

    def test_every_error_is_described(self):
        text = ERRORS.read_text()
        problems = set(self.document.at("#/components/schemas/Problem")["properties"]["code"]["enum"])
        numbers = set(self.document.at("#/components/schemas/MessageError")["properties"]["code"]
                      ["examples"])
        shown = {(value["code"], value["status"]) for _, _, value in self.document.examples()
                 if isinstance(value, dict) and "title" in value}
        named = [(code, int(status)) for code, status, _ in OF_THE_SERVER.findall(text)]
        self.assertGreater(len(named), 15)
        self.assertEqual(problems, {code for code, _ in named}, "the enum of Problem.code")
        self.assertEqual(set(named) - shown, set(), f"{DOCUMENT} has no example of these problems")
        of_messages = {int(number) for _, _, number in OF_THE_SERVER.findall(text)}
        of_messages |= {int(number) for number, _ in OF_A_MESSAGE.findall(text)}
        self.assertEqual(numbers, of_messages, "the examples of MessageError.code")
        statuses = self.operation("createMessage").json["responses"]
        for number, status in OF_A_MESSAGE.findall(text):
            self.assertIn(status, statuses, f"{number} is answered by createMessage")


if __name__ == "__main__":
    world.main()
