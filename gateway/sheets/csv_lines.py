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
_LONG = re.compile("[\u0800-\U0010ffff]")
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
    """utf-8-sig or gb18030, by reading it all. What is neither, or might as well be either, is refused before a row is taken."""
    utf8 = _reads_as(file, "utf-8")
    if utf8:
        return "utf-8-sig"
    gb18030 = _reads_as(file, "gb18030")
    if utf8 is None and gb18030 is None:
        raise _not_text()
    if utf8 is not None and gb18030 is not None:
        zh = "文件中的中文太少，无法确定是 UTF-8 还是 GB18030，请另存为 CSV（UTF-8）"
        raise BrokenError("1", zh, "holds too little Chinese to tell UTF-8 from GB18030; save it as CSV (UTF-8)")
    return "gb18030" if utf8 is None else "utf-8-sig"


def _reads_as(file: io.BufferedReader, encoding: str) -> bool | None:
    """None: no text in that encoding; True: ASCII, or with characters of three bytes, which GB18030 makes by rare chance only."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    plain, long = True, False
    first = True
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            if b"\0" in chunk or (first and chunk.startswith(_FOREIGN)):
                raise _not_text()
            plain = plain and chunk.isascii()
            long = _LONG.search(decoder.decode(chunk)) is not None or long
            first = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return plain or long


def _not_text() -> BrokenError:
    zh, en = "文件不是 UTF-8 或 GB18030 的文本，请另存为 CSV（UTF-8）", "not text in UTF-8 or GB18030; save it as CSV (UTF-8)"
    return BrokenError("1", zh, en)
