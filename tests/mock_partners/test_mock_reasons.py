"""Why the simulated authorities say no: drawn, journaled, told with a code of their paper and in words."""

from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lxml import etree
from mock_requests import (
    NS,
    OPENAPI,
    SOAP_SCHEMAS,
    Client,
    call,
    envelope,
    interfere,
    post,
    soap_query,
    soap_submission,
    submission,
)

from mock_partners import rest_paper, soap_paper
from mock_partners.cases import Milestone
from mock_partners.documents import opinion_of
from mock_partners.life import Stage
from mock_partners.reasons import OTHER_SHARE, Reason, reason_of

SUBMIT, QUERY = "/api/matter/submit", "/api/matter/query"
OUTER = "KS370171520200202611200000001A"
NAYS = (Stage.NOT_ACCEPTED, Stage.DENIED)
Serve = Callable[[web.Application], Awaitable[Client]]
Make = Callable[..., web.Application]


def test_every_reason_is_given_and_other_is_rare() -> None:
    """Of 2,000 rejections each sort has several reasons of its own, one in ten “other”; nothing else has a reason; the same each time."""
    given = {stage: Counter(reason_of(1, f"KS{index}", (), stage) for index in range(2000)) for stage in Stage}
    assert {stage for stage in Stage if set(given[stage]) != {None}} == set(NAYS)
    for stage in NAYS:
        assert len(given[stage]) == 5
        assert 0.7 * OTHER_SHARE < given[stage][Reason.OTHER] / 2000 < 1.3 * OTHER_SHARE
        assert given[stage] == Counter(reason_of(1, f"KS{index}", (), stage) for index in range(2000))
    assert set(given[Stage.NOT_ACCEPTED]) & set(given[Stage.DENIED]) == {Reason.OTHER}


@pytest.mark.parametrize("stage", NAYS)
def test_only_who_was_asked_can_have_failed_to_complete(stage: Stage) -> None:
    """Without a supplement asked for nobody hears that he was late with it; with one some do, and all reasons together are all."""
    asked = {reason_of(1, f"KS{index}", (Stage.RECEIVED, Stage.SUPPLEMENT), stage) for index in range(200)}
    assert asked - {reason_of(1, f"KS{index}", (Stage.RECEIVED,), stage) for index in range(200)} == {Reason.NOT_COMPLETED}


def test_a_reason_has_words_and_a_code_in_both_papers() -> None:
    """Each reason is written to the decision in its own words; the papers name every code that may come, and no code twice."""
    assert {opinion_of(Milestone(Stage.DENIED, 0.0, reason=reason)) for reason in Reason} == {reason.value for reason in Reason}
    for codes, paper in ((rest_paper.REASONS, OPENAPI), (soap_paper.REASONS, SOAP_SCHEMAS / "MatterExchange.xsd")):
        assert set(codes) == set(Reason)
        assert len(set(codes.values())) == len(Reason)
        text = paper.read_text("utf-8")
        assert [code for code in codes.values() if f"{code} " not in text] == []


def seed_for(outer: str, stage: Stage, reason: Reason) -> int:
    """A seed with which this case hears this reason."""
    return next(seed for seed in count() if reason_of(seed, outer, (), stage) is reason)


@pytest.mark.parametrize(
    ("stage", "status", "reason", "code"),
    [
        (Stage.NOT_ACCEPTED, "4", Reason.DUPLICATE, "CFSQ"),
        (Stage.DENIED, "13", Reason.CONDITIONS_NOT_MET, "BFHTJ"),
        (Stage.DENIED, "13", Reason.OTHER, "QT"),
    ],
)
async def test_the_rest_partner_tells_code_and_words_again_after_a_restart(
    serve: Serve, rest_app: Make, tmp_path: Path, stage: Stage, status: str, reason: Reason, code: str
) -> None:
    """Nothing before the rejection, then both, and both once more from the journal."""
    outer = submission()["outerNo"]
    options: dict[str, Any] = {"seed": seed_for(outer, stage, reason), "journal": tmp_path / "journal"}
    first = await serve(rest_app(**options))
    await post(first, SUBMIT, submission())
    assert (await post(first, QUERY, {"outerNo": outer}))[1]["data"]["reasonCode"] is None
    assert await interfere(first, "advance", {"outer": outer, "to": status}) == 200
    shown = (await post(first, QUERY, {"outerNo": outer}))[1]["data"]
    assert (shown["status"], shown["reasonCode"], shown["opinion"]) == (status, code, reason.value)
    await first.close()
    second = await serve(rest_app(**options))
    assert (await post(second, QUERY, {"outerNo": outer}))[1]["data"] == shown


@pytest.mark.parametrize(
    ("stage", "state", "reason", "code"),
    [
        (Stage.NOT_ACCEPTED, "BYSL", Reason.NOT_ELIGIBLE, "202"),
        (Stage.DENIED, "BJ-N", Reason.UNREADABLE, "102"),
        (Stage.DENIED, "BJ-N", Reason.OTHER, "999"),
    ],
)
async def test_the_soap_partners_record_fits_its_schema(
    serve: Serve, soap_app: Make, stage: Stage, state: str, reason: Reason, code: str
) -> None:
    """Code and words stand in the record that queries and pushes share."""
    client = await serve(soap_app(seed=seed_for(OUTER, stage, reason)))
    await call(client, "SubmitMatter", envelope(soap_submission()))
    assert await interfere(client, "advance", {"outer": OUTER, "to": state}) == 200
    _, answer = await call(client, "QueryMatter", envelope(soap_query("SerialNo", OUTER)))
    etree.XMLSchema(file=str(SOAP_SCHEMAS / "MatterExchange.xsd")).assertValid(answer)
    record = answer.find("ex:Record", NS)
    assert record is not None
    assert [record.findtext(f"ex:{name}", None, NS) for name in ("State", "ReturnCode", "Opinion")] == [state, code, reason.value]
