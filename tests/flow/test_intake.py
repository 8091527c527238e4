"""Intake: whole or not at all, and every fault at once."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.flow import Intake, Refusal, RefusalKind, authenticate, case_document, list_cases, upload_material
from gateway.model import Status, fault
from gateway.security import new_hall_key

from .harness import PDF, PNG, Desk, draft, dump, matter


async def refused(desk: Desk, body: dict[str, Any] | bytes, key: str | None = "k") -> Refusal:
    """The refusal that a body gets; and that nothing was stored of it."""
    raw = body if isinstance(body, bytes) else dump(body)
    with pytest.raises(Refusal) as caught:
        await desk.intake.accept(desk.hall, key, raw)
    assert (await list_cases(desk.ctx, desk.hall, after=None, limit=5, status=None))["cases"] == []
    assert await desk.store.read(lambda tx: tx.idempotency.find(desk.hall.id, key or "")) is None
    return caught.value


def found(refusal: Refusal) -> set[tuple[str, str]]:
    """(pointer, code) of every fault."""
    return {(fault.pointer, fault.code) for fault in refusal.faults}


async def test_a_sound_draft_becomes_a_case_with_its_job(desk: Desk) -> None:
    """202 means: number, status 转办中, and a delivery due at once."""
    accepted = await desk.submit()
    case = await desk.case(accepted.number)
    assert (case.origin, case.destination, case.partner, case.status) == ("230100", "220100", "somewhere", Status.DISPATCHING)
    assert await desk.statuses(accepted.number) == ["10", "20"]
    assert [job.kind for job in await desk.claim()] == ["deliver"]


async def test_personal_data_lies_sealed_in_the_store(desk: Desk) -> None:
    """Neither the document nor the raw body shows a name or a number."""
    case = await desk.case((await desk.submit()).number)
    document, body = await desk.store.read(lambda tx: (tx.cases.document(case.id), tx.cases.body(case.id)))
    for sealed in (document, body):
        assert "张㛃𠮷".encode() not in sealed
        assert b"9901011990" not in sealed
    assert desk.ctx.sealer.open(body, f"case:{case.number}:body") == dump(draft())


async def test_the_hall_sees_its_case_with_masked_data(desk: Desk) -> None:
    """Enough to recognise the applicant, no more."""
    document = await case_document(desk.ctx, desk.hall, (await desk.submit()).number)
    assert document["applicant"]["name"] == "张**"
    assert document["applicant"]["certificate"]["number"].startswith("990101********")
    assert (document["transported_at"], document["partner_received_at"], document["handled_at"]) == (None, None, None)
    assert document["materials"][0]["name"] == "身份证.png"


VISIT = {"purpose": "apply", "at": "2026-11-20T09:30:00+08:00", "evidence": {"kind": "sign", "reference": "1"}}
BAD = [
    ("a list for a purpose", {"visits": [VISIT, VISIT | {"purpose": []}]}, {("/visits/1/purpose", "field.value")}),
    ("a place nobody knows", {"visits": [VISIT | {"place": "999900"}]}, {("/visits/0/place", "region.unknown")}),
    ("a moment of the year 1", {"visits": [VISIT | {"at": "0001-01-01T00:00:00+23:59"}]}, {("/visits/0/at", "field.moment")}),
    ("a number for a moment", {"visits": [VISIT | {"at": 1732000000}]}, {("/visits/0/at", "field.moment")}),
    ("digits for a moment", {"visits": [VISIT | {"at": "1732000000"}]}, {("/visits/0/at", "field.moment")}),
    ("a day for a moment", {"visits": [VISIT | {"at": "2026-11-20"}]}, {("/visits/0/at", "field.moment")}),
    ("unknown region", {"destination": "999900"}, {("/destination", "region.unknown")}),
    ("no region code", {"destination": "x"}, {("/destination", "region.unknown")}),
    ("unknown matter", {"matter": "999999999999"}, {("/matter", "matter.unknown")}),
    ("malformed matter", {"matter": "12"}, {("/matter", "field.pattern")}),
    ("matter not offered there", {"destination": "520200"}, {("/matter", "matter.not-offered")}),
    ("unknown field", {"colour": "red"}, {("/colour", "field.unknown")}),
    ("no materials", {"materials": []}, {("/materials", "material.missing")}),
    ("no visit", {"visits": []}, {("/visits", "visit.reception")}),
    ("form field missing", {"form": {}}, {("/form/shop_name", "form.missing")}),
    ("form field unknown", {"form": {"shop_name": "x", "other": "y"}}, {("/form/other", "form.unknown")}),
    ("form value not allowed", {"form": {"shop_name": "x", "kind": "c"}}, {("/form/kind", "field.value")}),
    ("form text too long", {"form": {"shop_name": "长" * 21}}, {("/form/shop_name", "field.too-long")}),
    ("a number where text belongs", {"form": {"shop_name": 5}}, {("/form/shop_name", "field.type"), ("/form/shop_name", "form.missing")}),
]


@pytest.mark.parametrize(("about", "expected"), [pytest.param(a, e, id=name) for name, a, e in BAD])
async def test_a_bad_draft_gets_its_fault_at_its_place(desk: Desk, about: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    """One thing wrong, one fault (two where it is two things), and nothing stored."""
    refusal = await refused(desk, draft(**about))
    assert (refusal.kind, found(refusal)) == (RefusalKind.INVALID, expected)


def material(**about: Any) -> dict[str, Any]:
    """A material entry."""
    return {"code": "id-card", "name": "a.png", "content": base64.b64encode(PNG).decode()} | about


MATERIALS = [
    ("not Base64", [material(content="@@")], {("/materials/0/content", "material.encoding")}),
    ("neither content nor id", [{"code": "id-card", "name": "a"}], {("/materials/0", "material.content")}),
    ("empty", [material(content="")], {("/materials/0", "material.empty")}),
    ("an executable named png", [material(content=base64.b64encode(b"MZ" + bytes(60)).decode())], {("/materials/0", "material.type")}),
    ("too large", [material(content=base64.b64encode(PNG + bytes(1000)).decode())], {("/materials/0", "material.too-large")}),
    ("not asked for", [material(), material(code="selfie")], {("/materials/1/code", "material.unlisted")}),
    ("twice the same", [material(), material()], {("/materials/1/name", "material.duplicate")}),
    ("a PNG named pdf", [material(name="a.PDF")], {("/materials/0/name", "material.extension")}),
    (
        "an id nobody uploaded",
        [{"code": "id-card", "name": "a", "material": "mat_" + "0" * 32}],
        {("/materials/0/material", "material.unknown")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("materials", "expected"), [pytest.param(m, e, id=name) for name, m, e in MATERIALS])
async def test_a_bad_material_gets_its_fault(desk: Desk, materials: list[dict[str, Any]], expected: set[tuple[str, str]]) -> None:
    """Missing, oversized, wrong-typed, wrong-coded: each said at its place."""
    assert found(await refused(desk, draft(materials=materials))) == expected


async def test_all_faults_come_at_once_whatever_their_kind(desk: Desk) -> None:
    """A wrong check digit hides neither the unknown field nor the missing material nor the unknown region."""
    body = draft(destination="999900", extra=1, materials=[])
    body["applicant"]["certificate"]["number"] = "990101199003071239"
    assert found(await refused(desk, body)) == {
        ("/applicant/certificate/number", "certificate.identity-number"),
        ("/extra", "field.unknown"),
        ("/destination", "region.unknown"),
    }
    body["destination"] = "220100"
    assert ("/materials", "material.missing") in found(await refused(desk, body))


REPRESENTATIVE = {"name": "李", "certificate": {"type": "414", "number": "E1"}}
APPLICANTS = [
    ("wrong check digit", {"certificate": {"type": "111", "number": "990101199003071239"}}, "/applicant/certificate/number"),
    ("wrong credit code", {"certificate": {"type": "001", "number": "91330000755918469A"}}, "/applicant/certificate/number"),
    ("unknown certificate", {"certificate": {"type": "888", "number": "1"}}, "/applicant/certificate/type"),
    ("no representative", {"class": "sole-trader"}, "/applicant/representative"),
    ("not for legal persons", {"class": "legal", "representative": REPRESENTATIVE}, "/applicant/class"),
    ("bidi in a name", {"name": "张\u202e三"}, "/applicant/name"),
    ("NUL in a name", {"name": "张\u0000三"}, "/applicant/name"),
    ("no phone", {"phone": None}, "/applicant/phone"),
]  # fmt: skip


@pytest.mark.parametrize(("about", "pointer"), [pytest.param(a, p, id=name) for name, a, p in APPLICANTS])
async def test_an_applicant_that_cannot_be_right_is_said_so(desk: Desk, about: dict[str, Any], pointer: str) -> None:
    """Each fault points at the applicant's own field, and no text repeats what was typed."""
    body = draft()
    body["applicant"] |= about
    refusal = await refused(desk, body)
    assert {fault.pointer for fault in refusal.faults} == {pointer}
    assert "990101199003071239" not in repr(refusal.faults)


HOSTILE = [
    (b"", "body.empty"),
    (b"{", "body.malformed"),
    (b"[" * 100_000 + b"]" * 100_000, "body.unsafe"),
    (b'{"a": NaN}', "body.unsafe"),
    (b'{"a": 1, "a": 2}', "body.unsafe"),
    (b'{"a": ' + b"9" * 5000 + b"}", "body.unsafe"),
    (b"[]", "body.not-an-object"),
    (b"{" + b",".join(b'"k%d":1' % n for n in range(5000)) + b"}", "body.unsafe"),
    (b'{"a": "\xff"}', "body.malformed"),
]


@pytest.mark.parametrize(("raw", "code"), HOSTILE)
async def test_what_is_not_strict_json_is_refused_as_malformed(desk: Desk, raw: bytes, code: str) -> None:
    """100,000 deep, NaN, twice the same key, 5,000 digits: 400, never 500."""
    refusal = await refused(desk, raw)
    assert (refusal.kind, [fault.code for fault in refusal.faults]) == (RefusalKind.MALFORMED, [code])


async def test_without_an_agreement_in_force_nothing_is_taken(desk: Desk) -> None:
    """The pair of regions and the day decide."""
    desk.clock.at = desk.clock.at.replace(year=2025)
    body = draft(visits=[{"purpose": "apply", "at": "2025-11-20T09:30:00+08:00", "evidence": {"kind": "sign", "reference": "1"}}])
    assert ("/matter", "matter.not-in-force") in found(await refused(desk, body))
    desk.clock.at = desk.clock.at.replace(year=2026)
    await desk.store.write(lambda tx: tx.catalogue.put_matter(matter(destination="520200")))
    assert found(await refused(desk, draft(destination="520200"))) == {
        ("/destination", "agreement.none"),
        ("/destination", "route.no-partner"),
    }


async def test_what_the_destination_could_not_take_is_refused_at_the_counter(desk: Desk) -> None:
    """The message is prepared dry before anything is stored."""
    desk.partner.faults = (fault("mapping.code", "/applicant/certificate/type", value="412", table="certificate"),)
    assert found(await refused(desk, draft())) == {("/applicant/certificate/type", "mapping.code")}
    assert desk.partner.calls == []


async def test_the_same_key_and_body_get_the_same_bytes_even_after_a_restart(desk: Desk) -> None:
    """One case; the answer is byte for byte the same."""
    first = await desk.submit()
    again = await Intake(desk.ctx).accept(desk.hall, "k-1", dump(draft()))
    assert (again.body, again.replayed) == (first.body, True)
    assert len((await list_cases(desk.ctx, desk.hall, after=None, limit=5, status=None))["cases"]) == 1


async def test_every_submission_is_counted_by_its_result(desk: Desk) -> None:
    """Accepted, said again, and refused are told apart in the metric."""
    await desk.submit()
    await desk.submit()
    with pytest.raises(Refusal):
        await desk.submit(draft(form={}), key="k-2")
    told, _ = await desk.ctx.metrics.render("process")
    counted = {line for line in told.decode().splitlines() if line.startswith("tongban_intake_total{")}
    assert counted == {f'tongban_intake_total{{result="{result}"}} 1.0' for result in ("accepted", "replayed", "refused-invalid")}


async def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    """422; the first case stands."""
    await desk.submit()
    with pytest.raises(Refusal) as caught:
        await desk.submit(draft(form={"shop_name": "别的小店"}))
    assert (caught.value.kind, caught.value.faults[0].code) == (RefusalKind.INVALID, "idempotency.reused")


async def test_concurrent_twins_make_one_case_within_and_across_processes(desk: Desk) -> None:
    """Twenty twins over two processes' intakes: one case, and each twin gets its answer or is told to wait."""
    other = Intake(desk.ctx)
    calls = [intake.accept(desk.hall, "k", dump(draft())) for intake in [desk.intake, other] * 10]
    results = await asyncio.gather(*calls, return_exceptions=True)
    answers = {result.body for result in results if not isinstance(result, BaseException)}
    refusals = {result.kind for result in results if isinstance(result, Refusal)}
    assert len(answers) == 1
    assert refusals <= {RefusalKind.IN_HAND}
    assert len((await list_cases(desk.ctx, desk.hall, after=None, limit=5, status=None))["cases"]) == 1


@pytest.mark.parametrize("key", [None, "", "with space", "中文", "x" * 256])
async def test_a_missing_or_odd_idempotency_key_is_a_malformed_request(desk: Desk, key: str | None) -> None:
    """400."""
    with pytest.raises(Refusal) as caught:
        await desk.intake.accept(desk.hall, key, dump(draft()))
    assert caught.value.kind is RefusalKind.NO_KEY


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """A body in pieces."""
    for chunk in chunks:
        yield chunk


async def test_an_uploaded_material_serves_one_case_of_its_own_hall(desk: Desk) -> None:
    """Its id works once; a second case needs its own upload."""
    uploaded = await upload_material(desk.ctx, desk.hall, "../租约?.pdf", stream(PDF[:7], PDF[7:]))
    assert uploaded["size"] == len(PDF)
    assert "/" not in uploaded["name"]
    body = draft()
    body["materials"].append({"code": "lease", "name": "租约.pdf", "material": uploaded["id"]})
    accepted = await desk.submit(body)
    case = await desk.case(accepted.number)
    records = await desk.store.read(lambda tx: tx.materials.of_case(case.id))
    assert [record.code for record in records] == ["id-card", "lease"]
    with pytest.raises(Refusal) as caught:
        await desk.submit(body, key="k-2")
    assert found(caught.value) == {("/materials/1/material", "material.unknown")}


@pytest.mark.parametrize(
    ("chunks", "code"), [((b"",), "material.empty"), ((b"GIF89a",), "material.type"), ((PDF, bytes(100_000)), "material.too-large")]
)
async def test_a_bad_upload_leaves_nothing_behind(desk: Desk, chunks: tuple[bytes, ...], code: str) -> None:
    """Empty, of no accepted type, or over the limit."""
    with pytest.raises(Refusal) as caught:
        await upload_material(desk.ctx, desk.hall, "a", stream(*chunks))
    assert caught.value.faults[0].code == code
    far = datetime(2100, 1, 1, tzinfo=UTC)
    assert await asyncio.to_thread(desk.store.attachments.sweep_temporary, far) == 0
    assert await desk.store.read(lambda tx: tx.materials.orphans(far)) == []


async def test_only_the_halls_own_live_key_opens_the_door(desk: Desk) -> None:
    """Wrong, revoked, missing, malformed and non-ASCII keys all fail, with one text for all that were given."""
    assert (await authenticate(desk.ctx, f"Bearer {desk.key}")).id == desk.hall.id
    stranger = new_hall_key().text
    wrong = desk.key[:-1] + ("A" if desk.key[-1] != "A" else "B")
    for header in (f"Bearer {stranger}", f"Bearer {wrong}", f"Basic {desk.key}", "Bearer", "Bearer ключ", ""):
        with pytest.raises(Refusal) as caught:
            await authenticate(desk.ctx, header)
        assert caught.value.faults[0].code == "auth.refused"
    with pytest.raises(Refusal) as caught:
        await authenticate(desk.ctx, None)
    assert caught.value.faults[0].code == "auth.missing"
    await desk.store.write(lambda tx: tx.halls.revoke_key(desk.key[3:15], desk.clock.now()))
    with pytest.raises(Refusal):
        await authenticate(desk.ctx, f"Bearer {desk.key}")


async def test_t5_a_certificate_of_another_systems_code_is_no_identity_card(desk: Desk) -> None:
    """10 is an identity card elsewhere; here it is no kind of certificate, and no case is made."""
    applicant = draft()["applicant"] | {"certificate": {"type": "10", "number": "990101199003071237"}}
    with pytest.raises(Refusal) as refused:
        await desk.submit(draft(applicant=applicant))
    assert [found.pointer for found in refused.value.faults] == ["/applicant/certificate/type"]


@pytest.mark.parametrize("code", ["0001170010", "0001170010010", "000117001"])
async def test_t6_a_draft_under_a_code_of_another_width_is_refused(desk: Desk, code: str) -> None:
    """A matter's code of ten or thirteen digits names no matter, however alike it begins."""
    with pytest.raises(Refusal) as refused:
        await desk.submit(draft(matter=code))
    assert ("/matter", "field.pattern") in {(found.pointer, found.code) for found in refused.value.faults}


@pytest.mark.parametrize("at", [1795140600, 1795140600000, "1795140600", "20261120T093000", "2026-11-20 09:30:00", "2026/11/20"])
async def test_t8_a_moment_without_its_zone_or_as_a_number_is_refused(desk: Desk, at: object) -> None:
    """Seconds or milliseconds, and China's time unsaid: the door takes RFC 3339 only, and says how it is written."""
    visit = draft()["visits"][0] | {"at": at}
    with pytest.raises(Refusal) as refused:
        await desk.submit(draft(visits=[visit]))
    assert [(found.pointer, found.code) for found in refused.value.faults] == [("/visits/0/at", "field.moment")]


async def test_t25_a_walk_through_is_a_test_case_and_says_that_it_is_one(desk: Desk) -> None:
    """Its first event tells it in its detail, the case counts as a test, and an ordinary case's event says nothing of it."""
    walked = await desk.case((await desk.submit(draft(walkthrough=True))).number)
    plain = await desk.case((await desk.submit(key="k-2")).number)
    tried = await desk.case((await desk.submit(draft(test=True), key="k-3")).number)
    assert [case.is_test for case in (walked, plain, tried)] == [True, False, True]
    first = [(await desk.store.read(lambda tx, case=case: tx.cases.events(case.id)))[0] for case in (walked, plain, tried)]  # type: ignore[misc]
    assert [event.type for event in first] == ["case.received"] * 3
    assert [event.detail.get("walkthrough") for event in first] == [True, None, None]
    told, _ = await desk.ctx.metrics.render("process")
    counted = {line for line in told.decode().splitlines() if line.startswith("tongban_intake_total{")}
    assert counted == {'tongban_intake_total{result="accepted"} 1.0', 'tongban_intake_total{result="accepted-test"} 2.0'}
