"""The life of a case: which stages it goes through and how long each takes, drawn from the seed and its outer number.

Drawn per case, so that the order in which cases arrive, or a restart, changes nothing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands in the partner's office."""

    RECEIVED = "received"
    SUPPLEMENT = "supplement"
    RESUBMITTED = "resubmitted"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"
    IN_REVIEW = "in-review"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


_RANK = {
    Stage.RECEIVED: 0,
    Stage.ACCEPTED: 1,
    Stage.IN_REVIEW: 2,
    Stage.NOT_ACCEPTED: 3,
    Stage.APPROVED: 3,
    Stage.DENIED: 3,
}
DECIDED = frozenset({Stage.NOT_ACCEPTED, Stage.APPROVED, Stage.DENIED})
TERMINAL = DECIDED | {Stage.WITHDRAWN}
_ASKING = frozenset({Stage.SUPPLEMENT, Stage.RESUBMITTED})
SKIP_SHARE = 0.1


def drawn(seed: int, *about: object) -> random.Random:
    """A generator that depends on the seed and on what is drawn, and on nothing drawn before."""
    return random.Random("\x1f".join(map(str, (seed, *about))))


@dataclass(frozen=True)
class Step:
    """The next stage of a case and the seconds it takes to get there."""

    stage: Stage
    seconds: float


@dataclass(frozen=True)
class Life:
    """How cases go here: `pace` is the mean seconds between stages, `refuse` the share not accepted or denied.

    `supplement` is the share that waits for a supplement before acceptance, `second_notice` the share of those that does so twice.
    """

    seed: int
    pace: float
    refuse: float
    supplement: float = 0.0
    second_notice: float = 0.0

    def plan(self, outer: str) -> tuple[Step, ...]:
        """All the stages after reception, without supplements; one case in ten goes straight from received to in review."""
        chance = drawn(self.seed, "life", outer)
        refused = chance.random() < self.refuse
        at_the_door = chance.random() < 0.5
        skips = chance.random() < SKIP_SHARE
        if refused and at_the_door:
            stages = [Stage.NOT_ACCEPTED]
        else:
            stages = [] if skips else [Stage.ACCEPTED]
            stages += [Stage.IN_REVIEW, Stage.DENIED if refused else Stage.APPROVED]
        return tuple(Step(stage, self.pace * chance.uniform(0.5, 1.5)) for stage in stages)

    def notices(self, outer: str) -> int:
        """How many times something is asked for before the case is accepted."""
        chance = drawn(self.seed, "supplement", outer)
        asked, again = chance.random() < self.supplement, chance.random() < self.second_notice
        return asked + (asked and again)

    def after(self, outer: str, passed: Sequence[Stage]) -> Step | None:
        """The step that follows the stages passed; None after a terminal one, and while a supplement is waited for.

        A case that was to be turned away but was moved past the door by hand is denied in the end.
        """
        if passed[-1] in TERMINAL or passed[-1] is Stage.SUPPLEMENT:
            return None
        stood = next((stage for stage in reversed(passed) if stage not in _ASKING), Stage.RECEIVED)
        asked = passed.count(Stage.SUPPLEMENT)
        if stood is Stage.RECEIVED and asked < self.notices(outer):
            return Step(Stage.SUPPLEMENT, self.pace * drawn(self.seed, "asking", outer, asked).uniform(0.5, 1.5))
        step = next(step for step in self.plan(outer) if _RANK[step.stage] > _RANK[stood])
        if step.stage is Stage.NOT_ACCEPTED and stood is not Stage.RECEIVED:
            return Step(Stage.DENIED, step.seconds)
        return step
