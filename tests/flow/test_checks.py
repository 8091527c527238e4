"""The pre-check: intake's own eyes, and nothing kept."""

import base64
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.flow import Refusal, RefusalKind, check
from gateway.flow.checks import original, requirements
from gateway.model import Agreement, Delegations, MaterialRequirement, Matter, Mode, fault
from gateway.store.tables import metadata

from .harness import MATTER, Desk, draft, dump, matter
from .test_intake import BAD, MATERIALS


async def ask(desk: Desk, document: dict[str, Any]) -> dict[str, Any]:
    """What the hall is told."""
    return await check(desk.ctx, desk.hall, dump(document))


def codes(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(fault["pointer"], fault["code"]) for fault in answer["faults"]}


async def rows(desk: Desk) -> dict[str, int]:
    """How many rows every table has."""

    def unit(tx: Any) -> dict[str, int]:
        count = sa.select(sa.func.count())
        tables = [table for table in metadata.tables.values() if table.info.get("only", desk.store.dialect) == desk.store.dialect]
        return {table.name: tx.cases._connection.execute(count.select_from(table)).scalar_one() for table in tables}

    return await desk.store.read(unit)


async def test_a_sound_draft_is_acceptable_and_leaves_no_row(desk: Desk) -> None:
    """Asked as often as one likes, no table grows, nobody is called, and the same draft is then taken in."""
    before = await rows(desk)
    for _ in range(3):
        answer = await ask(desk, draft())
        assert (answer["checked"], answer["acceptable"], answer["faults"]) == ("draft", True, [])
    assert await rows(desk) == before
    assert desk.partner.calls == []
    assert (await desk.submit()).number


@pytest.mark.parametrize(
    "about",
    [pytest.param(about, id=name) for name, about, _ in BAD] + [pytest.param({"materials": m}, id=name) for name, m, _ in MATERIALS],
)
async def test_the_faults_are_those_of_intake(desk: Desk, about: dict[str, Any]) -> None:
    """Word for word, in the same order, whatever is wrong."""
    with pytest.raises(Refusal) as caught:
        await desk.submit(draft(**about))
    answer = await ask(desk, draft(**about))
    assert not answer["acceptable"]
    assert [(f["pointer"], f["code"], f["zh"], f["en"]) for f in answer["faults"]] == [
        (f.pointer, f.code, f.zh, f.en) for f in caught.value.faults
    ]


async def test_the_partners_message_is_prepared_dry(desk: Desk) -> None:
    """What the destination's system could not take is said before the file is taken in."""
    desk.partner.faults = (fault("mapping.code", "/applicant/certificate/type", value="412", table="certificate"),)
    assert codes(await ask(desk, draft())) == {("/applicant/certificate/type", "mapping.code")}


async def test_an_enquiry_is_told_the_requirements_and_misses_nothing_else(desk: Desk) -> None:
    """Only matter and destination: what to bring, the way it would go, and no word of materials that nobody has handed over yet."""
    answer = await ask(desk, {"matter": MATTER, "destination": "220100"})
    assert (answer["checked"], answer["acceptable"], answer["faults"]) == ("route", True, [])
    assert answer["due"]["notice_by"] == "2026-11-27"
    assert [(m["code"], m["necessity"], m["max_bytes"]) for m in answer["requirements"]["materials"]] == [
        ("id-card", "required", 1000),
        ("lease", "optional", 10 * 1024 * 1024),
    ]
    assert [(field["code"], field["required"]) for field in answer["requirements"]["form"]] == [("shop_name", True), ("kind", False)]
    assert answer["route"]["agreement"] == "协议1号"
    assert answer["route"]["delegations"]["receive"] is True
    assert answer["route"]["partner_known"] is True


ENQUIRIES: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    ({"matter": MATTER}, {("/destination", "field.missing")}),
    ({}, {("/matter", "field.missing"), ("/destination", "field.missing")}),
    ({"matter": MATTER, "destination": "999900"}, {("/destination", "region.unknown")}),
    ({"matter": 5, "destination": "x"}, {("/matter", "field.type"), ("/destination", "region.unknown")}),
    ({"matter": MATTER, "destination": "520200"}, {("/matter", "matter.not-offered")}),
]


@pytest.mark.parametrize(("document", "expected"), ENQUIRIES)
async def test_an_enquiry_that_leads_nowhere_says_why(desk: Desk, document: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    """Faults of the two fields and of the route, nothing more; no requirements where no matter was found."""
    answer = await ask(desk, document)
    assert (answer["acceptable"], codes(answer), answer["requirements"]) == (False, expected, None)


@pytest.mark.parametrize("code", ["2201", "220100000", "220100000000"])
async def test_t9_region_codes_of_other_lengths_lead_to_the_same_place(desk: Desk, code: str) -> None:
    """Four, nine and twelve digits are what other systems write."""
    answer = await ask(desk, draft(destination=code))
    assert (answer["acceptable"], answer["route"]["destination"]) == (True, "220100")


async def test_t21_a_sole_trader_is_asked_for_its_operator(desk: Desk) -> None:
    """On the enterprise side, though a natural person signs: without the operator the draft is not acceptable."""
    body = draft()
    body["applicant"]["class"] = "sole-trader"
    assert codes(await ask(desk, body)) == {("/applicant/representative", "applicant.representative")}


async def test_an_uploaded_material_is_seen_and_stays_unused(desk: Desk) -> None:
    """A check takes nothing: the id serves the case afterwards."""
    from gateway.flow import upload_material

    async def body() -> Any:
        yield base64.b64decode(draft()["materials"][0]["content"])

    uploaded = await upload_material(desk.ctx, desk.hall, "a.png", body())
    document = draft(materials=[{"code": "id-card", "name": "a.png", "material": uploaded["id"]}])
    assert (await ask(desk, document))["acceptable"]
    assert (await desk.submit(document)).number


async def test_only_a_body_that_is_no_object_is_refused(desk: Desk) -> None:
    """Everything else is an answer."""
    with pytest.raises(Refusal) as caught:
        await check(desk.ctx, desk.hall, b"[]")
    assert caught.value.kind is RefusalKind.MALFORMED


SEEN = Agreement("协议", "230000", "220100", MATTER, matter().valid_from, None, Delegations(verify_original=True))
UNSEEN = Agreement("协议", "230000", "220100", MATTER, matter().valid_from, None)
ORIGINALS: list[tuple[dict[str, Any], Agreement, str | None]] = [
    ({}, SEEN, None),
    ({"original_checked_by": "handling"}, SEEN, "send"),
    ({"original_checked_by": "reception"}, SEEN, "see"),
    ({"original_checked_by": "reception"}, UNSEEN, "send"),
    ({"original_checked_by": "none"}, UNSEEN, "scan"),
    ({"form": "paper"}, SEEN, "send"),
    ({"form": "paper", "originals": 1}, SEEN, "send"),
    ({"form": "paper", "originals": 0, "copies": 0}, SEEN, "scan"),
    ({"form": "electronic"}, SEEN, "scan"),
    ({"form": "both", "originals": 1}, SEEN, "scan"),
    ({"originals": 0}, SEEN, "scan"),
]


@pytest.mark.parametrize(("about", "agreement", "expected"), ORIGINALS)
def test_what_becomes_of_an_original(about: dict[str, Any], agreement: Agreement, expected: str | None) -> None:
    """Reception's look counts only where the agreement delegates it; what is not published is not made up."""
    assert original(MaterialRequirement(code="a", name="甲", **about), agreement) == expected


def paper(**about: Any) -> Matter:
    """A matter with these materials."""
    return matter(mode=Mode.PROXY, **about)


@pytest.mark.parametrize(
    ("about", "courier"),
    [
        ({"materials": []}, None),
        ({"materials": [], "no_materials": True}, False),
        ({"materials": [{"code": "a", "name": "甲", "form": "electronic"}]}, False),
        ({"materials": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙", "form": "electronic"}]}, None),
        ({"materials": [{"code": "a", "name": "甲"}, {"code": "b", "name": "乙", "form": "paper"}]}, True),
    ],
)
def test_whether_papers_must_travel(about: dict[str, Any], courier: bool | None) -> None:
    """Yes when one must, no when each is known not to, unknown otherwise."""
    assert requirements(paper(**about), SEEN)["courier"] is courier


def test_the_requirements_are_the_catalogues_own() -> None:
    """Limits with their unit, fee, hotline, trust level, copies: as published, or null."""
    about = {
        "promised_limit": {"value": 0, "unit": "working-days"},
        "fee": {"charged": True, "standard": "20元/证"},
        "hotline": "0431-12345",
        "express": True,
        "materials": [{"code": "a", "name": "甲", "copies": 2, "trust_level": "B", "necessity": "tolerable"}],
    }
    told = requirements(paper(**about), None)
    assert (told["promised_limit"], told["statutory_limit"]) == ({"value": 0, "unit": "working-days"}, None)
    assert (told["fee"], told["hotline"], told["result_by_courier"]) == ({"charged": True, "standard": "20元/证"}, "0431-12345", True)
    material = told["materials"][0]
    assert (material["copies"], material["originals"], material["trust_level"], material["necessity"]) == (2, None, "B", "tolerable")
