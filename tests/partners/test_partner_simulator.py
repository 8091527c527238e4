"""Both shipped folders against their own simulation, through the real adapter: two readings of the same folder that share no code."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from partner_parts import MAPPINGS, SECRETS, StandingClock, connected, facts

from gateway.model import CaseFacts, Partner, SupplementFact, WithdrawalFact, verdict_name
from mock_partners.simulator import Options, Scenario, SimulatedPartner, read_paper, read_scenario

Serve = Callable[[web.Application], Awaitable[str]]
FOLDERS = {"harbin-changchun": "230100", "guizhou-province": "520100"}
PATHS = {"harbin-changchun": "", "guizhou-province": "/services/MatterExchange"}
STATUSES = ("21", "30", "40", "50", "51", "60", "70", "71", "91")


def simulated(name: str, scenario: Scenario | None = None, **options: Any) -> SimulatedPartner:
    """A folder's simulation in which cases move by hand, unless the scenario says otherwise."""
    chosen: dict[str, Any] = {"secrets": SECRETS, "scenario": scenario or Scenario(pace=3600.0), **options}
    return SimulatedPartner(read_paper(MAPPINGS / name), Options(**chosen))


def storm(folder: Path, text: str) -> Scenario:
    """A scenario in which nothing moves and this goes wrong."""
    file = folder / "scenario.yaml"
    file.write_text(f"pace: 1h\n{text}", "utf-8")
    return read_scenario(file)


def now() -> StandingClock:
    """The present: the simulation checks timestamps."""
    return StandingClock(datetime.now(UTC))


async def advance(url: str, number: str, status: str) -> None:
    """Let a case reach a status."""
    async with aiohttp.ClientSession() as client, client.post(f"{url}/_mock/advance", json={"number": number, "status": status}) as answer:
        assert answer.status == 200


async def submitted(partner: Partner, case: CaseFacts) -> CaseFacts:
    """The case with the partner's number."""
    outcome = await partner.run("submit", case)
    assert verdict_name(outcome.verdict) == "received"
    return replace(case, partner_number=outcome.verdict.number)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FOLDERS)
async def test_a_case_goes_its_whole_way(serve: Serve, name: str) -> None:
    """Submitted, asked for in every status, supplemented, and too late to be withdrawn: each answer is read as its example is."""
    url = await serve(simulated(name).app())
    case = facts(destination=FOLDERS[name])
    async with connected(name, url + PATHS[name], clock=now()) as partner:
        unknown = await partner.run("query", case)
        assert (verdict_name(unknown.verdict), unknown.verdict.reason) == ("refused", "unknown-case")  # type: ignore[union-attr]
        case = await submitted(partner, case)
        again = await partner.run("submit", case)
        assert again.verdict.number == case.partner_number  # type: ignore[union-attr]
        for status in STATUSES:
            await advance(url, case.number, status)
            outcome = await partner.run("query", case)
            (report,) = outcome.reports
            assert (report.our_number, report.partner_number, report.status) == (case.number, case.partner_number, status)
            assert report.at is not None
            assert abs(report.at - datetime.now(UTC)) < timedelta(minutes=2)
            assert (report.notice is not None) == (status == "40")
            assert report.result is not None or status not in ("70", "71")
            if report.notice is not None:
                said = tuple((item.code, "情况属实") for item in report.notice.items)
                answer = replace(case, supplement=SupplementFact(1, report.notice.number, said, ()))
                assert verdict_name((await partner.run("supplement", answer)).verdict) == "received"
                (report,) = (await partner.run("query", case)).reports
                assert report.status == "30"
        wish = replace(case, withdrawal=WithdrawalFact("不再办理", datetime.now(UTC)))
        assert verdict_name((await partner.run("withdraw", wish)).verdict) == "refused"


FAULTS = {
    "errors: 1": {"retry", "unsure"},
    "reset_before: 1": {"retry", "unsure"},
    "reset_after: 1": {"unsure"},
    "garbage: 1": {"unsure"},
    "expired_token: 1": {"hold"},
    "clock_skew: 1h": {"hold"},
}


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_no_fault_is_taken_for_an_answer(serve: Serve, tmp_path: Path, name: str, fault: str) -> None:
    """What was perhaps processed is unsure, who is not let in is held, and nothing is received or refused."""
    url = await serve(simulated(name, storm(tmp_path, fault)).app())
    async with connected(name, url + PATHS[name], clock=now()) as partner:
        outcomes = [await partner.run("submit", facts(destination=FOLDERS[name])) for _ in range(4)]
    assert {verdict_name(outcome.verdict) for outcome in outcomes} <= FAULTS[fault]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("fault", ["drip: {share: 1, over: 50ms}", "duplicate_answer: 1", "latency: 20ms"])
async def test_a_slow_answer_and_one_that_comes_twice_are_answers(serve: Serve, tmp_path: Path, name: str, fault: str) -> None:
    """And the next call gets its own."""
    url = await serve(simulated(name, storm(tmp_path, fault)).app())
    case = facts(destination=FOLDERS[name])
    async with connected(name, url + PATHS[name], clock=now()) as partner:
        case = await submitted(partner, case)
        for _ in range(3):
            (report,) = (await partner.run("query", case)).reports
            assert (report.partner_number, report.status) == (case.partner_number, "21")


@pytest.mark.parametrize("name", FOLDERS)
async def test_an_answer_in_another_charset_is_not_misread(serve: Serve, tmp_path: Path, name: str) -> None:
    """It is read as it was meant, or not at all."""
    url = await serve(simulated(name, storm(tmp_path, "steps: {query: {wrong_charset: 1}}")).app())
    async with connected(name, url + PATHS[name], clock=now()) as partner:
        case = await submitted(partner, facts(destination=FOLDERS[name]))
        await advance(url, case.number, "71")
        outcome = await partner.run("query", case)
    opinions = {"结婚证所载姓名与身份证件不一致", "拟迁入地址所在片区规划调整，暂停办理落户"}
    assert {report.opinion for report in outcome.reports} <= opinions
    assert outcome.reports or verdict_name(outcome.verdict) not in ("received", "refused")


async def test_pushes_are_read_as_the_folder_reads_them(serve: Serve) -> None:
    """Signed so that the adapter believes them; its own reply is what the simulation takes for an acknowledgement."""
    name, told = "guizhou-province", asyncio.Queue[Any]()
    async with connected(name, "http://127.0.0.1:9", clock=now()) as receiver:

        async def take(request: web.Request) -> web.Response:
            push = receiver.read_push(dict(request.headers), await request.read())
            told.put_nowait(push.reports)
            return web.Response(body=push.reply, content_type="text/xml")

        callback = web.Application()
        callback.router.add_post("/push", take)
        push_to = await serve(callback) + "/push"
        simulation = simulated(name, Scenario(pace=0.0), push_to=push_to, first_interval=0.01)
        url = await serve(simulation.app())
        async with connected(name, url + PATHS[name], clock=now()) as partner:
            case = await submitted(partner, facts(destination=FOLDERS[name]))
        async with asyncio.timeout(20):
            reports = [report for _ in range(2) for report in await told.get()]
    assert [(report.our_number, report.partner_number, report.status) for report in reports] == [
        (case.number, case.partner_number, status) for status in ("50", "40")
    ]
