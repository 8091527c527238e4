"""Which example answers what: taken, refused, unknown, and each status.

A status that no example of a step shows is made of those that come nearest, or not told at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lxml import etree

from mock_partners.simulator.cases import WAITING
from mock_partners.simulator.examples import Example, body_of
from mock_partners.simulator.messages import Place, Tree, changed, leaves
from mock_partners.simulator.numbers import Telling, retold
from mock_partners.simulator.paper import Paper

PUSH: Final = "push"
STRAIGHT: Final = ("50", "40", "60", "70", "90")
"""The statuses of a case that goes well: accepted, asked for a supplement, in review, approved, handed over."""


class Source(StrEnum):
    """Where the answer that tells a status comes from."""

    SHOWN = "shown"
    GRAFTED = "grafted"
    RENAMED = "renamed"


class NotShownError(LookupError):
    """The folder's examples do not show what would have to be answered."""


@dataclass(frozen=True)
class Chosen:
    """An answer made of an example: its HTTP status and its message."""

    http: int
    tree: Tree


class Answers:
    """The answers of one folder."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._code_names = {way.code_name for way in paper.ways if way.code_name}
        self._pushed_name = _last_name((paper.push or {}).get("read"))

    def example(self, name: str) -> Example | None:
        """The example of this name."""
        return next((example for example in self._paper.examples if example.name == name), None)

    def taken(self, step: str, matter_file: str) -> Example:
        """The example of a step that was carried out; raises NotShownError."""
        return self._first(step, matter_file, (e for e in self._of(step) if e.verdict == "received" and not e.reports), f"{step}: received")

    def refused(self, step: str, matter_file: str, reason: str | None = None) -> Example | None:
        """An example of a refusal of this step, of this reason when one is given, otherwise of any but an unknown case."""
        wanted = [e for e in self._of(step) if e.verdict == "refused" and (e.reason == reason if reason else e.reason != "unknown-case")]
        return min(wanted, key=lambda e: (e.matter_file != matter_file, e.reason != "", e.name), default=None)

    def held(self) -> Example | None:
        """An example of the partner refusing its caller."""
        return next((e for e in self._paper.examples if e.verdict == "hold" and e.reply is not None), None)

    def tells(self, step: str) -> bool:
        """Whether this step's answers tell a status."""
        return any(example.reports for example in self._of(step))

    def shown_codes(self) -> frozenset[str]:
        """The partner's codes that some example shows."""
        return frozenset(example.code for example in self._paper.examples if example.reports and example.code)

    def straight_way(self) -> tuple[str, ...]:
        """The codes, in the order of their statuses, of a case that goes well, as far as examples show them.

        A supplement is asked for where an example shows one taken: a case that nobody could answer for would wait for ever.
        """
        shown = self.shown_codes()
        asks = any(example.verdict == "received" for example in self._of("supplement"))
        way = [status for status in STRAIGHT if asks or status not in WAITING]
        return tuple(code for status in way for code, meaning in self._paper.codes.items() if meaning.status == status and code in shown)

    def told(self, step: str, matter_file: str, code: str, telling: Telling, named: str | None = None) -> Chosen:
        """The message of a step, or of a push, that tells this code, from the example `named` where it can be; raises NotShownError."""
        return self._told(step, matter_file, code, telling, named)[1]

    def source(self, step: str, matter_file: str, code: str, telling: Telling) -> Source | None:
        """How `told` would tell this code; None when it cannot."""
        try:
            return self._told(step, matter_file, code, telling, None)[0]
        except NotShownError:
            return None

    def _told(self, step: str, matter_file: str, code: str, telling: Telling, named: str | None) -> tuple[Source, Chosen]:
        own = [example for example in self._of(step) if example.reports]
        if shown := self._best(own, matter_file, code, named):
            return Source.SHOWN, Chosen(shown.http, retold(shown, shown.reply, telling))
        if not own:
            raise NotShownError(f"{step}: {code}")
        plain = min(own, key=lambda e: (e.matter_file != matter_file, sum(1 for _ in leaves(e.reply)), e.name))
        others = [example for example in self._paper.examples if example.reports and example.step != step]
        if elsewhere := self._best(others, matter_file, code, named):
            grafted = self._grafted(plain, elsewhere, telling)
            if grafted is not None:
                return Source.GRAFTED, Chosen(plain.http, grafted)
        return Source.RENAMED, Chosen(plain.http, self._renamed(plain, code, telling))

    def _best(self, examples: list[Example], matter_file: str, code: str, named: str | None) -> Example | None:
        """The example named, else the one that says most, of this matter before others."""
        wanted = [example for example in examples if example.code == code]
        return min(wanted, key=lambda e: (e.name != named, e.matter_file != matter_file, -e.told, e.name), default=None)

    def _grafted(self, plain: Example, other: Example, telling: Telling) -> Tree | None:
        """The plain example with the other's record in place of its own; None when the two do not name it alike."""
        scion = _record(retold(other, other.reply, telling), telling.ours, telling.theirs)
        whole = retold(plain, plain.reply, telling)
        stock = _record(whole, telling.ours, telling.theirs)
        if scion is None or stock is None:
            return None
        if isinstance(stock, etree._Element):
            above = stock.getparent()
            if not isinstance(scion, etree._Element) or stock.tag != scion.tag or above is None:
                return None
            above.replace(stock, scion)
            return whole
        if not isinstance(scion, dict) or not isinstance(stock, dict) or len(stock.keys() & scion.keys()) * 2 < len(stock):
            return None
        stock.clear()
        stock.update(scion)
        return whole

    def _renamed(self, plain: Example, code: str, telling: Telling) -> Tree:
        """The plain example with another code, and with that code's name from the table where the first's stood."""
        old, new = self._paper.codes.get(plain.code or ""), self._paper.codes.get(code)
        name = self._pushed_name if plain.step == PUSH else ""
        names = {name} if name else self._code_names
        places = [path for path, text in leaves(plain.reply) if text == plain.code]
        exact = [path for path in places if path[-1] in names] or places

        def change(path: Place, text: str) -> str:
            if text == plain.code and path in exact:
                return code
            if new and new.name and ((old and text == old.name) or (old is None and _names_status(path, exact))):
                return new.name
            return text

        return retold(plain, changed(plain.reply, change), telling)

    def _of(self, step: str) -> Iterator[Example]:
        return (example for example in self._paper.examples if example.step == step and example.reply is not None)

    def _first(self, step: str, matter_file: str, wanted: Iterable[Example], what: str) -> Example:
        found = min(wanted, key=lambda e: (e.matter_file != matter_file, e.name), default=None)
        if found is None:
            raise NotShownError(what)
        return found


def _names_status(path: Place, codes: list[Place]) -> bool:
    """Whether a place is the code's own with `Name` behind it: statusName beside status."""
    return any(path[:-1] == code[:-1] and path[-1].lower() == f"{code[-1].lower()}name" for code in codes)


def _last_name(read: Any) -> str:
    code = read.get("code", "") if isinstance(read, dict) else ""
    return str(code).rstrip("}").rpartition(".")[2]


def _record(tree: Tree, *numbers: str) -> Tree | None:
    """The smallest part that holds both numbers as whole texts; None when there is none."""
    wanted = {number for number in numbers if number}
    if not wanted <= {text for _, text in leaves(tree)}:
        return None
    below = tree.iterchildren("*") if isinstance(tree, etree._Element) else _inside(tree)
    return next((found for part in below if (found := _record(part, *numbers)) is not None), tree)


def _inside(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, dict):
        yield from tree.values()
    elif isinstance(tree, list):
        yield from tree


def request_of(example: Example) -> Tree | None:
    """What was sent to the partner in this example, without its envelope."""
    return None if example.sent is None else body_of(example.sent)
