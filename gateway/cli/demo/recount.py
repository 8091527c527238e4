"""The recount: three records that know nothing of each other are compared case by case.

What the driver submitted and saw acknowledged; what the simulated partners hold; what the hall's receiver was told.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ASKED, WITHDRAWN = "40", "91"
"""Statuses as halls are told them."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A case the gateway said it has. hall: who submitted it; destination: region code; digest: of what was submitted."""

    number: str
    hall: str
    destination: str
    digest: str


@dataclass(frozen=True, slots=True)
class Held:
    """A case as a partner holds it. partner: folder's name; number: ours; own: the partner's number; status: the partner's code.

    digest: of what the partner was given; area: region code of the office that has it.
    """

    partner: str
    number: str
    own: str
    status: str
    digest: str
    area: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a hall received it. code: the partner's code in it; own: the partner's number in it; final: the case is handled.

    status: the case's, if it changes; round: of a notice that is to be answered; moved: region code of the place the case was passed on to.
    """

    hall: str
    number: str
    sequence: int
    final: bool
    code: str | None
    own: str | None
    status: str | None = None
    round: int | None = None
    moved: str | None = None


@dataclass(frozen=True, slots=True)
class Recount:
    """lost, duplicated: case number → why; both empty when all is well. relayed: cases whose end the hall knows."""

    relayed: int
    lost: Mapping[str, str] = field(default_factory=dict)
    duplicated: Mapping[str, str] = field(default_factory=dict)


def recount(acknowledged: Iterable[Acknowledged], held: Iterable[Held], told: Iterable[Told]) -> Recount:
    """Lost: acknowledged, and not at a partner, or there with other content, or its end not told to its hall, or told otherwise.

    A case that was withdrawn before it left is at no partner; one that was passed on is where its hall was told it is.

    Duplicated: more than one case at partners for one number, a number that nobody submitted, or one number for two submissions.
    """
    cases = list(acknowledged)
    submissions = Counter(case.number for case in cases)
    at_partners: dict[str, list[Held]] = defaultdict(list)
    for row in held:
        at_partners[row.number].append(row)
    at_halls: dict[str, list[Told]] = defaultdict(list)
    for event in told:
        at_halls[event.number].append(event)
    lost = {case.number: why for case in cases if (why := _loss(case, at_partners[case.number], at_halls[case.number]))}
    duplicated = {number: "acknowledged for two submissions" for number, times in submissions.items() if times > 1}
    for number, rows in at_partners.items():
        if rows and number not in submissions:
            duplicated[number] = "at a partner, and nobody submitted it"
        elif len(rows) > 1:
            duplicated[number] = f"{len(rows)} cases at partners: {', '.join(row.own for row in rows)}"
    relayed = sum(any(event.final and event.hall == case.hall for event in at_halls[case.number]) for case in cases)
    return Recount(relayed, lost, duplicated)


def _loss(case: Acknowledged, rows: list[Held], events: list[Told]) -> str | None:
    """Why a case counts as lost, or None."""
    events = sorted(events, key=lambda event: event.sequence)
    codes = [event.code for event in events if event.code is not None]
    if any(event.hall != case.hall for event in events):
        return "another hall was told of it"
    if not rows:
        ended = next((event.status for event in events if event.final), None)
        return None if ended == WITHDRAWN and not codes else "no partner has it"
    if any(row.digest != case.digest for row in rows):
        return "its partner was given something else than its hall submitted"
    if not any(event.final for event in events):
        return "its hall was not told of its end"
    if not codes or codes[-1] not in {row.status for row in rows}:
        return f"its hall was told {codes[-1] if codes else 'nothing'}, its partner says {rows[0].status}"
    if {event.own for event in events if event.own is not None} - {row.own for row in rows}:
        return "its hall was told another partner number"
    place = next((event.moved for event in reversed(events) if event.moved is not None), case.destination)
    if any(row.area != place for row in rows):
        return f"its hall was told it is at {place}, it is at {rows[0].area}"
    return None


def digest_of(draft: Mapping[str, Any], contents: Iterable[bytes]) -> str:
    """What a case is about, in one figure, by the rule of the simulated partners: matter, applicant, files in whatever order."""
    applicant = draft["applicant"]
    files = sorted(hashlib.sha256(content).hexdigest() for content in contents)
    parts = [draft["matter"], applicant["name"], applicant["certificate"]["number"], *files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def held_rows(partner: str, cases: Mapping[str, Any]) -> list[Held]:
    """The rows of a simulated partner's GET /_mock/cases."""
    return [Held(partner, row["outer"], row["number"], row["status"], row["digest"], row["area"]) for row in cases["cases"]]


def told_rows(events: Mapping[str, Any]) -> list[Told]:
    """The rows of the simulated halls' GET /_mock/events."""
    rows = []
    for event in events["events"]:
        data = event["document"]["data"]
        status, detail = data["status"], data["detail"]
        asks = event["type"] == "case.supplement-asked" or (status is not None and status["code"] == ASKED)
        rows.append(
            Told(
                hall=event["hall"],
                number=data["number"],
                sequence=data["sequence"],
                final=bool(status and status["handled"]),
                code=data["partner_code"],
                own=detail.get("partner_number"),
                status=status["code"] if status else None,
                round=detail.get("round") if asks else None,
                moved=detail["to"] if event["type"] == "case.forwarded" else None,
            )
        )
    return rows
