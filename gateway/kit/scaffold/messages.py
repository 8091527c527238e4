"""A step's `send`: the partner's whole message tree, each place with a guess, a TODO, or a comment that it was left out."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.mapping import personal
from partners import Target, TargetKind

from .guesses import Guess, Guesser
from .matching import Scene, level
from .values import meanings
from .words import brief, compact
from .yaml_text import Line, flat

TODO: Final = "TODO"
GUESSED: Final = "猜测 guess"
_LEFT_OUT: Final = "可选 optional："
_WRAPPERS: Final = frozenset(
    {"param", "params", "xml", "json", "parasxml", "xmlstr", "jsonstr", "information", "arg0", "arg1", "in0", "in1", "data", "body"}
)
_WRAPPED: Final = "若是 XML 或 JSON 文本，在其下用 $xml 或 $json / if it is XML or JSON as text, write it below with $xml or $json"
_ROOT: Final = re.compile(r"(?<![\w.'])(applicant|agent|form|materials|reception|withdrawal|supplement\.\w+|item)\b")
_DEEPEST: Final = 14
_CHOSEN_WITHIN: Final = 4
_LISTS: Final = {"materials": "materials", "fields": "entries(form)"}
_SUPPLEMENT_LISTS: Final = {"materials": "supplement.materials", "answers": "supplement.answers", "matter": "supplement.answers"}
_MOST_VALUES: Final = 12


def send(root: Target, step: str, guesser: Guesser, in_url: frozenset[str] = frozenset()) -> list[Line]:
    """What a step sends. Its guesses are the lines with GUESSED, what is still to be said those with TODO.

    in_url: names that stand in the URL, where nothing personal may stand.
    """
    message = _Message(guesser)
    lines = message.level(root.children, Scene(step))
    if root.children and not any(line.key for line in lines):
        # All of it is optional; an empty message says of no case.
        first, *rest = root.children
        lines = message.level([replace(first, required=True), *rest], Scene(step))
    if (
        step == "query"
        and len(root.children) == 1
        and lines[0].value == TODO
        and root.children[0].kind in (TargetKind.TEXT, TargetKind.ANY)
    ):
        lines = [
            replace(
                lines[0], value="${case.number}", comment=f"{GUESSED}（唯一的参数 its only parameter）；{lines[0].comment}".rstrip("；")
            )
        ]
    return [_open(line) if line.key.removesuffix("?") in in_url else line for line in lines]


def guesses(lines: Sequence[Line]) -> int:
    """How many of the lines are guesses."""
    return sum(GUESSED in line.comment for line in flat(lines))


def todos(lines: Sequence[Line]) -> int:
    """How many of the lines are still to be filled in."""
    return sum(line.value == TODO or TODO in line.comment for line in flat(lines))


class _Message:
    def __init__(self, guesser: Guesser) -> None:
        self._guesser = guesser

    def level(self, targets: Sequence[Target], scene: Scene) -> list[Line]:
        """The lines of one level, in the message's order, what was left out behind them."""
        lines: list[Line] = []
        left_out: list[Line] = []
        made = self._chosen(targets, [self._line(target, scene) for target in targets], scene)
        for line in made:
            (lines if line.key else left_out).append(line)
        if scene.step == "query":
            lines, more = _one_number(lines)
            left_out += more
        return [*lines, *left_out]

    def _chosen(self, targets: Sequence[Target], lines: list[Line], scene: Scene) -> list[Line]:
        """The lines, and of places of which one must stand, when none does, the one of which most is known."""
        for names in dict.fromkeys(target.one_of for target in targets if target.one_of):
            places = [place for place, target in enumerate(targets) if target.name in names]
            if len({targets[place].branch for place in places} - {()}) > 1:
                self._branch(targets, lines, names, scene)
                continue
            if any(lines[place].key for place in places):
                continue
            open_ = f"{TODO} 至少写其中一项 / one of: {', '.join(names)}"
            if len(scene.above) >= _CHOSEN_WITHIN:  # further down, each level would double the work
                lines[places[0]] = Line(targets[places[0]].name, TODO, open_)
                continue
            made = {place: self._line(replace(targets[place], required=True), scene) for place in places}
            best = max(places, key=lambda place: sum(_is_guess(line) for line in flat([made[place]])))
            said = f"{open_}；{made[best].comment}".rstrip("；")
            lines[best] = replace(made[best], comment=said)
        return lines

    def _branch(self, targets: Sequence[Target], lines: list[Line], names: Sequence[str], scene: Scene) -> None:
        """Of a choice's branches the one of which most is known is written, whole; the others are left out aloud."""
        branches = list(dict.fromkeys(target.branch for target in targets if target.name in names and target.branch))

        def known(branch: tuple[str, ...]) -> int:
            parts = zip(targets, lines, strict=True)
            return sum(_is_guess(one) for target, line in parts if target.branch == branch for one in flat([line]))

        best = max(branches, key=known)
        said = f"{TODO} 二选一或多选一 a choice：{' | '.join(' + '.join(branch) for branch in branches)}"
        for place, target in enumerate(targets):
            if target.branch == best and target.name in names and len(scene.above) < _CHOSEN_WITHIN:
                lines[place] = self._line(replace(target, required=True), scene)
            if target.branch == best and said:
                lines[place] = replace(lines[place], comment=f"{said}；{lines[place].comment}".rstrip("；"))
                said = ""
            elif target.branch in branches and target.branch != best:
                lines[place] = _left_out(target, "属于另一种 of another branch")

    def _line(self, target: Target, scene: Scene) -> Line:
        if not target.name or target.name.startswith("$") or target.name.endswith("?"):
            return Line(comment=f"TODO “{target.name}”：本语言写不出这个名称 / the language cannot write this name")
        if target.children and len(scene.above) < _DEEPEST:
            return self._nested(target, scene)
        return self._repeated_leaf(target) if target.repeats else self._leaf(target, scene)

    def _leaf(self, target: Target, scene: Scene) -> Line:
        guess = self._guesser.guess(target, scene)
        if isinstance(guess, Guess) and (target.required or guess.drawn):
            about = f"：{brief(target.about)}" if target.about else ""
            return Line(target.name if target.required else f"{target.name}?", guess.written, f"{GUESSED}（{guess.why}）{about}")
        if not target.required:
            return _left_out(target, guess if isinstance(guess, str) else "")
        if target.kind is TargetKind.LEVEL:
            return Line(target.name, "{}", f"{TODO} {_said(target)}".rstrip(), raw=True)
        wrapped = target.kind is TargetKind.TEXT and compact(target.name) in _WRAPPERS
        return Line(target.name, TODO, _said(target, guess if isinstance(guess, str) else _WRAPPED if wrapped else ""))

    def _repeated_leaf(self, target: Target) -> Line:
        if not target.required:
            return _left_out(target)
        return Line(target.name, None, _said(target), [Line("", TODO, bullet=True)])

    def _nested(self, target: Target, scene: Scene) -> Line:
        if target.repeats:
            return self._list(target, scene)
        below = self.level(target.children, scene.below(target))
        drawn = sum(_is_guess(line) for line in flat(below))
        if not target.required and drawn <= todos(below):
            return _left_out(target)
        lists = [line.value for line in flat(below) if line.key == "$each"]
        if not target.required and lists:
            return Line(target.name, None, _said(target), [Line("$if", lists[0]), *below])
        empty = not any(line.key for line in below)
        key = target.name if target.required or not drawn else f"{target.name}?"
        return Line(key, "{}" if empty else None, _said(target), below, raw=True)

    def _list(self, target: Target, scene: Scene) -> Line:
        """A level that repeats: one entry for each of ours, or one entry to be filled in."""
        known = _SUPPLEMENT_LISTS if scene.step == "supplement" else _LISTS
        kinds = [level(one) for one in (target, *reversed(scene.above))]
        kind = "" if scene.each else next((kind for kind in kinds if kind in known), "") or self._by_content(target, scene)
        each = "answers" if known.get(kind) == "supplement.answers" else kind
        if kind:
            below = self.level(target.children, scene.below(target, each))
            if any(_is_guess(line) for line in below) and (target.required or not todos(below)):
                source = Line("$each", f"${{{known[kind]}}}", f"{GUESSED}（{_SAID_LISTS[known[kind]]}）")
                return Line(target.name, None, _said(target), [source, *below])
        if not target.required:
            return _left_out(target)
        below = self.level(target.children, scene.below(target))
        entries = [line for line in below if line.key] or [Line(target.children[0].name, TODO)]
        entries[0].bullet = True
        said = "；".join(part for part in (f"{TODO} 列表 a list", _said(target)) if part)
        return Line(target.name, None, said, [*entries, *(line for line in below if not line.key)])

    def _by_content(self, target: Target, scene: Scene) -> str:
        """`materials`, where an entry has what only a material has: its content beside a name or code."""
        found = [line.value for line in self.level(target.children, scene.below(target, "materials")) if _is_guess(line)]
        return "materials" if "${base64(item.content)}" in found and len(found) > 1 else ""


_SAID_LISTS: Final = {
    "materials": "像材料清单 / looks like the materials",
    "entries(form)": "像表单项 / looks like the form's fields",
    "supplement.materials": "像补正材料 / looks like the supplement's materials",
    "supplement.answers": "像补正答复 / looks like the answers",
}


def _open(line: Line) -> Line:
    """A line of the URL as it is, or without what is said of a person."""
    roots = {tuple(root.split(".")) for root in _ROOT.findall(line.value or "")} if (line.value or "").startswith("${") else set()
    if not personal(roots):
        return line
    why = "个人信息不得出现在网址中 / personal data have no place in a URL"
    if line.key.endswith("?"):
        return Line(comment=f"{_LEFT_OUT}{line.key.removesuffix('?')}（{why}）")
    return Line(line.key, TODO, why)


def _is_guess(line: Line) -> bool:
    return GUESSED in line.comment and (line.value or "").startswith("${")


def _said(target: Target, why: str = "") -> str:
    """What the description says of a place, for the comment behind it."""
    listed = "" if not target.allowed else "可取 one of " + ", ".join(
        f"{value} {said}".strip() for value, said in list(meanings(target).items())[:_MOST_VALUES]
    )  # fmt: skip
    limit = f"最多 at most {target.longest}" if target.longest is not None else ""
    about = "" if listed and any(meanings(target).values()) else brief(target.about)
    parts = (brief(part) if part is about else part for part in (why, about, listed, limit) if part)
    return "；".join(" ".join(part.split()) for part in parts)


def _left_out(target: Target, why: str = "") -> Line:
    said = _said(target, why)
    return Line(comment=f"{_LEFT_OUT}{target.name}" + (f"（{said}）" if said else ""))


def _one_number(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """A query says one number where either is enough: ours, which we know even when the partner's answer was lost."""
    if not any(line.value == "${case.number}" for line in lines):
        return list(lines), []
    kept = [line for line in lines if not (line.key.endswith("?") and line.value == "${partner.number}")]
    plain = [Line(line.key.removesuffix("?"), line.value, line.comment) if line.value == "${case.number}" else line for line in kept]
    out = [Line(comment=f"{_LEFT_OUT}{line.key.removesuffix('?')}（${{partner.number}}）") for line in lines if line not in kept]
    return plain, out
