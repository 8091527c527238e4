"""The REST adapter against a real server on loopback: what is sent, and what each kind of answer comes to."""

import base64
import hashlib
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from partner_parts import MAPPINGS, NOW, SECRETS, Counter, Desk, blob_of, connected, facts, material, natural, sole_trader

from gateway.model import Blob, Hold, MaterialFact, PushRefused, Received, Refused, Retry, Status, Unsure, Verdict, WithdrawalFact
from partners import BuildError
from partners.adapter import UnusableError
from partners.rest import charset_of, write_json
from partners.tokens import Tokens

NAME = "harbin-changchun"
OK: dict[str, Any] = {"code": 0, "msg": "", "data": {"bizNo": "HC00000000000001", "status": "1"}}
RECORD: dict[str, Any] = {
    "bizNo": "HC00000000000001",
    "outerNo": "KS370171230100202611200000001A",
    "status": "3",
    "statusName": "已受理",
    "handleTime": "2026-11-20 10:00:00",
    "opinion": None,
    "result": None,
}


async def verdict_of(desk: tuple[Desk, str], step: str = "submit") -> Verdict:
    async with connected(NAME, desk[1]) as partner:
        return (await partner.run(step, facts())).verdict


async def test_what_arrives_is_the_case_signed_and_whole(desk: tuple[Desk, str]) -> None:
    """Every field by the partner's names and codes, numbers as numbers, content byte for byte."""
    desk[0].says(body=OK)
    content = bytes(range(256)) * 700
    case = facts(applicant=sole_trader(), materials=(material(content=b"%PDF-1.4\n" + content), material("photo", "照片.pdf", b"x")))
    async with connected(NAME, desk[1]) as partner:
        outcome = await partner.run("submit", case)
    assert outcome.verdict == Received("HC00000000000001")
    (seen,) = desk[0].seen
    assert (seen.method, seen.path, seen.headers["content-type"]) == ("POST", "/api/matter/submit", "application/json; charset=utf-8")
    files = [b"%PDF-1.4\n" + content, b"x"]
    assert json.loads(seen.body) == {
        "outerNo": case.number,
        "itemCode": "000109003000",
        "itemName": "户口迁移(夫妻投靠)",
        "areaCode": "230100000000",
        "fromArea": "370171000000",
        "applyTime": "20261120083000",
        "applicant": {
            "type": "3",
            "name": "试验小铺",
            "certType": "01",
            "certNo": "92990101MA0ABC1219",
            "mobile": "13800000002",
            "legalName": "王㛃",
            "legalCertType": "10",
            "legalCertNo": "990101199003070015",
        },
        "formData": {"reason": "夫妻投靠"},
        "files": [
            {"fileCode": code, "fileName": name, "fileType": "pdf", "size": len(data), "content": base64.b64encode(data).decode()}
            for code, name, data in zip(("application", "photo"), ("申请表.pdf", "照片.pdf"), files, strict=True)
        ],
    }
    stamp, nonce = seen.headers["x-tif-timestamp"], seen.headers["x-tif-nonce"]
    assert seen.headers["x-tif-signature"] == hashlib.sha256(f"{stamp}demo-token{nonce}{stamp}".encode()).hexdigest().upper()


async def test_what_is_kept_of_an_exchange_has_no_content_and_no_secret(desk: tuple[Desk, str]) -> None:
    """The message in full but for the materials' bytes; the answer raw; not one header of the signature."""
    desk[0].says(body=OK)
    blob = blob_of(b"%PDF-secret-content")
    case = facts(materials=(MaterialFact("a", "a.pdf", "pdf", blob),))
    async with connected(NAME, desk[1]) as partner:
        exchange = (await partner.run("submit", case)).exchange
    head, _, kept = exchange.sent.partition(b"\r\n\r\n")
    assert head.decode().splitlines() == [
        "POST /api/matter/submit",
        "Content-Type: application/json; charset=utf-8",
        "Accept: application/json",
    ]
    sent = json.loads(desk[0].seen[0].body)
    sent["files"][0]["content"] = f"«blob:{blob.sha256}:{blob.size}»"
    assert json.loads(kept) == sent
    assert not [secret for secret in SECRETS.values() if secret.encode() in exchange.sent]
    assert (exchange.http_status, json.loads(exchange.received)) == (200, OK)


@pytest.mark.parametrize("code", [0, "0"])
async def test_t10_success_is_zero_as_number_or_text(desk: tuple[Desk, str], code: object) -> None:
    """Two back ends behind one door write it differently."""
    desk[0].says(body=OK | {"code": code})
    assert await verdict_of(desk) == Received("HC00000000000001")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("1001", Refused("field-invalid", "说明")),
        ("1003", Refused("applicant-invalid", "说明")),
        ("1005", Refused("matter-not-offered", "说明")),
        ("1009", Refused("area-not-ours", "说明")),
        ("1404", Refused("unknown-case", "说明")),
        ("-14", Retry("partner-asks")),
        ("-11", Hold("partner-refuses-us")),
        ("-12", Hold("partner-refuses-us")),
        ("-13", Hold("partner-refuses-us")),
        ("-15", Hold("partner-refuses-us")),
    ],
)
@pytest.mark.parametrize("status", [200, 401, 500])
async def test_each_verdict_row_decides_whatever_the_http_status(desk: tuple[Desk, str], code: str, verdict: Verdict, status: int) -> None:
    """The rows of partner.yaml, one by one."""
    desk[0].says(status, {"code": code, "msg": "说明", "data": None})
    assert await verdict_of(desk) == verdict


@pytest.mark.parametrize(
    ("status", "body", "submit", "query"),
    [
        (200, {"code": "7777", "msg": "?", "data": None}, Unsure("answer-unknown"), Retry("answer-unknown")),
        (500, {"code": "7777", "msg": "?", "data": None}, Unsure("answer-unknown"), Retry("answer-unknown")),
        (200, b"<html>login</html>", Unsure("unreadable"), Retry("unreadable")),
        (200, b"", Unsure("unreadable"), Retry("unreadable")),
        (200, b"[]", Unsure("unreadable"), Retry("unreadable")),
        (200, b"[" * 5000, Unsure("unreadable"), Retry("unreadable")),
        (200, b'{"code": 0, "code": 0}', Unsure("unreadable"), Retry("unreadable")),
        (200, {"status": 200}, Unsure("unreadable"), Retry("unreadable")),
        (200, {"code": 0, "msg": "", "data": {}}, Unsure("unreadable"), Retry("unreadable")),
        (200, {"code": 0, "msg": "", "data": {"bizNo": ""}}, Unsure("number-missing"), Retry("unreadable")),
        (404, {"status": 404, "error": "Not Found", "path": "/x"}, Hold("bad-route"), Hold("bad-route")),
        (404, b"no", Hold("bad-route"), Hold("bad-route")),
        (401, b"", Hold("credentials"), Hold("credentials")),
        (403, {"message": "The route_id is forbidden."}, Hold("credentials"), Hold("credentials")),
        (302, b"", Hold("redirect"), Hold("redirect")),
        (500, b"oops", Unsure("http-500"), Retry("http-500")),
        (502, b"<html>", Unsure("http-502"), Retry("http-502")),
        (504, b"", Unsure("http-504"), Retry("http-504")),
        (503, b"", Retry("busy"), Retry("busy")),
        (None, b"", Unsure("reset"), Retry("reset")),
    ],
)
async def test_answers_that_say_nothing_of_the_business(
    desk: tuple[Desk, str], status: int | None, body: Any, submit: Verdict, query: Verdict
) -> None:
    """A change is doubtful, a query is asked again, and what somebody must mend holds the partner."""
    for step, expected in (("submit", submit), ("query", query)):
        desk[0].says(status, body)
        assert await verdict_of(desk, step) == expected
    assert len(desk[0].seen) == 2


async def test_an_oversized_answer_is_not_read_to_its_end(desk: tuple[Desk, str]) -> None:
    """The folder's own limit holds."""
    desk[0].says(200, b" " * 5000)
    async with connected(NAME, desk[1], limits={"max_answer_bytes": "4096"}) as partner:
        outcome = await partner.run("submit", facts())
    assert outcome.verdict == Unsure("too-large")
    assert (outcome.exchange.received, outcome.exchange.http_status) == (b"", None)


@pytest.mark.parametrize(("header", "after"), [("9", timedelta(seconds=9)), ("Fri, 20 Nov 2026 01:01:00 GMT", timedelta(seconds=59.877))])
async def test_retry_after_is_obeyed(desk: tuple[Desk, str], header: str, after: timedelta) -> None:
    """Seconds or a date, counted from the injected clock."""
    desk[0].says(429, b"", **{"Retry-After": header})
    assert await verdict_of(desk) == Retry("busy", after)


async def test_nothing_is_sent_without_its_secret_and_the_partner_is_held() -> None:
    """No case can get through until somebody registers it."""
    without = {name: value for name, value in SECRETS.items() if not name.endswith("token")}
    async with connected(NAME, "http://127.0.0.1:9", secrets=without) as partner:
        outcome = await partner.run("submit", facts())
    assert (outcome.verdict, outcome.exchange.sent, outcome.exchange.perhaps_sent) == (Hold("secret-missing"), b"", False)


async def test_a_partner_that_is_not_there_is_tried_again(unused_tcp_port: int) -> None:
    """Connection refused: surely not sent."""
    async with connected(NAME, f"http://127.0.0.1:{unused_tcp_port}") as partner:
        outcome = await partner.run("submit", facts())
    assert (outcome.verdict, outcome.exchange.perhaps_sent) == (Retry("connect"), False)


async def test_an_origin_that_is_not_allowed_holds_the_partner(desk: tuple[Desk, str]) -> None:
    """Nothing leaves; no retry can mend a setting."""
    async with connected(NAME, desk[1], allow=False) as partner:
        assert (await partner.run("submit", facts())).verdict == Hold("refused-origin")
    assert desk[0].seen == []


async def test_a_query_brings_the_report(desk: tuple[Desk, str]) -> None:
    """Status by the code table, the moment in UTC, the result with its bytes and their hash."""
    result = {
        "certName": "准予迁入证明",
        "certNo": "哈-1",
        "fileName": "证.pdf",
        "fileType": "pdf",
        "content": base64.b64encode(b"%PDF").decode(),
    }
    desk[0].says(body={"code": "0", "msg": "", "data": RECORD | {"status": "11", "opinion": "同意", "result": result}})
    async with connected(NAME, desk[1]) as partner:
        outcome = await partner.run("query", facts())
    assert json.loads(desk[0].seen[0].body) == {"outerNo": facts().number}
    (report,) = outcome.reports
    assert (report.status, report.code, report.opinion) == (Status.APPROVED, "11", "同意")
    assert (report.our_number, report.partner_number) == (RECORD["outerNo"], RECORD["bizNo"])
    assert report.at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert report.result is not None
    assert (report.result.name, report.result.number, b"".join(report.result.content.open())) == ("准予迁入证明", "哈-1", b"%PDF")
    assert report.result.content.sha256 == hashlib.sha256(b"%PDF").hexdigest()


@pytest.mark.parametrize(
    ("code", "status"),
    [("1", "21"), ("3", "50"), ("4", "51"), ("8", "60"), ("11", "70"), ("13", "71"), ("2", None), ("99", None)],
)
async def test_each_status_code_is_read_and_an_unknown_one_is_never_guessed(desk: tuple[Desk, str], code: str, status: str | None) -> None:
    """An unknown one is kept with its code."""
    desk[0].says(body={"code": 0, "msg": "", "data": RECORD | {"status": code}})
    async with connected(NAME, desk[1]) as partner:
        (report,) = (await partner.run("query", facts())).reports
    assert (report.code, report.status) == (code, None if status is None else Status(status))


async def test_an_answer_with_a_nul_in_it_is_unreadable(desk: tuple[Desk, str]) -> None:
    """One database would keep it and the other would not: on both it is no answer."""
    desk[0].says(body={"code": "0", "msg": "", "data": RECORD | {"opinion": "同\x00意"}})
    assert await verdict_of(desk, "query") == Retry("unreadable")


async def test_a_case_they_do_not_know_is_a_refused_query_with_the_reason_that_says_so(desk: tuple[Desk, str]) -> None:
    """Only then may a lost submit be sent again."""
    desk[0].says(body={"code": "1404", "msg": "查无此件", "data": None})
    assert await verdict_of(desk, "query") == Refused("unknown-case", "查无此件")


async def test_prepare_sends_nothing_and_reads_no_content() -> None:
    """It serves the counter before there is a case: materials are known by size and hash only."""
    absent = MaterialFact("a", "a.pdf", "pdf", Blob.absent("a.pdf", 3, "0" * 64, "application/pdf"))
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        assert partner.prepare("submit", facts(materials=(absent,))) == ()
        assert partner.prepare("query", facts()) == ()


@pytest.mark.parametrize(
    ("applicant", "code", "about"),
    [
        ({"certificate": {"type": "414", "number": "E12345678"}}, "mapping.code", "414"),
        ({"phone": "0431-88888888"}, "mapping.value", "applicant.mobile"),
        ({"certificate": {"type": "111", "number": "990101199003070015"}, "address": "路" * 201}, "mapping.value", "applicant.address"),
    ],
)
async def test_prepare_finds_what_this_partner_could_not_take_and_run_does_not_send_it(
    desk: tuple[Desk, str], applicant: dict[str, Any], code: str, about: str
) -> None:
    """While the citizen still stands there; and if the mapping changed since, the case goes to a person, not to the partner."""
    case = facts(applicant=natural() | applicant)
    async with connected(NAME, desk[1]) as partner:
        (found,) = partner.prepare("submit", case)
        outcome = await partner.run("submit", case)
    assert (found.code, about in found.zh) == (code, True)
    assert isinstance(outcome.verdict, Refused)
    assert outcome.verdict.message == found.zh
    assert (desk[0].seen, outcome.exchange.sent, outcome.exchange.perhaps_sent) == ([], b"", False)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("${applicant.name}", "${partner.number}", "applicant.name"),
        ("name: ${applicant.name}", "nickname: ${applicant.name}", "applicant.name"),
    ],
)
async def test_a_preview_says_of_each_fault_where_in_the_message_it_is(tmp_path: Path, before: str, after: str, place: str) -> None:
    """No source for it, or nothing there that the description demands: the place is known even where no field of the draft's is."""
    shutil.copytree(MAPPINGS / NAME, tmp_path / NAME)
    steps = tmp_path / NAME / "steps" / "common.yaml"
    steps.write_text(steps.read_text("utf-8").replace(before, after, 1), encoding="utf-8")
    async with connected(NAME, "http://127.0.0.1:9", root=tmp_path) as partner:
        preview = partner.preview("submit", facts(), NOW)  # type: ignore[attr-defined]
    assert len(preview.places) == len(preview.faults)
    assert ("mapping.missing", "", place) in {(one.code, one.pointer, at) for one, at in zip(preview.faults, preview.places, strict=True)}


async def test_steps_are_the_changing_ones_and_an_unknown_matter_has_none() -> None:
    """A query is no step of the procedure."""
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        assert partner.steps("000109003000") == ("submit",)
        assert partner.steps("999999999999") == ()
        assert (partner.name, partner.regions) == (NAME, ("220100", "230100"))
        with pytest.raises(LookupError):
            partner.prepare("collect", facts())


async def test_a_partner_that_does_not_push_is_not_listened_to() -> None:
    """Whoever calls in its name is refused."""
    async with connected(NAME, "http://127.0.0.1:9") as partner:
        with pytest.raises(PushRefused, match="partner-does-not-push"):
            partner.read_push({}, b"{}")


async def test_text_that_looks_like_a_token_stays_text(desk: tuple[Desk, str]) -> None:
    """A token is unpredictable: nothing a citizen writes can take an attachment's place."""
    desk[0].says(body=OK)
    guess = "0" * 48 + "00000001"
    async with connected(NAME, desk[1]) as partner:
        await partner.run("submit", facts(form={"note": f'"{guess}", «blob:x:1» }}'}))
    assert json.loads(desk[0].seen[0].body)["formData"] == {"note": f'"{guess}", «blob:x:1» }}'}


def test_decimals_are_written_with_exactly_their_digits() -> None:
    """12.50 is not 12.5 to a partner that signs or compares text."""
    written = write_json({"a": [Decimal("12.50"), 18, True, None], "b": Decimal("1E+3")}, Tokens(Counter()))
    assert written == b'{"a":[12.50,18,true,null],"b":1000}'


def test_a_moment_or_a_float_is_not_written_by_guess() -> None:
    """The folder says how: date(), number()."""
    for value in (datetime(2026, 1, 1, tzinfo=UTC), 1.5, b"x"):
        with pytest.raises(UnusableError):
            write_json({"a": value}, Tokens(Counter()))


@pytest.mark.parametrize(
    ("header", "expected"),
    [("application/json; charset=GBK", "GBK"), ('text/xml;charset="utf-8"', "utf-8"), ("text/xml", None), (None, None), ("x" * 9000, None)],
)
def test_the_charset_of_an_answer_is_what_its_header_says(header: str | None, expected: str | None) -> None:
    """Whatever quotes and spaces it uses."""
    assert charset_of(header) == expected


async def test_an_answer_in_gb18030_is_read(desk: tuple[Desk, str]) -> None:
    """Real systems answer so, whatever RFC 8259 says."""
    desk[0].says(200, '{"code":"1003","msg":"证件号码㛃"}'.encode("gb18030"), **{"Content-Type": "application/json; charset=gbk"})
    assert await verdict_of(desk) == Refused("applicant-invalid", "证件号码㛃")


async def test_a_large_result_arrives_whole(desk: tuple[Desk, str]) -> None:
    """An answer too large to be read on the event loop is read beside it."""
    content = bytes(range(256)) * 2000
    result = {"certName": "证", "certNo": "1", "fileName": "a.pdf", "fileType": "pdf", "content": base64.b64encode(content).decode()}
    desk[0].says(body={"code": 0, "msg": "", "data": RECORD | {"status": "11", "result": result}})
    async with connected(NAME, desk[1]) as partner:
        (report,) = (await partner.run("query", facts())).reports
    assert report.result is not None
    assert b"".join(report.result.content.open()) == content


def with_rows(root: Path, *rows: tuple[str, str], **lines: str) -> None:
    """A copy of the folder with more verdict rows and other lines."""
    shutil.copytree(MAPPINGS / NAME, root / NAME)
    file = root / NAME / "partner.yaml"
    text = file.read_text("utf-8")
    for name, value in lines.items():
        text = "\n".join(f"{name}: {value}" if line.startswith(f"{name}:") else line for line in text.splitlines()) + "\n"
    file.write_text(text + "".join(f"  - when: ${{code == '{code}'}}\n    is: {verdict}\n" for code, verdict in rows), "utf-8")


async def test_a_row_that_means_received_gives_the_number_or_a_question(desk: tuple[Desk, str], tmp_path: Path) -> None:
    """`already there` with its number is received; without it the partner is asked, not sent the case again."""
    with_rows(tmp_path, ("1002", "received"))
    desk[0].says(body={"code": "1002", "msg": "已存在", "data": {"bizNo": "HC1"}})
    desk[0].says(body={"code": "1002", "msg": "已存在", "data": None})
    async with connected(NAME, desk[1], root=tmp_path) as partner:
        assert (await partner.run("submit", facts())).verdict == Received("HC1")
        assert (await partner.run("submit", facts())).verdict == Unsure("number-missing")


async def test_an_idempotent_partner_is_simply_sent_a_lost_submit_again(desk: tuple[Desk, str], tmp_path: Path) -> None:
    """Because its folder says so, and only then."""
    with_rows(tmp_path, resend="idempotent")
    desk[0].says(None)
    async with connected(NAME, desk[1], root=tmp_path) as partner:
        outcome = await partner.run("submit", facts())
    assert (outcome.verdict, outcome.exchange.perhaps_sent) == (Retry("reset"), True)


async def test_a_partner_says_how_it_wants_to_be_dealt_with() -> None:
    """Resend rule, limits and polling as the folder has them; an overlay holds."""
    async with connected(NAME, "http://127.0.0.1:9", limits={"in_flight": "3"}) as partner:
        manner, mapping_hash = partner.manner, partner.mapping_hash
    async with connected(NAME, "http://127.0.0.1:9") as other:
        assert other.mapping_hash != mapping_hash
        assert len(mapping_hash) == 64
    assert (manner.resend, manner.in_flight, manner.per_second) == ("query", 3, 50)
    assert manner.poll == tuple(timedelta(minutes=minutes) for minutes in (5, 10, 30, 60))
    assert manner.settle == timedelta(seconds=15)


async def test_a_step_that_the_description_lacks_holds_the_partner_and_faults_the_case(desk: tuple[Desk, str], tmp_path: Path) -> None:
    """A route that its paper does not know is a broken mapping, found without a call."""
    with_rows(tmp_path)
    steps = tmp_path / NAME / "steps" / "common.yaml"
    steps.write_text(steps.read_text("utf-8").replace("path: /api/matter/submit", "path: /api/matter/sumbit"), "utf-8")
    async with connected(NAME, desk[1], root=tmp_path) as partner:
        assert [fault.code for fault in partner.prepare("submit", facts())] == ["mapping.unusable"]
        assert (await partner.run("submit", facts())).verdict == Hold("mapping")
    assert desk[0].seen == []


async def test_a_description_that_cannot_be_read_is_found_when_the_partner_is_built(tmp_path: Path) -> None:
    """Not at the first case of a citizen."""
    with_rows(tmp_path)
    (tmp_path / NAME / "schemas" / "openapi.yaml").write_text("openapi: [", "utf-8")
    with pytest.raises(BuildError):
        async with connected(NAME, "http://127.0.0.1:9", root=tmp_path):
            pass


async def test_an_answer_that_names_no_case_is_about_the_one_asked_for(desk: tuple[Desk, str], tmp_path: Path) -> None:
    """Partners that echo no number are read all the same: an answer belongs to its question."""
    folder = tmp_path / NAME
    shutil.copytree(MAPPINGS / NAME, folder)
    steps = folder / "steps" / "common.yaml"
    text = steps.read_text("utf-8")
    for name in ("our_number: ${data.outerNo}", "partner_number: ${data.bizNo}"):
        assert f"      {name}\n" in text
        text = text.replace(f"      {name}\n", "")
    steps.write_text(text, "utf-8")
    desk[0].says(body={"code": "0", "msg": "", "data": {name: RECORD[name] for name in ("status", "handleTime")}})
    async with connected(NAME, desk[1], root=tmp_path) as partner:
        (report,) = (await partner.run("query", facts())).reports
    assert (report.our_number, report.partner_number, report.status) == (facts().number, None, Status.ACCEPTED)


@pytest.mark.parametrize(("step", "verdict"), [("withdraw", Received()), ("submit", Unsure("unreadable"))])
async def test_no_content_is_enough_where_nothing_is_read(desk: tuple[Desk, str], step: str, verdict: Verdict) -> None:
    """204 to a step that reads nothing; a submit whose answer gives the number needs one."""
    desk[0].says(204)
    case = replace(facts(), partner_number="HC20261120000001", withdrawal=WithdrawalFact("x", datetime(2026, 11, 20, tzinfo=UTC)))
    async with connected(NAME, desk[1]) as partner:
        assert (await partner.run(step, case)).verdict == verdict
