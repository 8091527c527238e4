"""What every simulated partner has behind its protocol: cases, faults, counts, and the doors for looking in.

The doors under /_mock are for those who drive or test the simulation; a sender of cases never uses them.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from mock_partners import elsewhere
from mock_partners.cases import Case, Cases
from mock_partners.elsewhere import Elsewhere
from mock_partners.faults import Fault, Faults
from mock_partners.journal import Journal
from mock_partners.life import Life, Stage
from mock_partners.notices import Notice

MAX_BODY_BYTES = 96 * 2**20


@dataclass(frozen=True)
class Options:
    """How a simulated partner behaves; `items` None means that every well-formed matter code is offered.

    Shares of cases: `refuse` (not accepted or denied), `supplement` (something is asked for; of those `second_notice` twice), `elsewhere`
    (sent on to one of the `competent` areas, six digits each). Shares of calls: `transient`, `lost_answer`. `pace` is in seconds.
    """

    areas: tuple[str, ...]
    items: frozenset[str] | None = None
    seed: int = 0
    pace: float = 1.0
    transient: float = 0.0
    lost_answer: float = 0.0
    refuse: float = 0.0
    supplement: float = 0.0
    second_notice: float = 0.0
    elsewhere: float = 0.0
    competent: tuple[str, ...] = ()
    journal: Path | None = None


class RefusedError(Exception):
    """A request that is understood and refused: the partner's code for it, its words, perhaps the area that is competent (six digits)."""

    def __init__(self, code: str, message: str, competent: str | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.competent = competent


class Office:
    """The part of a partner that does not depend on how it is spoken to. `codes` are its names of the stages."""

    def __init__(
        self,
        options: Options,
        codes: Mapping[Stage, str],
        *,
        number: Callable[[datetime, int], str],
        reached: Callable[[Case], None] = lambda case: None,
    ) -> None:
        self.options = options
        self.codes = codes
        self.faults = Faults(options.seed, transient=options.transient, lost_answer=options.lost_answer)
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.pushes = {"sent": 0, "acknowledged": 0}
        self._journal = Journal(options.journal)
        effects = list(self._journal.replay())
        self.elsewhere = Elsewhere(
            self._journal,
            [effect for effect in effects if effect.get("effect") == elsewhere.EFFECT],
            seed=options.seed,
            areas=options.areas,
            share=options.elsewhere,
            codes=options.competent,
        )
        life = Life(options.seed, options.pace, options.refuse, options.supplement, options.second_notice)
        of_cases = [effect for effect in effects if effect.get("effect") != elsewhere.EFFECT]
        self.cases = Cases(life, self._journal, of_cases, number=number, reached=reached)

    def covers(self, area: str) -> bool:
        """Whether an area code (6 or 12 digits) lies within one of the areas handled here."""
        return any(area.startswith(_stem(own)) for own in self.options.areas)

    def offers(self, item: str) -> bool:
        """Whether this matter is handled here."""
        return self.options.items is None or item in self.options.items

    async def open_hours(self, _app: web.Application) -> AsyncIterator[None]:
        """Let cases move while the application runs (an aiohttp cleanup context)."""
        self.cases.start()
        yield
        self.cases.stop()
        self._journal.close()

    def routes(self) -> list[web.RouteDef]:
        """The doors for looking in and for interfering."""
        return [
            web.get("/_mock/cases", self._show_cases),
            web.get("/_mock/stats", self._show_stats),
            web.post("/_mock/advance", self._advance),
            fault_door(self.faults),
        ]

    def _row(self, case: Case) -> dict[str, Any]:
        return {
            "outer": case.outer,
            "digest": case.submission.digest,
            "area": case.submission.area,
            "number": case.number,
            "status": self.codes[case.now.stage],
            "submits": self.faults.arrivals("submit", case.outer),
            "history": [self.codes[milestone.stage] for milestone in case.history],
            "notices": [_notice_row(milestone.notice) for milestone in case.history if milestone.notice],
            "supplements": [asdict(supplement) for supplement in case.supplements],
            "withdrawal_requested": case.withdrawal is not None,
            "withdrawn": case.now.stage is Stage.WITHDRAWN,
            "told": case.told,
        }

    async def _show_cases(self, _request: web.Request) -> web.Response:
        sent_on = [{"outer": outer, "competent": code} for outer, code in self.elsewhere.told.items()]
        return web.json_response({"cases": [self._row(case) for case in self.cases], "elsewhere": sent_on})

    async def _show_stats(self, _request: web.Request) -> web.Response:
        injected = self.faults.injected
        return web.json_response(
            {
                "calls": self.calls,
                "faults": {name: injected[name] for name in ("transient", "lost_answer", "forced")},
                "refused": self.refused,
                "pushes": self.pushes,
            }
        )

    async def _advance(self, request: web.Request) -> web.Response:
        wish = await request.json()
        stage = next((stage for stage, code in self.codes.items() if code == wish.get("to")), None)
        case = self.cases.by_outer(str(wish.get("outer")))
        if case is None or stage is None:
            raise web.HTTPBadRequest(text="no such case or status")
        self.cases.move(case, stage)
        return web.json_response(self._row(case))


def _notice_row(notice: Notice) -> dict[str, Any]:
    return {"round": notice.round, "number": notice.number, "due": notice.due.isoformat(), "items": [asdict(item) for item in notice.items]}


def fault_door(faults: Faults) -> web.RouteDef:
    """POST /_mock/fault: {"next": NAME, "path": PATH or call name} queues one fault; {"transient", "lost_answer"} set rates."""

    async def change(request: web.Request) -> web.Response:
        wish = await request.json()
        try:
            fault = Fault.parse(wish["next"]) if "next" in wish else None
            transient = float(wish.get("transient", faults.transient))
            lost_answer = float(wish.get("lost_answer", faults.lost_answer))
        except (AttributeError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        faults.transient, faults.lost_answer = transient, lost_answer
        if fault is not None:
            faults.queue(fault, wish.get("path"))
        return web.json_response({"transient": transient, "lost_answer": lost_answer})

    return web.post("/_mock/fault", change)


def read_object(raw: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None when it is something else, or names a key twice."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _stem(area: str) -> str:
    """An area code without the zeros that stand for everything below it."""
    while area.endswith("00"):
        area = area[:-2]
    return area
