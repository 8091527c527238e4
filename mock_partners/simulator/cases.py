"""The cases of a simulated folder, what became of them, and the timers that move them on; every effect is journaled first."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mock_partners.journal import Journal

WAITING: Final = frozenset({"40"})
DECIDED: Final = frozenset({"51", "70", "71", "75", "80", "81", "90", "91", "92", "93", "95"})
WITHDRAWN: Final = ("91",)
RESUBMITTED: Final = ("30", "41")


@dataclass(frozen=True)
class Milestone:
    """A code of the partner's, what it means (empty when no table knows it), when it was reached, and the example that is to tell it."""

    code: str
    status: str
    at: float
    example: str | None = None


@dataclass(frozen=True)
class Stage:
    """What a case goes on to, and how many seconds after the milestone before."""

    code: str
    status: str
    after: float
    example: str | None = None


@dataclass
class Case:
    """One case. number: ours; theirs: the partner's; place: of the next stage; told: places of the milestones that were pushed."""

    number: str
    theirs: str
    matter_file: str
    history: list[Milestone] = field(default_factory=list)
    begun: bool = False
    place: int = 0
    withdrawal: float | None = None
    told: set[int] = field(default_factory=lambda: {0})

    @property
    def now(self) -> Milestone:
        """Where the case stands."""
        return self.history[-1]

    @property
    def decided(self) -> bool:
        """Whether the partner has said its last word."""
        return self.now.status in DECIDED


@dataclass(frozen=True)
class Life:
    """How cases go: where they begin, the stages that follow, and what a withdrawal and a supplement lead to."""

    first: Stage
    stages: Sequence[Stage]
    withdrawn: Stage | None
    resubmitted: Stage | None


class Cases:
    """All cases by both numbers. `reached` is called when a case has moved on."""

    def __init__(self, life: Life, journal: Journal, *, reached: Callable[[Case], None] = lambda case: None) -> None:
        self._life = life
        self._journal = journal
        self._reached = reached
        self._ours: dict[str, Case] = {}
        self._theirs: dict[str, Case] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        try:
            for effect in journal.replay():
                self._restore(effect)
        except (KeyError, TypeError):
            raise ValueError("the journal holds an effect of a case that it does not have") from None

    def __iter__(self) -> Iterator[Case]:
        return iter(self._ours.values())

    @property
    def numbers(self) -> Mapping[str, Case]:
        """By the partner's number."""
        return self._theirs

    def find(self, ours: str | None, theirs: str | None) -> Case | None:
        """The case that a request names; when it names both numbers, they have to be of one case."""
        case = self._ours.get(ours) if ours else self._theirs.get(theirs or "")
        return None if case is not None and ours and theirs and case.theirs != theirs else case

    def known(self, text: str) -> Case | None:
        """The case that has this number, ours or the partner's."""
        return self._ours.get(text) or self._theirs.get(text)

    def create(self, number: str, theirs: str, matter_file: str) -> Case:
        """Take in a case; the same number a second time is the same case."""
        if number in self._ours:
            return self._ours[number]
        at = time.time()
        self._journal.append(effect="created", number=number, theirs=theirs, matter_file=matter_file, at=at)
        return self._add(Case(number, theirs, matter_file), at)

    def begin(self, case: Case) -> None:
        """Let a case move on by itself, once all its steps are done."""
        if not case.begun:
            self._journal.append(effect="begun", number=case.number)
            case.begun = True
            self._schedule(case)

    def move(self, case: Case, stage: Stage, place: int | None = None) -> None:
        """Let a case reach a stage now, and go on from `place`."""
        milestone = Milestone(stage.code, stage.status, time.time(), stage.example)
        place = case.place if place is None else place
        said = {"code": milestone.code, "status": milestone.status, "at": milestone.at, "example": milestone.example, "place": place}
        self._journal.append(effect="reached", number=case.number, **said)
        case.history.append(milestone)
        case.place = place
        self._schedule(case)
        self._reached(case)

    def supplement(self, case: Case) -> None:
        """Keep that a supplement came; the case goes on."""
        if self._life.resubmitted is not None:
            self.move(case, self._life.resubmitted)
            return
        due = self._due(case, waiting=False)
        if due is not None:
            self.move(case, due[0], due[2])

    def withdraw(self, case: Case) -> None:
        """Take the wish to withdraw; a little later the case is withdrawn, unless it is decided before."""
        if case.withdrawal is None:
            at = time.time()
            self._journal.append(effect="withdrawal", number=case.number, at=at)
            case.withdrawal = at
            self._schedule(case)

    def told(self, case: Case, place: int) -> None:
        """Note that a milestone was pushed and acknowledged."""
        self._journal.append(effect="told", number=case.number, place=place)
        case.told.add(place)

    def moves_on(self, case: Case) -> bool:
        """Whether a case will reach something more by itself."""
        return self._due(case) is not None

    def start(self) -> None:
        """Go on with all cases that a journal brought back."""
        for case in self:
            self._schedule(case)
            self._reached(case)

    def stop(self) -> None:
        """Let no case move any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _schedule(self, case: Case) -> None:
        if timer := self._timers.pop(case.number, None):
            timer.cancel()
        if due := self._due(case):
            stage, at, place = due
            self._timers[case.number] = asyncio.get_running_loop().call_later(max(0.0, at - time.time()), self.move, case, stage, place)

    def _due(self, case: Case, *, waiting: bool = True) -> tuple[Stage, float, int] | None:
        """What a case reaches next by itself, when, and its place behind that."""
        if not case.begun or case.now.status in WITHDRAWN:
            return None
        if case.withdrawal is not None and not case.decided and self._life.withdrawn is not None:
            return self._life.withdrawn, case.withdrawal + self._life.withdrawn.after, case.place
        if (waiting and case.now.status in WAITING) or case.place >= len(self._life.stages):
            return None
        stage = self._life.stages[case.place]
        return stage, case.now.at + stage.after, case.place + 1

    def _add(self, case: Case, at: float) -> Case:
        first = self._life.first
        case.history.append(Milestone(first.code, first.status, at))
        self._ours[case.number] = self._theirs[case.theirs] = case
        return case

    def _restore(self, effect: Mapping[str, Any]) -> None:
        match effect:
            case {"effect": "created", "number": number, "theirs": theirs, "matter_file": matter_file, "at": at}:
                self._add(Case(number, theirs, matter_file), at)
            case {"effect": "begun", "number": number}:
                self._ours[number].begun = True
            case {"effect": "reached", "number": number, "code": code, "status": status, "at": at, "example": example, "place": place}:
                self._ours[number].history.append(Milestone(code, status, at, example))
                self._ours[number].place = place
            case {"effect": "withdrawal", "number": number, "at": at}:
                self._ours[number].withdrawal = at
            case {"effect": "told", "number": number, "place": place}:
                self._ours[number].told.add(place)
            case _:
                raise ValueError("the journal holds an effect that is not this partner's")
