"""Supplement notices and the hall's answers at the door: exactly what was asked, whole or not at all."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.flow import Refusal, RefusalKind, answer_supplement, case_document, upload_material
from gateway.model import NoticeItem, Received, Refused, Retry, Status, Unsure, fault

from .conversation import (
    PHOTO,
    WORDS,
    answer,
    asked,
    asks,
    events,
    file,
    given,
    hand_in,
    later,
    open_ticket,
    rounds,
    says,
    states,
    steps,
    told,
    withdraw,
)
from .harness import PDF, PNG, Desk, came_to, draft, dump, report
from .test_tracking import poll, push, tracked


async def test_a_notice_becomes_items_and_an_answer_of_exactly_those_is_carried(desk: Desk) -> None:
    """Asked for a photo and words: both go to the partner apart from the submission's papers, and the hall hears when it has them."""
    number = await asked(desk)
    (shown,) = (await case_document(desk.ctx, desk.hall, number))["supplements"]
    assert (shown["round"], shown["state"], shown["notice"], shown["repeated"]) == (1, "open", "补字1号", False)
    assert shown["items"] == [
        {"item": "1", "text": "身份证正反面", "material": "id-card"},
        {"item": "2", "text": "说明经营场所", "material": None},
    ]
    accepted = await hand_in(desk, number)
    assert b'"round":1' in accepted.body
    assert b'"code":"41"' in accepted.body
    assert await states(desk, number) == ["sent"]
    assert sorted(await desk.work()) == ["deliver", "relay", "relay"]
    facts = given(desk.partner, "supplement")
    assert [material.name for material in facts.materials] == ["身份证.png"], "the submission's own papers stay what they were"
    assert facts.supplement is not None
    assert (facts.supplement.round, facts.supplement.notice) == (1, "补字1号")
    assert facts.supplement.answers == (("1", None), ("2", "一楼临街"))
    ((item, material),) = facts.supplement.materials
    assert (item, material.code, material.name, b"".join(material.content.open())) == ("1", "id-card", "反面.png", PNG)
    assert await desk.statuses(number) == ["10", "20", "21", "40", "41"]
    assert await told(desk, number) == ["supplement-asked", "supplement-received"]
    assert await states(desk, number) == ["received"]
    assert [event["type"] for event in desk.listener.heard][-2:] == ["case.status-changed", "case.supplement-received"]
    shown = (await case_document(desk.ctx, desk.hall, number))["materials"]
    assert [(entry["code"], entry["round"], entry["item"]) for entry in shown] == [("id-card", 0, None), ("id-card", 1, "1")]


async def test_41_is_the_halls_own_act(desk: Desk) -> None:
    """The event of 40 → 41 names reception and the hall's place and desk, not the gateway and not the authority."""
    number = await asked(desk)
    await hand_in(desk, number)
    sent = (await events(desk, number))[-1]
    assert (sent.before, sent.after, sent.actor, sent.place) == ("40", "41", "reception", "230100")
    assert sent.detail == {"round": 1, "window": "3", "clerk": "0012"}


async def test_later_questions_do_not_carry_the_supplement(desk: Desk) -> None:
    """Only the errand itself is told what was answered."""
    number = await asked(desk)
    await hand_in(desk, number)
    await later(desk, 30)
    assert desk.partner.calls[-1][0] == "query"
    assert given(desk.partner, "query").supplement is None
    assert [material.name for material in given(desk.partner, "query").materials] == ["身份证.png"]


async def test_words_alone_may_answer_every_item(desk: Desk) -> None:
    """An item that names a material may be answered in words, too."""
    number = await asked(desk)
    await hand_in(desk, number, answer(answers=[{"item": "1", "text": "已遗失"}, {"item": "2", "text": "一楼"}], materials=[]))
    await desk.work()
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert (supplement.answers, supplement.materials) == ((("1", "已遗失"), ("2", "一楼")), ())


AT_WINDOW = {"purpose": "supplement", "at": "2026-11-20T10:01:00+08:00", "evidence": {"kind": "sign", "reference": "S"}}
BAD = {
    "unknown item in words": (
        answer(answers=[{"item": "9", "text": "x"}, {"item": "2", "text": "x"}]), {("/answers/0/item", "supplement.not-asked")},
    ),
    "unknown item in a file": (answer(materials=[file(), file("9")]), {("/materials/1/item", "supplement.not-asked")}),
    "an item twice": (answer(answers=[{"item": "2", "text": "a"}, {"item": "2", "text": "b"}]), {("/answers/1/item", "supplement.twice")}),
    "unanswered": (answer(answers=[]), {("/answers", "supplement.unanswered")}),
    "blank words": (answer(answers=[{"item": "2", "text": "  "}]), {("/answers", "supplement.unanswered")}),
    "nothing at all": (answer(answers=[], materials=[]), {("/answers", "supplement.unanswered")}),
    "no file": (answer(materials=[file(content=b"MZ\x90\x00 not a paper")]), {("/materials/0", "material.type")}),
    "an empty file": (answer(materials=[file(content=b"")]), {("/materials/0", "material.empty")}),
    "a wrong name": (answer(materials=[file(name="反面.png")]), {("/materials/0/name", "material.extension")}),
    "no base64": (answer(materials=[file() | {"content": "§"}]), {("/materials/0/content", "material.encoding")}),
    "a foreign upload": (
        answer(materials=[{"item": "1", "name": "a.pdf", "material": "mat_" + "0" * 32}]), {("/materials/0/material", "material.unknown")},
    ),
    "no reception": ({"answers": answer()["answers"], "materials": answer()["materials"]}, {("/reception", "field.missing")}),
    "an unknown field": (answer(extra=1), {("/extra", "field.unknown")}),
    "a visit before the case": (
        answer(visits=[AT_WINDOW | {"at": "2026-11-19T09:30:00+08:00"}]),
        {("/visits/0/at", "visit.before-case")},
    ),
    "a visit to nowhere": (
        answer(visits=[AT_WINDOW | {"place": "990199"}]),
        {("/visits/0/place", "region.unknown")},
    ),
    "several at once": (
        answer(answers=[{"item": "9", "text": "x"}], materials=[file(content=b"")]),
        {("/answers/0/item", "supplement.not-asked"), ("/answers", "supplement.unanswered"), ("/materials/0", "material.empty")},
    ),
}  # fmt: skip


async def nothing_kept(desk: Desk, number: str, key: str = "s-1") -> bool:
    """Whether no answer, paper, visit, key or event of one is on record."""
    case = await desk.case(number)

    def unit(tx: Any) -> bool:
        record = tx.rounds.of_case(case.id)
        papers = len(tx.materials.of_case(case.id)) == 1 and len(tx.cases.visits(case.id)) == 1
        return papers and tx.idempotency.find(desk.hall.id, key) is None and all(one.answered_at is None for one in record)

    return await desk.store.read(unit)


@pytest.mark.parametrize("what", BAD)
async def test_a_faulty_answer_is_refused_at_its_place_and_leaves_nothing(desk: Desk, what: str) -> None:
    """Every fault at its pointer, at once; then the right answer under the same key is taken."""
    number = await asked(desk)
    body, faults = BAD[what]
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number, body)
    assert refused.value.kind is RefusalKind.INVALID
    assert {(found.pointer, found.code) for found in refused.value.faults} == faults
    assert await nothing_kept(desk, number)
    assert (await desk.case(number)).status is Status.SUPPLEMENT_REQUIRED
    assert not (await hand_in(desk, number)).replayed


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body.empty"),
        (b"{", "body.malformed"),
        (b"[]", "body.not-an-object"),
        (b'{"a":1,"a":2}', "body.unsafe"),
        (b"\xff\xfe{}", "body.malformed"),
    ],
)
async def test_a_body_that_is_no_document_is_refused(desk: Desk, raw: bytes, code: str) -> None:
    """Not JSON, not an object, a key twice, not UTF-8: 400, and nothing is kept."""
    number = await asked(desk)
    with pytest.raises(Refusal) as refused:
        await answer_supplement(desk.ctx, desk.intake.once, desk.hall, number, "s-1", raw)
    assert (refused.value.kind, refused.value.faults[0].code) == (RefusalKind.MALFORMED, code)
    assert await nothing_kept(desk, number)


async def test_a_body_over_the_limit_is_refused(desk: Desk) -> None:
    """More bytes than a body may have."""
    number = await asked(desk)
    big = base64.b64encode(PDF + b" " * 1_000_000).decode()
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number, answer(materials=[{"item": "1", "name": "a.pdf", "content": big}]))
    assert refused.value.kind is RefusalKind.MALFORMED
    assert await nothing_kept(desk, number)


async def uploaded(desk: Desk, hall: str) -> str:
    """The id of an upload by that hall."""

    async def chunks() -> AsyncIterator[bytes]:
        yield PDF

    kept = await upload_material(desk.ctx, replace(desk.hall, id=hall), "扫描.pdf", chunks())
    return str(kept["id"])


async def test_an_uploads_id_answers_an_item_once_and_only_its_own_halls(desk: Desk) -> None:
    """By id like at intake: another hall's upload is unknown, one's own goes with the round, and not again with another item."""
    number = await asked(desk, PHOTO, NoticeItem("2", "照片", "photo"))
    await desk.store.write(lambda tx: tx.halls.add(replace(desk.hall, id="stranger")))
    foreign, own = await uploaded(desk, "stranger"), await uploaded(desk, desk.hall.id)

    def papers(*ids: str) -> dict[str, Any]:
        return answer(answers=[], materials=[{"item": str(at), "name": "a.pdf", "material": id} for at, id in enumerate(ids, start=1)])

    for ids, wrong in (((foreign, own), "/materials/0/material"), ((own, own), "/materials/1/material")):
        with pytest.raises(Refusal) as refused:
            await hand_in(desk, number, papers(*ids))
        assert [(found.pointer, found.code) for found in refused.value.faults] == [(wrong, "material.unknown")]
    body = papers(own)
    body["answers"] = [{"item": "2", "text": "没有"}]
    await hand_in(desk, number, body)
    await desk.work()
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert [(item, one.name, b"".join(one.content.open())) for item, one in supplement.materials] == [("1", "a.pdf", PDF)]


async def test_what_the_partner_could_not_take_is_said_at_the_window(desk: Desk) -> None:
    """The partner's own message is prepared dry, as at intake."""
    number = await asked(desk)
    desk.partner.faults = (fault("mapping.missing", "", target="x", source="y"),)
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number)
    assert [found.code for found in refused.value.faults] == ["mapping.missing"]
    assert await nothing_kept(desk, number)


async def code_of(desk: Desk, number: str, key: str = "s-9") -> str:
    """Why an answer is refused now."""
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number, key=key)
    (found,) = refused.value.faults
    return found.code


async def test_nothing_is_asked_before_after_and_beside_a_notice(desk: Desk) -> None:
    """Before the notice, after the answer, once the case moved on: refused with one fault, and nothing is kept."""
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await tracked(desk, asks(PHOTO, WORDS))
    assert await code_of(desk, number) == "supplement.none"
    await poll(desk)
    await hand_in(desk, number)
    assert await code_of(desk, number) == "supplement.none"
    await desk.work()
    await push(desk, our=number, theirs="P-1", code="7", status="30", at="2026-11-20T10:40:00+08:00")
    assert await code_of(desk, number) == "supplement.none"
    await push(desk, our=number, theirs="P-1", code="4", status="51", nonce="b", at="2026-11-20T10:41:00+08:00")
    assert await code_of(desk, number) == "supplement.none"


async def test_a_wish_to_withdraw_goes_before_an_answer_until_it_is_refused(desk: Desk) -> None:
    """A wish to withdraw that waits for its answer; refused by the partner, the notice may be answered again."""
    number = await asked(desk)
    desk.partner.script["withdraw"] = [came_to(Refused(None, "已在审查"))]
    await withdraw(desk, number)
    assert await code_of(desk, number) == "supplement.withdrawing"
    await desk.work()
    assert not (await hand_in(desk, number)).replayed


async def test_a_partner_without_the_step_takes_no_answers_here(desk: Desk) -> None:
    """The hall is told to use the way the notice names."""
    number = await asked(desk)
    desk.partner.on_demand = ("withdraw",)
    assert await code_of(desk, number) == "supplement.no-step"


async def test_another_halls_case_is_no_case(desk: Desk) -> None:
    """Unknown, like one that never was."""
    number = await asked(desk)
    with pytest.raises(Refusal) as refused:
        await answer_supplement(desk.ctx, desk.intake.once, replace(desk.hall, id="stranger"), number, "s-1", dump(answer()))
    assert refused.value.kind is RefusalKind.UNKNOWN


async def test_the_same_answer_again_is_said_again_and_another_under_its_key_is_refused(desk: Desk) -> None:
    """Byte for byte, also when the case has long moved on; the key belongs to that body, that case and that door."""
    number = await asked(desk)
    first = await hand_in(desk, number)
    await desk.work()
    again = await hand_in(desk, number)
    assert (again.body, again.replayed) == (first.body, True)
    other = (await desk.submit(draft(form={"shop_name": "夏天小店"}), key="k-2")).number
    for about in (
        hand_in(desk, number, answer(reception={"window": "4", "clerk": "0012"})),
        hand_in(desk, other),
        desk.submit(answer(), key="s-1"),
    ):
        with pytest.raises(Refusal) as refused:
            await about
        assert [found.code for found in refused.value.faults] == ["idempotency.reused"]
    await desk.work()
    assert steps(desk.partner).count("supplement") == 1


@pytest.mark.parametrize("key", [None, "", "with space"])
async def test_an_answer_needs_a_good_key(desk: Desk, key: str | None) -> None:
    """Without one, a lost acknowledgement could not be asked for again."""
    number = await asked(desk)
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number, key=key)
    assert refused.value.kind is RefusalKind.NO_KEY


async def test_twins_at_one_time_answer_once(desk: Desk) -> None:
    """Two windows of two processes with the same answer, and one with another key: one round answered, one call, one set of papers."""
    from gateway.flow.once import Once

    number = await asked(desk)

    async def one(key: str, once: Once) -> bytes:
        try:
            return (await answer_supplement(desk.ctx, once, desk.hall, number, key, dump(answer()))).body
        except Refusal as refusal:
            return refusal.faults[0].code.encode()

    said = await asyncio.gather(*(one(key, Once(desk.ctx)) for key in ("s-1", "s-1", "s-1", "s-2", "s-3")))
    bodies = {body for body in said if body.startswith(b"{")}
    assert len(bodies) == 1
    assert {body for body in said if body not in bodies} <= {b"supplement.none", b"idempotency.in-hand"}
    await desk.work()
    assert steps(desk.partner).count("supplement") == 1
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert len(supplement.materials) == 1
    assert (await desk.statuses(number)).count("41") == 1


async def test_a_visit_for_the_supplement_is_a_trip(desk: Desk) -> None:
    """It counts with the case; told twice, it is one."""
    number = await asked(desk)
    visit = {"purpose": "supplement", "at": "2026-11-20T10:04:00+08:00", "evidence": {"kind": "queue-ticket", "reference": "B001"}}
    await hand_in(desk, number, answer(visits=[visit, visit]))
    await desk.work()
    case = await desk.case(number)
    assert len(await desk.store.read(lambda tx: tx.cases.visits(case.id))) == 2


async def test_a_refused_answer_may_be_given_again_and_only_the_new_papers_go(desk: Desk) -> None:
    """Back to 40 with the partner's words and a ticket; the second answer, under a new key, carries its own materials and no older ones."""
    number = await asked(desk)
    desk.partner.script["supplement"] = [came_to(Refused("material-invalid", "照片不清")), came_to(Received())]
    await hand_in(desk, number)
    await desk.work()
    assert await desk.statuses(number) == ["10", "20", "21", "40", "41", "40"]
    assert desk.listener.heard[-1]["opinion"] == "照片不清"
    assert desk.listener.heard[-1]["detail"] == {"round": 1, "reason": "material-invalid"}
    assert await desk.tickets() == [("supplement-refused", "material-invalid")]
    assert await states(desk, number) == ["open"]
    assert (await hand_in(desk, number)).replayed, "the old key says what it said, and answers nothing anew"
    await hand_in(desk, number, answer(materials=[file(name="清楚.pdf")]), key="s-2")
    await desk.work()
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert [material.name for _, material in supplement.materials] == ["清楚.pdf"]
    assert await desk.statuses(number) == ["10", "20", "21", "40", "41", "40", "41"]
    assert await states(desk, number) == ["received"]


async def test_t27_a_notice_without_its_list_is_no_round(desk: Desk) -> None:
    """The status is the partner's to say; nobody makes a list up: a ticket, and the hall cannot answer what was not asked."""
    number = await tracked(desk, asks())
    await poll(desk)
    assert (await desk.case(number)).status is Status.SUPPLEMENT_REQUIRED
    assert await rounds(desk, number) == []
    assert await desk.tickets() == [("notice-without-items", "report")]
    assert await code_of(desk, number) == "supplement.none"


@pytest.mark.parametrize("minutes", [1, 3])
async def test_t27_the_list_that_follows_opens_the_round(desk: Desk, minutes: int) -> None:
    """The same notice, now with its items, whether under its old moment or a newer one: the hall hears and may answer."""
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await tracked(desk, asks(), asks(PHOTO, WORDS, minutes=minutes))
    await poll(desk)
    heard = len(desk.listener.heard)
    await poll(desk)
    assert [(record.round, record.repeated) for record in await rounds(desk, number)] == [(1, False)]
    assert [event["type"] for event in desk.listener.heard[heard:]] == ["case.supplement-asked"]
    await poll(desk)
    await poll(desk)
    assert len(await rounds(desk, number)) == 1
    await hand_in(desk, number)
    await desk.work()
    assert await states(desk, number) == ["received"]


async def test_a_second_notice_that_asks_for_something_new_is_flagged(desk: Desk) -> None:
    """一次性告知: the round, its event and a ticket say that not everything was asked for at once."""
    number = await asked(desk)
    await hand_in(desk, number)
    await desk.work()
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(NoticeItem("1", "户口簿", "household"), minutes=20))]
    await later(desk, 30)
    assert await desk.statuses(number) == ["10", "20", "21", "40", "41", "40"]
    assert [(one.round, one.repeated) for one in await rounds(desk, number)] == [(1, False), (2, True)]
    notice = [event for event in await events(desk, number) if event.type == "case.supplement-asked"][-1]
    assert (notice.actor, notice.detail["round"], notice.detail["items"], notice.detail["repeated"]) == ("handling", 2, 1, True)
    assert await desk.tickets() == [("second-notice", "report")]


async def test_two_notices_of_one_day_are_told_apart_by_their_numbers(desk: Desk) -> None:
    """A partner that tells days only gives both the same moment; the same number again is the same notice."""
    number = await asked(desk)
    await hand_in(desk, number)
    await desk.work()
    second = asks(NoticeItem("3", "照片"))
    assert second.notice is not None
    desk.partner.script["query"] = [came_to(Received("P-1"), replace(second, notice=replace(second.notice, number="补字2号")))]
    await later(desk, 30)
    await later(desk, 30)
    assert (await desk.case(number)).status is Status.SUPPLEMENT_REQUIRED
    assert [one.repeated for one in await rounds(desk, number)] == [False, True]


async def test_a_second_notice_that_repeats_is_not_flagged(desk: Desk) -> None:
    """The same material under another number of the list, or the same words, is nothing new; it is a round of its own all the same."""
    number = await asked(desk)
    await hand_in(desk, number)
    await desk.work()
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(replace(PHOTO, code="7", text="请重拍身份证"), minutes=20))]
    await later(desk, 30)
    assert [one.repeated for one in await rounds(desk, number)] == [False, False]
    assert await desk.tickets() == []
    await hand_in(desk, number, answer(answers=[], materials=[file("7", "重拍.pdf")]), key="s-2")
    await desk.work()
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert (supplement.round, [material.name for _, material in supplement.materials]) == (2, ["重拍.pdf"])


async def test_a_second_notice_before_the_answer_takes_the_firsts_place(desk: Desk) -> None:
    """While the first is unanswered the second is told to the hall, and it is the one to be answered."""
    number = await asked(desk)
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(WORDS, NoticeItem("3", "照片"), minutes=20))]
    heard = len(desk.listener.heard)
    await later(desk, 30)
    assert [event["type"] for event in desk.listener.heard[heard:]] == ["case.supplement-asked"]
    assert await states(desk, number) == ["closed", "open"]
    assert [one.repeated for one in await rounds(desk, number)] == [False, True]
    with pytest.raises(Refusal) as refused:
        await hand_in(desk, number)
    assert {found.code for found in refused.value.faults} == {"supplement.not-asked", "supplement.unanswered"}
    await hand_in(desk, number, answer(answers=[{"item": "2", "text": "a"}, {"item": "3", "text": "b"}], materials=[]))
    await desk.work()
    supplement = given(desk.partner, "supplement").supplement
    assert supplement is not None
    assert supplement.round == 2


async def test_a_notice_of_another_moment_and_the_same_items_after_the_answer_asks_again(desk: Desk) -> None:
    """A notice older than our answer, which we hear of late, still has to be answered: it was made before the answer arrived."""
    number = await asked(desk)
    desk.clock.pass_(minutes=10)
    await hand_in(desk, number)
    await desk.work()
    desk.partner.script["query"] = [came_to(Received("P-1"), asks(NoticeItem("3", "照片"), minutes=8))]
    await later(desk, 30)
    assert (await desk.statuses(number))[-1] == "40"
    assert await states(desk, number) == ["received", "open"]


async def test_a_notice_lies_sealed(desk: Desk) -> None:
    """What is asked and what is answered may name people: neither stands in the table."""
    number = await asked(desk, NoticeItem("1", "请张㛃𠮷到场"))
    await hand_in(desk, number, answer(answers=[{"item": "1", "text": "张㛃𠮷已到场"}], materials=[]))
    (record,) = await rounds(desk, number)
    assert record.answer_sealed is not None
    for sealed in (record.notice_sealed, record.answer_sealed):
        assert "张㛃𠮷".encode() not in sealed
    shown = [event.detail for event in await events(desk, number)]
    assert "张㛃𠮷" not in repr(shown)


async def test_a_notice_of_no_time_is_one_notice_however_often_it_is_told(desk: Desk) -> None:
    """A partner without moments repeats itself, in other words, while it waits: one round, and after the answer it may ask anew."""
    timeless = replace(asks(PHOTO, WORDS), at=None)
    desk.partner.script["supplement"] = [came_to(Received())]
    number = await tracked(desk, timeless, replace(timeless, opinion="请尽快"))
    await poll(desk)
    await poll(desk)
    assert len(await rounds(desk, number)) == 1
    await hand_in(desk, number)
    await desk.work()
    assert (await desk.statuses(number))[-1] == "41"


async def test_t18_the_end_of_a_supplement_may_overtake_its_notice(desk: Desk) -> None:
    """7 before 6: the case is past the notice, which was older; no round is opened, nothing goes back, nobody is bothered."""
    number = await tracked(desk, says(Status.PRECHECK, "7", minutes=3).reports[0], asks(PHOTO, minutes=2))
    await poll(desk)
    await poll(desk)
    assert await desk.statuses(number) == ["10", "20", "21", "30"]
    assert await rounds(desk, number) == []
    assert await desk.tickets() == []


async def test_t18_a_special_procedures_end_may_overtake_its_begin(desk: Desk) -> None:
    """10 before 9, of one review: it is not suspended for ever."""
    number = await tracked(desk, report(Status.IN_REVIEW, "10", minutes=3), report(Status.SUSPENDED, "9", minutes=2))
    await poll(desk)
    await poll(desk)
    assert (await desk.statuses(number))[-1] == "60"
    assert await desk.tickets() == []


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize(("status", "code"), [(Status.ACCEPTED, "3"), (Status.IN_REVIEW, "8"), (Status.PRECHECK, "7")])
async def test_t18_what_came_before_the_notice_and_is_told_after_it_ends_no_round(
    desk: Desk, status: Status, code: str, answered: bool
) -> None:
    """An older report of another stage: the case still waits for the supplement, and an answer is still carried."""
    number = await asked(desk, PHOTO)
    if answered:
        desk.partner.script["supplement"] = [came_to(Retry("busy")), came_to(Received())]
        await hand_in(desk, number, answer(answers=[]))
        await desk.work()
    desk.partner.script["query"] = [says(status, code, minutes=0.5)]
    await later(desk, 5)
    assert (await desk.statuses(number))[-1] == ("41" if answered else "40")
    assert await states(desk, number) == ["received" if answered else "open"]
    assert await desk.tickets() == []


async def test_t18_every_order_and_repetition_of_a_supplements_life_ends_alike(desk: Desk) -> None:
    """6, 7, 3 in every order, each twice, by push: the case ends accepted, with at most one round, which is closed."""
    from itertools import permutations

    told_at = {"40": ("6", "10:11"), "30": ("7", "10:12"), "50": ("3", "10:13")}
    for turn, order in enumerate(permutations(told_at)):
        number = (await desk.submit(key=f"k-{turn}")).number
        await desk.work()
        for step, status in enumerate([*order, *order]):
            code, at = told_at[status]
            said = {"our": number, "code": code, "status": status, "at": f"2026-11-20T{at}:00+08:00", "nonce": f"{turn}-{step}"}
            await push(desk, **said, items=[["1", "身份证", None]] if status == "40" else [])
        assert (await desk.statuses(number))[-1] == "50", order
        assert await states(desk, number) in ([], ["closed"]), order
    assert await desk.tickets() == []


async def test_t18_a_partner_whose_clock_lags_moves_on_all_the_same(desk: Desk) -> None:
    """7 by a clock some minutes behind ours, so before our answer but after its notice: it counts."""
    number = await asked(desk)
    desk.clock.pass_(minutes=10)
    await hand_in(desk, number)
    await desk.work()
    desk.partner.script["query"] = [says(Status.PRECHECK, "7", minutes=12)]
    await later(desk, 30)
    assert (await desk.statuses(number))[-1] == "30"


async def test_a_supplement_handed_in_elsewhere_closes_the_round(desk: Desk) -> None:
    """Accepted while we wait at 40: 41 is inferred, and nothing is left to be answered."""
    number = await asked(desk)
    desk.partner.script["query"] = [says(Status.ACCEPTED, "3", minutes=20)]
    await later(desk, 30)
    assert await desk.statuses(number) == ["10", "20", "21", "40", "41~", "50"]
    assert await states(desk, number) == ["closed"]
    assert await code_of(desk, number) == "supplement.none"


async def test_a_supplement_after_acceptance_returns_to_the_review(desk: Desk) -> None:
    """60 → 40 → 41 → 60: the second kind of supplement."""
    number = await tracked(desk, report(Status.IN_REVIEW, "8", minutes=0.5), asks(PHOTO))
    desk.partner.script["supplement"] = [came_to(Received(), report(Status.IN_REVIEW, "8", minutes=70))]
    await poll(desk)
    await poll(desk)
    await hand_in(desk, number, answer(answers=[]))
    await desk.work()
    assert await desk.statuses(number) == ["10", "20", "21", "50~", "60", "40", "41", "60"]
    assert await told(desk, number) == ["supplement-asked", "supplement-received"]


async def test_several_notices_may_be_open_one_after_the_other_only(desk: Desk) -> None:
    """Whatever comes, at most the last round waits for an answer."""
    number = await asked(desk)
    for turn in range(3):
        desk.partner.script["query"] = [came_to(Received("P-1"), asks(PHOTO, minutes=10 + turn))]
        await later(desk, 30)
    assert await states(desk, number) == ["closed", "closed", "closed", "open"]


async def test_an_unsure_ticket_names_no_round_twice(desk: Desk) -> None:
    """Asked again and again, a person gets one ticket."""
    desk.partner.resend = "ask-a-person"
    number = await asked(desk)
    desk.partner.script["supplement"] = [came_to(Unsure("reset"))]
    await hand_in(desk, number)
    for _ in range(3):
        await later(desk, 60 * 24)
    assert (await open_ticket(desk)).kind == "unsure"
