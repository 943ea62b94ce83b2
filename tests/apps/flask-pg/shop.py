"""A shop window: one page, one list from a file, one question to a database that may be away."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg2
from flask import Flask, Response, jsonify

app = Flask(__name__)
SHELF = Path("static/shelf.txt")


@app.get("/")
def window() -> Response:
    return jsonify(shop="open", articles=SHELF.read_text(encoding="utf-8").split())


@app.get("/orders")
def orders() -> tuple[Response, int]:
    try:
        base = psycopg2.connect(os.environ.get("DATABASE_URL", "host=127.0.0.1 port=1"), connect_timeout=1)
        with base, base.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders")
            row = cursor.fetchone()
    except psycopg2.OperationalError:
        return jsonify(orders=None, reason="the database is away"), 404
    return jsonify(orders=row[0] if row else 0), 200
