#!/usr/bin/env python3
"""parcel.py DATABASE PORT-FILE: books pickups over HTTP, as guarded steps of a saga."""
import http.server
import json
import os
import sqlite3
import sys

books = sqlite3.connect(sys.argv[1], isolation_level=None)
books.execute("CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, status INT, body TEXT)")
books.execute("CREATE TABLE IF NOT EXISTS pickups (saga TEXT PRIMARY KEY, street TEXT, handed INT)")


def known(operation):
    return books.execute("SELECT status, body FROM answers WHERE id = ?", (operation,)).fetchone()


def refusal(status, code, detail):
    return status, json.dumps({"code": code, "detail": detail})


def work(call):
    saga, given, undone = call["saga"], call["input"], f"{call['saga']}/{call['step']}/undo"
    if call["direction"] == "fence" or (call["direction"] == "do" and known(undone)):
        return refusal(410, "closed", "It is undone or fenced, and cannot happen any more.")
    if call["operation"] == "book":
        if not given.get("street"):
            return refusal(422, "no_street", "A pickup needs a street.")
        books.execute("INSERT INTO pickups VALUES (?, ?, 0)", (saga, given["street"]))
        return 201, json.dumps({"pickup": saga[-6:]})
    if call["operation"] == "unbook":
        books.execute("DELETE FROM pickups WHERE saga = ?", (saga,))
        return 200, "{}"
    if given.get("kilograms", 1) > 20:
        return refusal(422, "too_heavy", "At most 20 kilograms are taken.")
    books.execute("UPDATE pickups SET handed = 1 WHERE saga = ?", (saga,))
    return 200, "{}"


class Parcel(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        with books:  # The work and its answer are durable together, or not at all.
            books.execute("BEGIN IMMEDIATE")
            status, body = answer = known(key) or work(call)
            books.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", (key, *answer))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())


if __name__ == "__main__":
    server = http.server.HTTPServer(("127.0.0.1", 0), Parcel)
    with open(sys.argv[2] + ".new", "w") as file:
        file.write(str(server.server_port))
    os.rename(sys.argv[2] + ".new", sys.argv[2])
    server.serve_forever()
