#!/usr/bin/env python3
"""parcel.py DATABASE PORT-FILE: books pickups over HTTP, as a guarded step of a saga."""
import http.server
import json
import sqlite3
import sys

books = sqlite3.connect(sys.argv[1], isolation_level=None)
books.execute("CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, status INT, body TEXT)")
books.execute("CREATE TABLE IF NOT EXISTS pickups (saga TEXT PRIMARY KEY, street TEXT)")
CLOSED = 410, '{"code": "closed", "detail": "It is undone or fenced, and cannot happen any more."}'


def known(operation):
    return books.execute("SELECT status, body FROM answers WHERE id = ?", (operation,)).fetchone()


def work(call):
    """What is done once; the answer to the same operation is the same for ever."""
    if call["direction"] == "fence" or (call["direction"] == "do" and
                                        known(f"{call['saga']}/{call['step']}/undo")):
        return CLOSED
    if call["direction"] == "undo":
        books.execute("DELETE FROM pickups WHERE saga = ?", (call["saga"],))
        return 200, "{}"
    if not call["input"].get("street"):
        return 422, '{"code": "no_street", "detail": "A pickup needs a street."}'
    books.execute("INSERT INTO pickups VALUES (?, ?)", (call["saga"], call["input"]["street"]))
    return 201, json.dumps({"pickup": call["saga"][-6:]})


class Parcel(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        books.execute("BEGIN IMMEDIATE")  # The work and its answer are durable together, or not.
        status, body = answer = known(key) or work(call)
        books.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", (key, *answer))
        books.execute("COMMIT")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())


if __name__ == "__main__":
    server = http.server.HTTPServer(("127.0.0.1", 0), Parcel)
    with open(sys.argv[2], "w") as file:
        file.write(str(server.server_port))
    server.serve_forever()
