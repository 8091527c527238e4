"""Void, proposals of routes, and what an operator sees of the conversation about a case."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from gateway.cli import world
from gateway.flow.notices import seal_notice
from gateway.model import ApplicantClass, Decision, Kind, Mode, Notice, NoticeItem, Status, VoidReason, case_number
from gateway.security import Keyring, Sealer
from gateway.settings import Settings
from gateway.store import HallRecord, JobKind, NewCase, NewEvent, NewVisit, RoundRecord, Store, Tx

from .conftest import Run

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NUMBER = case_number("220100", "230100", NOW.date(), 1)
PARTNER = "some-place"


def in_store(url: str, unit: Callable[[Tx], T]) -> T:
    """One transaction, beside the commands."""

    async def run() -> T:
        store = Store.open(url)
        try:
            return await store.write(unit)
        finally:
            await store.close()

    return asyncio.run(run())


def new_case(sealer: Sealer) -> NewCase:
    """A case on its way, sealed as intake seals it."""
    _, draft = world.cases(5, 1, NOW)[0]
    document = json.dumps({"draft": {**draft, "materials": []}, "matter_name": "事项"}).encode()
    return NewCase(
        number=NUMBER, hall_id="window", origin="220100", destination="230100", partner=PARTNER, matter="000109003000", matter_version=1,
        mode=Mode.JOINT, kind=Kind.HANDLE, applicant_class=ApplicantClass.NATURAL, status=Status.DISPATCHING, status_since=NOW,
        agreement_document=None, is_test=False, mapping_hash="hash", received_at=NOW,
        document_sealed=sealer.seal(document, f"case:{NUMBER}:document"), document_sha256=b"d", body_sealed=b"b", body_sha256=b"b",
    )  # fmt: skip


@pytest.fixture
def filed(catalogued: Run, sqlite_url: str) -> Sealer:
    """One case whose delivery is queued; what it is sealed with."""
    sealer = Sealer(Keyring.load(Settings.load().sealing_keys))

    def unit(tx: Tx) -> None:
        tx.halls.add(HallRecord("window", "示范大厅", "220100", NOW))
        case_id = tx.cases.insert(new_case(sealer))
        tx.jobs.enqueue(JobKind.DELIVER, case_id, PARTNER, NOW)

    in_store(sqlite_url, unit)
    return sealer


def status(run: Run) -> str:
    return str(json.loads(run("case", "show", NUMBER, "--json").out)["case"]["status"])


def sent(tx: Tx) -> None:
    """The submission was begun, and nobody knows how it ended."""
    tx.attempts.begin(1, "submit", PARTNER, "hash", NOW, "worker")


@pytest.mark.usefixtures("filed")
@pytest.mark.parametrize("reason", list(VoidReason))
def test_a_case_that_never_left_is_declared_void(catalogued: Run, sqlite_url: str, reason: str) -> None:
    """It ends, nothing of it waits to be sent, and the act is audited with its reason."""
    said = catalogued("case", "void", NUMBER.lower(), "--reason", reason, "--by", "an")
    assert (said.code, "The case is void." in said.out) == (0, True), said.err
    assert status(catalogued) == "93 作废"
    assert not in_store(sqlite_url, lambda tx: tx.jobs.drop(JobKind.DELIVER, 1))
    record = json.loads(catalogued("audit", "list", "--json").out)[0]
    assert (record["actor"], record["action"], record["subject"]) == ("an", "case.voided", NUMBER)
    assert record["detail"] == {"reason": reason, "agreed": None}


@pytest.mark.usefixtures("filed")
def test_a_case_that_the_partner_may_have_is_void_only_by_its_agreement(catalogued: Run, sqlite_url: str) -> None:
    """Without the document: the fault's two lines and no change; with it: void, and case and audit name the document."""
    in_store(sqlite_url, sent)
    said = catalogued("case", "void", NUMBER, "--reason", "mistaken", "--by", "an")
    assert (said.code, len(said.err.splitlines())) == (1, 2)
    assert "文号" in said.err.splitlines()[0]
    assert status(catalogued) == "20 转办中"
    assert catalogued("case", "void", NUMBER, "--reason", "mistaken", "--agreed", "哈政函〔2026〕7号", "--by", "an").code == 0
    assert status(catalogued) == "93 作废"
    assert json.loads(catalogued("audit", "list", "--json").out)[0]["detail"] == {"reason": "mistaken", "agreed": "哈政函〔2026〕7号"}
    assert "文号 / document 哈政函〔2026〕7号" in catalogued("case", "show", NUMBER).out
    again = catalogued("case", "void", NUMBER, "--reason", "mistaken", "--agreed", "哈政函〔2026〕7号")
    assert (again.code, "decided" in again.err) == (1, True)


@pytest.mark.usefixtures("filed")
def test_what_cannot_be_void_is_said_in_two_lines(catalogued: Run) -> None:
    """No such case; an empty document. A reason that is none is a wrong command line."""
    for arguments in (["KS0", "--reason", "test"], [NUMBER, "--reason", "test", "--agreed", " "]):
        said = catalogued("case", "void", *arguments, "--by", "an")
        assert (said.code, len(said.err.splitlines())) == (1, 2), said.err
    assert catalogued("case", "void", NUMBER, "--reason", "whim", "--by", "an").code == 2
    assert status(catalogued) == "20 转办中"


def test_a_trace_tells_forwarding_and_end_in_both_languages(catalogued: Run, sqlite_url: str, filed: Sealer) -> None:
    """From which place to which by name, by which agreement, and a closing line; of an open case no closing line."""

    def event(type: str, after: Status | None, **detail: Any) -> NewEvent:
        code = after.value if after else None
        return NewEvent(
            type=type, before=None, after=code, actor="handling", place=None, occurred_at=NOW, recorded_at=NOW, detail=detail
        )  # fmt: skip

    def unit(tx: Tx) -> None:
        tx.cases.append_event(1, event("case.received", Status.RECEIVED))
        went = {"from": "230100", "to": "520300", "partner": "other-place", "agreement": "协3"}
        tx.cases.append_event(1, event("case.forwarded", None, **went))

    in_store(sqlite_url, unit)
    zh, en = catalogued("case", "trace", NUMBER).out, catalogued("case", "trace", NUMBER, "--lang", "en").out
    assert "转办他地：2026-11-20 10:00 由 230100 哈尔滨市 转至有权办理地 520300 遵义市，依据 协3，对接方 other-place。" in zh
    assert "from 230100 哈尔滨市 to the competent place 520300 遵义市, by the agreement 协3, to the partner other-place." in en
    assert "办结：" not in zh
    assert "It ended" not in en

    def end(tx: Tx) -> None:
        tx.cases.append_event(1, event("case.status-changed", Status.COMPLETED))
        tx.cases.append_event(1, event("case.status-changed", Status.REVOKED))
        tx.cases.advance(1, Status.REVOKED, NOW, decision=Decision.DENIED, handled_at=NOW)

    in_store(sqlite_url, end)
    zh, en = catalogued("case", "trace", NUMBER).out, catalogued("case", "trace", NUMBER, "--lang", "en").out
    assert "办结：已送达办结（不予许可） 于 2026-11-20 10:00（由办理地）。\n其后：撤销 于 2026-11-20 10:00（由办理地）。" in zh
    assert "It ended: COMPLETED (90), denied at 2026-11-20 10:00 (by handling).\nThen: REVOKED (95) at" in en
    document = json.loads(catalogued("case", "trace", NUMBER, "--json").out)
    assert (document["forwardings"][0]["to"], document["holdings"][0]["place"]) == ("520300", "220100"), "bare codes in JSON"


def test_regions_are_named_where_a_person_reads_them(catalogued: Run, sqlite_url: str, filed: Sealer) -> None:
    """Code and name in the tables; a code that the catalogue does not have stands alone; JSON has bare codes."""

    def unit(tx: Tx) -> None:
        tx.proposals.note("220100", "230100", "000109003000", "520300", "KS-1", NOW)
        tx.proposals.note("220100", "230100", "000109003000", "999999", "KS-2", NOW)
        tx.cases.add_visit(1, NewVisit("220100", NOW, "apply", "sign", b"sealed", NOW))

    in_store(sqlite_url, unit)
    said = catalogued("proposal", "list").out
    assert all(place in said for place in ("220100 长春市", "230100 哈尔滨市", "520300 遵义市", "│ 999999 "))
    assert {row["competent"] for row in json.loads(catalogued("proposal", "list", "--json").out)} == {"520300", "999999"}
    said = catalogued("case", "show", NUMBER).out
    assert "收件地 / origin: 220100 长春市\n" in said
    assert "办理地 / destination: 230100 哈尔滨市\n" in said
    assert "│ 220100 长春市 │" in said, "the visit's place"
    document = json.loads(catalogued("case", "show", NUMBER, "--json").out)
    assert (document["case"]["origin"], document["case"]["destination"], document["visits"][0]["place"]) == ("220100", "230100", "220100")


def test_proposals_are_listed_by_cases_and_closed_once(tongban: Run, sqlite_url: str) -> None:
    """The way most cases were turned comes first; a closed one is gone from the list, its note audited without numbers of persons."""

    def unit(tx: Tx) -> None:
        tx.proposals.note("220100", "230100", "000109003000", "520300", "KS-1", NOW)
        for case in ("KS-2", "KS-3"):
            tx.proposals.note("370171", "230100", "000109003000", "520300", case, NOW)

    in_store(sqlite_url, unit)
    rows: list[dict[str, Any]] = json.loads(tongban("proposal", "list", "--json").out)
    assert [(row["origin"], row["destination"], row["competent"], row["cases"], row["last_case"]) for row in rows] == [
        ("370171", "230100", "520300", 2, "KS-3"),
        ("220100", "230100", "520300", 1, "KS-1"),
    ]
    assert "520300" in tongban("proposal", "list").out
    first = str(rows[0]["id"])
    assert tongban("proposal", "close", first, "--note", " ").code == 1
    assert tongban("proposal", "close", first, "--note", "已改协议，联系人 990101199001010015", "--by", "an").code == 0
    assert [row["id"] for row in json.loads(tongban("proposal", "list", "--json").out)] == [rows[1]["id"]]
    record = json.loads(tongban("audit", "list", "--json").out)[0]
    assert (record["actor"], record["action"], record["subject"]) == ("an", "proposal.closed", first)
    assert "990101199001010015" not in json.dumps(record)
    again = tongban("proposal", "close", first, "--note", "再次")
    assert (again.code, len(again.err.splitlines())) == (1, 2)


def test_the_conversation_is_shown_without_what_may_name_people(catalogued: Run, sqlite_url: str, filed: Sealer) -> None:
    """Rounds with their number of items, where the case was passed on to, the wish to withdraw; never the words of the notice."""
    notice = Notice((NoticeItem("1", "请王小明重新上传身份证", "identity-card"), NoticeItem("2", "请说明原因")), "BZ-1")

    def unit(tx: Tx) -> None:
        tx.rounds.open(RoundRecord(1, 1, seal_notice(filed, NUMBER, 1, notice), False, NOW, NOW))
        tx.rounds.receive(1, 1, NOW)
        tx.rounds.open(RoundRecord(1, 2, seal_notice(filed, NUMBER, 2, notice), True, NOW, NOW))
        for type, detail in (
            ("case.forwarded", {"from": "230100", "to": "520300", "partner": "other-place", "agreement": "协3", "at": "x"}),
            ("case.supplement-asked", {"round": 2, "items": 2, "repeated": True}),
            ("case.supplement-received", {"round": 1}),
        ):
            event = NewEvent(
                type=type, before=None, after=None, actor="handling", place=None, occurred_at=NOW, recorded_at=NOW, detail=detail
            )
            tx.cases.append_event(1, event)
        tx.cases.ask_to_withdraw(1, NOW, b"sealed")

    in_store(sqlite_url, unit)
    said = catalogued("case", "show", NUMBER).out
    for expected in (
        "230100 哈尔滨市 → 520300 遵义市（other-place，协3）",
        "第 2 次，2 项 / round 2, 2 item(s)，含新增要求 / asks anew",
        "第 1 次 / round 1",
        "申请撤件时间 / withdrawal_requested_at: 2026-11-20",
        "办理地已收 / received",
    ):
        assert expected in said
    assert "王小明" not in said
    document = json.loads(catalogued("case", "show", NUMBER, "--json").out)
    assert "王小明" not in json.dumps(document, ensure_ascii=False)
    assert [(row["round"], row["state"], row["items"], row["repeated"]) for row in document["supplements"]] == [
        (1, "办理地已收 / received", 2, False),
        (2, "待答复 / open", 2, True),
    ]
