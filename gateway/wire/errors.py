"""The one error of this room, with the texts of all its codes; a text never repeats what the document said."""

from typing import Final

from gateway.errors import TongbanError

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "body.size": ("附件的实际大小与登记不符，未能发送。", "An attachment's bytes do not match its recorded size."),
    "body.token": ("报文中的附件占位符缺失或重复。", "An attachment's placeholder is missing from the message or repeated."),
    "charset.forbidden": (
        "报文声明了不允许的字符集，请改用 UTF-8 或 GB18030。",
        "The message declares a character set that is not accepted; use UTF-8 or GB18030.",
    ),
    "charset.undecodable": (
        "报文不是有效的 UTF-8 或 GB18030 文本。",
        "The message is valid neither as UTF-8 nor as GB18030.",
    ),
    "json.duplicate-key": ("JSON 对象中有重复的名称。", "A JSON object names the same member twice."),
    "json.encoding": ("JSON 必须是有效的 UTF-8。", "JSON must be valid UTF-8."),
    "json.malformed": ("JSON 格式有误。", "The JSON is malformed."),
    "json.number": (
        "JSON 中的数字过长，或不是有限的数。",
        "A JSON number has too many digits or is not a finite number.",
    ),
    "json.surrogate": ("JSON 文本中有不成对的代理字符。", "A JSON string holds half of a surrogate pair."),
    "json.too-deep": ("JSON 嵌套层数过多。", "The JSON is nested too deeply."),
    "json.too-many": ("JSON 的条目过多。", "The JSON has too many parts."),
    "json.too-large": ("JSON 报文过大。", "The JSON is too large."),
    "xml.attributes": ("XML 的属性过多。", "The XML has too many attributes."),
    "xml.doctype": ("XML 不得含有 DOCTYPE。", "XML with a DOCTYPE is not accepted."),
    "xml.elements": ("XML 的元素过多。", "The XML has too many elements."),
    "xml.malformed": ("XML 格式有误。", "The XML is malformed."),
    "xml.too-deep": ("XML 嵌套层数过多。", "The XML is nested too deeply."),
    "xml.too-large": ("XML 报文过大。", "The XML is too large."),
}


class WireError(TongbanError):
    """Bytes that are not what they claim to be, or that are more than we accept.

    code: a key of TEXTS.
    line, column: where in the decoded text, counted from 1; None where a place means nothing.
    """

    def __init__(self, code: str, *, line: int | None = None, column: int | None = None, detail: str | None = None) -> None:
        zh, en = TEXTS[code]
        if line is not None:
            zh, en = f"{zh}（第 {line} 行第 {column} 列）", f"{en} (line {line}, column {column})"
        super().__init__(code, zh, en, detail=detail)
        self.line = line
        self.column = column


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
