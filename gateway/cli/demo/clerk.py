"""The clerk at the halls' windows: answers what the authorities ask for, and takes down that an applicant withdraws."""

import asyncio
import base64
import math
import random
import re
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.cli import world
from gateway.cli.demo.driver import AT_ONCE, Driver, RefusedRequest
from gateway.cli.demo.recount import Acknowledged, Told
from gateway.cli.world.files import MAKERS
from gateway.model import Evidence, Purpose, iso

ASKS_FOR_A_FILE = re.compile("上传|提交")
"""How the authorities' words ask for a file; everything else is answered in words."""
VISIT_SHARE = 1 / 3
OVERTAKEN = frozenset({"supplement.none", "supplement.withdrawing", "case.decided"})
"""Why the gateway may refuse a clerk who is not at fault: the case has gone on meanwhile."""
ANSWER_SECONDS = 1.0
"""What an applicant needs, and more than the second that a notice bears: a partner's next one must bear another."""
RECEPTION = {"window": "B01", "clerk": "C2001"}


@dataclass(slots=True)
class Clerk:
    """Works with what the halls are told. seed: of all that is drawn; withdraw: share of cases that their applicants withdraw."""

    driver: Driver
    seed: int
    withdraw: float
    _regions: Mapping[str, str] = field(default_factory=lambda: {hall.id: hall.region for hall in world.halls()})
    _hesitant: set[str] = field(default_factory=set)
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def acknowledged(self, place: int, case: Acknowledged) -> None:
        """A case was taken in, as the place-th: perhaps its applicant changes his mind at once, or when it is at the authority."""
        turn = withdrawal(self.seed, self.withdraw, place)
        if turn is None:
            return
        # The first does so at once: no decision can come before it.
        if turn == 1 or self._chance("withdraw", turn).random() < 0.5:
            await self._take_back(case.hall, case.number)
        else:
            self._hesitant.add(case.number)

    def errands(self, told: Iterable[Told]) -> Iterator[Coroutine[Any, Any, None]]:
        """What is to be done about what halls were told, each to be run once."""
        for event in told:
            if event.own is not None and event.number in self._hesitant:
                self._hesitant.remove(event.number)
                yield self._take_back(event.hall, event.number)
            if event.round is not None and (event.number, event.sequence) not in self._seen:
                self._seen.add((event.number, event.sequence))
                yield self._answer(event, event.round)

    async def _take_back(self, hall: str, number: str) -> None:
        body = {"reason": "申请人改变主意", "reception": RECEPTION}
        await self._ask(hall, f"/api/v1/cases/{number}/withdrawal", body, None)

    async def _answer(self, event: Told, number: int) -> None:
        await asyncio.sleep(ANSWER_SECONDS)
        async with self._hands:
            case = await self.driver.look(event.hall, f"/api/v1/cases/{event.number}")
            asked = next(told for told in case["supplements"] if told["round"] == number)
            if asked["state"] == "open":
                body = self._supplement(event, case, asked["items"], self._chance("answer", event.number, number))
                await self._ask(event.hall, f"/api/v1/cases/{event.number}/supplements", body, f"{event.number}-{event.sequence}")

    def _supplement(
        self, event: Told, case: Mapping[str, Any], items: Iterable[Mapping[str, Any]], chance: random.Random
    ) -> dict[str, Any]:
        """An answer to every item; for some the applicant comes, to the hall or to the authority itself."""
        answers, materials = [], []
        for item in items:
            if ASKS_FOR_A_FILE.search(item["text"]):
                materials.append(_material(event, item, case["materials"], chance))
            else:
                answers.append({"item": item["item"], "text": "情况属实，以本次说明为准"})
        body: dict[str, Any] = {"reception": RECEPTION, "answers": answers, "materials": materials}
        if chance.random() < VISIT_SHARE:
            body["visits"] = [_visit(chance.choice((self._regions[event.hall], case["destination"])), chance)]
        return body

    async def _ask(self, hall: str, path: str, body: Mapping[str, Any], key: str | None) -> None:
        try:
            await self.driver.tell(hall, path, body, key)
        except RefusedRequest as refused:
            if not refused.codes or not refused.codes <= OVERTAKEN:
                raise

    def _chance(self, *about: object) -> random.Random:
        """Draws that depend on nothing drawn before, so that the order of news changes nothing."""
        return random.Random("-".join(map(str, (self.seed, *about))))  # noqa: S311 - a demo that can be repeated, no secret


def withdrawal(seed: int, share: float, place: int) -> int | None:
    """Which withdrawal (from 1) the place-th case (from 1) is, None when its applicant does not withdraw.

    They are spread evenly, and the seed says where the first is: any 1/share cases on end hold one.
    """
    begun = random.Random(f"{seed}-withdrawals").random()  # noqa: S311 - a demo that can be repeated, no secret
    before, now = (math.floor(cases * share + begun) for cases in (place - 1, place))
    return now if now > before else None


def _material(event: Told, item: Mapping[str, Any], handed_in: Iterable[Mapping[str, Any]], chance: random.Random) -> dict[str, Any]:
    """A new file, in the format of the one it takes the place of."""
    before = next((one["name"].rpartition(".")[2] for one in handed_in if one["code"] == item["material"]), None)
    extension = before if before in MAKERS else chance.choice(("pdf", "png"))
    content = MAKERS[extension](f"tongban demo supplement {event.number} {event.sequence} {item['item']}")
    return {"item": item["item"], "name": f"补正{item['item']}.{extension}", "content": base64.b64encode(content).decode("ascii")}


def _visit(place: str, chance: random.Random) -> dict[str, Any]:
    evidence = {"kind": Evidence.QUEUE_TICKET.value, "reference": f"S{chance.randrange(1, 10_000):04d}"}
    return {"purpose": Purpose.SUPPLEMENT.value, "at": iso(datetime.now(UTC)), "place": place, "evidence": evidence}
