"""Routes explain themselves: the very condition that failed, the same for intake, the pre-check and the command line."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.flow import Refusal, Route, explain_route
from gateway.model import Agreement, Delegations, Region, Terms

from .harness import MATTER, START, Desk, ScriptedPartner, draft, matter

DAY = date(2026, 11, 20)


async def ask(
    desk: Desk, destination: str | None = "220100", code: str | None = MATTER, day: date = DAY, origin: str = "230100"
) -> Route[Any]:
    """The route as the gateway's own partners make it."""
    return await desk.store.read(lambda tx: explain_route(tx, desk.ctx.partners, origin, destination, code, START, day))


def codes(route: Route[Any]) -> list[str]:
    return [fault.code for fault in route.faults]


async def test_an_open_route_names_agreement_and_partner(desk: Desk) -> None:
    """Nothing failed: the matter's version, the document, what is delegated, the partner, and no pause."""
    route = await ask(desk)
    assert (route.faults, route.pause) == ((), None)
    assert route.matter is not None
    assert route.agreement is not None
    assert (route.matter.code, route.agreement.document_number, route.partner) == (MATTER, "协议1号", desk.partner)


UNKNOWN = [
    ("no such region", {"destination": "999900"}, ["region.unknown"]),
    ("no such origin", {"origin": "999900"}, ["region.origin-unknown"]),
    ("no such matter", {"code": "999999999999"}, ["matter.unknown"]),
    ("neither", {"destination": "999900", "code": "999999999999"}, ["region.unknown", "matter.unknown"]),
    ("not offered there", {"destination": "520200"}, ["matter.not-offered"]),
    ("offered, but not yet", {"day": date(2025, 12, 31)}, ["matter.not-in-force"]),
    ("the hall's own region, which offers it", {"origin": "220100"}, ["route.own-region"]),
    ("the hall's own region, which does not", {"origin": "230100", "destination": "230100"}, ["route.own-region"]),
    ("no agreement at all for the pair", {"origin": "520200"}, ["agreement.none"]),
]


@pytest.mark.parametrize(("about", "expected"), [pytest.param(a, e, id=name) for name, a, e in UNKNOWN])
async def test_the_condition_that_failed_is_named(desk: Desk, about: dict[str, Any], expected: list[str]) -> None:
    """One condition, one code; two that are independent, both."""
    route = await ask(desk, **about)
    assert codes(route) == expected


async def test_t9_a_zone_without_a_code_of_its_own_is_reached_through_its_city(desk: Desk) -> None:
    """A functional zone is registered under a pseudo-code of its city, whose matters, agreements and partner serve it."""
    await desk.store.write(lambda tx: tx.catalogue.put_region(Region("220172", "高新区", zone=True)))
    route = await ask(desk, "220172")
    assert route.agreement is not None
    assert (codes(route), route.agreement.destination, route.partner) == ([], "220100", desk.partner)


async def test_t9_a_code_that_is_no_longer_in_force_is_said_with_its_dates(desk: Desk) -> None:
    """A county that became a district has another code since."""
    await desk.store.write(lambda tx: tx.catalogue.put_region(Region("220181", "九台市", valid_to=date(2014, 10, 20))))
    route = await ask(desk, "220181")
    assert codes(route) == ["region.not-in-force"]
    assert "… – 2014-10-20" in route.faults[0].zh


async def test_a_matter_that_ended_is_told_apart_from_one_never_offered(desk: Desk) -> None:
    """The dates of every version stand in the fault."""
    other = "000117001002"
    ended = matter(code=other, valid_from="2026-01-01", valid_to="2026-06-30")
    await desk.store.write(lambda tx: tx.catalogue.put_matter(ended))
    route = await ask(desk, code=other)
    assert codes(route) == ["matter.not-in-force"]
    assert "2026-01-01 – 2026-06-30" in route.faults[0].en


@dataclass(frozen=True)
class Pact:
    """Agreements that bring a pair with none so far into being."""

    line: Agreement
    code: str
    told: str = ""


LINE = Agreement("协议2号", "520000", "220100", MATTER, date(2026, 3, 1), date(2026, 6, 30))
PACTS = [
    Pact(Agreement("协议2号", "520000", "220000", "000117001009", date(2026, 1, 1), None), "agreement.matter"),
    Pact(LINE, "agreement.not-in-force", "协议2号 2026-03-01 – 2026-06-30"),
    Pact(
        Agreement("协议3号", "520200", "220100", MATTER, date(2026, 1, 1), None, Delegations(receive=False)), "agreement.receive", "协议3号"
    ),
]


@pytest.mark.parametrize("pact", PACTS, ids=lambda pact: pact.code)
async def test_every_way_an_agreement_can_fail_is_told_apart(desk: Desk, pact: Pact) -> None:
    """No line for the matter; a line that ended; a line that grants everything but receiving."""
    await desk.store.write(lambda tx: tx.agreements.import_([pact.line], "甲", START))
    route = await ask(desk, origin="520200")
    assert codes(route) == [pact.code]
    assert pact.told in route.faults[0].zh


async def test_both_ends_of_validity_are_days_on_which_cases_are_taken(desk: Desk) -> None:
    """Effective-dated: the day before and the day after are not."""
    await desk.store.write(lambda tx: tx.agreements.import_([LINE], "甲", START))
    days = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 6, 30), date(2026, 7, 1))
    told = [codes(await ask(desk, origin="520200", day=day)) for day in days]
    assert told == [["agreement.not-in-force"], [], [], ["agreement.not-in-force"]]


async def test_a_citys_own_partner_and_agreement_win_over_the_provinces(desk: Desk) -> None:
    """Longest region prefix on both."""
    city = ScriptedPartner("city")
    city.regions = ("220100",)  # type: ignore[misc]
    partners = {"somewhere": desk.partner, "city": city}
    wide = Agreement("省际协议", "230000", "220000", MATTER, date(2026, 6, 1), None)
    await desk.store.write(lambda tx: tx.agreements.import_([wide], "甲", START))
    route = await desk.store.read(lambda tx: explain_route(tx, partners, "230100", "220100", MATTER, START, DAY))
    assert route.agreement is not None
    assert (route.partner, route.agreement.document_number) == (city, "协议1号")


async def test_no_partner_and_a_partner_without_the_matter_are_two_conditions(desk: Desk) -> None:
    """Nobody connected for the region; somebody connected who does not take it."""
    none = await desk.store.read(lambda tx: explain_route(tx, {}, "230100", "220100", MATTER, START, DAY))
    assert codes(none) == ["route.no-partner"]
    desk.partner.offers = ()
    assert codes(await ask(desk)) == ["route.partner-matter"]


async def test_a_paused_partner_is_said_and_closes_no_route(desk: Desk) -> None:
    """Cases are taken in and wait; the pause is over when its time is."""
    until = START + timedelta(minutes=15)
    await desk.store.write(lambda tx: tx.partners.pause(desk.partner.name, until, "credentials", START))
    route = await ask(desk)
    assert route.pause is not None
    assert (route.faults, route.pause.reason) == ((), "credentials")
    assert (await desk.submit()).number
    later = await desk.store.read(lambda tx: explain_route(tx, desk.ctx.partners, "230100", "220100", MATTER, until, DAY))
    assert later.pause is None


async def test_the_faults_of_intake_are_the_conditions_of_the_route(desk: Desk) -> None:
    """What the counter is told is word for word what the route says."""
    await desk.store.write(lambda tx: tx.catalogue.put_matter(matter(destination="520200")))
    route = await ask(desk, "520200")
    with pytest.raises(Refusal) as caught:
        await desk.submit(draft(destination="520200"))
    assert caught.value.faults == route.faults
    assert codes(route) == ["agreement.none", "route.no-partner"]


async def test_an_agreements_terms_come_back_as_they_were_imported(desk: Desk) -> None:
    """Days that the document does not give stay unsaid; a line from before there were terms has none."""
    terms = Terms(forward_days=1, return_days=0)
    line = Agreement("协议4号", "520200", "220100", MATTER, date(2026, 1, 1), None, Delegations(verify_original=True), terms)
    await desk.store.write(lambda tx: tx.agreements.import_([line], "甲", START))
    assert await desk.store.read(lambda tx: tx.agreements.between("520200", "220100", MATTER)) == [line]
    (before,) = await desk.store.read(lambda tx: tx.agreements.between("230100", "220100", MATTER))
    assert before.terms == Terms()
