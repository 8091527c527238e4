"""The error of this room: a file that is no table at all. What is wrong inside a table is a fault with its place."""

from typing import Final

from gateway.errors import TongbanError

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "sheet.format": (
        "不认识的文件格式，请用 .csv、.xlsx 或 .json。",
        "This kind of file is not known; use .csv, .xlsx or .json.",
    ),
    "sheet.old-workbook": (
        "这是旧版 .xls 或加密的工作簿，请另存为不加密的 .xlsx 或 CSV。",
        "This is an old .xls or an encrypted workbook; save it as .xlsx without a password, or as CSV.",
    ),
    "sheet.too-large": ("文件超过上限，请分成几份，或另存为 CSV。", "The file is over the limit; split it, or save it as CSV."),
    "sheet.unreadable": ("无法读取文件。", "The file cannot be read."),
    "sheet.unwritable": ("无法写入文件。", "The file cannot be written."),
    "sheet.workbook": ("工作簿已损坏，或含有不接受的内容。", "The workbook is broken, or holds what is not accepted."),
}


class SheetError(TongbanError):
    """A file that cannot be used as a table. code: a key of TEXTS; about_zh, about_en: what exactly, for a person."""

    def __init__(self, code: str, about_zh: str = "", about_en: str = "") -> None:
        zh, en = TEXTS[code]
        super().__init__(code, f"{zh}（{about_zh}）" if about_zh else zh, f"{en} ({about_en})" if about_en else en)


class BrokenError(Exception):
    """A file that cannot be read beyond a place. where: the place, of a table its line; caught within the room."""

    def __init__(self, where: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.where = where
        self.zh = zh
        self.en = en
