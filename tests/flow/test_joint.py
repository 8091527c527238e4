"""Joint handling over a real store: a whole, one part for each place, and what the hall, the partners and the ledger see of them."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count, pairwise
from typing import Any

import pytest

from gateway.flow import (
    Correction,
    Intake,
    Refusal,
    add_visit,
    answer_supplement,
    case_document,
    case_trace,
    check,
    correct_outcome,
    extend,
    list_cases,
    note_pause,
    request_withdrawal,
    take_push,
    upload_material,
    void_case,
)
from gateway.flow.standing import Cause, advance
from gateway.flow.worker import HANDLERS
from gateway.model import (
    Account,
    Agreement,
    Decision,
    Fault,
    Notice,
    NoticeItem,
    PauseKind,
    Received,
    Refused,
    Region,
    Standing,
    Status,
    VoidReason,
    advancement,
    stays,
    whole_of,
)
from gateway.store import CaseRecord, JobKind, Tx, verify_chain

from .harness import MATTER, NOTHING_THERE, PDF, PNG, START, TAKEN, Desk, ScriptedPartner, came_to, draft, dump, matter, report

LEAD, OTHER = "220100", "520200"
WISH = {"reason": "不办了", "reception": {"window": "3", "clerk": "0012"}}
ENDINGS = {
    "approved": (("3", "50", False), ("11", "70", True)),
    "denied": (("3", "50", False), ("13", "71", True)),
    "not-accepted": (("4", "51", False),),
    "withdrawn": (("14", "91", False),),
    "terminated": (("16", "92", False),),
    "voided": (("17", "93", False),),
    "revoked": (("3", "50", False), ("11", "70", True), ("15", "95", False)),
}


@dataclass
class Pair:
    """A desk with two places that handle the matter jointly, each with its partner."""

    desk: Desk
    there: ScriptedPartner
    serial: "count[int]"

    async def submit(self, key: str = "k-1", **about: Any) -> tuple[str, str, str]:
        """Hand a joint case in; (whole, lead part, further part)."""
        answer = json.loads((await self.desk.submit(joint_draft(**about), key)).body)
        first, second = answer["parts"]
        return answer["number"], first["number"], second["number"]

    async def push(self, number: str, code: str, status: str, *, result: bool = False) -> int:
        """The part's partner reports; the HTTP status."""
        case = await self.desk.case(number)
        self.desk.clock.pass_(minutes=1)
        said = {
            "our": number, "theirs": f"P-{number}", "code": code, "status": status, "at": self.desk.clock.now().isoformat(),
            "nonce": f"n-{next(self.serial)}", "result": result,
        }  # fmt: skip
        answer = await take_push(self.desk.ctx, case.partner or "somewhere", {"x-signature": "genuine"}, dump(said))
        assert answer is not None
        return answer.status

    async def end(self, number: str, how: str) -> None:
        """The part's partner ends it."""
        for code, status, result in ENDINGS[how]:
            assert await self.push(number, code, status, result=result) == 200

    async def accounts(self, number: str) -> list[tuple[Account, int]]:
        """(account, counted) of the case's lines."""
        case = await self.desk.case(number)
        return [(line.account, line.counted) for line in await self.desk.store.read(lambda tx: tx.ledger.entries(case.id))]

    async def jobs(self, number: str) -> list[str]:
        """The kinds of the case's jobs."""
        case = await self.desk.case(number)
        claimed = await self.desk.store.write(
            lambda tx: tx.jobs.claim(START + timedelta(days=900), START + timedelta(days=901), "look", 99)
        )
        await self.desk.store.write(lambda tx: tx.jobs.release_all(self.desk.clock.now(), "look"))
        return sorted(job.kind.value for job in claimed if job.case_id == case.id)


def there_matter(**about: Any) -> Any:
    """The matter as the further place offers it: it asks for one material and one field more, and for one of each less."""
    given = {
        "destination": OTHER, "mode": "joint", "name": "个体工商户设立登记(六盘水)",
        "materials": [{"code": "id-card", "name": "身份证", "formats": ["png", "pdf"], "max_bytes": 1000},
                      {"code": "book", "name": "户口簿", "formats": ["pdf"]}],
        "form": [{"code": "shop_name", "name": "字号", "max_length": 20}, {"code": "moved_from", "name": "迁出地址"}],
    }  # fmt: skip
    return matter(**(given | about))


def joint_draft(**about: Any) -> dict[str, Any]:
    """A sound joint draft: all that either place asks for."""
    materials = [
        *draft()["materials"],
        {"code": "lease", "name": "合同.pdf", "content": base64.b64encode(PDF + b"lease").decode()},
        {"code": "book", "name": "户口簿.pdf", "content": base64.b64encode(PDF).decode()},
    ]
    form = {"shop_name": "春天小店", "kind": "a", "moved_from": "旧街1号"}
    return draft(also_at=[OTHER], materials=materials, form=form) | about


@pytest.fixture
async def pair(desk: Desk) -> Pair:
    """Both places furnished."""
    there = ScriptedPartner(name="elsewhere", script={"submit": [TAKEN], "query": [NOTHING_THERE]})
    there.regions = ("520000",)
    desk.ctx = replace(desk.ctx, partners={desk.partner.name: desk.partner, there.name: there})
    desk.intake = Intake(desk.ctx)

    def furnish(tx: Tx) -> None:
        tx.catalogue.put_matter(matter(version=2, mode="joint", valid_from="2026-02-01"))
        tx.catalogue.put_matter(there_matter())
        tx.agreements.import_([Agreement("协议2号", "230000", OTHER, MATTER, date(2026, 1, 1), None)], "甲", START)

    await desk.store.write(furnish)
    return Pair(desk, there, count())


async def refused(waiting: Any) -> list[tuple[str, str]]:
    """(pointer, code) of the faults of what must be refused."""
    with pytest.raises(Refusal) as caught:
        await waiting
    return [(found.pointer, found.code) for found in caught.value.faults]


async def test_each_place_gets_its_own_and_only_its_own(pair: Pair) -> None:
    """One acknowledged number, one call at each partner under its part's number, with the fields and materials of that place."""
    whole, first, second = await pair.submit()
    await pair.desk.work()
    assert (pair.desk.partner.said("submit"), pair.there.said("submit")) == ([first], [second])
    (_, here), (_, there) = pair.desk.partner.calls[0], pair.there.calls[0]
    assert (here.destination, there.destination) == (LEAD, OTHER)
    assert (set(here.draft.form), set(there.draft.form)) == ({"shop_name", "kind"}, {"shop_name", "moved_from"})
    assert [one.code for one in here.materials] == ["id-card", "lease"]
    assert [one.code for one in there.materials] == ["id-card", "book"]
    assert b"".join(there.materials[0].content.open()) == PNG
    assert there.matter_name == "个体工商户设立登记(六盘水)"
    cases = [await pair.desk.case(number) for number in (whole, first, second)]
    papers = await pair.desk.store.read(lambda tx: [tx.materials.of_case(case.id) for case in cases])
    assert [[one.code for one in kept] for kept in papers] == [["id-card", "lease", "book"], ["id-card", "lease"], ["id-card", "book"]]
    assert len({one.id for kept in papers for one in kept}) == 7
    assert len({one.address for kept in papers for one in kept}) == 3


async def test_a_material_uploaded_before_is_every_places_that_asks_for_it(pair: Pair) -> None:
    """The upload becomes the whole's; a part has a row of its own, with its name, over the same bytes."""

    async def scan() -> AsyncIterator[bytes]:
        yield PDF + b"book"

    uploaded = await upload_material(pair.desk.ctx, pair.desk.hall, "户口簿㛃.pdf", scan())
    materials = [*draft()["materials"], {"code": "book", "name": "户口簿㛃.pdf", "material": uploaded["id"]}]
    await pair.submit(materials=materials)
    await pair.desk.work()
    [(_, facts)] = pair.there.calls
    book = facts.materials[1]
    assert (book.name, b"".join(book.content.open())) == ("户口簿㛃.pdf", PDF + b"book")
    assert await refused(pair.desk.submit(joint_draft(materials=materials), "k-2")) == [("/materials/1/material", "material.unknown")]


async def test_the_whole_has_no_partner_and_no_work_of_its_own(pair: Pair) -> None:
    """No delivery, no question, no clock, no step at a partner, and no push finds it; each part has all of them."""
    whole, first, second = await pair.submit()
    assert await pair.jobs(whole) == []
    assert await pair.jobs(first) == await pair.jobs(second) == ["clock", "deliver"]
    case = await pair.desk.case(whole)
    assert (case.partner, case.mapping_hash, case.parts, case.destination) == ("", "", 2, LEAD)
    assert [part.number for part in await pair.desk.store.read(lambda tx: tx.cases.parts(case.id))] == [first, second]
    assert await pair.push(whole, "3", "50") == 404
    assert (await pair.desk.case(whole)).status is Status.DISPATCHING


async def test_a_joint_receipt_is_said_again_byte_for_byte_and_others_are_as_before(pair: Pair) -> None:
    """One case and its parts, however often it is sent; without also_at no parts are spoken of."""
    first = await pair.desk.submit(joint_draft())
    again = await pair.desk.submit(joint_draft())
    assert (again.body, again.replayed) == (first.body, True)
    assert [list(part) for part in json.loads(first.body)["parts"]] == [["number", "destination"]] * 2
    plain = await pair.desk.submit(draft(), "k-2")
    assert list(json.loads(plain.body)) == ["number", "status", "received_at", "due"]
    listed = await list_cases(pair.desk.ctx, pair.desk.hall, after=None, limit=50, status=None)
    assert len(listed["cases"]) == 4
    document = await case_document(pair.desk.ctx, pair.desk.hall, plain.number)
    assert (document["parent"], document["parts"]) == (None, [])


async def test_the_whole_follows_its_least_advanced_part(pair: Pair) -> None:
    """Part by part; each event of the whole names the part that moved it, and the hall hears of both."""
    whole, first, second = await pair.submit()
    case = await pair.desk.case(whole)
    walk: list[str] = []
    for number, code, status in (
        (first, "8", "60"), (second, "3", "50"), (second, "6", "40"), (second, "7", "41"), (second, "8", "60"), (first, "9", "61"),
        (first, "10", "60"),
    ):  # fmt: skip
        await pair.push(number, code, status)
        walk.append((await pair.desk.case(whole)).status.value)
    # 50 → 40 is late for the second part itself: it is not in review yet as far as is known, and the machine infers it.
    assert walk == ["20", "50", "40", "41", "60", "60", "60"]
    events = await pair.desk.store.read(lambda tx: tx.cases.events(case.id))
    steps = [(event.before, event.after, event.inferred, event.detail.get("part")) for event in events[2:]]
    assert steps == [
        ("20", "21", True, second), ("21", "50", False, second), ("50", "40", False, second), ("40", "41", False, second),
        ("41", "60", False, second),
    ]  # fmt: skip
    assert verify_chain(events)
    await pair.desk.work()
    heard = {(said["number"], said["status"]["code"]) for said in pair.desk.listener.heard if said["status"]}
    assert {(whole, "40"), (second, "40"), (first, "60"), (first, "61")} <= heard
    assert (whole, "61") not in heard


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("endings", "status", "decision", "account"),
    [
        (("approved", "approved"), "90", Decision.APPROVED, Account.APPROVED),
        (("approved", "denied"), "90", Decision.DENIED, Account.DENIED),
        (("denied", "withdrawn"), "90", Decision.DENIED, Account.DENIED),
        (("approved", "withdrawn"), "91", None, Account.WITHOUT_RESULT),
        (("not-accepted", "terminated"), "51", None, Account.WITHOUT_RESULT),
        (("terminated", "approved"), "92", None, Account.WITHOUT_RESULT),
        (("approved", "voided"), "93", None, Account.WITHOUT_RESULT),
        (("approved", "revoked"), "95", Decision.APPROVED, None),
    ],
)
async def test_the_whole_ends_with_its_last_part_and_is_counted_once(
    pair: Pair, endings: tuple[str, str], status: str, decision: Decision | None, account: Account | None, order: tuple[int, int]
) -> None:
    """In either order: open until the last has ended, then one status, one decision, one line in one account; the parts count nowhere."""
    whole, *parts = await pair.submit()
    await pair.end(parts[order[0]], endings[order[0]])
    assert not (await pair.desk.case(whole)).status.terminal
    assert await pair.accounts(whole) == []
    await pair.end(parts[order[1]], endings[order[1]])
    case = await pair.desk.case(whole)
    assert (case.status.value, case.decision, case.handled_at is not None) == (status, decision, True)
    lines = await pair.accounts(whole)
    if account is not None:
        assert lines == [(account, 1)]
    assert sum(counted for where, counted in lines if where is Account.APPROVED) == (account is Account.APPROVED)
    assert sum(counted for _, counted in lines) == 1
    for part in parts:
        assert {where for where, _ in await pair.accounts(part)} == {Account.PART}
    totals = await pair.desk.store.read(lambda tx: tx.ledger.totals())
    assert (sum(row.cases for row in totals), {row.destination for row in totals}) == (1, {LEAD})


FAULTY: list[tuple[dict[str, Any], list[tuple[str, str]], str]] = [
    ({"also_at": [OTHER, LEAD]}, [("/also_at/1", "joint.twice")], ""),
    ({"also_at": [OTHER, OTHER]}, [("/also_at/1", "joint.twice")], ""),
    ({"also_at": [OTHER, "999999"]}, [("/also_at/1", "region.unknown")], "999999:"),
    ({"also_at": ["x"]}, [("/also_at/0", "region.unknown")], ""),
    ({"also_at": [OTHER, "230100"]}, [("/also_at/1", "route.own-region")], "哈尔滨(230100):"),
    ({"also_at": [OTHER] * 6}, [("/also_at", "field.too-many"), *((f"/also_at/{at}", "joint.twice") for at in range(1, 5))], ""),
    ({"materials": joint_draft()["materials"][:2]}, [("/materials", "material.missing")], "六盘水(520200):"),
    ({"form": {"shop_name": "春", "kind": "a"}}, [("/form/moved_from", "form.missing")], "六盘水(520200):"),
    ({"form": {"shop_name": "春", "moved_from": "x", "odd": "?"}}, [("/form/odd", "form.unknown")], ""),
    ({"materials": joint_draft()["materials"][1:]}, [("/materials", "material.missing")], ""),
    ({"matter": "000000000000"}, [("/matter", "matter.unknown")], ""),
]


@pytest.mark.parametrize(("about", "expected", "begins"), FAULTY, ids=[expected[0][1] for _, expected, _ in FAULTY])
async def test_a_fault_of_a_further_place_is_told_with_its_name(
    pair: Pair, about: dict[str, Any], expected: list[tuple[str, str]], begins: str
) -> None:
    """At its pointer, once, what both places say without a name, in the refusal as in the pre-check; and nothing is stored."""
    with pytest.raises(Refusal) as caught:
        await pair.desk.submit(joint_draft(**about))
    found = caught.value.faults
    assert [(one.pointer, one.code) for one in found] == expected
    assert all(one.zh.startswith(begins) and one.en.startswith(begins) for one in found)
    assert begins or not any("520200" in one.zh for one in found)
    checked = await check(pair.desk.ctx, pair.desk.hall, dump(joint_draft(**about)))
    assert [(one["pointer"], one["code"], one["zh"]) for one in checked["faults"]] == [(one.pointer, one.code, one.zh) for one in found]
    assert await pair.desk.store.read(lambda tx: tx.cases.list(pair.desk.hall.id, after=None, limit=9, status=None)) == []


async def test_only_a_joint_matter_is_handled_at_several_places(pair: Pair) -> None:
    """At the lead place, or at a further one, each told at its own pointer."""
    await pair.desk.store.write(lambda tx: tx.catalogue.put_matter(there_matter(version=2, mode="proxy")))
    assert await refused(pair.desk.submit(joint_draft())) == [("/also_at/0", "joint.mode")]
    await pair.desk.store.write(lambda tx: tx.catalogue.put_matter(matter(version=3, valid_from="2026-03-01")))
    assert await refused(pair.desk.submit(joint_draft())) == [("/also_at", "joint.mode"), ("/also_at/0", "joint.mode")]


async def test_what_the_further_partner_could_not_take_is_known_before(pair: Pair) -> None:
    """Its message is prepared dry like the lead place's, and its fault is told with the place's name."""
    pair.there.faults = (Fault("/form/moved_from", "mapping.code", "没有代码。", "No code."),)
    with pytest.raises(Refusal) as caught:
        await pair.desk.submit(joint_draft())
    [found] = caught.value.faults
    assert (found.pointer, found.code, found.zh) == ("/form/moved_from", "mapping.code", "六盘水(520200):没有代码。")


async def test_the_pre_check_tells_what_every_place_asks_for(pair: Pair) -> None:
    """For a draft, and for an enquiry that names only matter and places; a case of one place hears nothing of others."""
    enquiry = {"matter": MATTER, "destination": LEAD, "also_at": [OTHER]}
    for body, kind in ((joint_draft(), "draft"), (enquiry, "route")):
        told = await check(pair.desk.ctx, pair.desk.hall, dump(body))
        assert (told["checked"], told["acceptable"], told["faults"]) == (kind, True, [])
        [further] = told["also_at"]
        assert (further["route"]["destination"], further["route"]["agreement"]) == (OTHER, "协议2号")
        assert [one["code"] for one in further["requirements"]["materials"]] == ["id-card", "book"]
    assert "also_at" not in await check(pair.desk.ctx, pair.desk.hall, dump(draft()))


async def test_a_withdrawal_of_the_whole_before_anything_left_ends_every_part(pair: Pair) -> None:
    """At once; and the same wish again is the same wish."""
    whole, first, second = await pair.submit()
    told = await request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH))
    assert (told["confirmed"], told["status"]["code"]) == (True, "91")
    assert [(await pair.desk.case(number)).status.value for number in (first, second)] == ["91", "91"]
    assert await request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH)) == told
    await pair.desk.work()
    assert pair.desk.partner.calls == pair.there.calls == []
    assert await pair.accounts(whole) == [(Account.WITHOUT_RESULT, 1)]


async def test_a_withdrawal_of_the_whole_after_dispatch_is_asked_of_each_partner(pair: Pair) -> None:
    """Of each part that can still be; the whole is withdrawn when all of them are. One that is decided is not asked of."""
    whole, first, second = await pair.submit()
    for partner in (pair.desk.partner, pair.there):
        partner.script["withdraw"] = [came_to(Received())]
    await pair.desk.work()
    told = await request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH))
    assert (told["confirmed"], told["status"]["code"]) == (False, "21")
    await pair.desk.work()
    assert (pair.desk.partner.said("withdraw"), pair.there.said("withdraw")) == ([first], [second])
    await pair.end(first, "withdrawn")
    assert (await pair.desk.case(whole)).status is Status.DISPATCHED
    await pair.end(second, "withdrawn")
    assert (await pair.desk.case(whole)).status is Status.WITHDRAWN
    document = await case_document(pair.desk.ctx, pair.desk.hall, whole)
    assert document["withdrawal"]["confirmed"] is True

    whole, first, second = await pair.submit("k-2")
    await pair.desk.work()
    await pair.end(first, "approved")
    await request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH))
    await pair.desk.work()
    assert (len(pair.desk.partner.said("withdraw")), len(pair.there.said("withdraw"))) == (1, 2)
    await pair.end(second, "approved")
    assert (await pair.desk.case(whole)).decision is Decision.APPROVED
    whole, first, second = await pair.submit("k-3")
    for part in (first, second):
        await pair.push(part, "13", "71")
    assert await refused(request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH))) == [("", "case.decided")]


async def test_a_partner_that_refuses_may_be_asked_again_through_the_whole(pair: Pair) -> None:
    """The wish stays with the whole; told again, it is told of the part that was asked in vain, and only of that."""
    whole, *_ = await pair.submit()
    pair.desk.partner.script["withdraw"] = [came_to(Refused("raw", "已在审批")), came_to(Received())]
    pair.there.script["withdraw"] = [came_to(Received())]
    await pair.desk.work()
    for _ in range(2):
        await request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH))
        await pair.desk.work()
    assert (len(pair.desk.partner.said("withdraw")), len(pair.there.said("withdraw"))) == (2, 1)


async def test_one_part_withdrawn_alone_leaves_the_whole_without_a_result(pair: Pair) -> None:
    """The whole goes on until the other has ended, and is then withdrawn."""
    whole, first, second = await pair.submit()
    await request_withdrawal(pair.desk.ctx, pair.desk.hall, second, dump(WISH))
    assert (await pair.desk.case(whole)).status is Status.DISPATCHING
    await pair.end(first, "approved")
    assert (await pair.desk.case(whole)).status is Status.WITHDRAWN
    assert await pair.desk.statuses(whole) == ["10", "20", "21~", "50", "60", "91"]


async def test_a_wish_that_a_part_fulfilled_is_confirmed_of_the_whole(pair: Pair) -> None:
    """One place refuses to accept, the other lets go: the whole ends as not accepted, and the applicant's wish has come true."""
    pair.there.script["withdraw"] = [came_to(Received())]
    whole, first, second = await pair.submit()
    await pair.desk.work()
    await pair.end(first, "not-accepted")
    said = await request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH))
    assert said["confirmed"] is False
    await pair.end(second, "withdrawn")
    document = await case_document(pair.desk.ctx, pair.desk.hall, whole)
    assert (document["status"]["code"], document["withdrawal"]["confirmed"]) == ("51", True)


async def test_void_of_the_whole_is_void_of_every_part_or_of_none(pair: Pair) -> None:
    """Before anything left; after it, only with the number of the document by which the places agreed."""
    whole, first, second = await pair.submit()

    async def void(number: str, agreed: str | None) -> None:
        case = await pair.desk.case(number)
        now = pair.desk.clock.now()
        await pair.desk.store.write(lambda tx: void_case(tx, tx.cases.lock_with_parts(case.id), VoidReason.DUPLICATE, agreed, now))

    await pair.push(second, "3", "50")
    assert await refused(void(whole, None)) == [("", "void.agreement")]
    assert (await pair.desk.case(first)).status is Status.DISPATCHING
    await void(whole, "同意函1号")
    assert [(await pair.desk.case(number)).status.value for number in (whole, first, second)] == ["93"] * 3
    assert await refused(void(whole, "同意函1号")) == [("", "case.decided")]


async def test_a_visit_told_of_a_part_is_the_wholes(pair: Pair) -> None:
    """Told of either, it stands once; the part shows it too, and the ledger counts it once, also after the part has ended."""
    whole, first, second = await pair.submit()
    await pair.end(first, "approved")
    at = pair.desk.clock.now().isoformat()
    visit = dump({"purpose": "collect", "at": at, "evidence": {"kind": "sign", "reference": "C-1"}, "place": OTHER})
    for number in (first, second, whole):
        await add_visit(pair.desk.ctx, pair.desk.hall, number, visit)
    shown = [(await case_document(pair.desk.ctx, pair.desk.hall, number))["visits"] for number in (whole, first, second)]
    assert [len(visits) for visits in shown] == [2, 2, 2]
    await pair.end(second, "approved")
    case = await pair.desk.case(whole)
    [line] = await pair.desk.store.read(lambda tx: tx.ledger.entries(case.id))
    assert (line.baseline, line.actual) == (3, 2)
    late = dump({"purpose": "collect", "at": at, "evidence": {"kind": "sign", "reference": "C-2"}})
    assert await refused(add_visit(pair.desk.ctx, pair.desk.hall, second, late)) == [("", "visit.closed")]


async def test_a_supplement_is_asked_of_and_answered_by_a_part(pair: Pair) -> None:
    """The whole stands at 40 and 41 with it; an answer to the whole is sent to the part instead."""
    whole, first, second = await pair.submit()
    pair.there.script["supplement"] = [came_to(Received())]
    notice = Notice((NoticeItem("1", "请说明用途"),), "补字1号", None)
    pair.there.script["query"] = [came_to(Received("P-1"), replace(report(Status.SUPPLEMENT_REQUIRED, "6"), notice=notice))]
    await pair.desk.work()
    pair.desk.clock.pass_(minutes=6)
    await pair.desk.work()
    await pair.push(first, "8", "60")
    assert (await pair.desk.case(whole)).status is Status.SUPPLEMENT_REQUIRED
    body = dump({"reception": WISH["reception"], "answers": [{"item": "1", "text": "零售"}]})
    desk = pair.desk
    assert await refused(answer_supplement(desk.ctx, desk.intake.once, desk.hall, whole, "s-1", body)) == [("", "joint.whole")]
    await answer_supplement(desk.ctx, desk.intake.once, desk.hall, second, "s-2", body)
    assert (await pair.desk.case(whole)).status is Status.SUPPLEMENT_SENT
    await desk.work()
    assert pair.there.said("supplement") == [second]


async def test_the_lead_part_may_be_forwarded_and_the_lead_place_moves_with_it(pair: Pair) -> None:
    """The whole counts by the new place; to a place that has a part already, a person decides."""
    whole, first, second = await pair.submit()

    def furnish(tx: Tx) -> None:
        tx.catalogue.put_region(Region("220200", "吉林"))
        tx.catalogue.put_matter(matter(destination="220200", mode="joint", version=4))
        tx.agreements.import_([Agreement("协议3号", "230000", "220200", MATTER, date(2026, 1, 1), None)], "甲", START)

    await pair.desk.store.write(furnish)
    pair.desk.partner.script["submit"] = [came_to(Refused("wrong-office", "不归我们", competent="220200")), TAKEN]
    pair.there.script["submit"] = [came_to(Refused("wrong-office", "不归我们", competent="220200"))]
    jobs = [job for job in await pair.desk.claim() if job.kind is JobKind.DELIVER]
    for job in sorted(jobs, key=lambda job: job.case_id):
        await HANDLERS[job.kind](pair.desk.ctx, job)
    moved, stayed, case = [await pair.desk.case(number) for number in (first, second, whole)]
    assert (moved.destination, stayed.destination) == ("220200", OTHER)
    assert (case.destination, case.matter_version, case.agreement_document, case.partner) == ("220200", 4, "协议3号", "")
    moves = [event for event in await pair.desk.store.read(lambda tx: tx.cases.events(case.id)) if event.type == "case.forwarded"]
    assert [(event.actor, event.detail["from"], event.detail["to"], event.detail["part"]) for event in moves] == [
        ("gateway", LEAD, "220200", first)
    ], "the whole's own events say that its lead place moved"
    assert await pair.jobs(whole) == ["relay"], "and its hall will hear of it"
    assert ("forward-circle", "has-a-part") in await pair.desk.tickets()
    assert (stayed.status, case.status) == (Status.DISPATCH_FAILED, Status.DISPATCH_FAILED)


async def test_parts_that_move_at_the_same_moment_leave_the_whole_where_it_belongs(pair: Pair) -> None:
    """Whichever transaction comes second sees the first; neither waits for the other for ever."""
    for turn in range(8):
        whole, first, second = await pair.submit(f"k-{turn}")
        await asyncio.gather(pair.push(first, "3", "50"), pair.push(second, "8", "60"))
        assert (await pair.desk.case(whole)).status is Status.ACCEPTED
        await asyncio.gather(
            pair.push(first, "11", "70", result=True),
            pair.push(second, "11", "70", result=True),
            request_withdrawal(pair.desk.ctx, pair.desk.hall, whole, dump(WISH)),
            return_exceptions=True,
        )
        case = await pair.desk.case(whole)
        assert (case.status, case.decision) == (Status.COMPLETED, Decision.APPROVED)
        assert await pair.accounts(whole) == [(Account.APPROVED, 1)]


async def test_whatever_is_reported_the_whole_is_what_its_parts_say(pair: Pair) -> None:
    """Random reports of both parts: the chain is whole, its steps join up, and the last one is what the rule says of the parts."""
    chance = random.Random(7)

    def fold_in(case_id: int, status: Status, minutes: int) -> Any:
        at = START + timedelta(minutes=minutes)
        cause = Cause("handling", at, START + timedelta(days=9))
        return lambda tx: advance(tx, tx.cases.lock(case_id), status, cause, report_time=at)

    for turn in range(8):
        whole, *parts = await pair.submit(f"k-{turn}")
        cases = [await pair.desk.case(number) for number in parts]
        for _ in range(20):
            unit = fold_in(chance.choice(cases).id, chance.choice(list(Status)), chance.randint(-100, 5000))
            await pair.desk.store.write(unit)
        case: CaseRecord = await pair.desk.case(whole)
        told = [await pair.desk.case(number) for number in parts]
        events = await pair.desk.store.read(lambda tx, case_id=case.id: tx.cases.events(case_id))  # type: ignore[misc]
        assert verify_chain(events)
        assert whole_of([Standing(part.status, part.decision) for part in told]).status is case.status
        assert [event.before for event in events if event.after][1:] == [event.after for event in events if event.after][:-1]
        assert all(advancement(case.status) <= advancement(part.status) for part in told)
        assert all(stay.until is None or stay.since <= stay.until for stay in stays(events))
        assert all(earlier.occurred_at <= later.occurred_at for earlier, later in pairwise(events))


async def test_clocks_corrections_and_traces_are_told_of_the_right_one(pair: Pair) -> None:
    """The whole has no clocks, pauses or limits of its own; a part has no outcome of its own; each says what the other is."""
    whole, first, second = await pair.submit()
    await pair.push(first, "9", "60")
    await pair.push(second, "9", "61")
    await pair.push(first, "9", "61")
    case, now = await pair.desk.case(whole), pair.desk.clock.now()
    assert case.status is Status.SUSPENDED
    assert not await pair.desk.store.write(lambda tx: note_pause(tx, tx.cases.lock(case.id), PauseKind.EXPERT_REVIEW, "通知1号", now))
    assert not await pair.desk.store.write(lambda tx: extend(tx, tx.cases.lock(case.id), 5, "处长", "复杂", now))
    trace = await case_trace(pair.desk.ctx, pair.desk.hall, whole)
    assert (trace["clocks"], trace["pauses"], trace["chain"]["whole"], trace["parent"]) == ([], [], True, None)
    assert [(part["number"], part["status"]["code"]) for part in trace["parts"]] == [(first, "61"), (second, "61")]
    of_part: Mapping[str, Any] = await case_trace(pair.desk.ctx, pair.desk.hall, second)
    assert (of_part["parent"], of_part["parts"], len(of_part["clocks"])) == (whole, [], 4)
    for part in (first, second):
        await pair.push(part, "10", "60")
        await pair.push(part, "13", "71", result=True)

    def correct(tx: Tx) -> Any:
        return correct_outcome(tx, pair.desk.ctx.sealer, second, Correction(exclude=True), now)

    assert await refused(pair.desk.store.write(correct)) == [("", "joint.part")]


async def test_rejections_and_open_cases_are_counted_where_they_are(pair: Pair) -> None:
    """A refusal by one place is that place's, once; a joint case is one open case."""
    whole, first, _ = await pair.submit()
    assert await pair.desk.store.read(lambda tx: tx.cases.open_count_by_status()) == {"20": 1}
    await pair.end(first, "not-accepted")
    rows = await pair.desk.store.read(lambda tx: tx.rejections.counted())
    assert [(row.stage, row.partner, row.cases) for row in rows] == [("not-accepted", "somewhere", 1)]
    assert whole
