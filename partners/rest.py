"""REST partners: JSON messages, held against the partner's OpenAPI description where it published one."""

from collections.abc import Mapping
from decimal import Decimal
from email.message import Message as Header
from pathlib import Path
from typing import Any, Final

from gateway.mapping import BODILESS, PushSpec, StepMapping
from gateway.model import Blob
from gateway.wire import WireError, decode, dump_json, parse_json

from .adapter import Message, UnreadableError, UnusableError
from .openapi import OpenApi, OpenApiError
from .target import Misfit, unfit
from .tokens import Tokens

_NUL: Final = "\\u0000"
"""A character that XML does not know and not every database keeps; in JSON it can only come escaped."""
_JSON: Final = "application/json; charset=utf-8"


class JsonForm:
    """JSON out and in. Satisfies the adapter's Form."""

    def __init__(self, schemas: Path) -> None:
        self._schemas = schemas
        self._openapi: OpenApi | None = None

    def get_ready(self) -> None:
        """Read the OpenAPI description, if there is one. Raises UnusableError."""
        try:
            self._openapi = OpenApi.find(self._schemas)
        except OpenApiError as error:
            raise UnusableError(str(error)) from None

    def request(self, step: StepMapping, tree: Any, tokens: Tokens) -> Message:
        """The step's message. Raises UnusableError."""
        route, method = step.route, step.method
        if route is None or method is None:
            raise UnusableError(f"the step {step.name} has no path")
        inside = {name: value for name, value in tree.items() if name in route.names and value is not None}
        body = {name: value for name, value in tree.items() if name not in route.names}
        misfits: tuple[Misfit, ...] = ()
        if self._openapi is not None:
            try:
                misfits = self._openapi.misfits(method, route.fixed, inside, None if method in BODILESS else body)
            except OpenApiError as error:
                raise UnusableError(str(error)) from None
        try:
            path = route.fill(inside)
        except ValueError as error:
            misfits += (unfit(str(error), "为空，或不能用在网址中", "it is empty, or no part of a URL"),)
        if misfits:
            return Message(method, route.fixed, (), None, misfits)
        accept = ("Accept", "application/json")
        if method in BODILESS or (not body and self._openapi is not None and self._openapi.bodiless(method, route.fixed)):
            return Message(method, path, (accept,), b"")
        return Message(method, path, (("Content-Type", _JSON), accept), write_json(body, tokens))

    def read(self, body: bytes, content_type: str | None, max_bytes: int) -> Mapping[str, Any]:
        """The object that was sent; numbers keep their digits as text. Raises UnreadableError."""
        try:
            text = decode(body, charset_of(content_type))
            tree = parse_json(text.encode(), max_bytes=2 * max_bytes, numbers_as_text=True)
        except (WireError, UnicodeError) as error:
            if isinstance(error, WireError):
                raise UnreadableError(error.code, line=error.line, column=error.column) from None
            raise UnreadableError("charset") from None
        if not isinstance(tree, dict):
            raise UnreadableError("not-an-object")
        if _NUL in text:
            raise UnreadableError("nul")
        return tree

    def read_push(self, push: PushSpec, body: bytes, content_type: str | None, max_bytes: int) -> Mapping[str, Any]:
        """The object that was pushed. Raises UnreadableError."""
        return self.read(body, content_type, max_bytes)

    def reply(self, push: PushSpec, tree: Any, tokens: Tokens) -> tuple[bytes, str]:
        """The reply as JSON."""
        return write_json(tree, tokens), _JSON


def write_json(tree: Any, tokens: Tokens) -> bytes:
    """A rendered tree as JSON; each Blob stands as its token, a decimal with exactly its digits. Raises UnusableError."""
    digits: dict[str, str] = {}

    def plain(value: Any) -> Any:
        match value:
            case str() | bool() | int() | None:
                return value
            case dict():
                return {name: plain(below) for name, below in value.items()}
            case list():
                return [plain(below) for below in value]
            case Blob():
                return tokens.take(value)
            case Decimal():
                digits[place := tokens.place()] = format(value, "f")
                return place
        raise UnusableError(f"{type(value).__name__} in a JSON message")

    try:
        written = dump_json(plain(tree))
    except WireError as error:
        raise UnusableError(error.code) from None
    for place, number in digits.items():
        written = written.replace(f'"{place}"'.encode(), number.encode())
    return written


def charset_of(content_type: str | None) -> str | None:
    """The charset parameter of a Content-Type, or None."""
    header = Header()
    header["Content-Type"] = content_type or ""
    charset = header.get_param("charset")
    return charset if isinstance(charset, str) else None
