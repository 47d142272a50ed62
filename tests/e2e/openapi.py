"""The OpenAPI document as cases: requests to send, and what it says of their answers.

A request's example and the response that it gets have the same name. What has no example is taken
from the schema's own: so a path's parameter has one for all, and may have others by name.
"""

import copy
import json
import re
import urllib.parse

METHODS = ("get", "post", "put", "patch", "delete")


class Document:
    def __init__(self, text):
        self.json = json.loads(text)

    def at(self, pointer):
        value = self.json
        for part in pointer.removeprefix("#/").split("/"):
            part = urllib.parse.unquote(part).replace("~1", "/").replace("~0", "~")
            value = value[int(part)] if isinstance(value, list) else value[part]
        return value

    def resolve(self, value, pointer):
        """What stands there, or where its reference leads; and the pointer to that."""
        while "$ref" in value:
            pointer = value["$ref"]
            value = self.at(pointer)
        return value, pointer

    def operations(self):
        for path, item in self.json["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, path, method)

    def closed(self):
        """A copy in which a member that is not described is wrong."""
        def close(value):
            for inner in value.values() if isinstance(value, dict) else value:
                if isinstance(inner, (dict, list)):
                    close(inner)
            if isinstance(value, dict) and isinstance(value.get("properties"), dict):
                value.setdefault("additionalProperties", False)
        document = copy.deepcopy(self.json)
        close(document)
        return document

    def examples(self):
        """(pointer to its schema, the example) of every example but those that are wrong on
        purpose."""
        def walk(value, pointer):
            if isinstance(value, list):
                value = {str(i): inner for i, inner in enumerate(value)}
            if not isinstance(value, dict):
                return
            if "schema" in value and isinstance(value.get("examples"), dict):
                for name, example in value["examples"].items():
                    example, _ = self.resolve(example, pointer)
                    if "x-wrong" not in example:
                        yield f"{pointer}/schema", name, example["value"]
            for name, inner in value.items():
                yield from walk(inner, f"{pointer}/{escape(name)}")
        yield from walk(self.json, "#")


def escape(name):
    return urllib.parse.quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


class Operation:
    def __init__(self, document, path, method):
        self.document, self.path, self.method = document, path, method
        self.pointer = f"#/paths/{escape(path)}/{method}"
        item = document.json["paths"][path]
        self.json = item[method]
        self.id = self.json["operationId"]
        self.security = [next(iter(each)) for each in self.json["security"]]
        self.parameters = [document.resolve(each, "")[0]
                           for each in item.get("parameters", []) + self.json.get("parameters", [])]
        self.body_type, self.bodies = None, {}
        if "requestBody" in self.json:
            [(self.body_type, media)] = self.json["requestBody"]["content"].items()
            self.bodies = media["examples"]

    def __str__(self):
        return f"{self.method.upper()} {self.path} ({self.id})"

    def response(self, status):
        """(what is said of answers of this status, where), or None."""
        responses = self.json["responses"]
        if status not in responses:
            return None
        return self.document.resolve(responses[status], f"{self.pointer}/responses/{status}")

    def answered(self):
        """Name → (status, example) of every example of a response."""
        found = {}
        for status in self.json["responses"]:
            response, pointer = self.response(status)
            for each in [*response.get("content", {}).values(),
                         *response.get("headers", {}).values()]:
                for name, example in each.get("examples", {}).items():
                    assert name not in found, f"{self} answers two examples called '{name}'"
                    found[name] = status, self.document.resolve(example, pointer)[0]
        return found

    def asked(self):
        """The names of the requests' examples."""
        names = dict.fromkeys(self.bodies)
        for parameter in self.parameters:
            names.update(dict.fromkeys(parameter.get("examples", {})))
        return list(names)

    def credentials(self, name):
        sources = [self.bodies, *(each.get("examples", {}) for each in self.parameters)]
        named = [source[name]["x-as"] for source in sources if "x-as" in source.get(name, {})]
        return (named + self.security + [None])[0]


class Request:
    """What the example called NAME sends; None is what any request sends."""

    def __init__(self, operation, name):
        path, query, self.headers = operation.path, [], {}
        for parameter in operation.parameters:
            value = self.value_of(operation, parameter, name)
            if value is None:
                continue
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(value))
            elif parameter["in"] == "query":
                query.append((parameter["name"], value))
            else:
                self.headers[parameter["name"]] = value
        self.method = operation.method.upper()
        self.path = path + ("?" if query else "") + urllib.parse.urlencode(query)
        self.body = self.body_of(operation, name)
        if self.body is not None:
            self.headers["Content-Type"] = operation.body_type

    @staticmethod
    def value_of(operation, parameter, name):
        if name in parameter.get("examples", {}):
            return parameter["examples"][name]["value"]
        if not parameter.get("required"):
            return None
        schema, _ = operation.document.resolve(parameter["schema"], "")
        return schema["examples"][0]

    @staticmethod
    def body_of(operation, name):
        if not operation.bodies:
            return None
        value = operation.bodies.get(name, next(iter(operation.bodies.values())))["value"]
        if operation.body_type.startswith("application/json"):
            return json.dumps(value)
        if operation.body_type == "application/x-www-form-urlencoded":
            return urllib.parse.urlencode(value, doseq=True)
        return value

    def replace(self, words):
        """Put what is real in the place of the document's own ids."""
        for word, real in words.items():
            self.path = self.path.replace(urllib.parse.quote(word), urllib.parse.quote(real))
            self.headers = {name: value.replace(word, real)
                            for name, value in self.headers.items()}
            self.body = self.body and self.body.replace(word, real)
        return self


def pattern_of(path):
    """As the gateway's routes spell it."""
    return re.sub(r"\{\w+\}", "*", path)
