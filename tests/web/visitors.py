# ruff: noqa: ANN401 - the options are those of werkzeug's test client
"""Browsers and programs for tests of the web."""

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf-token" content="([0-9a-f]+)"')


@dataclass
class Browser:
    """A browser that fills in forms as a person does: with the tokens of the page it has just seen."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        """The page."""
        return self.client.get(path, **options)

    def csrf(self, seen_on: str = "/sign-in") -> str:
        """The CSRF token a page shows to this browser."""
        found = TOKEN.search(self.client.get(seen_on).text)
        assert found, f"{seen_on} shows no CSRF token"
        return found[1]

    def post(self, path: str, *, seen_on: str = "/sign-in", **fields: Any) -> TestResponse:
        """The answer to a form with its tokens."""
        data = {"csrf_token": self.csrf(seen_on), "form_token": uuid.uuid4().hex, **fields}
        return self.client.post(path, data=data)

    def sign_in(self, email: str, password: str, **fields: Any) -> TestResponse:
        """The answer to the sign-in form."""
        return self.post("/sign-in", email=email, password=password, **fields)

    def cookie(self) -> str:
        """The session cookie's value; empty if there is none."""
        found = self.client.get_cookie("fulfillment")
        return found.value if found else ""


def body(answer: TestResponse) -> Any:
    """The answer's JSON."""
    return json.loads(answer.data)


@dataclass
class Program:
    """A program with an API token."""

    client: FlaskClient
    token: str

    def call(self, method: str, path: str, *, key: str | None = None, **options: Any) -> TestResponse:
        """The answer to a request; a write gets a key of its own unless one is given."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self.client.open(path, method=method, headers=headers, **options)
