"""The cases a simulated partner holds, and the timers that move them on."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from mock_partners.journal import Journal
from mock_partners.life import Life, Stage

BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Milestone:
    """A stage and the moment it was reached, in seconds since 1970."""

    stage: Stage
    at: float

    @property
    def when(self) -> datetime:
        """The moment in Beijing time, which the partners' papers mean."""
        return datetime.fromtimestamp(self.at, BEIJING)


@dataclass
class Case:
    """One case: the partner's number, the sender's number, what it is about, and what it went through.

    `told` counts the milestones its sender knows of; the first is told by the answer to the submission. `digest` is of what was submitted.
    """

    number: str
    outer: str
    item_name: str
    digest: str = ""
    history: list[Milestone] = field(default_factory=list)
    told: int = 1

    @property
    def now(self) -> Milestone:
        """Where the case stands."""
        return self.history[-1]


def digest_of(item: str, name: str, certificate: str, contents: Iterable[bytes]) -> str:
    """What a case is about, in one figure: its matter, its applicant and its files, in whatever order the files came."""
    parts = [item, name, certificate, *sorted(hashlib.sha256(content).hexdigest() for content in contents)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Cases:
    """All cases by both numbers; every change is journaled before anyone is told of it.

    `number` makes a partner number of the moment and a running count; `reached` is called when a case has moved on.
    """

    def __init__(
        self,
        life: Life,
        journal: Journal,
        *,
        number: Callable[[datetime, int], str],
        reached: Callable[[Case], None] = lambda case: None,
    ) -> None:
        self._life = life
        self._journal = journal
        self._number = number
        self._reached = reached
        self._by_number: dict[str, Case] = {}
        self._by_outer: dict[str, list[Case]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        for effect in journal.replay():
            self._restore(effect)

    def __iter__(self) -> Iterator[Case]:
        return iter(self._by_number.values())

    def by_number(self, number: str) -> Case | None:
        """The case with this partner number."""
        return self._by_number.get(number)

    def by_outer(self, outer: str) -> Case | None:
        """The first case that was submitted under this outer number."""
        return next(iter(self._by_outer.get(outer, ())), None)

    def create(self, outer: str, item_name: str, digest: str) -> Case:
        """Take in a case. A second submission of one outer number makes a second case, on purpose."""
        received = Milestone(Stage.RECEIVED, time.time())
        case = Case(self._number(received.when, len(self._by_number) + 1), outer, item_name, digest, [received])
        self._journal.append(effect="created", number=case.number, outer=outer, item_name=item_name, digest=digest, at=received.at)
        self._add(case)
        self._schedule(case)
        return case

    def move(self, case: Case, stage: Stage) -> None:
        """Let a case reach a stage now, and go on from there."""
        milestone = Milestone(stage, time.time())
        self._journal.append(effect="reached", number=case.number, stage=stage, at=milestone.at)
        case.history.append(milestone)
        self._schedule(case)
        self._reached(case)

    def acknowledged(self, case: Case) -> None:
        """Note that the sender has been told one more milestone."""
        self._journal.append(effect="told", number=case.number)
        case.told += 1

    def start(self) -> None:
        """Go on with all cases that a journal brought back."""
        for case in self:
            self._schedule(case)
            if case.told < len(case.history):
                self._reached(case)

    def stop(self) -> None:
        """Let no case move any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _schedule(self, case: Case) -> None:
        if timer := self._timers.pop(case.number, None):
            timer.cancel()
        if step := self._life.after(case.outer, case.now.stage):
            wait = max(0.0, case.now.at + step.seconds - time.time())
            self._timers[case.number] = asyncio.get_running_loop().call_later(wait, self.move, case, step.stage)

    def _add(self, case: Case) -> None:
        self._by_number[case.number] = case
        self._by_outer.setdefault(case.outer, []).append(case)

    def _restore(self, effect: dict[str, Any]) -> None:
        match effect:
            case {"effect": "created", "number": number, "outer": outer, "item_name": item_name, "digest": digest, "at": at}:
                self._add(Case(number, outer, item_name, digest, [Milestone(Stage.RECEIVED, at)]))
            case {"effect": "reached", "number": number, "stage": stage, "at": at}:
                self._by_number[number].history.append(Milestone(Stage(stage), at))
            case {"effect": "told", "number": number}:
                self._by_number[number].told += 1
            case _:
                raise ValueError("the journal holds an effect that is not this partner's")
