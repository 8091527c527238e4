"""What a folder sends, held against what the partner's own description asks for; without a case."""

from collections.abc import Mapping
from typing import Final

from gateway.mapping import CodeTable, Findings, Outline, kind, nearest, possible_texts, words
from partners import Target, TargetKind

_TYPED: Final[Mapping[TargetKind, tuple[str, str, str]]] = {
    TargetKind.NUMBER: ("数字", "a number", "number(…)"),
    TargetKind.INTEGER: ("数字", "a number", "number(…)"),
    TargetKind.BOOLEAN: ("是/否", "yes/no", "boolean(…)"),
}
_WANTED: Final[Mapping[TargetKind, tuple[str, str]]] = {
    TargetKind.LEVEL: ("层级", "a level"),
    TargetKind.TEXT: ("文本", "text"),
    TargetKind.MOMENT: ("时间", "a moment"),
    TargetKind.DAY: ("日期", "a day"),
    TargetKind.CONTENT: ("材料内容", "content"),
    **{typed: (zh, en) for typed, (zh, en, _) in _TYPED.items()},
}
"""What a target wants, in words; ANY wants nothing."""
_TEXT, _LEVEL, _LIST, _ANY = "text", "level", "list", "any"
_JSON: Final[Mapping[TargetKind, frozenset[str]]] = {
    TargetKind.TEXT: frozenset({"text", "content"}),
    TargetKind.MOMENT: frozenset({"text"}),
    TargetKind.DAY: frozenset({"text"}),
    TargetKind.CONTENT: frozenset({"text", "content"}),
    TargetKind.NUMBER: frozenset({"number"}),
    TargetKind.INTEGER: frozenset({"number"}),
    TargetKind.BOOLEAN: frozenset({"yes-no"}),
}
_XML: Final[Mapping[TargetKind, frozenset[str]]] = {
    TargetKind.TEXT: frozenset({"text"}),
    TargetKind.MOMENT: frozenset({"text", "instant"}),
    TargetKind.DAY: frozenset({"text"}),
    TargetKind.CONTENT: frozenset({"content"}),
    TargetKind.NUMBER: frozenset({"text", "number"}),
    TargetKind.INTEGER: frozenset({"text", "number"}),
    TargetKind.BOOLEAN: frozenset({"text", "yes-no"}),
}
"""Which kinds of value each target takes: JSON has types of its own, XML has texts that look like something."""
_SHOWN: Final = 12


class RequestCheck:
    """Checks one message after another; what does not fit goes to the findings. xml: whether messages are SOAP."""

    def __init__(self, findings: Findings, tables: Mapping[str, CodeTable], *, xml: bool) -> None:
        self._findings = findings
        self._tables = tables
        self._xml = xml
        self._takes = _XML if xml else _JSON

    def message(self, outline: Outline, target: Target) -> None:
        """A message against what its description says of it."""
        if target.kind is not TargetKind.ANY:
            self._level(outline, target, ())

    def _level(self, outline: Outline, target: Target, above: tuple[str, ...]) -> None:
        known = {child.name: child for child in target.children}
        for written in outline.below:
            child = known.get(written.name)
            path = (*above, written.name)
            if child is not None:
                self._place(written, child, path)
            elif known or (target.kind is TargetKind.LEVEL and not target.open):
                code = "check.unlisted" if target.open else "check.unknown"
                self._findings.add(written.key, code, hint=nearest(written.name, known), target=".".join(path))
        self._filled(outline, target, above, {written.name for written in outline.below})

    def _filled(self, outline: Outline, target: Target, above: tuple[str, ...], written: set[str]) -> None:
        for child in target.children:
            if child.required and child.name not in written:
                about = f"（{child.about[:60]}）" if child.about else ""
                self._findings.add(outline.key, "check.required", target=".".join((*above, child.name)), about=about)

    def _place(self, outline: Outline, target: Target, path: tuple[str, ...]) -> None:
        name = ".".join(path)
        if target.required and (outline.optional or outline.condition is not None):
            self._findings.add(outline.key, "check.may-be-absent", target=name)
        if target.kind is TargetKind.ANY:
            return
        listed = not outline.travels_as_text and (outline.each is not None or outline.items or self._gives(outline) == _LIST)
        if listed and not target.repeats:
            self._findings.add(outline.key, "check.once", target=name)
        elif target.repeats and not listed and not self._xml and self._gives(outline) != _ANY:
            self._findings.add(outline.key, "check.list", target=name)
        elif outline.items:
            for entry in outline.below:
                self._entry(entry, target, path)
        else:
            self._entry(outline, target, path)

    def _entry(self, outline: Outline, target: Target, path: tuple[str, ...]) -> None:
        """What stands at a place, or at each of its entries."""
        gives = self._gives(outline)
        if target.kind is not TargetKind.LEVEL:
            self._leaf(outline, target, path, gives)
        elif outline.value is None and not outline.travels_as_text:
            self._level(outline, target, path)
        elif gives in (_LEVEL, _LIST, _ANY):
            return  # taken over whole: its names come from the case
        elif self._xml and (text := next((child for child in target.children if child.name == "#text"), None)) is not None:
            self._leaf(outline, text, path, gives)
            self._filled(outline, target, path, {"#text"})
        else:
            self._wrong(outline, target, path, gives)

    def _leaf(self, outline: Outline, target: Target, path: tuple[str, ...], gives: str) -> None:
        takes = self._takes.get(target.kind)
        if takes is None or gives in (_ANY, _LIST):
            return
        if gives not in takes:
            self._wrong(outline, target, path, gives)
            return
        texts = None if outline.value is None else possible_texts(outline.value, self._tables)
        if texts is not None and gives == _TEXT:
            self._texts(outline, target, path, texts)

    def _texts(self, outline: Outline, target: Target, path: tuple[str, ...], texts: frozenset[str]) -> None:
        """The texts that a leaf can be, where all of them are known."""
        name = ".".join(path)
        wrong = sorted(texts - set(target.allowed)) if target.allowed else []
        if wrong:
            allowed = ", ".join(target.allowed[:_SHOWN]) + (" …" if len(target.allowed) > _SHOWN else "")
            self._findings.add(outline.place, "check.allowed", target=name, values=", ".join(wrong[:_SHOWN]), allowed=allowed)
        length = max(map(len, texts), default=0)
        if target.longest is not None and length > target.longest:
            self._findings.add(outline.place, "check.longest", target=name, longest=target.longest, length=length)
        if target.kind in _TYPED and any(not _looks(target.kind, text) for text in texts):
            self._wrong(outline, target, path, _TEXT)

    def _wrong(self, outline: Outline, target: Target, path: tuple[str, ...], gives: str) -> None:
        wanted_zh, wanted_en = _WANTED[target.kind]
        given_zh, given_en = words(gives)
        self._findings.add(
            outline.place, "check.kind", hint=self._advice(target.kind, gives), target=".".join(path), wanted_zh=wanted_zh,
            wanted_en=wanted_en, given_zh=given_zh, given_en=given_en,
        )  # fmt: skip

    def _advice(self, wanted: TargetKind, gives: str) -> str:
        if wanted in _TYPED and gives == _TEXT:
            return f"写成 / write: ${{{_TYPED[wanted][2]}}}"
        if wanted is TargetKind.TEXT and gives in ("number", "yes-no"):
            return "写成 / write: ${text(…)}"
        if wanted in (TargetKind.TEXT, TargetKind.DAY) and gives == "instant":
            return "写成 / write: ${date(…, 'yyyy-MM-dd')}"
        if wanted is TargetKind.CONTENT and self._xml:
            return "写成 / write: ${base64(…)}"
        return "逐项写在下面 / write its entries below" if wanted is TargetKind.LEVEL else ""

    def _gives(self, outline: Outline) -> str:
        """The word for what an entry is."""
        if outline.travels_as_text:
            return _TEXT
        return _LEVEL if outline.value is None else kind(outline.shape)


def _looks(wanted: TargetKind, text: str) -> bool:
    """Whether a text of XML reads as what is wanted."""
    if wanted is TargetKind.BOOLEAN:
        return text in ("true", "false", "0", "1")
    digits = text.removeprefix("-").removeprefix("+")
    whole, dot, rest = digits.partition(".")
    return whole.isascii() and whole.isdigit() and (not dot or (wanted is TargetKind.NUMBER and rest.isascii() and rest.isdigit()))
