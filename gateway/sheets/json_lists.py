"""A JSON document of named lists, `{"regions": [...], "matters": [...]}`, read entry by entry: memory holds one entry, never the document.

Every entry is held against the same rules as any JSON that reaches us (gateway.wire).
"""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from gateway.wire import Json, WireError, parse_json

from .errors import BrokenError

MAX_ENTRY: Final = 1 << 20
_CHUNK: Final = 1 << 18
_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_DECODE = json.JSONDecoder().raw_decode


class JsonLists:
    """Iterating gives (list, index, entry). done: bytes read so far."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path = path
        self._names = names
        self._text = ""
        self._at = 0
        self._line, self._column = 1, 1
        self._ended = False
        self.done = 0

    def __iter__(self) -> Iterator[tuple[str, int, Json]]:
        """Raises BrokenError for malformed JSON, with line:column, and with `/` for another document."""
        with self._path.open("rb") as self._file:
            self._decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
            if self._peek() != "{":
                self._value()
                raise self._other()
            self._skip(1)
            seen: set[str] = set()
            while self._peek() != "}":
                if seen:
                    self._expect(",")
                if self._peek() != '"':
                    self._refuse("json.malformed")
                repeated = self._broken(WireError("json.duplicate-key"))
                name = self._value()
                if name in seen:
                    raise repeated
                self._expect(":")
                if name not in self._names or self._peek() != "[":
                    raise self._other()
                seen.add(str(name))
                yield from self._entries(str(name))
            self._skip(1)
            if self._peek():
                self._refuse("json.malformed")

    def _entries(self, name: str) -> Iterator[tuple[str, int, Json]]:
        self._skip(1)
        index = 0
        while self._peek() != "]":
            if index:
                self._expect(",")
            yield name, index, self._value()
            index += 1
        self._skip(1)

    def _value(self) -> Json:
        """The value that begins here. A first, lenient reading finds its end; the strict one then reads just that."""
        self._peek()
        while True:
            try:
                _, end = _DECODE(self._text, self._at)
                # A number may go on in the next chunk.
                if end < len(self._text) or self._ended:
                    break
            except (json.JSONDecodeError, RecursionError):
                if self._ended or len(self._text) - self._at > MAX_ENTRY:
                    end = len(self._text)
                    break
            self._more()
        try:
            value = parse_json(self._text[self._at : end].encode("utf-8", "surrogatepass"), max_bytes=MAX_ENTRY)
        except WireError as error:
            raise self._broken(error) from None
        self._skip(end - self._at)
        return value

    def _broken(self, error: WireError) -> BrokenError:
        line = self._line + (error.line or 1) - 1
        column = (error.column or 1) + (self._column - 1 if line == self._line else 0)
        plain = WireError(error.code)
        return BrokenError(f"{line}:{column}", plain.zh, plain.en)

    def _refuse(self, code: str) -> NoReturn:
        raise self._broken(WireError(code))

    def _other(self) -> BrokenError:
        zh, en = " 与 ".join(self._names), " and ".join(self._names)
        return BrokenError("/", f"应为含 {zh} 列表的对象", f"must be an object with the lists {en}")

    def _expect(self, mark: str) -> None:
        if self._peek() != mark:
            self._refuse("json.malformed")
        self._skip(1)

    def _peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._skip(blanks.end() - self._at if blanks else 0)
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def _skip(self, count: int) -> None:
        passed = self._text[self._at : self._at + count]
        lines = passed.count("\n")
        self._line += lines
        self._column = count - passed.rfind("\n") if lines else self._column + count
        self._at += count

    def _more(self) -> None:
        chunk = self._file.read(_CHUNK)
        self._ended = not chunk
        self.done += len(chunk)
        try:
            self._text = self._text[self._at :] + self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError:
            raise self._broken(WireError("json.encoding")) from None
        self._at = 0
