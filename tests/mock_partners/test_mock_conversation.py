"""After submission: both simulated partners ask for supplements, take what answers them, and take wishes to withdraw."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from lxml import etree
from mock_requests import (
    EX,
    NS,
    PDF,
    SOAP_SCHEMAS,
    Client,
    Json,
    call,
    changed,
    code_of,
    envelope,
    interfere,
    look,
    post,
    soap_query,
    soap_submission,
    soap_supplement,
    soap_withdrawal,
    submission,
    supplement,
    withdrawal,
)

from mock_partners.notices import supplement_digest

Serve = Callable[[web.Application], Awaitable[Client]]
Make = Callable[..., web.Application]
QUERY, SUPPLEMENT, WITHDRAW = (f"/api/matter/{name}" for name in ("query", "supplement", "withdraw"))
OUTER, SOAP_OUTER = "KS370171220100202611200000001A", "KS370171520200202611200000001A"
SCHEMA = etree.XMLSchema(file=str(SOAP_SCHEMAS / "MatterExchange.xsd"))


async def row_of(client: Client) -> Json:
    """The row of the only case."""
    (row,) = (await look(client, "cases"))["cases"]
    found: Json = row
    return found


async def until(client: Client, status: str) -> Json:
    """Wait until the only case has this status."""
    while (row := await row_of(client))["status"] != status:
        continue
    return row


@dataclass
class Desk:
    """A case over REST, from its sender's side."""

    client: Client
    number: str = ""

    async def say(self, path: str, body: Json) -> tuple[str, Any]:
        _, answer = await post(self.client, path, body)
        return str(answer["code"]), answer["data"]

    async def submit(self) -> None:
        _, data = await self.say("/api/matter/submit", submission(OUTER))
        self.number = data["bizNo"]

    async def notice(self) -> Json:
        _, data = await self.say(QUERY, {"outerNo": OUTER})
        found: Json = data["notice"]
        return found

    async def answer(self) -> Json:
        return supplement(OUTER, self.number, await self.notice())


@pytest.fixture
async def desk(rest_client: Client) -> Desk:
    """A submitted case that is asked for a supplement."""
    made = Desk(rest_client)
    await made.submit()
    await interfere(rest_client, "advance", {"outer": OUTER, "to": "6"})
    return made


@dataclass
class SoapDesk:
    """A case over SOAP, from its sender's side."""

    client: Client
    receipt: str = ""

    async def say(self, operation: str, body: str) -> str | None:
        _, answer = await call(self.client, operation, envelope(body))
        SCHEMA.assertValid(answer)
        return code_of(answer)

    async def submit(self) -> None:
        _, answer = await call(self.client, "SubmitMatter", envelope(soap_submission(SOAP_OUTER)))
        self.receipt = answer.findtext("ex:ReceiptNo", "", NS)

    async def record(self) -> etree._Element:
        _, answer = await call(self.client, "QueryMatter", envelope(soap_query("SerialNo", SOAP_OUTER)))
        SCHEMA.assertValid(answer)
        record = answer.find("ex:Record", NS)
        assert record is not None
        return record

    async def answer(self) -> str:
        notice = (await self.record()).find("ex:Notice", NS)
        assert notice is not None
        return soap_supplement(SOAP_OUTER, self.receipt, notice)


@pytest.fixture
async def soap_desk(soap_client: Client) -> SoapDesk:
    """A submitted case that is asked for a supplement."""
    made = SoapDesk(soap_client)
    await made.submit()
    await interfere(soap_client, "advance", {"outer": SOAP_OUTER, "to": "BJGZ"})
    return made


async def test_a_case_waits_for_its_supplement_and_then_goes_its_way(serve: Serve, rest_app: Make) -> None:
    """At a quick pace it is asked, waits, is asked a second time for something new, and is approved in the end."""
    desk = Desk(await serve(rest_app(pace=0.001, supplement=1.0, second_notice=1.0)))
    await desk.submit()
    asked = []
    for turn in (1, 2):
        while len((await row_of(desk.client))["notices"]) < turn:
            continue
        notice = await desk.notice()
        asked.append({item["itemNo"] for item in notice["items"]})
        assert (await row_of(desk.client))["status"] == "6"
        assert await desk.say(SUPPLEMENT, await desk.answer()) == ("0", {"bizNo": desk.number, "status": "7"})
    row = await until(desk.client, "11")
    assert asked[0].isdisjoint(asked[1])
    assert row["history"] in (["1", "6", "7", "6", "7", "3", "8", "11"], ["1", "6", "7", "6", "7", "8", "11"])
    assert [(supplement["round"], set(supplement["items"])) for supplement in row["supplements"]] == [(1, asked[0]), (2, asked[1])]


async def test_a_soap_case_waits_for_its_supplement_and_then_goes_its_way(serve: Serve, soap_app: Make) -> None:
    """The same over SOAP."""
    desk = SoapDesk(await serve(soap_app(pace=0.001, supplement=1.0)))
    await desk.submit()
    await until(desk.client, "BJGZ")
    assert await desk.say("SupplementMatter", await desk.answer()) == "00"
    row = await until(desk.client, "BJ-Y")
    assert row["history"][:3] == ["SJ", "BJGZ", "BJSL"]


async def test_a_notice_is_shown_only_while_it_waits(desk: Desk) -> None:
    """While the case waits a query shows number, term and items, as the door does; before and after it shows null."""
    notice = await desk.notice()
    (row,) = (await row_of(desk.client))["notices"]
    assert [(item["itemNo"], item["itemName"], item.get("fileCode")) for item in notice["items"]] == [
        (item["number"], item["text"], item["code"]) for item in row["items"]
    ]
    assert (notice["noticeNo"], row["round"]) == (row["number"], 1)
    assert notice["dueTime"] == row["due"].replace("T", " ").removesuffix("+08:00")
    assert notice["items"][0]["fileCode"] == "M1"
    assert (await desk.say(SUPPLEMENT, await desk.answer()))[0] == "0"
    assert await desk.notice() is None


async def test_a_soap_notice_is_shown_only_while_it_waits(soap_desk: SoapDesk) -> None:
    """The same over SOAP, and every answer fits the schema."""
    record = await soap_desk.record()
    (row,) = (await row_of(soap_desk.client))["notices"]
    items = [
        [item.findtext(f"ex:{name}", None, NS) for name in ("No", "Text", "MaterialCode")] for item in record.iterfind(".//ex:Item", NS)
    ]
    assert items == [[item["number"], item["text"], item["code"]] for item in row["items"]]
    assert (record.findtext("ex:Notice/ex:No", None, NS), record.findtext("ex:Notice/ex:Due", None, NS)) == (row["number"], row["due"])
    assert await soap_desk.say("SupplementMatter", await soap_desk.answer()) == "00"
    record = await soap_desk.record()
    assert (record.findtext("ex:State", None, NS), record.find("ex:Notice", NS)) == ("BJSL", None)


async def test_what_came_is_told_in_one_figure(desk: Desk, soap_desk: SoapDesk) -> None:
    """The door shows to which items something came, and the figure that both sides can compute."""
    assert (await desk.say(SUPPLEMENT, await desk.answer()))[0] == "0"
    assert await soap_desk.say("SupplementMatter", await soap_desk.answer()) == "00"
    for client in (desk.client, soap_desk.client):
        row = await row_of(client)
        names = [item["number"] for item in row["notices"][0]["items"]]
        parts = [(name, part) for name in names for part in ("情况属实，已补齐𠮷".encode(), PDF)]
        assert row["supplements"] == [{"round": 1, "items": names, "digest": supplement_digest(parts)}]


async def test_each_item_needs_a_reply_or_a_file(desk: Desk) -> None:
    """Without replies it is taken for the files, without files for the replies, without both it is refused."""
    right = await desk.answer()
    bare = [{"itemNo": item["itemNo"]} for item in right["items"]]
    assert (await desk.say(SUPPLEMENT, {**right, "items": bare, "files": []}))[0] == "1012"
    assert (await desk.say(SUPPLEMENT, {**right, "items": [*bare[:-1], right["items"][-1]], "files": right["files"][:-1]}))[0] == "0"


def misfits(right: Json) -> dict[str, Json]:
    """Answers of the right shape that do not fit the notice."""
    stranger = {"itemNo": "BZ99", "reply": "另附说明"}
    return {
        "a strange item": {**right, "items": [*right["items"], stranger]},
        "another item": {**right, "items": [stranger, *right["items"][1:]]},
        "an item twice": {**right, "items": [*right["items"], right["items"][0]]},
        "a strange file": {**right, "files": [*right["files"], {**right["files"][0], "itemNo": "BZ99"}]},
        "another notice": {**right, "noticeNo": "BZ0"},
    }


async def test_what_does_not_fit_the_notice_is_refused(serve: Serve, rest_app: Make) -> None:
    """Whatever does not answer the notice item by item is refused, and the case waits on."""
    lengths = set()
    for outer in ("KS1", "KS2", "KS3", "KS4", "KS5", "KS6"):
        client = await serve(rest_app())
        _, taken = await post(client, "/api/matter/submit", submission(outer))
        await interfere(client, "advance", {"outer": outer, "to": "6"})
        number = taken["data"]["bizNo"]
        notice = (await post(client, QUERY, {"outerNo": outer}))[1]["data"]["notice"]
        right = supplement(outer, number, notice)
        wrong = misfits(right)
        if len(right["items"]) > 1:
            wrong["an item left out"] = changed(right, ("items", 0), ...)
        lengths.add(len(right["items"]))
        for name, body in wrong.items():
            assert (await post(client, SUPPLEMENT, body))[1]["code"] == "1012", name
        row = await row_of(client)
        assert (row["status"], row["supplements"]) == ("6", [])
        assert (await look(client, "stats"))["refused"] == {"1012": len(wrong)}
    assert lengths == {1, 2, 3}


async def test_what_does_not_fit_a_soap_notice_is_refused(soap_desk: SoapDesk) -> None:
    """The same over SOAP."""
    right = await soap_desk.answer()
    first = right.partition("<No>")[2].partition("</No>")[0]
    wrong = (
        right.replace(f"<No>{first}</No>", "<No>BZ99</No>"),
        right.replace(f"<ItemNo>{first}</ItemNo>", "<ItemNo>BZ99</ItemNo>"),
        right.replace("</Reply>", "<Item><No>BZ99</No><Text>x</Text></Item></Reply>"),
        right.replace("</Reply>", f"<Item><No>{first}</No></Item></Reply>"),
        right.replace("<NoticeNo>BZ", "<NoticeNo>BX"),
        right.replace("<Text>情况属实，已补齐𠮷</Text>", "").partition("<Materials>")[0] + "</SupplementMatterRequest>",
    )
    for body in wrong:
        assert await soap_desk.say("SupplementMatter", body) == "-915"
    assert (await row_of(soap_desk.client))["status"] == "BJGZ"
    assert await soap_desk.say("SupplementMatter", right) == "00"


async def test_nobody_answers_what_was_not_asked(desk: Desk, soap_desk: SoapDesk) -> None:
    """A right answer sent again is refused, counted and changes nothing, and so is one to a case that is not known under both numbers."""
    right, soap_right = await desk.answer(), await soap_desk.answer()
    for body in ({**right, "outerNo": "KS2"}, {**right, "bizNo": "HC00000000000000"}):
        assert (await desk.say(SUPPLEMENT, body))[0] == "1404"
    for wrong in (soap_right.replace(SOAP_OUTER, "KS2"), soap_right.replace(soap_desk.receipt, "GZ000000000000")):
        assert await soap_desk.say("SupplementMatter", wrong) == "-901"
    assert [(await desk.say(SUPPLEMENT, right))[0] for _ in range(2)] == ["0", "1011"]
    assert [await soap_desk.say("SupplementMatter", soap_right) for _ in range(2)] == ["00", "-914"]
    for client, code in ((desk.client, "1011"), (soap_desk.client, "-914")):
        assert len((await row_of(client))["supplements"]) == 1
        assert (await look(client, "stats"))["refused"][code] == 1


@pytest.mark.parametrize("to", ["1", "3", "6", "7", "8"])
async def test_a_case_is_withdrawn_one_pace_after_the_wish(serve: Serve, rest_app: Make, tmp_path: Path, to: str) -> None:
    """From any stage before the decision the wish is taken, the status stays, and the confirmation ends the case."""
    journal = tmp_path / "journal"
    desk = Desk(await serve(rest_app(journal=journal)))
    await desk.submit()
    if to != "1":
        await interfere(desk.client, "advance", {"outer": OUTER, "to": to})
    assert await desk.say(WITHDRAW, withdrawal(OUTER, desk.number)) == ("0", {"bizNo": desk.number, "status": to})
    row = await row_of(desk.client)
    assert (row["withdrawal_requested"], row["withdrawn"], row["status"]) == (True, False, to)
    await desk.client.close()
    desk.client = await serve(rest_app(journal=journal, pace=0.001))
    row = await until(desk.client, "14")
    assert (row["withdrawn"], row["history"][-2:]) == (True, [to, "14"])
    assert (await desk.say(WITHDRAW, withdrawal(OUTER, desk.number)))[0] == "1013"
    assert (await desk.say(QUERY, {"outerNo": OUTER}))[1]["opinion"]


async def test_a_wish_on_its_way_is_answered_as_the_first(serve: Serve, rest_app: Make, soap_app: Make, tmp_path: Path) -> None:
    """A second request is answered in the same words and changes nothing: the first one's time counts."""
    journals = tmp_path / "rest", tmp_path / "soap"
    desk, soap_desk = Desk(await serve(rest_app(journal=journals[0]))), SoapDesk(await serve(soap_app(journal=journals[1])))
    await desk.submit()
    await soap_desk.submit()
    first, second = [await desk.say(WITHDRAW, withdrawal(OUTER, desk.number)) for _ in range(2)]
    assert first == second == ("0", {"bizNo": desk.number, "status": "1"})
    body = soap_withdrawal(SOAP_OUTER, soap_desk.receipt)
    assert [await soap_desk.say("WithdrawMatter", body) for _ in range(2)] == ["00", "00"]
    for journal in journals:
        effects = [json.loads(line)["effect"] for line in journal.read_text().splitlines()]
        assert effects == ["created", "withdrawal"]


@pytest.mark.parametrize(("to", "soap_to"), [("4", "BYSL"), ("11", "BJ-Y"), ("13", "BJ-N"), ("14", "CJ")])
async def test_what_has_ended_is_not_withdrawn(desk: Desk, soap_desk: SoapDesk, to: str, soap_to: str) -> None:
    """After a decision, and after a withdrawal, a wish is refused; so is one for a case not known under both numbers."""
    await interfere(desk.client, "advance", {"outer": OUTER, "to": to})
    await interfere(soap_desk.client, "advance", {"outer": SOAP_OUTER, "to": soap_to})
    assert (await desk.say(WITHDRAW, withdrawal(OUTER, desk.number)))[0] == "1013"
    assert (await desk.say(WITHDRAW, withdrawal("KS2", desk.number)))[0] == "1404"
    assert await soap_desk.say("WithdrawMatter", soap_withdrawal(SOAP_OUTER, soap_desk.receipt)) == "-916"
    assert await soap_desk.say("WithdrawMatter", soap_withdrawal("KS2", soap_desk.receipt)) == "-901"
    for client in (desk.client, soap_desk.client):
        assert not (await row_of(client))["withdrawal_requested"]


async def test_a_decision_made_meanwhile_stands(serve: Serve, rest_app: Make, tmp_path: Path) -> None:
    """A case decided by hand while its withdrawal is on its way stays decided, when another asked later is long withdrawn."""
    journal = tmp_path / "journal"
    first = await serve(rest_app(journal=journal))
    for outer in ("KS1", "KS2"):
        _, taken = await post(first, "/api/matter/submit", submission(outer))
        _, answer = await post(first, WITHDRAW, withdrawal(outer, taken["data"]["bizNo"]))
        assert str(answer["code"]) == "0"
    await interfere(first, "advance", {"outer": "KS1", "to": "11"})
    await first.close()
    second = await serve(rest_app(journal=journal, pace=0.001))
    histories: list[list[str]] = []
    while not histories or histories[1] == ["1"]:
        histories = [row["history"] for row in (await look(second, "cases"))["cases"]]
    assert histories == [["1", "11"], ["1", "14"]]


async def test_a_supplement_is_taken_while_a_withdrawal_is_on_its_way(desk: Desk) -> None:
    """What a query shows as waiting is taken."""
    assert (await desk.say(WITHDRAW, withdrawal(OUTER, desk.number)))[0] == "0"
    assert (await desk.say(SUPPLEMENT, await desk.answer()))[0] == "0"
    row = await row_of(desk.client)
    assert (row["history"], row["withdrawal_requested"]) == (["1", "6", "7"], True)


async def test_the_new_states_are_pushed(serve: Serve, soap_app: Make, tmp_path: Path) -> None:
    """BJGZ with its notice, BJSL and CJ are pushed as every state is, in order, each fitting the schema."""
    pushed: asyncio.Queue[etree._Element] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        content = etree.fromstring(await request.read()).find("soap:Body", NS)
        assert content is not None
        SCHEMA.assertValid(content[0])
        pushed.put_nowait(content[0][0])
        said = f'<NotifyStatusResponse xmlns="{EX}"><ResultCode>00</ResultCode><ResultMessage>ok</ResultMessage></NotifyStatusResponse>'
        return web.Response(body=envelope(said, ""), content_type="text/xml")

    app = web.Application()
    app.add_routes([web.post("/push", take)])
    target = await serve(app)
    options = {"callback": str(target.make_url("/push")), "journal": tmp_path / "journal"}
    desk = SoapDesk(await serve(soap_app(**options)))
    await desk.submit()
    await interfere(desk.client, "advance", {"outer": SOAP_OUTER, "to": "BJGZ"})
    notice = (await pushed.get()).find("ex:Notice", NS)
    assert notice is not None
    assert await desk.say("SupplementMatter", soap_supplement(SOAP_OUTER, desk.receipt, notice)) == "00"
    assert (await pushed.get()).findtext("ex:State", None, NS) == "BJSL"
    assert await desk.say("WithdrawMatter", soap_withdrawal(SOAP_OUTER, desk.receipt)) == "00"
    while (await row_of(desk.client))["told"] < 3:
        continue
    await desk.client.close()
    await serve(soap_app(**options, pace=0.001))
    record = await pushed.get()
    assert (record.findtext("ex:State", None, NS), record.find("ex:Notice", NS)) == ("CJ", None)


async def test_lost_answers_to_the_new_calls_leave_their_effect(serve: Serve, rest_app: Make, soap_app: Make) -> None:
    """When every answer is lost, a supplement has been taken once and a withdrawal is on its way; a query tells of the one."""
    desk, soap_desk = Desk(await serve(rest_app())), SoapDesk(await serve(soap_app()))
    await desk.submit()
    await soap_desk.submit()
    for client, outer, code in ((desk.client, OUTER, "6"), (soap_desk.client, SOAP_OUTER, "BJGZ")):
        await interfere(client, "advance", {"outer": outer, "to": code})
        await interfere(client, "fault", {"lost_answer": 1.0})
    right, soap_right = await desk.answer(), await soap_desk.answer()
    for path, body in ((SUPPLEMENT, right), (WITHDRAW, withdrawal(OUTER, desk.number))):
        with pytest.raises(aiohttp.ClientConnectionError):
            await desk.say(path, body)
    for name, text in (("SupplementMatter", soap_right), ("WithdrawMatter", soap_withdrawal(SOAP_OUTER, soap_desk.receipt))):
        with pytest.raises(aiohttp.ClientConnectionError):
            await soap_desk.say(name, text)
    for client, code in ((desk.client, "7"), (soap_desk.client, "BJSL")):
        row = await row_of(client)
        assert (row["status"], len(row["supplements"]), row["withdrawal_requested"]) == (code, 1, True)
        assert (await look(client, "stats"))["faults"]["lost_answer"] == 2


@pytest.mark.parametrize("call_name", ["supplement", "withdraw"])
async def test_faults_can_be_forced_on_the_new_calls(desk: Desk, soap_desk: SoapDesk, call_name: str) -> None:
    """A fault queued for a call by its name meets that call and no other, before anything is done."""
    bodies: dict[str, Json] = {"supplement": await desk.answer(), "withdraw": withdrawal(OUTER, desk.number)}
    texts = {"supplement": await soap_desk.answer(), "withdraw": soap_withdrawal(SOAP_OUTER, soap_desk.receipt)}
    for client in (desk.client, soap_desk.client):
        assert await interfere(client, "fault", {"next": "drop-before", "path": call_name}) == 200
    assert (await desk.say(QUERY, {"outerNo": OUTER}))[0] == "0"
    await soap_desk.record()
    with pytest.raises(aiohttp.ClientConnectionError):
        await desk.say(f"/api/matter/{call_name}", bodies[call_name])
    with pytest.raises(aiohttp.ClientConnectionError):
        await soap_desk.say(f"{call_name.title()}Matter", texts[call_name])
    for client in (desk.client, soap_desk.client):
        row = await row_of(client)
        assert (row["supplements"], row["withdrawal_requested"]) == ([], False)


async def test_a_restart_forgets_nothing_of_the_conversation(serve: Serve, rest_app: Make, tmp_path: Path) -> None:
    """Notices, what answered them and the wish to withdraw are there after a start on the same journal, and the case goes on."""
    journal = tmp_path / "journal"
    first = Desk(await serve(rest_app(journal=journal)))
    await first.submit()
    await interfere(first.client, "advance", {"outer": OUTER, "to": "6"})
    assert (await first.say(SUPPLEMENT, await first.answer()))[0] == "0"
    await interfere(first.client, "advance", {"outer": OUTER, "to": "6"})
    notice = await first.notice()
    assert (await first.say(WITHDRAW, withdrawal(OUTER, first.number)))[0] == "0"
    before = await row_of(first.client)
    await first.client.close()
    second = Desk(await serve(rest_app(journal=journal)), first.number)
    after = await row_of(second.client)
    assert {**after, "submits": 1} == before
    assert await second.notice() == notice
    await second.client.close()
    third = await serve(rest_app(journal=journal, pace=0.001))
    assert (await until(third, "14"))["history"] == ["1", "6", "7", "6", "14"]
