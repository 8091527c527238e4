"""A share of submissions is told to be another place's: always the same place, never the one asked for, and no case is made."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from lxml import etree
from mock_requests import (
    NS,
    SOAP_SCHEMAS,
    Client,
    Json,
    call,
    changed,
    code_of,
    envelope,
    look,
    post,
    soap_submission,
    submission,
)

Serve = Callable[[web.Application], Awaitable[Client]]
Make = Callable[..., web.Application]
SUBMIT = "/api/matter/submit"


async def submit(client: Client, outer: str, area: str = "220100000000") -> tuple[str, Json | None]:
    """Submit a case for an area; the code and the data of the answer."""
    _, answer = await post(client, SUBMIT, changed(submission(outer), ("areaCode",), area))
    data: Json | None = answer["data"]
    return str(answer["code"]), data


async def test_a_share_is_sent_elsewhere_and_makes_no_case(serve: Serve, rest_app: Make) -> None:
    """Of 60 submissions about a third gets the code and a place, each the same when repeated; the others are cases."""
    client = await serve(rest_app(elsewhere=0.35, competent=("230100", "520100", "220100")))
    outers = [f"KS{index}" for index in range(60)]
    answers = {outer: await submit(client, outer) for outer in outers}
    sent = {outer: data for outer, (code, data) in answers.items() if code == "1010"}
    assert 10 < len(sent) < 32
    assert {data["competentArea"] for data in sent.values() if data} == {"230100000000", "520100000000"}
    for outer, data in sent.items():
        assert await submit(client, outer) == ("1010", data)
    doors = await look(client, "cases")
    assert {row["outer"] for row in doors["cases"]} == set(outers) - set(sent)
    assert doors["elsewhere"] == [{"outer": outer, "competent": data["competentArea"][:6]} for outer, data in sent.items() if data]
    assert (await look(client, "stats"))["refused"] == {"1010": 2 * len(sent)}


@pytest.mark.parametrize("competent", [(), ("220100",)])
async def test_who_can_be_sent_nowhere_else_is_taken(serve: Serve, rest_app: Make, competent: tuple[str, ...]) -> None:
    """When no place but the one asked for is left, the case is taken in."""
    client = await serve(rest_app(elsewhere=1.0, competent=competent))
    assert (await submit(client, "KS1"))[0] == "0"


async def test_who_goes_where_he_was_sent_is_taken(serve: Serve, rest_app: Make, tmp_path: Path) -> None:
    """At the place named the case is taken, after a restart too; at any other it is named again."""
    journal = tmp_path / "journal"
    options = {"elsewhere": 1.0, "competent": ("220100", "230100"), "journal": journal}
    first = await serve(rest_app(**options))
    assert await submit(first, "KS1") == ("1010", {"competentArea": "230100000000"})
    await first.close()
    second = await serve(rest_app(**options))
    assert (await submit(second, "KS1", "230100000000"))[0] == "0"
    assert await submit(second, "KS1", "220102000000") == ("1010", {"competentArea": "230100000000"})
    (row,) = (await look(second, "cases"))["cases"]
    assert (row["outer"], row["area"]) == ("KS1", "230100")


async def test_two_partners_of_one_seed_send_different_cases_elsewhere(serve: Serve, rest_app: Make) -> None:
    """What one partner sends on to another's area is not therefore sent back."""
    outers = [f"KS{index}" for index in range(40)]
    sent = []
    for area, other in (("220100", "230100"), ("230100", "220100")):
        client = await serve(rest_app(areas=(area,), elsewhere=0.5, competent=(other,), seed=7))
        sent.append({outer for outer in outers if (await submit(client, outer, f"{area}000000"))[0] == "1010"})
    assert sent[0] - sent[1]
    assert sent[1] - sent[0]


async def test_what_is_wrong_or_not_covered_is_refused_for_that(serve: Serve, rest_app: Make) -> None:
    """Only what would be taken in is sent elsewhere."""
    client = await serve(rest_app(elsewhere=1.0, competent=("230100",)))
    assert (await submit(client, "KS1", "520100000000"))[0] == "1009"
    _, answer = await post(client, SUBMIT, changed(submission("KS1"), ("applicant", "legalCertNo"), "990101199003070010"))
    assert answer["code"] == "1003"


async def test_soap_names_the_competent_area_in_six_digits(serve: Serve, soap_app: Make) -> None:
    """Over SOAP the answer has its code, six digits, and fits the schema."""
    client = await serve(soap_app(elsewhere=1.0, competent=("220100",)))
    _, answer = await call(client, "SubmitMatter", envelope(soap_submission()))
    etree.XMLSchema(file=str(SOAP_SCHEMAS / "MatterExchange.xsd")).assertValid(answer)
    assert (code_of(answer), answer.findtext("ex:CompetentArea", None, NS)) == ("-913", "220100")
    assert (await look(client, "cases"))["cases"] == []
