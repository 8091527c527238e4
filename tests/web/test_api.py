"""The halls' API against the real use cases and a real store."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from flow.harness import MATTER, PDF, PNG, START, Desk, came_to, draft, dump, report
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from gateway.model import Received, Region, Status
from gateway.security import new_hall_key
from gateway.store import HallRecord
from gateway.web.documents import CaseAccepted, CaseFull, CaseList, EventList, MatterList, RegionList, UploadedMaterial, VisitDocument

from .servers import running

JSON = {"Content-Type": "application/json"}


async def submit(hall: httpx.AsyncClient, body: dict[str, Any] | bytes | None = None, key: str = "k-1") -> httpx.Response:
    content = body if isinstance(body, bytes) else dump(body or draft())
    return await hall.post("/api/v1/cases", content=content, headers=JSON | {"Idempotency-Key": key})


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


async def nothing_kept(hall: httpx.AsyncClient) -> bool:
    return (await hall.get("/api/v1/cases")).json()["cases"] == []


@pytest.fixture
async def stranger(app: FastAPI, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Another hall's client."""
    key = new_hall_key()

    def furnish(tx: Any) -> None:
        tx.halls.add(HallRecord("dalian", "大连大厅", "210200", START))
        tx.halls.add_key("dalian", key.prefix, key.digest, START)

    await desk.store.write(furnish)
    headers = {"Authorization": f"Bearer {key.text}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test", headers=headers) as client:
        yield client


async def test_a_case_is_accepted_and_found(hall: httpx.AsyncClient) -> None:
    """202 names the case in body and Location, and the case, its events and the list tell of it in the described shapes."""
    accepted = await submit(hall)
    number = CaseAccepted.model_validate_json(accepted.content, strict=False).number
    assert (accepted.status_code, accepted.headers["location"]) == (202, f"/api/v1/cases/{number}")
    assert "idempotency-replayed" not in accepted.headers
    full = CaseFull.model_validate_json((await hall.get(accepted.headers["location"])).content)
    assert (full.number, full.status.code, [m.code for m in full.materials], len(full.visits)) == (number, "20", ["id-card"], 1)
    events = EventList.model_validate_json((await hall.get(f"/api/v1/cases/{number}/events")).content).events
    assert [event.sequence for event in events] == [1, 2]
    listed = CaseList.model_validate_json((await hall.get("/api/v1/cases")).content)
    assert ([case.number for case in listed.cases], listed.next) == ([number], None)


async def test_personal_data_comes_back_masked(hall: httpx.AsyncClient) -> None:
    """The case as read shows neither the certificate's number nor the phone."""
    text = (await hall.get((await submit(hall)).headers["location"])).text
    assert "99010119900307123X" not in text
    assert "13800000000" not in text


async def test_the_same_request_gets_the_same_bytes(hall: httpx.AsyncClient) -> None:
    """A replay is answered byte for byte alike, says that it is one, and makes no second case."""
    first, second = await submit(hall), await submit(hall)
    assert (first.content, second.status_code, second.headers["idempotency-replayed"]) == (second.content, 202, "true")
    assert len((await hall.get("/api/v1/cases")).json()["cases"]) == 1


async def test_concurrent_twins_make_one_case(hall: httpx.AsyncClient) -> None:
    """Sent many times at once, a request makes one case; whoever came in between hears 409 with Retry-After."""
    answers = await asyncio.gather(*(submit(hall) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 409)
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert len((await hall.get("/api/v1/cases")).json()["cases"]) == 1


async def test_a_key_used_for_another_body_is_refused(hall: httpx.AsyncClient) -> None:
    """One key, two bodies: 422, and the first case stands alone."""
    await submit(hall)
    answer = await submit(hall, draft(test=True))
    assert (answer.status_code, codes(answer)) == (422, {("", "idempotency.reused")})


async def test_a_case_needs_a_key_of_its_own(hall: httpx.AsyncClient) -> None:
    """No Idempotency-Key, or two, or one that is no plain text: 400."""
    body = dump(draft())
    assert codes(await hall.post("/api/v1/cases", content=body, headers=JSON)) == {("", "idempotency.missing")}
    twice = httpx.Headers([("Content-Type", "application/json"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    for headers in (twice, httpx.Headers(JSON | {"Idempotency-Key": "k" * 256}), httpx.Headers(JSON | {"Idempotency-Key": "a b"})):
        answer = await hall.post("/api/v1/cases", content=body, headers=headers)
        assert (answer.status_code, codes(answer)) == (400, {("", "idempotency.invalid")})
    assert await nothing_kept(hall)


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ({"destination": "659999"}, ("/destination", "region.unknown")),
        ({"matter": "999999999999"}, ("/matter", "matter.unknown")),
        ({"destination": "520200"}, ("/matter", "matter.not-offered")),
        ({"surprise": 1}, ("/surprise", "field.unknown")),
        ({"materials": []}, ("/materials", "material.missing")),
        ({"visits": []}, ("/visits", "visit.reception")),
        ({"materials": [{"code": "id-card", "name": "a.png", "content": "***"}]}, ("/materials/0/content", "material.encoding")),
        (
            {"materials": [{"code": "id-card", "name": "a.png", "material": "mat_" + "0" * 32}]},
            ("/materials/0/material", "material.unknown"),
        ),
    ],
)
async def test_bad_drafts_are_told_where_and_what(hall: httpx.AsyncClient, about: dict[str, Any], found: tuple[str, str]) -> None:
    """Each kind of bad input is 422 with pointer and code, in both languages, and nothing is kept."""
    answer = await submit(hall, draft(**about))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert found in codes(answer)
    assert all(fault["zh"] and fault["en"] for fault in answer.json()["errors"])
    assert await nothing_kept(hall)


async def test_all_faults_are_told_at_once(hall: httpx.AsyncClient) -> None:
    """Faults of different fields come in one answer, under one type."""
    answer = await submit(hall, draft(destination="659999", matter="999999999999", visits=[], surprise=1))
    assert {code for _, code in codes(answer)} >= {"region.unknown", "matter.unknown", "field.unknown"}
    assert answer.json()["type"] == "urn:tongban:problem:content.faults"


async def test_a_wrong_check_digit_is_not_repeated(hall: httpx.AsyncClient) -> None:
    """An identity number that fails its check is told by its place; the number itself is not given back."""
    body = draft()
    body["applicant"]["certificate"]["number"] = "990101199003071231"
    answer = await submit(hall, body)
    assert ("/applicant/certificate/number", "certificate.identity-number") in codes(answer)
    assert "990101199003071231" not in answer.text


HOSTILE = {
    "cut short": b'{"matter": ',
    "deep": b"[" * 100_000,
    "deep in a field": b'{"form": ' + b'{"a":' * 30_000 + b"}" * 30_000 + b"}",
    "NaN": b'{"matter": NaN}',
    "huge number": b'{"matter": ' + b"9" * 5000 + b"}",
    "twice the same name": b'{"matter": "1", "matter": "2"}',
    "half a surrogate": b'{"matter": "\\ud800"}',
    "not UTF-8": b'{"matter": "\xff\xfe"}',
    "NUL": b'{"matter": "\x00"}',
    "UTF-16": '{"matter": "1"}'.encode("utf-16"),
    "a list": b"[]",
    "a number": b"7",
    "nothing": b"",
    "two documents": b"{}{}",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_json_is_400(hall: httpx.AsyncClient, body: bytes) -> None:
    """JSON that is broken, bottomless or ambiguous is refused in words, never a 500."""
    answer = await submit(hall, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert await nothing_kept(hall)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "matter",
        "destination",
        "applicant",
        "agent",
        "reception",
        "form",
        "materials",
        "visits",
        "test",
        "x",
        "applicant.certificate",
        "materials.0",
        "visits.0",
    ]
)


def put(body: Any, path: str, value: Any) -> None:
    """Set a field of a draft by its dotted path, where what stands above it still has a place for it."""
    first, _, rest = path.partition(".")
    if isinstance(body, dict):
        if rest:
            put(body.get(first), rest, value)
        else:
            body[first] = value
    elif isinstance(body, list) and first.isdigit():
        body[int(first) :] = [value]


@given(changes=st.dictionaries(fields, json_values, min_size=1, max_size=3))
@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_value_in_any_field_breaks_us(hall: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    """Whatever JSON stands in whichever field, the answer is a refusal in words or a case, and what is refused is refused as a problem."""
    body = draft()
    for path, value in changes.items():
        put(body, path, value)
    raw = json.dumps(body).encode()
    answer = await submit(hall, raw, key=hashlib.sha256(raw).hexdigest())
    assert answer.status_code in (202, 400, 422), answer.text
    assert answer.status_code == 202 or answer.json()["errors"]


@given(body=st.binary(max_size=200), declared=st.sampled_from(["application/json", "text/xml", "", "application/json;charset=gbk"]))
@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_bytes_break_us(hall: httpx.AsyncClient, body: bytes, declared: str) -> None:
    """Random bytes under any declaration are a 4xx problem."""
    for path in ("/api/v1/cases", "/api/v1/cases/x/visits", "/push/v1/somewhere"):
        answer = await hall.post(path, content=body, headers={"Content-Type": declared, "Idempotency-Key": "k"})
        assert 400 <= answer.status_code < 500


async def test_a_body_over_the_limit_is_413(hall: httpx.AsyncClient) -> None:
    """Declared or chunked, a JSON body over the limit is refused, with the way to do it instead."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield bytes(1000)

    headers = JSON | {"Idempotency-Key": "k"}
    for content in (bytes(200_001), pieces()):
        answer = await hall.post("/api/v1/cases", content=content, headers=headers)
        assert (answer.status_code, codes(answer)) == (413, {("", "body.too-large")})
        assert "/api/v1/materials" in answer.json()["detail"]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        "Bearer tb_aaaaaaaaaaaa_" + "A" * 43,
        "Bearer 密钥".encode().decode("latin-1"),
        "Bearer " + "A" * 5000,
    ],
)
async def test_a_wrong_key_is_401(nobody: httpx.AsyncClient, authorization: str | None) -> None:
    """Whatever is wrong with the key, the answer is 401 and does not say which part was wrong."""
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = await nobody.get("/api/v1/cases", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="tongban"')
    assert codes(answer) == {("", "auth.missing" if authorization is None else "auth.refused")}


async def test_another_halls_case_is_no_case(hall: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    """Another hall gets the same 404 as for a number that never was, on every route of the case, and its list is empty."""
    number = (await submit(hall)).json()["number"]
    for path in ("", "/events", "/results/1"):
        theirs, invented = [await stranger.get(f"/api/v1/cases/{n}{path}") for n in (number, "KS2301002201002026112000000990")]
        assert theirs.status_code == invented.status_code == 404
        assert codes(theirs) == codes(invented) == {("", "case.unknown")}
    visit = {"purpose": "collect", "at": "2026-11-20T09:45:00+08:00", "evidence": {"kind": "sign", "reference": "S-1"}}
    refused = await stranger.post(f"/api/v1/cases/{number}/visits", content=dump(visit), headers=JSON)
    assert (refused.status_code, codes(refused)) == (404, {("", "case.unknown")})
    assert (await stranger.get("/api/v1/cases")).json()["cases"] == []


async def test_another_halls_upload_cannot_be_used(hall: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    """A material's id is of use to the hall that uploaded it and to no other."""
    uploaded = (await stranger.post("/api/v1/materials?name=a.png", content=PNG)).json()["id"]
    answer = await submit(hall, draft(materials=[{"code": "id-card", "name": "a.png", "material": uploaded}]))
    assert ("/materials/0/material", "material.unknown") in codes(answer)


async def test_a_material_can_be_uploaded_first(hall: httpx.AsyncClient) -> None:
    """An upload is hashed and typed by its content, and a case that names it carries it."""
    answer = await hall.post(
        "/api/v1/materials", content=PNG, headers={"Content-Disposition": "attachment; filename*=UTF-8''%E8%BA%AB%E4%BB%BD%E8%AF%81.png"}
    )
    uploaded = UploadedMaterial.model_validate_json(answer.content)
    assert (answer.status_code, uploaded.name, uploaded.media_type) == (201, "身份证.png", "image/png")
    assert (uploaded.size, uploaded.sha256) == (len(PNG), hashlib.sha256(PNG).hexdigest())
    accepted = await submit(hall, draft(materials=[{"code": "id-card", "name": "身份证.png", "material": uploaded.id}]))
    case = CaseFull.model_validate_json((await hall.get(accepted.headers["location"])).content)
    assert [material.sha256 for material in case.materials] == [uploaded.sha256]


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", {}, 422, "material.empty"),
        (b"MZ\x90\x00" * 100, {}, 422, "material.type"),
        (bytes(100_001), {}, 413, "material.too-large"),
        (PNG, {"Content-Type": "multipart/form-data; boundary=x"}, 415, "body.media-type"),
        (PNG, {"Content-Encoding": "gzip"}, 415, "body.encoding"),
    ],
)
async def test_a_bad_upload_is_refused(hall: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: str) -> None:
    """Empty, oversized, wrong-typed, wrapped or encoded content is refused in words."""
    answer = await hall.post("/api/v1/materials?name=a.pdf", content=content, headers=headers)
    assert (answer.status_code, codes(answer)) == (status, {("", code)})


async def test_an_upload_needs_a_name(hall: httpx.AsyncClient) -> None:
    """Without a name in query or header the upload is refused before its content is read."""
    assert codes(await hall.post("/api/v1/materials", content=PNG)) == {("", "material.name")}


async def test_odd_names_are_only_shown(hall: httpx.AsyncClient) -> None:
    """Path parts, controls and NUL in a name change nothing but what is shown."""
    for name in ("../../etc/passwd", "C:\\x.png", "a\x00b.png", "=cmd|x!A1.csv", "a\u202egnp.exe"):
        answer = await hall.post("/api/v1/materials", params={"name": name}, content=PNG)
        shown = answer.json()["name"]
        assert answer.status_code == 201
        assert not set(shown) & set("/\\\x00\u202e")


async def test_visits_are_recorded_and_repeated_ones_are_one(hall: httpx.AsyncClient, desk: Desk) -> None:
    """A visit is answered in the described shape; telling it twice adds nothing."""
    location = (await submit(hall)).headers["location"]
    desk.clock.pass_(hours=2)
    visit = {"purpose": "collect", "at": "2026-11-20T11:00:00+08:00", "evidence": {"kind": "sign", "reference": "S-1"}}
    for _ in range(2):
        answer = await hall.post(f"{location}/visits", content=dump(visit), headers=JSON)
        assert (answer.status_code, VisitDocument.model_validate_json(answer.content).purpose) == (201, "collect")
    assert len((await hall.get(location)).json()["visits"]) == 2
    late = await hall.post(f"{location}/visits", content=dump(visit | {"at": "2027-01-01T00:00:00+08:00"}), headers=JSON)
    assert (late.status_code, codes(late)) == (422, {("/at", "visit.future")})


async def test_a_result_is_downloaded_as_an_attachment(hall: httpx.AsyncClient, desk: Desk, app: FastAPI) -> None:
    """The authority's paper comes whole, as an attachment that nobody sniffs, under its own name."""
    desk.partner.script["query"] = [came_to(Received("P-1"), report(Status.APPROVED, "A", result=True))]
    location = (await submit(hall)).headers["location"]
    await desk.work()
    desk.clock.pass_(minutes=30)
    await desk.work()
    [result] = (await hall.get(location)).json()["results"]
    async with running(app) as server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=hall.headers) as real:
        answer = await real.get(result["href"])
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, PDF, str(len(PDF)))
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "%E8%AF%81%E4%B9%A6.pdf" in answer.headers["content-disposition"]
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("application/pdf", "nosniff")
    assert codes(await hall.get(f"{location}/results/9999")) == {("", "result.unknown")}


async def test_the_list_is_paged_without_gaps(hall: httpx.AsyncClient) -> None:
    """Following `next` lists every case once, newest first."""
    numbers = [(await submit(hall, draft(form={"shop_name": f"店{i}"}), key=f"k{i}")).json()["number"] for i in range(5)]
    seen, after = [], {}
    while True:
        page = (await hall.get("/api/v1/cases", params={"limit": 2, "status": "20"} | after)).json()
        seen += [case["number"] for case in page["cases"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == numbers[::-1]


@pytest.mark.parametrize(
    "query", ["limit=abc", "limit=0", "limit=201", "after=x", "after=" + "9" * 65, "status=zz", "status=%00", "after=-1"]
)
async def test_bad_parameters_are_422(hall: httpx.AsyncClient, query: str) -> None:
    """A parameter that is not valid is named; nothing reaches the store."""
    answer = await hall.get(f"/api/v1/cases?{query}")
    assert (answer.status_code, codes(answer)) == (422, {("", "query.invalid")})
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_events_after_a_sequence(hall: httpx.AsyncClient) -> None:
    """`after` leaves out what the hall has; a number too large for any store is still only a bad parameter."""
    number = (await submit(hall)).json()["number"]
    events = (await hall.get(f"/api/v1/cases/{number}/events?after=1")).json()["events"]
    assert [event["sequence"] for event in events] == [2]
    assert (await hall.get(f"/api/v1/cases/{number}/events?after={2**63}")).status_code == 422


async def test_regions_and_matters_are_listed(hall: httpx.AsyncClient, desk: Desk) -> None:
    """Both lists have the described shapes; a matter comes with its materials and form."""
    await desk.store.write(lambda tx: tx.catalogue.put_region(Region("370171", "高新区", zone=True)))
    regions = RegionList.model_validate_json((await hall.get("/api/v1/regions")).content).regions
    assert {region.code for region in regions} >= {"220100", "370171"}
    matters = MatterList.model_validate_json((await hall.get("/api/v1/matters?destination=220100")).content).matters
    assert [(matter.code, len(matter.materials), len(matter.form)) for matter in matters] == [(MATTER, 2, 2)]
    assert (await hall.get("/api/v1/matters?destination=520200")).json() == {"matters": []}
    assert codes(await hall.get("/api/v1/matters?destination=x")) == {("", "query.invalid")}


async def test_a_closed_store_is_503(hall: httpx.AsyncClient, desk: Desk) -> None:
    """When the database is gone, every route says 503 with Retry-After, and nothing is acknowledged."""
    await desk.store.close()
    for answer in (await submit(hall), await hall.get("/api/v1/regions"), await hall.post("/api/v1/materials?name=a", content=PNG)):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_no_personal_data_in_logs(hall: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a case that is taken nor one that is refused leaves a name, number or phone in the log."""
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):
        await submit(hall)
        await submit(hall, draft(matter="1"), key="k-2")
    written = json.dumps(logs, default=repr, ensure_ascii=False) + caplog.text
    assert logs
    assert not [secret for secret in ("张㛃𠮷", "99010119900307123X", "13800000000") if secret in written]
