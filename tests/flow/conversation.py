"""What the tests of the conversation share: notices and answers to them, wishes to withdraw, and an office elsewhere."""

import base64
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from gateway.flow import Accepted, answer_supplement, case_document, request_withdrawal
from gateway.model import Agreement, BaselineMethod, CaseFacts, Notice, NoticeItem, Outcome, Received, Region, Report, Status
from gateway.store import BaselineRow, EventRecord, JobKind, RoundRecord, TicketRecord

from .harness import MATTER, NOTHING_THERE, PDF, PNG, START, Desk, ScriptedPartner, came_to, dump, matter, report

PHOTO, WORDS = NoticeItem("1", "身份证正反面", "id-card"), NoticeItem("2", "说明经营场所")
OTHER_PLACE = "520200"


def asks(*items: NoticeItem, minutes: float = 1, number: str = "P-1", code: str = "6") -> Report:
    """A notice (补正告知) of these items, some minutes after the start; of no item: one whose list is missing."""
    told = report(Status.SUPPLEMENT_REQUIRED, code, minutes=minutes, number=number)
    return replace(told, notice=Notice(items, "补字1号", START + timedelta(days=10)) if items else None)


def answer(**about: Any) -> dict[str, Any]:
    """A sound answer to a notice of PHOTO and WORDS."""
    return {
        "reception": {"window": "3", "clerk": "0012"},
        "answers": [{"item": "2", "text": "一楼临街"}],
        "materials": [{"item": "1", "name": "反面.png", "content": base64.b64encode(PNG).decode()}],
    } | about  # fmt: skip


def file(item: str = "1", name: str = "反面.pdf", content: bytes = PDF) -> dict[str, Any]:
    """A material that answers an item."""
    return {"item": item, "name": name, "content": base64.b64encode(content).decode()}


async def asked(desk: Desk, *items: NoticeItem) -> str:
    """A case whose partner waits for a supplement, by default of PHOTO and WORDS."""
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(*(items or (PHOTO, WORDS))))]
    desk.partner.script.setdefault("supplement", [came_to(Received())])
    number = (await desk.submit()).number
    await desk.work()
    await later(desk, 5)
    assert (await desk.case(number)).status is Status.SUPPLEMENT_REQUIRED
    return number


async def later(desk: Desk, minutes: float) -> None:
    """Let time pass, and what is due be done."""
    desk.clock.pass_(minutes=minutes)
    await desk.work()


async def hand_in(desk: Desk, number: str, body: dict[str, Any] | None = None, key: str | None = "s-1") -> Accepted:
    """Answer the notice as the hall."""
    return await answer_supplement(desk.ctx, desk.intake.once, desk.hall, number, key, dump(body or answer()))


async def withdraw(desk: Desk, number: str, reason: str = "改去别处办理") -> dict[str, Any]:
    """The applicant's wish, as the hall tells it."""
    return await request_withdrawal(desk.ctx, desk.hall, number, dump({"reason": reason, "reception": {"window": "3", "clerk": "0012"}}))


async def rounds(desk: Desk, number: str) -> list[RoundRecord]:
    """The case's supplement rounds."""
    case = await desk.case(number)
    return await desk.store.read(lambda tx: tx.rounds.of_case(case.id))


async def events(desk: Desk, number: str) -> list[EventRecord]:
    """The case's events."""
    case = await desk.case(number)
    return list(await desk.store.read(lambda tx: tx.cases.events(case.id)))


async def told(desk: Desk, number: str) -> list[str]:
    """The events of a case that changed no status, without their common beginning."""
    return [event.type.removeprefix("case.") for event in await events(desk, number) if event.after is None]


async def jobs(desk: Desk) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(waiting, leased, parked) by (kind, lane), of deliveries and questions."""
    found = await desk.store.read(lambda tx: tx.jobs.depth())
    return {(kind.value, lane): counts for (kind, lane), counts in found.items() if kind in (JobKind.DELIVER, JobKind.TRACK)}


async def states(desk: Desk, number: str) -> list[str]:
    """The states of the case's rounds, as the hall sees them."""
    return [entry["state"] for entry in (await case_document(desk.ctx, desk.hall, number))["supplements"]]


async def open_ticket(desk: Desk) -> TicketRecord:
    """The one open ticket."""
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list(open_only=True))
    return ticket


def steps(partner: ScriptedPartner) -> list[str]:
    """What the partner was called for, in order."""
    return [step for step, _ in partner.calls]


def given(partner: ScriptedPartner, step: str) -> CaseFacts:
    """The facts of the latest call of a step."""
    return [facts for called, facts in partner.calls if called == step][-1]


def says(status: Status, code: str, *, minutes: float, number: str = "P-1") -> Outcome:
    """An answer to a question."""
    return came_to(Received(number), report(status, code, minutes=minutes, number=number))


async def open_elsewhere(desk: Desk) -> ScriptedPartner:
    """Another place that offers the matter too, with its own partner, agreement and baseline (of 5 visits, not 3)."""
    other = ScriptedPartner(name="elsewhere", script={"submit": [came_to(Received("Q-1"))], "query": [NOTHING_THERE]})
    other.regions, other.mapping_hash = ("520000",), "hash-2"

    def furnish(tx: Any) -> None:
        tx.catalogue.put_region(Region("450100", "南宁"))
        tx.catalogue.put_matter(matter(destination=OTHER_PLACE, version=4))
        tx.agreements.import_([Agreement("协议2号", "230000", OTHER_PLACE, MATTER, date(2026, 1, 1), None)], "甲", START)
        row = BaselineRow(OTHER_PLACE, MATTER, None, 5, 5, BaselineMethod.PROCESS_DERIVED, "指南", date(2026, 1, 1), None)
        (baseline,) = tx.agreements.import_baselines([row], "甲", START)
        tx.agreements.approve_baseline(baseline, "乙", START)

    await desk.store.write(furnish)
    desk.ctx = replace(desk.ctx, partners={desk.partner.name: desk.partner, other.name: other})
    desk.intake._ctx = desk.intake.once._ctx = desk.ctx
    return other
