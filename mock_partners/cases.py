"""The cases a simulated partner holds, and the timers that move them on."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from mock_partners.journal import Journal
from mock_partners.life import TERMINAL, Life, Stage
from mock_partners.notices import Notice, Supplement, notice_of
from mock_partners.reasons import Reason, reason_of

BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Milestone:
    """A stage and the moment it was reached, in seconds since 1970; with what is asked for, or why it is a no."""

    stage: Stage
    at: float
    notice: Notice | None = None
    reason: Reason | None = None

    @property
    def when(self) -> datetime:
        """The moment in Beijing time, which the partners' papers mean."""
        return beijing(self.at)


@dataclass(frozen=True)
class Submission:
    """What a sender handed in: its number, the matter, the six digits of the area, the codes of the files, and one figure of it all."""

    outer: str
    item_name: str
    area: str = ""
    codes: tuple[str, ...] = ()
    digest: str = ""


@dataclass
class Case:
    """One case: the partner's number, what was submitted, and what it went through.

    `told` counts the milestones its sender knows of; the first is told by the answer to the submission. `withdrawal` is when it was
    asked for, in seconds since 1970.
    """

    number: str
    submission: Submission
    history: list[Milestone] = field(default_factory=list)
    supplements: list[Supplement] = field(default_factory=list)
    withdrawal: float | None = None
    told: int = 1

    @property
    def outer(self) -> str:
        """The sender's number."""
        return self.submission.outer

    @property
    def now(self) -> Milestone:
        """Where the case stands."""
        return self.history[-1]


def beijing(at: float) -> datetime:
    """A moment in seconds since 1970 in Beijing time."""
    return datetime.fromtimestamp(at, BEIJING)


def digest_of(item: str, name: str, certificate: str, contents: Iterable[bytes]) -> str:
    """What a case is about, in one figure: its matter, its applicant and its files, in whatever order the files came."""
    parts = [item, name, certificate, *sorted(hashlib.sha256(content).hexdigest() for content in contents)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Cases:
    """All cases by both numbers; every change is journaled before anyone is told of it.

    `effects` are those found in the journal; `number` makes a partner number of the moment and a running count; `reached` is called
    when a case has moved on.
    """

    def __init__(
        self,
        life: Life,
        journal: Journal,
        effects: Iterable[Mapping[str, Any]],
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
        for effect in effects:
            self._restore(effect)

    def __iter__(self) -> Iterator[Case]:
        return iter(self._by_number.values())

    def by_number(self, number: str) -> Case | None:
        """The case with this partner number."""
        return self._by_number.get(number)

    def by_outer(self, outer: str) -> Case | None:
        """The first case that was submitted under this outer number."""
        return next(iter(self._by_outer.get(outer, ())), None)

    def create(self, submission: Submission) -> Case:
        """Take in a case. A second submission of one outer number makes a second case, on purpose."""
        at = time.time()
        case = Case(self._number(beijing(at), len(self._by_number) + 1), submission, [Milestone(Stage.RECEIVED, at)])
        self._journal.append(effect="created", number=case.number, at=at, **asdict(submission))
        self._add(case)
        self._schedule(case)
        return case

    def move(self, case: Case, stage: Stage) -> None:
        """Let a case reach a stage now, and go on from there."""
        milestone = self._milestone(case, stage, time.time())
        self._journal.append(effect="reached", number=case.number, stage=stage, at=milestone.at)
        self._go_on(case, milestone)

    def supplement(self, case: Case, supplement: Supplement) -> None:
        """Keep what came in answer to a notice; the case goes on."""
        milestone = Milestone(Stage.RESUBMITTED, time.time())
        self._journal.append(effect="supplemented", number=case.number, at=milestone.at, **asdict(supplement))
        case.supplements.append(supplement)
        self._go_on(case, milestone)

    def withdraw(self, case: Case) -> None:
        """Take the wish to withdraw a case; one pace later it is withdrawn, unless it is decided before."""
        at = time.time()
        self._journal.append(effect="withdrawal", number=case.number, at=at)
        case.withdrawal = at
        self._schedule(case)

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

    def _go_on(self, case: Case, milestone: Milestone) -> None:
        case.history.append(milestone)
        self._schedule(case)
        self._reached(case)

    def _milestone(self, case: Case, stage: Stage, at: float) -> Milestone:
        if stage is not Stage.SUPPLEMENT:
            passed = [milestone.stage for milestone in case.history]
            return Milestone(stage, at, reason=reason_of(self._life.seed, case.outer, passed, stage))
        turn = 1 + sum(milestone.notice is not None for milestone in case.history)
        notice = notice_of(self._life.seed, case.outer, case.number, case.submission.codes, turn, beijing(at))
        return Milestone(stage, at, notice)

    def _schedule(self, case: Case) -> None:
        if timer := self._timers.pop(case.number, None):
            timer.cancel()
        if due := self._next(case):
            stage, at = due
            wait = max(0.0, at - time.time())
            self._timers[case.number] = asyncio.get_running_loop().call_later(wait, self.move, case, stage)

    def _next(self, case: Case) -> tuple[Stage, float] | None:
        """The stage a case reaches by itself and when; None when it does not."""
        if case.withdrawal is not None and case.now.stage not in TERMINAL:
            return Stage.WITHDRAWN, case.withdrawal + self._life.pace
        step = self._life.after(case.outer, [milestone.stage for milestone in case.history])
        return (step.stage, case.now.at + step.seconds) if step else None

    def _add(self, case: Case) -> None:
        self._by_number[case.number] = case
        self._by_outer.setdefault(case.outer, []).append(case)

    def _restore(self, effect: Mapping[str, Any]) -> None:
        match effect:
            case {"effect": "created", "number": number, "at": at, "codes": codes, **rest}:
                self._add(Case(number, Submission(codes=tuple(codes), **rest), [Milestone(Stage.RECEIVED, at)]))
            case {"effect": "reached", "number": number, "stage": stage, "at": at}:
                case = self._by_number[number]
                case.history.append(self._milestone(case, Stage(stage), at))
            case {"effect": "supplemented", "number": number, "at": at, "round": turn, "items": items, "digest": digest}:
                self._by_number[number].supplements.append(Supplement(turn, tuple(items), digest))
                self._by_number[number].history.append(Milestone(Stage.RESUBMITTED, at))
            case {"effect": "withdrawal", "number": number, "at": at}:
                self._by_number[number].withdrawal = at
            case {"effect": "told", "number": number}:
                self._by_number[number].told += 1
            case _:
                raise ValueError("the journal holds an effect that is not this partner's")
