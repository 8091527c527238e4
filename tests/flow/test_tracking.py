"""Tracking, pushes, completion and the ledger."""

import json
from typing import Any

import pytest

from gateway.flow import PushAnswer, add_visit, case_document, result_content, take_push
from gateway.flow.refusal import Refusal
from gateway.model import Received, Refused, Retry, Status

from .harness import PDF, Desk, came_to, dump, report


async def tracked(desk: Desk, *answers: Any) -> str:
    """A dispatched case whose queries will be answered so."""
    desk.partner.script["query"] = [came_to(Received("P-1"), answer) for answer in answers]
    number = (await desk.submit()).number
    await desk.work()
    return number


async def poll(desk: Desk, minutes: float = 30) -> None:
    """Let the next question fall due and run it."""
    desk.clock.pass_(minutes=minutes)
    await desk.work()


async def test_a_case_is_handled_when_its_decision_comes_with_the_electronic_result(desk: Desk) -> None:
    """11 with a certificate → 70, then 90 by the gateway; the result is the hall's to fetch; tracking ends."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"), report(Status.APPROVED, "11", minutes=2, result=True))
    await poll(desk)
    await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "50", "70", "90"]
    document = await case_document(desk.ctx, desk.hall, number)
    assert (document["decision"], document["status"]["handled"]) == ("approved", True)
    (result,) = document["results"]
    content = await result_content(desk.ctx, desk.hall, number, result["id"])
    assert b"".join([chunk async for chunk in content.chunks]) == PDF
    await poll(desk)
    assert await desk.store.read(lambda tx: tx.jobs.next_due()) is None


async def test_a_handled_case_is_settled_once(desk: Desk) -> None:
    """B 3, A 1, S 2: 66.7 %; a late report changes nothing of it, and only a revocation (撤销) takes it back."""
    number = await tracked(desk, report(Status.APPROVED, "11", result=True))
    await poll(desk)
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (row.result, row.cases, row.baseline, row.actual, row.saved) == ("approved", 1, 3, 1, 2)
    for nonce, code, status in (("a", "3", "50"), ("b", "14", "91")):
        await push(desk, our=number, code=code, status=status, nonce=nonce)
    assert await desk.store.read(lambda tx: tx.ledger.totals()) == [row]
    await push(desk, our=number, code="15", status="95", nonce="c")
    approved, revoked = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (approved.cases, approved.counted, approved.baseline, approved.actual) == (1, 0, 0, 0), "handled stays handled; savings are gone"
    assert (revoked.result, revoked.cases, revoked.spent) == ("revoked", 0, 1)


async def test_a_refused_acceptance_ends_the_case_without_a_saving(desk: Desk) -> None:
    """不予受理 is terminal; its visits are spent, nothing is saved."""
    await tracked(desk, report(Status.NOT_ACCEPTED, "4"))
    await poll(desk)
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (row.result, row.cases, row.counted, row.saved, row.spent) == ("not-accepted", 1, 0, 0, 1)


async def test_an_unknown_code_is_kept_and_shown_and_never_guessed(desk: Desk) -> None:
    """The status stays; a ticket names the code; the raw report lies in the store."""
    number = await tracked(desk, report(None, "101"))
    await poll(desk)
    assert (await desk.case(number)).status is Status.DISPATCHED
    assert await desk.tickets() == [("unknown-code", "report")]
    (kept,) = await desk.store.read(lambda tx: tx.reports.unknown(10))
    assert kept.code == "101"


async def test_the_same_report_again_is_one_event(desk: Desk) -> None:
    """Polls repeat themselves."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    for _ in range(3):
        await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "50"]


async def test_questions_come_more_often_after_news(desk: Desk) -> None:
    """5 min, then 10, 10, …; back to 5 after a change."""
    await tracked(desk, report(Status.ACCEPTED, "3"), report(Status.ACCEPTED, "3"), report(Status.ACCEPTED, "3"))
    gaps = []
    for _ in range(4):
        due = await desk.store.read(lambda tx: tx.jobs.next_due())
        assert due is not None
        gaps.append(round((due - desk.clock.now()).total_seconds() / 60))
        desk.clock.at = due
        await desk.work()
    assert gaps == [5, 5, 10, 10]


async def test_a_failed_question_follows_the_retry_schedule_and_a_lost_case_gets_a_ticket(desk: Desk) -> None:
    """503 → ask again; a partner that no longer knows a case it gave a number for needs a person."""
    await tracked(desk, report(Status.ACCEPTED, "3"))
    desk.partner.script["query"] = [came_to(Retry("http-503")), came_to(Refused("unknown-case", "none"))]
    await poll(desk)
    assert await desk.tickets() == []
    await poll(desk)
    assert await desk.tickets() == [("partner-lost-case", "unknown-case")]


async def push(desk: Desk, *, signature: str = "genuine", **said: Any) -> PushAnswer:
    """A call of the partner's."""
    body = json.dumps({"at": "2026-11-20T10:30:00+08:00", "nonce": "n-1"} | said).encode()
    answer = await take_push(desk.ctx, "somewhere", {"x-signature": signature}, body)
    assert answer is not None
    return answer


async def test_a_push_is_folded_and_only_then_acknowledged(desk: Desk) -> None:
    """The partner hears its own reply when the event is on disk."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    answer = await push(desk, our=number, theirs="P-1", code="8", status="60")
    assert (answer.status, answer.body) == (200, b"OK")
    assert await desk.statuses(number) == ["10", "20", "21", "50~", "60"]


async def test_a_push_may_overtake_the_answer_to_our_submit(desk: Desk) -> None:
    """The case stands at 转办中 and is found by our own number; the submit's answer then changes nothing."""
    number = (await desk.submit()).number
    await push(desk, our=number, theirs="P-1", code="3", status="50")
    assert await desk.statuses(number) == ["10", "20", "21~", "50"]
    await desk.work()
    assert (await desk.statuses(number))[-1] == "50"
    assert (await desk.case(number)).partner_number == "P-1"


async def test_a_repeated_nonce_or_a_bad_signature_is_refused_without_detail(desk: Desk) -> None:
    """401, the same words for both, and nothing is stored."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    assert (await push(desk, our=number, code="3", status="50")).status == 200
    replayed = await push(desk, our=number, code="8", status="60")
    forged = await push(desk, our=number, code="8", status="60", nonce="n-2", signature="forged")
    assert (replayed.status, replayed.body) == (forged.status, forged.body) == (401, b"refused")
    assert (await desk.case(number)).status is Status.ACCEPTED


async def test_a_push_of_a_case_we_do_not_know_is_kept_and_not_acknowledged(desk: Desk) -> None:
    """404; the partner will come again, an operator sees it once."""
    for nonce in ("a", "b"):
        assert (await push(desk, our="KS0", code="3", status="50", nonce=nonce)).status == 404
    assert await desk.tickets() == [("unknown-case:somewhere", "report")]


async def test_a_genuine_push_that_cannot_be_read_is_kept_for_a_person(desk: Desk) -> None:
    """422, one ticket."""
    assert (await push(desk, garbage=True)).status == 422
    assert await desk.tickets() == [("unreadable-push:somewhere", "payload")]


async def test_a_partner_nobody_knows_cannot_push(desk: Desk) -> None:
    """No such door."""
    assert await take_push(desk.ctx, "nobody", {}, b"") is None


async def test_push_and_poll_together_make_each_event_once(desk: Desk) -> None:
    """The same status by both ways."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    await push(desk, our=number, theirs="P-1", code="3", status="50", at="2026-11-20T10:01:00+08:00")
    await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "50"]


VISIT = {"purpose": "collect", "at": "2026-11-21T09:30:00+08:00", "evidence": {"kind": "sign", "reference": "S-1"}}


async def test_a_later_visit_costs_a_trip_once_however_often_it_is_told(desk: Desk) -> None:
    """The same attendance twice is one visit; saved is B − A."""
    number = await tracked(desk, report(Status.APPROVED, "11", result=True))
    desk.clock.pass_(days=1)
    for _ in range(2):
        await add_visit(desk.ctx, desk.hall, number, dump(VISIT))
    await poll(desk, 0)
    (row,) = await desk.store.read(lambda tx: tx.ledger.totals())
    assert (row.actual, row.saved) == (2, 1)


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"at": "2027-01-01T00:00:00+08:00"}, "visit.future"),
        ({"at": "2026-11-19T09:00:00+08:00"}, "visit.before-case"),
        ({"at": "2026-11-21T09:30:00"}, "field.moment"),
        ({"purpose": "shopping"}, "field.value"),
    ],
)
async def test_a_visit_that_cannot_be_is_refused(desk: Desk, about: dict[str, Any], code: str) -> None:
    """In the future, before the case, without a zone, of no known purpose."""
    number = await tracked(desk, report(Status.ACCEPTED, "3"))
    desk.clock.pass_(days=1)
    with pytest.raises(Refusal) as caught:
        await add_visit(desk.ctx, desk.hall, number, dump(VISIT | about))
    assert [fault.code for fault in caught.value.faults] == [code]


async def test_a_handled_case_takes_no_more_visits(desk: Desk) -> None:
    """The line in the ledger stands."""
    number = await tracked(desk, report(Status.NOT_ACCEPTED, "4"))
    await poll(desk)
    desk.clock.pass_(days=1)
    with pytest.raises(Refusal, match="visit"):
        await add_visit(desk.ctx, desk.hall, number, dump(VISIT))


async def test_another_halls_case_is_no_case(desk: Desk) -> None:
    """404 for reading, listing and visiting alike."""
    from dataclasses import replace

    number = (await desk.submit()).number
    stranger = replace(desk.hall, id="stranger")
    for call in (
        case_document(desk.ctx, stranger, number),
        add_visit(desk.ctx, stranger, number, dump(VISIT)),
        result_content(desk.ctx, stranger, number, 1),
    ):
        with pytest.raises(Refusal) as caught:
            await call
        assert caught.value.faults[0].code == "case.unknown"


async def test_t15_finished_is_not_approved(desk: Desk) -> None:
    """A partner that says finished (90) and not how has decided nothing: no decision, no result, no line, a person looks."""
    number = await tracked(desk, report(Status.ACCEPTED, "30"), report(Status.COMPLETED, "90", minutes=2))
    await poll(desk)
    await poll(desk)
    case = await desk.case(number)
    assert (case.status, case.decision, case.handled_at) == (Status.ACCEPTED, None, None)
    assert await desk.store.read(lambda tx: tx.ledger.cells()) == []
    assert await desk.tickets() == [("contradiction", "report")]
