"""CSV as spreadsheets write it: UTF-8 with or without a mark, or GB18030 (the superset of GBK and GB2312); read line by line."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import BrokenError

_CHUNK = 1 << 20
_LONGEST_LINE = 1 << 20
_FOREIGN = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")


def guard(value: str) -> str:
    """The value so that no spreadsheet takes it for a formula: CSV knows no text cells, an apostrophe makes one."""
    return "'" + value if _DANGEROUS.match(value) else value


def unguard(value: str) -> str:
    """The value that `guard` was given."""
    return value[1:] if _GUARDED.match(value) else value


class CsvLines:
    """The lines of a file. Iterating gives (number of the line at which a row ends, cells); done: bytes read so far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done = 0

    def __iter__(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Raises BrokenError for another character set or malformed CSV, with the line from which on nothing was read."""
        with self._path.open("rb") as raw:
            encoding = _encoding(raw)
            raw.seek(0)
            reader = csv.reader(self._counted(raw, encoding), strict=True)
            try:
                for cells in reader:
                    yield reader.line_num, cells
            except csv.Error as error:
                zh, en = "CSV 格式有误，之后的行未读", f"malformed CSV ({error}); not read beyond"
                raise BrokenError(str(max(reader.line_num, 1)), zh, en) from None

    def _counted(self, raw: io.BufferedReader, encoding: str) -> Iterator[str]:
        with io.TextIOWrapper(raw, encoding=encoding, newline="") as file:
            while line := file.readline(_LONGEST_LINE):
                if len(line) == _LONGEST_LINE:
                    raise csv.Error("line too long")
                self.done = raw.tell()
                yield line


def _encoding(file: io.BufferedReader) -> str:
    """utf-8-sig or gb18030, by reading it all once. What is neither is refused before a row is taken."""
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        file.seek(0)
        first = True
        try:
            while chunk := file.read(_CHUNK):
                if b"\0" in chunk or (first and chunk.startswith(_FOREIGN)):
                    raise _not_text()
                decoder.decode(chunk)
                first = False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return "utf-8-sig" if encoding == "utf-8" else encoding
    raise _not_text()


def _not_text() -> BrokenError:
    zh, en = "文件不是 UTF-8 或 GB18030 的文本，请另存为 CSV（UTF-8）", "not text in UTF-8 or GB18030; save it as CSV (UTF-8)"
    return BrokenError("1", zh, en)
