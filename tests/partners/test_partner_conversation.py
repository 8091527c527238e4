"""After the submission: what our adapters say of a notice, a supplement and a withdrawal is what the simulated partners take.

Captured, changed in one place and signed anew, as in test_mutations: every single-field mutation is refused and changes nothing.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from lxml import etree
from mutation_parts import (
    EX,
    REST,
    SOAP,
    SOAP_PATH,
    Office,
    RealClock,
    Serve,
    bare,
    captured,
    changed,
    elements_changed,
    fields_changed,
    scheme_of,
    whole_case,
)
from partner_parts import MAPPINGS, SECRETS, Desk, blob_of, connected, facts, material

from gateway.model import (
    CaseFacts,
    MaterialFact,
    Notice,
    Partner,
    Received,
    Refused,
    Report,
    Status,
    SupplementFact,
    Unsure,
    Verdict,
    WithdrawalFact,
)
from mock_partners import rest, soap
from mock_partners.office import Options
from mock_partners.push import Callback

CODES = {REST: {"asks": "6", "decides": "11", "withdraws": "14"}, SOAP: {"asks": "BJGZ", "decides": "BJ-Y", "withdraws": "CJ"}}
DESTINATION = {REST: "230100", SOAP: "520100"}
BOTH = pytest.mark.parametrize("name", [REST, SOAP])
FILE = MaterialFact("photo", "㛃𠮷补正.pdf", "pdf", blob_of(b"%PDF-1.7 \xf0\n", "㛃𠮷补正.pdf"))


def answer_to(notice: Notice) -> SupplementFact:
    """Words for every item, and one file for the first."""
    answers = tuple((item.code, f"已说明：{item.code}㛃") for item in notice.items)
    return SupplementFact(1, notice.number, answers, ((notice.items[0].code, FILE),))


@dataclass
class Desktop:
    """A simulated partner with one case of ours in it, seen from our side and from behind its counter."""

    name: str
    base: str
    partner: Partner
    session: aiohttp.ClientSession
    case: CaseFacts

    async def submit(self) -> Verdict:
        verdict = (await self.partner.run("submit", self.case)).verdict
        if isinstance(verdict, Received):
            self.case = replace(self.case, partner_number=verdict.number)
        return verdict

    async def say(self, step: str, case: CaseFacts) -> Verdict:
        assert self.partner.prepare(step, case) == ()
        return (await self.partner.run(step, case)).verdict

    async def report(self) -> Report:
        (report,) = (await self.partner.run("query", self.case)).reports
        return report

    async def moves(self, what: str) -> None:
        wish = {"outer": self.case.number, "to": CODES[self.name][what]}
        async with self.session.post(f"{self.base}/_mock/advance", json=wish) as answer:
            assert answer.status == 200

    async def row(self) -> dict[str, Any]:
        async with self.session.get(f"{self.base}/_mock/cases") as answer:
            (row,) = (await answer.json())["cases"]
            found: dict[str, Any] = row
            return found

    def withdrawing(self) -> CaseFacts:
        return replace(self.case, withdrawal=WithdrawalFact("申请人不再办理㛃", datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)))

    async def answering(self) -> CaseFacts:
        await self.moves("asks")
        notice = (await self.report()).notice
        assert notice is not None
        return replace(self.case, supplement=answer_to(notice))


@asynccontextmanager
async def desktop(name: str, serve: Serve, **options: Any) -> AsyncIterator[Desktop]:
    if name == REST:
        behaviour = Options(areas=rest.DEFAULT_AREAS, pace=3600.0, **options)
        app = rest.RestPartner(rest.Credentials(SECRETS[f"{REST}/paasid"], SECRETS[f"{REST}/token"]), behaviour).app()
    else:
        behaviour = Options(areas=soap.DEFAULT_AREAS, pace=3600.0, **options)
        credentials = soap.Credentials(SECRETS[f"{SOAP}/user"], SECRETS[f"{SOAP}/password"])
        callback = Callback("http://127.0.0.1:9/", "key-1", "push-secret")
        app = soap.SoapPartner(credentials, callback, MAPPINGS / SOAP / "schemas", behaviour).app()
    base = await serve(app)
    endpoint = base + (SOAP_PATH if name == SOAP else "")
    async with connected(name, endpoint, clock=RealClock()) as partner, aiohttp.ClientSession() as session:
        yield Desktop(name, base, partner, session, whole_case(DESTINATION[name]))


@BOTH
async def test_a_notice_is_read_answered_and_taken_in(name: str, serve: Serve) -> None:
    """Asked, answered, reviewed again: the notice comes with its items, the answer fits it, and a second one is refused in their words."""
    async with desktop(name, serve) as desk:
        assert isinstance(await desk.submit(), Received)
        case = await desk.answering()
        report = await desk.report()
        assert report.notice is not None
        (noted,) = (await desk.row())["notices"]
        assert (report.status, report.notice.number) == (Status.SUPPLEMENT_REQUIRED, noted["number"])
        assert report.notice.due == datetime.fromisoformat(noted["due"])
        assert [(item.code, item.text, item.material) for item in report.notice.items] == [
            (item["number"], item["text"], item["code"]) for item in noted["items"]
        ]
        assert await desk.say("supplement", case) == Received()
        taken = await desk.report()
        assert (taken.status, taken.notice) == (Status.PRECHECK, None)
        again = await desk.say("supplement", case)
        assert isinstance(again, Refused)
        assert (again.reason, again.message) == (None, "当前环节不需要补正")
        assert len((await desk.row())["supplements"]) == 1


@BOTH
async def test_an_answer_that_leaves_an_item_out_is_refused(name: str, serve: Serve) -> None:
    """Raw, in the partner's words: no reason of the closed list says it."""
    async with desktop(name, serve) as desk:
        await desk.submit()
        case = await desk.answering()
        assert case.supplement is not None
        strange = replace(case.supplement, answers=(*case.supplement.answers, ("99", "不曾要求")))
        assert await desk.say("supplement", replace(case, supplement=strange)) == Refused(None, "补正内容与告知不符")
        assert (await desk.report()).status == Status.SUPPLEMENT_REQUIRED


@BOTH
async def test_t22_a_withdrawal_taken_is_no_withdrawal_until_it_is_confirmed(name: str, serve: Serve) -> None:
    """The answer to the request changes no status; the confirmation is a report; after it there is nothing to withdraw."""
    async with desktop(name, serve) as desk:
        await desk.submit()
        wish = desk.withdrawing()
        assert [await desk.say("withdraw", wish) for _ in range(2)] == [Received(), Received()]
        assert (await desk.report()).status == Status.DISPATCHED
        await desk.moves("withdraws")
        assert (await desk.report()).status == Status.WITHDRAWN
        assert await desk.say("withdraw", wish) == Refused(None, "已办结或已作出决定，不能撤件")


@BOTH
async def test_what_was_decided_is_not_withdrawn(name: str, serve: Serve) -> None:
    """Refused, and the decision stands."""
    async with desktop(name, serve) as desk:
        await desk.submit()
        await desk.moves("decides")
        assert isinstance(await desk.say("withdraw", desk.withdrawing()), Refused)
        assert (await desk.report()).status == Status.APPROVED


@BOTH
async def test_a_case_they_never_had_is_neither_supplemented_nor_withdrawn(name: str, serve: Serve) -> None:
    """Under a number of nobody: the reason says that they have nothing."""
    async with desktop(name, serve) as desk:
        await desk.submit()
        case = await desk.answering()
        number = "HC00000000000009" if name == REST else "GZ000000000009"
        for step, said in (("supplement", case), ("withdraw", desk.withdrawing())):
            verdict = await desk.say(step, replace(said, partner_number=number))
            assert isinstance(verdict, Refused)
            assert verdict.reason == "unknown-case"


@pytest.mark.parametrize(("name", "competent"), [(REST, "220100"), (SOAP, "520200")])
async def test_a_case_of_another_office_names_it(name: str, competent: str, serve: Serve) -> None:
    """Twelve digits from the one, six from the other: six on our side, and no case is made."""
    async with desktop(name, serve, elsewhere=1.0, competent=(competent,)) as desk:
        assert await desk.submit() == Refused("not-competent", "不属于本部门职权，请向有关部门申请", competent)
        async with desk.session.get(f"{desk.base}/_mock/cases") as answer:
            assert (await answer.json())["cases"] == []


@pytest.mark.parametrize(
    ("data", "competent"),
    [
        ({"competentArea": "220100000000"}, "220100"),
        ({"competentArea": "220102005"}, "220102"),
        ({"competentArea": "220100"}, "220100"),
        ({"competentArea": 220100}, "220100"),
        ({"competentArea": "2201"}, None),
        ({"competentArea": "某市"}, None),
        ({"competentArea": ["220100"]}, None),
        ({"competentArea": None}, None),
        ({}, None),
        (None, None),
    ],
)
async def test_a_refusal_stands_whoever_it_names(desk: tuple[Desk, str], data: Any, competent: str | None) -> None:
    """Three widths are taken, and what cannot be read is nobody: the case is refused in any event."""
    desk[0].says(body={"code": "1010", "msg": "不属于本部门职权", "data": data})
    async with connected(REST, desk[1]) as partner:
        assert (await partner.run("submit", facts())).verdict == Refused("not-competent", "不属于本部门职权", competent)


@BOTH
@pytest.mark.parametrize("step", ["supplement", "withdraw"])
async def test_a_lost_answer_to_what_is_said_later_leaves_us_unsure(name: str, step: str, desk: tuple[Desk, str]) -> None:
    """It may have had its effect: a query decides, never a second sending."""
    desk[0].says(None)
    case = spoken(name)
    async with connected(name, desk[1]) as partner:
        assert (await partner.run(step, case)).verdict == Unsure("reset")


@BOTH
async def test_prepare_finds_what_the_partner_could_not_take(name: str) -> None:
    """A file's name too long for it, a case it has no number of: before anything is sent, and of content only the size is needed."""
    case = spoken(name)
    assert case.supplement is not None
    long = MaterialFact("photo", "长" * 201, "pdf", blob_of(b"%PDF", "长" * 201))
    async with connected(name, "http://127.0.0.1:9") as partner:
        assert partner.prepare("supplement", case) == ()
        faults = partner.prepare("supplement", replace(case, supplement=replace(case.supplement, materials=(("1", long),))))
        assert [fault.code for fault in faults] == ["mapping.value"]
        assert [fault.code for fault in partner.prepare("withdraw", replace(case, partner_number=None))] == ["mapping.missing"]
        assert [partner.has(case.matter, step) for step in ("supplement", "withdraw", "submit")] == [True, True, False]


def spoken(name: str) -> CaseFacts:
    """A case with a supplement and a withdrawal to be told of."""
    return replace(
        facts(destination=DESTINATION[name]),
        partner_number="HC00000000000001" if name == REST else "GZ000000000001",
        supplement=SupplementFact(1, "BZ-1", (("1", "已说明"), ("2", None)), (("2", material()),)),
        withdrawal=WithdrawalFact("不办了", datetime(2026, 11, 21, tzinfo=UTC)),
    )


# ---- every field counts


async def office_of(desk: Desktop, step: str, case: CaseFacts, serve: Serve) -> Office:
    headers, body = await captured(desk.name, step, case, serve)
    path = SOAP_PATH if desk.name == SOAP else f"/api/matter/{step}"
    return Office(desk.name, desk.base + path, desk.session, headers, body, scheme_of(desk.name))


async def unchanged(desk: Desktop) -> bool:
    row = await desk.row()
    return not row["supplements"] and not row["withdrawal_requested"]


def rest_mutations(step: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    tree = json.loads(body)
    # Words and a file for the first item: either may be missing, not both.
    yield from fields_changed(tree, {("noticeNo",), ("items", 0, "reply")})

    def put(*path: Any) -> bytes:
        return changed(tree, path[:-1], lambda at, name: at.__setitem__(name, path[-1]))

    yield "outer number of another", put("outerNo", "KS2")
    yield "number of another", put("bizNo", "HC00000000000009")
    yield "broken JSON", body[:-1]
    if step == "withdraw":
        yield "time not a time", put("applyTime", "20261399000000")
        return
    file = tree["files"][0]
    yield "time not a time", put("replyTime", "20261399000000")
    yield "another notice", put("noticeNo", "BZ-9")
    yield "item of another", put("items", 0, "itemNo", "99")
    yield "file of another item", put("files", 0, "itemNo", "99")
    yield "size one more", put("files", 0, "size", file["size"] + 1)
    yield "content of another type", put("files", 0, "content", base64.b64encode(b"\x89PNG" + b"x" * (file["size"] - 4)).decode())
    yield "content not base64", put("files", 0, "content", "!" + file["content"][1:])
    yield "file type of another", put("files", 0, "fileType", "png")


def soap_mutations(step: str, body: bytes) -> Iterator[tuple[str, etree._Element]]:
    yield from elements_changed(body, {f"{EX}NoticeNo", f"{EX}Text", f"{EX}Materials"})

    def put(path: str, text: str) -> etree._Element:
        root = bare(body)
        root.find(f".//{EX}{path}").text = text
        return root

    yield "serial number of another", put("SerialNo", "KS2")
    yield "receipt number of another", put("ReceiptNo", "GZ000000000009")
    if step == "withdraw":
        yield "a reason of blanks", put("Reason", "  ")
        return
    yield "another notice", put("NoticeNo", "BZ-9")
    yield "item of another", put("No", "99")
    yield "file of another item", put("ItemNo", "99")
    yield "size one more", put("Size", "1")
    yield "hash of another", put("Sha256", "0" * 64)
    yield "content of another", put("Content", base64.b64encode(b"%PDF-9.9\n").decode())
    yield "content not base64", put("Content", "!")
    yield "type of another", put("MediaType", "image/png")


Code = Callable[[int, bytes], str]


def rest_code(status: int, answer: bytes) -> str:
    return "proof" if status == 401 else str(json.loads(answer)["code"])


def soap_code(_status: int, answer: bytes) -> str:
    root = etree.fromstring(answer)
    code: str = root.findtext(f".//{EX}ResultCode") or root.findtext(".//faultcode")
    return "proof" if code.startswith("wsse:") else code


@BOTH
@pytest.mark.parametrize("step", ["supplement", "withdraw"])
async def test_every_field_of_what_is_said_later_counts(name: str, step: str, serve: Serve) -> None:
    """Each mutation refused for what it is, not for its proof, and nothing changed; the unchanged message is taken in the end."""
    mutations, code_of, success = (rest_mutations, rest_code, "0") if name == REST else (soap_mutations, soap_code, "00")
    async with desktop(name, serve) as desk:
        await desk.submit()
        case = await desk.answering() if step == "supplement" else desk.withdrawing()
        office = await office_of(desk, step, case, serve)
        taken = []
        for mutation, message in mutations(step, office.body):
            headers, body = await office.signed(message)
            code = code_of(*await office.post(headers, body))
            if code in (success, "proof"):
                taken.append((mutation, code))
        assert taken == []
        assert await unchanged(desk)
        right = office.body if name == REST else bare(office.body)
        assert code_of(*await office.post(*await office.signed(right))) == success
        assert not await unchanged(desk)
