"""Holds an answer of the API against the description that the app gives of itself."""

from typing import Any, ClassVar, Final

from flask import Flask
from jsonschema_rs import Draft202012Validator
from werkzeug.test import TestResponse

PREFIX: Final = "/api/v1"


class Promise:
    """The description, as it is served."""

    kept: ClassVar[dict[str, Any]] = {}
    """Every app says the same of itself, so it is asked once."""

    def __init__(self, app: Flask) -> None:
        if not self.kept:
            served = app.test_client().get(f"{PREFIX}/openapi.json")
            assert (served.status_code, served.mimetype) == (200, "application/json")
            self.kept.update(served.get_json())
        self.document = self.kept

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """Return what is said of a request to a path below the prefix, its query left aside."""
        given = path.partition("?")[0].split("/")
        for template, ways in self.document["paths"].items():
            parts = template.split("/")
            if len(parts) == len(given) and all(
                part.startswith("{") or part == one for part, one in zip(parts, given, strict=True)
            ):
                found: dict[str, Any] = ways[method.lower()]
                return found
        raise AssertionError(f"nothing is said of {method} {path}")

    def check(self, answer: TestResponse, method: str, path: str) -> None:
        """Fail unless the status, the type and the content are among those promised."""
        promise = self._found(self.operation(method, path)["responses"][str(answer.status_code)])
        if "content" not in promise:
            assert answer.get_data() == b""
            return
        schema = promise["content"][answer.mimetype]["schema"]
        validator = Draft202012Validator({**schema, "components": self.document["components"]})
        assert [error.message for error in validator.iter_errors(answer.get_json())] == []
        if answer.status_code >= 400:
            assert answer.get_json()["status"] == answer.status_code

    def _found(self, value: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in value:
            return value
        found: Any = self.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        named: dict[str, Any] = found
        return named
