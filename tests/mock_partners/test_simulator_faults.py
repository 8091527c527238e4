"""Each kind of fault does what it says, and which calls meet it depends on the seed, the step, the case and the count alone."""

import asyncio
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from mock_requests import call, code_of, envelope, interfere, look, post, soap_submission, submission, tif_headers
from simulator_parts import OUTER, REST, SOAP, scenario_of, simulated

from mock_partners.cases import BEIJING
from mock_partners.simulator.weather import KINDS

NUMBERS = [OUTER.replace("1A", f"{place:02d}") for place in range(12)]


async def stormy(serve: Any, folder: Path, text: str, name: str = REST, **options: Any) -> Any:
    """A simulated folder in which nothing moves and this goes wrong."""
    return await serve(simulated(name, scenario_of(folder, f"pace: 1h\n{text}\n"), **options))


async def raw(client: Any, path: str = "/api/matter/submit", body: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
    """One call by another client."""
    async with httpx.AsyncClient(trust_env=False, timeout=20) as caller:
        sent = json.dumps(submission() if body is None else body)
        return await caller.post(str(client.make_url(path)), content=sent, headers=headers or tif_headers())


async def status_of(client: Any, number: str) -> int:
    """The HTTP status of a submission."""
    async with client.post("/api/matter/submit", data=json.dumps(submission(number)), headers=tif_headers()) as answer:
        return int(answer.status)


async def held(client: Any) -> int:
    """How many cases the partner has."""
    return len((await look(client, "cases"))["cases"])


async def test_an_error_is_answered_before_anything_is_done(serve: Any, tmp_path: Path) -> None:
    """With one of four statuses, and a page for people."""
    client = await stormy(serve, tmp_path, "errors: 1")
    seen = [await raw(client) for _ in range(12)]
    assert {answer.status_code for answer in seen} == {500, 502, 503, 504}
    assert all(answer.headers["Content-Type"].startswith("text/html") for answer in seen)
    assert await held(client) == 0


@pytest.mark.parametrize(("kind", "cases"), [("reset_before", 0), ("reset_after", 1)])
async def test_a_connection_is_reset_before_or_after_processing(serve: Any, tmp_path: Path, kind: str, cases: int) -> None:
    """Nothing of an answer arrives; only in one case is there something to ask for later."""
    client = await stormy(serve, tmp_path, f"{kind}: 1")
    with pytest.raises(httpx.TransportError):
        await raw(client)
    assert await held(client) == cases


async def test_an_answer_drips(serve: Any, tmp_path: Path) -> None:
    """It comes whole, in many pieces, over the time that the scenario says."""
    client = await stormy(serve, tmp_path, "drip: {share: 1, over: 100ms}")
    pieces = []
    async with client.post("/api/matter/submit", data=json.dumps(submission()), headers=tif_headers()) as answer:
        async for piece, _ in answer.content.iter_chunks():
            pieces.append(piece)
    assert json.loads(b"".join(pieces))["data"]["status"] == "1"
    assert len(pieces) > 3


async def test_an_answer_has_another_charset_than_it_says(serve: Any, tmp_path: Path) -> None:
    """GB18030 under a header of UTF-8."""
    client = await stormy(serve, tmp_path, "steps: {query: {wrong_charset: 1}}")
    await raw(client)
    answer = await raw(client, "/api/matter/query", {"outerNo": OUTER})
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")
    assert json.loads(answer.content.decode("gb18030"))["data"]["statusName"] == "已接件"


async def test_garbage_is_no_answer_though_the_case_is_there(serve: Any, tmp_path: Path) -> None:
    """Cut off, a page, or bytes without meaning: with 200 and the partner's own content type."""
    client = await stormy(serve, tmp_path, "garbage: 1")
    seen = [await raw(client) for _ in range(12)]
    assert len({answer.content[:2] for answer in seen}) == 3
    for answer in seen:
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
        with pytest.raises(ValueError):
            json.loads(answer.content)
    assert await held(client) == 1


async def test_an_answer_comes_twice_on_the_connection(serve: Any, tmp_path: Path) -> None:
    """The second is the first once more, and nobody asked for it."""
    client = await stormy(serve, tmp_path, "duplicate_answer: 1")
    url = client.make_url("/")
    body = json.dumps(submission()).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in tif_headers().items())
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST /api/matter/submit HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answers = []
    async with asyncio.timeout(20):
        for _ in range(2):
            begin = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in begin.splitlines() if line.lower().startswith(b"content-length"))
            answers.append(await reader.readexactly(length))
    writer.close()
    assert answers[0] == answers[1]
    assert json.loads(answers[0])["data"]["status"] == "1"


async def test_a_token_counts_as_expired(serve: Any, tmp_path: Path) -> None:
    """Although it holds; nothing is done. WS-Security has a code of its own for it."""
    client = await stormy(serve, tmp_path, "expired_token: 1")
    assert (await raw(client)).status_code == 401
    assert await held(client) == 0
    other = await stormy(serve, tmp_path, "expired_token: 1", SOAP)
    assert code_of((await call(other, "SubmitMatter", envelope(soap_submission())))[1]) == "wsse:MessageExpired"


async def test_a_partner_s_clock_that_is_off_refuses_ours_and_dates_by_its_own(serve: Any, tmp_path: Path) -> None:
    """An hour ahead: our signature seems old to it; a caller who signs by its clock is let in, and sees its moments."""
    client = await stormy(serve, tmp_path, "clock_skew: 1h")
    assert (await raw(client)).status_code == 401
    ahead = time.time() + 3600
    await raw(client, headers=tif_headers(at=ahead))
    answer = await raw(client, "/api/matter/query", {"outerNo": OUTER}, tif_headers(at=ahead))
    at = datetime.strptime(answer.json()["data"]["handleTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    assert abs(at.timestamp() - ahead) < 120


async def test_some_cases_get_the_answer_of_an_example(serve: Any, tmp_path: Path) -> None:
    """The same at every repetition; a case that is refused so is not there."""
    client = await stormy(serve, tmp_path, "steps: {submit: {answers: {a-wrong-check-digit-is-refused: 0.5}}}")
    codes = {}
    for number in NUMBERS:
        first, again = [(await post(client, "/api/matter/submit", submission(number)))[1]["code"] for _ in range(2)]
        assert str(first) == str(again)
        codes[number] = str(first)
    assert set(codes.values()) == {"0", "1003"}
    assert await held(client) == list(codes.values()).count("0")


async def test_faults_depend_on_seed_step_case_and_count_alone(serve: Any, tmp_path: Path) -> None:
    """The order in which cases come changes nothing; another seed changes something."""

    async def faulty(order: list[str], seed: int) -> dict[tuple[str, int], int]:
        client = await stormy(serve, tmp_path, "errors: 0.5", seed=seed)
        return {(number, turn): await status_of(client, number) for turn in range(3) for number in order}

    once = await faulty(NUMBERS, 1)
    assert await faulty(NUMBERS[::-1], 1) == once
    assert await faulty(NUMBERS, 2) != once
    assert len(set(once.values())) > 2


async def test_a_step_s_own_weather_takes_the_place_of_the_general_one(serve: Any, tmp_path: Path) -> None:
    """What it does not name stays as it is."""
    client = await stormy(serve, tmp_path, "errors: 1\nsteps: {submit: {errors: 0}}")
    assert (await raw(client)).status_code == 200
    assert (await raw(client, "/api/matter/query", {"outerNo": OUTER})).status_code >= 500


async def test_a_fault_that_was_queued_meets_the_next_call_of_its_step(serve: Any, tmp_path: Path) -> None:
    """Once; a call of another step passes it by."""
    client = await stormy(serve, tmp_path, "")
    await interfere(client, "fault", {"next": "reset_after", "step": "submit"})
    assert (await post(client, "/api/matter/query", {"outerNo": OUTER}))[1]["code"] == "1404"
    with pytest.raises(aiohttp.ClientError):
        await post(client, "/api/matter/submit", submission())
    assert (await post(client, "/api/matter/query", {"outerNo": OUTER}))[1]["data"]["status"] == "1"
    assert (await look(client, "stats"))["faults"] == {"reset_after": 1}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_can_be_queued(serve: Any, tmp_path: Path, kind: str) -> None:
    """And the partner goes on serving behind it."""
    client = await stormy(serve, tmp_path, "drip: {share: 0, over: 10ms}")
    assert await interfere(client, "fault", {"next": kind}) == 200
    try:
        await raw(client)
    except httpx.TransportError:
        assert kind.startswith("reset")
    assert (await raw(client)).status_code == 200
