"""Faults are injected as asked, repeatably, and never blur what was processed and what was not."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from mock_requests import Client, call, code_of, envelope, interfere, look, post, soap_submission, submission

from mock_partners.faults import Fault

SUBMIT, QUERY = "/api/matter/submit", "/api/matter/query"
Serve = Callable[[web.Application], Awaitable[Client]]
Make = Callable[..., web.Application]


async def outcome(client: Client, outer: str, path: str = SUBMIT) -> str:
    """What became of one call: its HTTP status, or that no answer came."""
    body = submission(outer) if path == SUBMIT else {"outerNo": outer}
    try:
        status, _ = await post(client, path, body)
    except aiohttp.ContentTypeError as error:
        return str(error.status)
    except aiohttp.ClientConnectionError:
        return "dropped"
    return str(status)


async def test_a_lost_answer_leaves_one_case_behind(serve: Serve, rest_app: Make, tmp_path: Path) -> None:
    """When every answer is lost, the submission has still made a case, journaled, and a query tells of it."""
    journal = tmp_path / "journal"
    client = await serve(rest_app(lost_answer=1.0, journal=journal))
    assert await outcome(client, "KS1") == "dropped"
    (row,) = (await look(client, "cases"))["cases"]
    assert row["outer"] == "KS1"
    assert row["number"] in journal.read_text()
    assert await outcome(client, "KS1", QUERY) == "200"
    assert (await look(client, "stats"))["faults"] == {"transient": 0, "lost_answer": 1, "forced": 0}


async def test_a_lost_soap_answer_leaves_one_case_behind(serve: Serve, soap_app: Make) -> None:
    """The same over SOAP."""
    client = await serve(soap_app(lost_answer=1.0))
    with pytest.raises(aiohttp.ClientConnectionError):
        await call(client, "SubmitMatter", envelope(soap_submission()))
    assert len((await look(client, "cases"))["cases"]) == 1


async def test_transient_faults_come_before_processing(serve: Serve, rest_app: Make) -> None:
    """A call that meets a transient fault leaves nothing behind, and all three kinds of it occur."""
    client = await serve(rest_app(transient=1.0))
    outcomes = {await outcome(client, "KS1") for _ in range(30)}
    assert outcomes == {"502", "503", "dropped"}
    assert (await look(client, "cases"))["cases"] == []


async def test_some_unavailable_answers_say_when_to_come_back(serve: Serve, rest_app: Make) -> None:
    """Of the 503 answers, some carry Retry-After: 1 and some do not."""
    client = await serve(rest_app(transient=1.0))
    hints = set()
    for _ in range(40):
        try:
            async with client.post(SUBMIT, json=submission()) as answer:
                if answer.status == 503:
                    hints.add(answer.headers.get("Retry-After"))
        except aiohttp.ClientConnectionError:
            continue
    assert hints == {"1", None}


async def test_the_same_seed_gives_the_same_faults_in_any_order(serve: Serve, rest_app: Make) -> None:
    """What befalls a number's n-th call does not depend on the other calls, and another seed gives another run."""
    numbers = [f"KS{index}" for index in range(30)]

    async def run(seed: int, order: list[str]) -> dict[str, list[str]]:
        client = await serve(rest_app(seed=seed, transient=0.4, lost_answer=0.2))
        befell: dict[str, list[str]] = {number: [] for number in numbers}
        for number in order * 2:
            befell[number].append(await outcome(client, number))
        return befell

    forwards = await run(7, numbers)
    assert forwards == await run(7, numbers[::-1])
    assert forwards != await run(8, numbers)
    assert {kind for kinds in forwards.values() for kind in kinds} == {"200", "502", "503", "dropped"}


@pytest.mark.parametrize(
    ("name", "seen", "cases"),
    [
        ("drop-before", "dropped", 0),
        ("http-500", "500", 0),
        ("http-502", "502", 0),
        ("http-503", "503", 0),
        ("drop-after-processing", "dropped", 1),
        ("slow:0", "200", 1),
    ],
)
async def test_a_queued_fault_meets_the_next_matching_call_only(rest_client: Client, name: str, seen: str, cases: int) -> None:
    """A named fault waits for its path, strikes once, before or after the effect as its name says."""
    assert await interfere(rest_client, "fault", {"next": name, "path": SUBMIT}) == 200
    assert await outcome(rest_client, "KS1", QUERY) == "200"
    assert await outcome(rest_client, "KS1") == seen
    assert len((await look(rest_client, "cases"))["cases"]) == cases
    assert await outcome(rest_client, "KS2") == "200"
    assert (await look(rest_client, "stats"))["faults"]["forced"] == 1


async def test_garbage_is_no_json_and_hides_an_effect(rest_client: Client) -> None:
    """A garbage answer says 200 and cannot be read, and the case stands."""
    await interfere(rest_client, "fault", {"next": "garbage"})
    with pytest.raises(ValueError):
        await post(rest_client, SUBMIT, submission())
    assert len((await look(rest_client, "cases"))["cases"]) == 1


async def test_a_slow_answer_comes_after_its_effect(rest_client: Client) -> None:
    """While a slow answer is awaited the case is already there; a caller who hangs up changes nothing."""
    await interfere(rest_client, "fault", {"next": "slow:60", "path": "submit"})
    waiting = asyncio.create_task(post(rest_client, SUBMIT, submission()))
    while not (await look(rest_client, "cases"))["cases"]:
        continue
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len((await look(rest_client, "cases"))["cases"]) == 1


async def test_rates_can_be_changed_on_the_way(rest_client: Client) -> None:
    """The fault door sets rates, and refuses names and numbers it does not know."""
    assert await interfere(rest_client, "fault", {"transient": 1.0}) == 200
    assert await outcome(rest_client, "KS1") in {"502", "503", "dropped"}
    assert await interfere(rest_client, "fault", {"transient": 0.0}) == 200
    assert await outcome(rest_client, "KS1") == "200"
    for wish in ({"next": "explode"}, {"next": "slow:soon"}, {"transient": "often"}, {"next": 7}):
        assert await interfere(rest_client, "fault", wish) == 400


def test_a_fault_is_named_exactly() -> None:
    """Only the listed names and slow:SECONDS are faults."""
    assert Fault.parse("slow:2.5") == Fault("slow", seconds=2.5)
    for text in ("", "drop", "http-404", "http-503:1", "slow"):
        with pytest.raises(ValueError):
            Fault.parse(text)


async def test_garbage_over_soap_is_no_xml(soap_client: Client) -> None:
    """A garbage SOAP answer cannot be parsed, and the case stands; the next call is answered again."""
    await interfere(soap_client, "fault", {"next": "garbage", "path": "/services/MatterExchange"})
    with pytest.raises(SyntaxError):
        await call(soap_client, "SubmitMatter", envelope(soap_submission()))
    _, answer = await call(soap_client, "SubmitMatter", envelope(soap_submission()))
    assert code_of(answer) == "00"
    rows: list[Any] = (await look(soap_client, "cases"))["cases"]
    assert len(rows) == 2
