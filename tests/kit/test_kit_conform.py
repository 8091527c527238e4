"""A folder's conformance: the whole procedure against its simulation; each kind of misbehaviour fails the check that says so."""

import json
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from example_parts import MAPPINGS, MATTER, claim_of, copied, edited

from gateway.kit import (
    CLAIMS,
    Bench,
    Conformance,
    Example,
    Patience,
    ReportError,
    StandIns,
    Terms,
    Wanted,
    conform,
    new_seed,
    open_folder,
    read_examples,
    report_document,
    rewritten,
    scaffold,
    todo_findings,
    verify_report,
    write,
    write_report,
)
from gateway.kit.conform.checks import shown_code
from gateway.mapping import Folder
from gateway.outbound import AddressRules
from gateway.security import ReportKey
from mock_partners.simulator import Options, Paper, Scenario, SimulatedPartner, read_paper, read_scenario

Json = dict[str, Any]
Serve = Callable[[web.Application], Awaitable[str]]
Twist = Callable[[str, Json, Json], Json]
"""(path, request, the simulation's answer) → the answer that is given."""
REST, SOAP = "harbin-changchun", "guizhou-province"
SUBMITTED = "a-submit-gives-their-number"
PATIENCE = Patience(seconds=5.0, pause=0.02)
ROUND = "pace: 200ms\nprogress: [{status: '50'}, {status: '40'}, {status: '60'}, {status: '40'}, {status: '70'}]\n"
"""A way that asks for a supplement twice, slow enough for a withdrawal to come before the decision."""
QUICK = "pace: 50ms\nprogress: [{status: '50'}, {status: '60'}, {status: '70', after: 1s}]\n"
"""A way on which the decision leaves time for a withdrawal, however busy the machine."""
SHORT = Patience(seconds=0.2, pause=0.02)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application on loopback; gives its base URL."""
    servers: list[TestServer] = []

    async def start(app: web.Application) -> str:
        servers.append(TestServer(app, host="127.0.0.1"))
        await servers[-1].start_server()
        return str(servers[-1].make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


@lru_cache
def paper_of(folder: Path) -> Paper:
    """A folder as its simulation reads it, once."""
    return read_paper(folder)


@lru_cache
def folder_of(path: Path) -> Folder:
    """A folder as it stands, read once."""
    return open_folder(path)


def simulated(folder: Path, scenario: Path, text: str = QUICK) -> web.Application:
    """A folder's simulation in this scenario."""
    file = scenario / "scenario.yaml"
    file.write_text(text, "utf-8")
    return SimulatedPartner(paper_of(folder), Options(scenario=read_scenario(file))).app()


async def tried(folder: Path, url: str, **terms: Any) -> Conformance:
    """What a run against the URL comes to."""
    chosen: dict[str, Any] = {"seed": new_seed(), "patience": PATIENCE, **terms}
    rules = AddressRules.of(["127.0.0.0/8"])
    return await conform(folder_of(folder), url, Terms(**chosen), secrets=StandIns(), stand_ins=True, rules=rules)


def came(run: Conformance, how: Literal["passed", "failed", "not shown"]) -> set[str]:
    """The ids of the checks that came out so; those of the one matter without its name."""
    return {check.id.removeprefix(f"{MATTER}/") for check in run.checks if check.came == how}


def seen_of(run: Conformance) -> dict[str, str]:
    """What was seen, by the check's id."""
    return {check.id: check.seen for check in run.checks}


def expected_reports(example: Example) -> list[Json]:
    """The reports that an example expects."""
    return [*example.expected.get("reports", ()), *(example.expected[name] for name in ("report",) if name in example.expected)]


def example(folder: Path, source: str, claim: str, expect: str, reply: str, **case: Any) -> None:
    """A further example, of another one's case."""
    shutil.copytree(claim_of(folder, source), claim_of(folder, claim), ignore=shutil.ignore_patterns("sent.*"))
    there = claim_of(folder, claim)
    document = json.loads((there / "case.json").read_text("utf-8")) | case
    (there / "case.json").write_text(json.dumps(document), "utf-8")
    (there / "expect.yaml").write_text(expect, "utf-8")
    (there / "reply.json").write_text(reply, "utf-8")


async def test_a_partner_of_resources_conforms(serve: Serve, tmp_path: Path) -> None:
    """GET and DELETE by the number in the path, a fixed parameter in the query: from its description alone to a live conversation."""
    source = Path(__file__).parent / "descriptions" / "resources" / "api.yaml"
    folder = scaffold(Wanted("lake-city", "rest", source, tmp_path, regions=("990300",), matters=("000109003000",))).path
    (folder / "examples" / "000109003000").rename(claim_of(folder, "").parent / MATTER)
    (folder / "matters" / "000109003000.yaml").rename(folder / "matters" / f"{MATTER}.yaml")
    edited(folder / "partner.yaml", ("scheme: TODO", "scheme: none"))
    gone = "step: query\nanswer: 404\nverdict: {is: refused, reason: unknown-case, message: 查无此件}\n"
    example(folder, SUBMITTED, "a-case-they-never-got", gone, '{"success": false, "errorCode": "E02", "errorMessage": "查无此件"}')
    wish = {"reason": "计划改变", "requested_at": "2026-11-20T09:30:30+08:00"}
    taken = "step: withdraw\nanswer: 200\nverdict: {is: received}\n"
    example(folder, SUBMITTED, "a-withdrawal", taken, '{"success": true}', withdrawal=wish, partner_number="NO20261120000001")
    examples, findings = read_examples(open_folder(folder))
    bench = Bench(open_folder(folder))
    for one in examples:
        trial = await bench.run(one)
        write(trial, rewritten(trial))
    assert (findings, todo_findings(folder)[1:]) == ((), ())  # the limits, which a simulation does not have
    sent = json.loads((claim_of(folder, "a-withdrawal") / "sent.json").read_text("utf-8"))
    assert sent == {"externalRef": "KS990100990300202611200000001I"}
    run = await tried(folder, f"{await serve(simulated(folder, tmp_path))}/gw")
    assert came(run, "failed") == set()
    assert {"unknown-number", "send-submit", "known", "lost-answer", "withdraw", "codes"} <= came(run, "passed")


@pytest.mark.parametrize(("resend", "lost"), [("idempotent", "passed"), ("ask-a-person", "not shown")])
async def test_a_partner_that_knows_its_own_numbers_only(
    serve: Serve, tmp_path: Path, resend: str, lost: Literal["passed", "not shown"]
) -> None:
    """Nobody can ask after a number that was never given: that is not held against it, and a lost answer is followed by sending again."""
    folder = idempotent(copied(tmp_path, REST))
    edited(folder / "partner.yaml", ("resend: idempotent", f"resend: {resend}"))
    edited(
        folder / "steps" / "common.yaml",
        (
            "      outerNo: ${case.number}\n    read:\n      our",
            "      outerNo: ${case.number}\n      bizNo: ${partner.number}\n    read:\n      our",
        ),
    )
    run = await tried(folder, await serve(simulated(folder, tmp_path)), patience=SHORT)
    assert "unknown-number" in came(run, "not shown")
    assert "lost-answer" in came(run, lost)
    assert "send-submit" in came(run, "passed")


@pytest.mark.long
@pytest.mark.parametrize("name", [REST, SOAP])
async def test_a_folder_conforms_with_its_own_simulation(serve: Serve, tmp_path: Path, name: str) -> None:
    """Everything that is shown passes; the conversation is shown live, and so are the statuses that came up."""
    folder = folder_of(MAPPINGS / name)
    run = await tried(MAPPINGS / name, await serve(simulated(MAPPINGS / name, tmp_path, ROUND)))
    assert (came(run, "failed"), run.holds) == (set(), True)
    live = {"unknown-number", "send-submit", "known", "lost-answer", "supplement", "supplement-moves", "withdraw", "withdrawn"}
    assert live | {"decided", "codes", "clock", "examples", "unknown-status"} <= came(run, "passed")
    seen = {check.id: check.seen for check in run.checks}
    table = folder.codes["status"]
    told = {canonical for code, canonical in table.inbound.items() if seen[f"status/{code}"].startswith("实际遇到")}
    assert {"21", "40", "70", "91"} <= told
    assert {f"status/{code}" for code in table.inbound} | {f"verdict/{row}" for row in range(1, len(folder.verdicts) + 1)} <= seen.keys()
    pushes = [path.parent for path in folder.path.glob("examples/*/*/expect.yaml") if path.read_text("utf-8").startswith("step: push")]
    assert {f"push/{path.name}" for path in pushes} == {id_ for id_ in came(run, "passed") if id_.startswith("push/")}
    assert (len(seen), run.content_hash) == (len(run.checks), folder.content_hash)


def tells(said: Json) -> bool:
    """Whether an answer tells a status with its time."""
    return "handleTime" in (said.get("data") or {})


def doubled() -> Twist:
    """A partner to whom the same case sent again is another case."""
    had: set[str] = set()

    def twist(path: str, asked: Json, said: Json) -> Json:
        if path.endswith("/submit"):
            if asked["outerNo"] in had:
                said["data"]["bizNo"] = "HC20261120999999"
            had.add(asked["outerNo"])
        return said

    return twist


def in_the_future(path: str, asked: Json, said: Json) -> Json:
    """Moments in a time zone of their own."""
    if tells(said):
        said["data"]["handleTime"] = "2099" + said["data"]["handleTime"][4:]
    return said


def in_unknown_codes(path: str, asked: Json, said: Json) -> Json:
    """A status that nobody told us of."""
    if tells(said):
        said["data"]["status"] = "99"
    return said


def as_another_case(path: str, asked: Json, said: Json) -> Json:
    """An answer about somebody else."""
    if tells(said):
        said["data"]["outerNo"] = "KS370171230100202611200000001W"
    return said


def garbled_when_unknown(path: str, asked: Json, said: Json) -> Json:
    """A number it does not have leads to a code that no row knows."""
    return {"code": "-99", "msg": "?"} if said.get("code") == "1404" else said


def refusing_withdrawals(path: str, asked: Json, said: Json) -> Json:
    """No way back."""
    return {"code": "1013", "msg": "不能撤件"} if path.endswith("/withdraw") else said


def twisted(app: web.Application, twist: Twist) -> web.Application:
    """The same partner, but for what it says."""

    @web.middleware
    async def change(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        asked = json.loads(await request.read() or b"{}")
        answer = await handler(request)
        if not isinstance(answer, web.Response) or not request.path.startswith("/api/"):
            return answer
        assert isinstance(answer.body, bytes)
        return web.json_response(twist(request.path, asked, json.loads(answer.body)))

    app.middlewares.append(change)
    return app


def idempotent(folder: Path) -> Path:
    """The folder of a partner that promises to take the same case twice; what a lost answer leaves it says, too."""
    edited(folder / "partner.yaml", ("resend: query", "resend: idempotent"))
    for file in folder.glob("examples/*/*/expect.yaml"):
        if "answer: lost" in (said := file.read_text("utf-8")):
            file.write_text(said.replace("is: unsure", "is: retry"), "utf-8")
    return folder


def without_query(folder: Path) -> None:
    """The folder of a partner that only pushes, and takes the same case twice."""
    steps = folder / "steps" / "common.yaml"
    steps.write_text(re.sub(r"(?ms)^  query:.*?(?=^  supplement:)", "", steps.read_text("utf-8")), "utf-8")
    edited(idempotent(folder) / "partner.yaml", ("  poll: [30m, 1h]\n", ""))
    for file in folder.glob("examples/*/*/expect.yaml"):
        if file.read_text("utf-8").startswith("step: query"):
            shutil.rmtree(file.parent)


async def test_without_a_query_what_only_a_query_shows_is_not_shown(serve: Serve, tmp_path: Path) -> None:
    """The lost answer is then made good by sending again, as the folder says."""
    folder = copied(tmp_path, SOAP)
    without_query(folder)
    run = await tried(folder, await serve(simulated(folder, tmp_path)))
    assert came(run, "failed") == set()
    assert {"send-submit", "resend", "lost-answer", "withdraw"} <= came(run, "passed")
    assert {"unknown-number", "known", "withdrawn", "supplement", "decided", "codes", "clock"} <= came(run, "not shown")


@pytest.mark.parametrize(("resend", "how"), [("idempotent", "passed"), ("ask-a-person", "not shown")])
async def test_a_resend_is_held_against_what_the_folder_says(
    serve: Serve, tmp_path: Path, resend: str, how: Literal["passed", "failed", "not shown"]
) -> None:
    """Promised to be harmless, it must be; left to a person, it is not tried."""
    folder = idempotent(copied(tmp_path, REST)) if resend == "idempotent" else copied(tmp_path, REST)
    if resend == "ask-a-person":
        edited(folder / "partner.yaml", ("resend: query", f"resend: {resend}"))
    run = await tried(folder, await serve(simulated(folder, tmp_path)), patience=SHORT)
    assert "resend" in came(run, how)
    assert came(run, "failed") == set()


@pytest.mark.parametrize(
    ("last", "code", "how"),
    [("60", "8 → 60", "not shown"), ("91", "14 → 91", "not shown"), ("51", "4 → 51", "passed"), ("70", "11 → 70", "passed")],
)
async def test_only_a_decision_decides(serve: Serve, tmp_path: Path, last: str, code: str, how: Literal["passed", "not shown"]) -> None:
    """Not a stage on the way, nor an end without one; what is expected names every status that counts."""
    way = f"pace: 10ms\nprogress: [{{status: '{last}'}}]\n"
    run = await tried(MAPPINGS / REST, await serve(simulated(MAPPINGS / REST, tmp_path, way)), patience=Patience(0.5, 0.02))
    decided = next(check for check in run.checks if check.id == f"{MATTER}/decided")
    assert (decided.came, code in decided.seen) == (how, True)
    assert (last in decided.expected) is (how == "passed")


def failing(app: web.Application, *, after: bool, lost: Callable[[web.Request, int], bool]) -> tuple[web.Application, list[str]]:
    """The same partner on a bad day. after: what is lost is carried out first; lost: which calls, counted from 0; and those that were."""
    count, were = iter(range(10_000)), list[str]()

    @web.middleware
    async def cut(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if not lost(request, next(count)):
            return await handler(request)
        await request.read()
        if after:
            await handler(request)
        were.append(request.path.rpartition("/")[2])
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    app.middlewares.append(cut)
    return app, were


@pytest.mark.parametrize("rule", ["query", "idempotent", "ask-a-person"])
async def test_an_answer_lost_on_a_bad_day_is_followed_as_the_folder_says(serve: Serve, tmp_path: Path, rule: str) -> None:
    """Every second answer is lost: what was asked is asked again, what was sent is asked about, or sent again where that does no harm."""
    folder = copied(tmp_path, REST)
    if rule == "idempotent":
        idempotent(folder)
    elif rule == "ask-a-person":
        edited(folder / "partner.yaml", ("resend: query", f"resend: {rule}"))
    times: dict[str, int] = {}

    def keep(path: str, asked: Json, said: Json) -> Json:
        if path.endswith("/submit"):
            times[asked["outerNo"]] = times.get(asked["outerNo"], 0) + 1
        return said

    app, were = failing(simulated(folder, tmp_path, ROUND), after=True, lost=lambda request, count: count % 2 == 1)
    run = await tried(folder, await serve(twisted(app, keep)))
    assert came(run, "failed") == set()
    assert {"send-submit", "known", "lost-answer", "supplement", "withdraw", "withdrawn"} <= came(run, "passed")
    assert {"submit", "query"} <= {*were}
    if rule != "idempotent":
        assert set(times.values()) == {1}
        assert "when asked: received" in seen_of(run)[f"{MATTER}/send-submit"]


async def test_what_never_arrived_is_sent_again_once_the_partner_surely_lacks_it(serve: Serve, tmp_path: Path) -> None:
    """The connection breaks before anything is done: known to be missing after the call's own deadline, not before."""
    folder = copied(tmp_path, REST)
    edited(folder / "partner.yaml", ("timeout_seconds: 15", "timeout_seconds: 1"))
    submits = iter(range(100))
    app, were = failing(
        simulated(folder, tmp_path), after=False, lost=lambda request, _: request.path.endswith("/submit") and next(submits) in (0, 2)
    )
    run = await tried(folder, await serve(app))
    assert came(run, "failed") == set()
    assert {"send-submit", "known", "lost-answer"} <= came(run, "passed")
    assert were == ["submit", "submit"]


async def test_a_partner_that_never_answers_a_submission_and_knows_nothing_of_it_fails(serve: Serve, tmp_path: Path) -> None:
    """Three times is enough."""
    folder = copied(tmp_path, REST)
    edited(folder / "partner.yaml", ("timeout_seconds: 15", "timeout_seconds: 0.1"))
    app, were = failing(simulated(folder, tmp_path), after=False, lost=lambda request, _: request.path.endswith("/submit"))
    run = await tried(folder, await serve(app), patience=SHORT)
    assert "send-submit" in came(run, "failed")
    assert were == ["submit"] * 3


async def test_an_idempotent_resend_that_is_refused_fails(serve: Serve, tmp_path: Path) -> None:
    """Who promises that it may be repeated must take it again."""
    folder, had = idempotent(copied(tmp_path, REST)), set[str]()

    def once(path: str, asked: Json, said: Json) -> Json:
        if path.endswith("/submit") and asked["outerNo"] in had:
            return {"code": "1001", "msg": "重复"}
        had.add(asked["outerNo"])
        return said

    app = twisted(simulated(folder, tmp_path), once)
    run = await tried(folder, await serve(app), patience=SHORT)
    assert came(run, "failed") == {"resend"}


async def test_a_resend_whose_first_answer_is_lost_is_judged_by_its_last(serve: Serve, tmp_path: Path) -> None:
    """That the case is known proves nothing of a second submission, which this partner refuses."""
    folder, had = idempotent(copied(tmp_path, REST)), list[str]()

    def once(path: str, asked: Json, said: Json) -> Json:
        return {"code": "1001", "msg": "重复"} if path.endswith("/submit") and asked["outerNo"] in had[:-1] else said

    @web.middleware
    async def note(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if request.path.endswith("/submit"):
            had.append(json.loads(await request.read())["outerNo"])
        return await handler(request)

    app = simulated(folder, tmp_path)
    app.middlewares.append(note)
    app, were = failing(app, after=True, lost=lambda request, _: request.path.endswith("/submit") and len(had) == 2)
    run = await tried(folder, await serve(twisted(app, once)), patience=SHORT)
    assert (came(run, "failed"), were) == ({"resend"}, ["submit"])


@pytest.mark.parametrize(("times", "failed"), [(2, set[str]()), (9, {"send-submit"})])
async def test_a_busy_partner_is_asked_three_times(serve: Serve, tmp_path: Path, times: int, failed: set[str]) -> None:
    """As the gateway would, and no oftener."""
    app, left = simulated(MAPPINGS / REST, tmp_path), [503] * times

    @web.middleware
    async def busy(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if request.path.endswith("/submit") and left:
            return web.Response(status=left.pop())
        return await handler(request)

    app.middlewares.append(busy)
    run = await tried(MAPPINGS / REST, await serve(app), patience=SHORT)
    assert came(run, "failed") == failed
    assert len(left) == max(0, times - 3)


@pytest.mark.parametrize(
    ("twist", "failed"),
    [
        (in_the_future, {"clock"}),
        (in_unknown_codes, {"codes"}),
        (garbled_when_unknown, {"unknown-number"}),
        (refusing_withdrawals, {"withdraw"}),
        (as_another_case, {"known", "lost-answer"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_what_a_partner_does_wrong_fails_its_check_and_no_other(serve: Serve, tmp_path: Path, twist: Twist, failed: set[str]) -> None:
    """The report points at the one thing to talk about."""
    app = twisted(simulated(MAPPINGS / REST, tmp_path), twist)
    run = await tried(MAPPINGS / REST, await serve(app), patience=SHORT)
    assert (came(run, "failed"), run.holds) == (failed, False)


async def test_a_partner_that_doubles_fails_the_resend(serve: Serve, tmp_path: Path) -> None:
    """Another number for the same case is another case, where the folder says that it may be sent again."""
    folder = idempotent(copied(tmp_path, REST))
    run = await tried(folder, await serve(twisted(simulated(folder, tmp_path), doubled())), patience=SHORT)
    assert came(run, "failed") == {"resend"}


async def test_a_partner_that_is_asked_first_is_sent_nothing_twice(serve: Serve, tmp_path: Path) -> None:
    """It never promised that a second submission does no harm; that it would not double is not shown, then, and nobody says it was."""
    sent: list[str] = []

    def keep(path: str, asked: Json, said: Json) -> Json:
        sent.extend([asked["outerNo"]] if path.endswith("/submit") else ())
        return said

    run = await tried(MAPPINGS / REST, await serve(twisted(simulated(MAPPINGS / REST, tmp_path), keep)), patience=SHORT)
    assert came(run, "failed") == set()
    assert "resend: query" in seen_of(run)[f"{MATTER}/resend"]
    assert "resend" in came(run, "not shown")
    assert len(sent) == len(set(sent)) > 1


@pytest.mark.parametrize(("number", "sent"), [("HC1", "passed"), ("${partner.number}", "failed")])
async def test_a_lost_submission_is_found_without_a_number(
    serve: Serve, tmp_path: Path, number: str, sent: Literal["passed", "failed"]
) -> None:
    """The query tells no number: as in deliveries, the case is received all the same, unless a further step is made with it."""
    folder, cut = copied(tmp_path, REST), iter([True])
    ours, theirs = "      our_number: ${data.outerNo}\n", "      partner_number: ${data.bizNo}\n"
    edited(folder / "steps" / "common.yaml", (ours + theirs, ""), ("bizNo: ${partner.number}", f"bizNo: {number}"))
    app = simulated(MAPPINGS / REST, tmp_path)

    @web.middleware
    async def lose(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        answer = await handler(request)
        if request.path.endswith("/submit") and next(cut, False) and request.transport is not None:
            request.transport.abort()
        return answer

    app.middlewares.append(lose)
    run = await tried(folder, await serve(app), patience=SHORT)
    assert "send-submit" in came(run, sent)


async def test_a_partner_that_loses_what_it_did_not_get_to_answer_fails_the_lost_answer(serve: Serve, tmp_path: Path) -> None:
    """The second case's answer is lost on the way; the partner that forgets the case with it is found out."""
    numbers: list[str] = []
    app = simulated(MAPPINGS / REST, tmp_path)

    @web.middleware
    async def forget(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if request.path.endswith("/submit"):
            number = json.loads(await request.read())["outerNo"]
            if number not in numbers:
                numbers.append(number)
            if numbers.index(number) == 1:
                return web.json_response({"code": "0", "msg": "", "data": {"bizNo": "HC20261120999999"}})
        return await handler(request)

    app.middlewares.append(forget)
    run = await tried(MAPPINGS / REST, await serve(app), patience=SHORT)
    assert came(run, "failed") == {"lost-answer"}


@pytest.mark.parametrize("name", [REST, SOAP])
async def test_nobody_there_fails_every_live_check(name: str) -> None:
    """A run that met nobody passes none of them, says so of each, and does not hold."""
    run = await tried(MAPPINGS / name, "http://127.0.0.1:9", patience=SHORT)
    live = {check.id: check for check in run.checks if check.id.startswith(f"{MATTER}/")}
    assert live.pop(f"{MATTER}/resend").came == "not shown"
    assert len(live) == 11
    assert {check.came for check in live.values()} == {"failed"}
    assert "nobody answered" in live[f"{MATTER}/decided"].seen
    assert (run.silent, run.answered, run.holds) == (True, 0, False)
    assert run.calls > 0


async def test_a_partner_that_falls_silent_fails_what_was_still_to_come(serve: Serve, tmp_path: Path) -> None:
    """What had been shown before stands; the line was not silent from the beginning."""
    app, left = simulated(MAPPINGS / REST, tmp_path), iter(range(3))

    @web.middleware
    async def dying(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        if next(left, None) is None and request.transport is not None:
            request.transport.abort()
        return await handler(request)

    app.middlewares.append(dying)
    run = await tried(MAPPINGS / REST, await serve(app), patience=SHORT)
    assert {"unknown-number", "send-submit", "known", "codes"} <= came(run, "passed")
    assert {"lost-answer", "supplement", "supplement-moves", "decided", "withdraw", "withdrawn"} <= came(run, "failed")
    assert (run.silent, run.answered, run.holds) == (False, 3, False)


@pytest.mark.parametrize("name", [REST, SOAP])
async def test_a_shipped_folder_leaves_nothing_unshown_that_it_could_show(serve: Serve, name: str) -> None:
    """Every verdict row, every status of an example and the supplement, against its own simulation without any scenario's progress."""
    app = SimulatedPartner(paper_of(MAPPINGS / name), Options(scenario=Scenario(pace=0.2))).app()
    run = await tried(MAPPINGS / name, await serve(app))
    spoken_of = {report["code"] for example in read_examples(folder_of(MAPPINGS / name))[0] for report in expected_reports(example)}
    others = {f"status/{code}" for code in folder_of(MAPPINGS / name).codes["status"].inbound if code not in spoken_of}
    assert (came(run, "failed"), came(run, "not shown"), run.holds) == (set(), {"resend"} | others, True)


async def test_a_run_ends_with_its_calls(serve: Serve, tmp_path: Path) -> None:
    """No more of them than allowed; what was not come to says why."""
    run = await tried(MAPPINGS / REST, await serve(simulated(MAPPINGS / REST, tmp_path)), calls=3)
    assert run.calls == 3
    assert came(run, "failed") == set()
    assert {"lost-answer", "withdraw", "decided"} <= came(run, "not shown")
    assert "used up" in next(check.seen for check in run.checks if check.id == f"{MATTER}/lost-answer")


async def test_a_row_or_code_that_nothing_shows_is_not_shown(serve: Serve, tmp_path: Path) -> None:
    """Neither passed nor failed, and counted apart."""
    kept = ("a-submit-gives-their-number", "a-case-they-never-got-is-known-to-be-missing", "a-case-in-review-is-in-review")
    folder = copied(tmp_path, REST, keep=kept)
    run = await tried(folder, "http://127.0.0.1:9", patience=SHORT)
    assert {"verdict/1", "status/8"} <= came(run, "passed")
    assert {"verdict/2", "verdict/3", "status/1", "status/13", "unknown-status"} <= came(run, "not shown")


async def test_without_a_success_to_start_from_nothing_is_driven(tmp_path: Path) -> None:
    """And a run that drove nothing does not hold."""
    folder = copied(tmp_path, REST, keep=("a-case-in-review-is-in-review",))
    run = await tried(folder, "http://127.0.0.1:9")
    assert (came(run, "failed"), run.matters, run.calls, run.holds) == ({"examples"}, (), 0, False)


async def test_a_folder_that_reads_granted_as_denied_does_not_conform(serve: Serve, tmp_path: Path) -> None:
    """Its own examples say otherwise: those that fail do so by name, and with them the codes that they show; the table is no witness."""
    folder = copied(tmp_path, REST)
    edited(folder / "codes" / "status.csv", ("70,11,", "70,x,"), ("71,13,", "71,11,"), ("70,x,", "70,13,"))
    edited(folder / "steps" / "common.yaml", ("itemName: ${case.matter_name}", "itemName: ${case.matter}"))
    run = await tried(folder, await serve(simulated(MAPPINGS / REST, tmp_path)), patience=SHORT)
    failed, seen = came(run, "failed"), seen_of(run)
    examples, _ = read_examples(open_folder(folder))
    bench = Bench(open_folder(folder))
    wrong = {one.name for one in examples if not (await bench.run(one)).holds}
    assert {f"example/{name}" for name in wrong} == {id_ for id_ in failed if id_.startswith("example/")} != set()
    assert {"status/11", "status/13"} <= failed
    assert "71 办结(不予许可)" in seen["status/11"]
    assert "sent itemName" in seen[f"example/{MATTER}/a-submit-gives-their-number"]
    assert not run.holds


async def test_every_example_that_holds_is_a_check_that_passed(run: Conformance) -> None:
    """By the runner of `tongban partner test`; of a push, by its claim."""
    examples, _ = read_examples(folder_of(MAPPINGS / REST))
    assert {f"example/{one.name}" for one in examples} == {check.id for check in run.checks if check.id.startswith("example/")}
    assert {id_ for id_ in came(run, "passed") if id_.startswith("example/")} == {f"example/{one.name}" for one in examples}


async def test_a_row_or_code_met_live_proves_nothing_without_an_example(serve: Serve, tmp_path: Path) -> None:
    """It is said to have been met: what nothing could have contradicted has not passed."""
    folder = copied(tmp_path, REST, keep=(SUBMITTED,))
    run = await tried(folder, await serve(simulated(MAPPINGS / REST, tmp_path)), patience=SHORT)
    assert {"verdict/1", "status/1"} <= came(run, "not shown")
    assert "met live: household-move-spouse query, refused (unknown-case); no example" in seen_of(run)["verdict/1"]
    assert "实际遇到" in seen_of(run)["status/1"]


async def test_what_is_met_live_is_held_against_the_examples(serve: Serve, tmp_path: Path) -> None:
    """Where an example of the step says what it must be read as."""
    run = await tried(MAPPINGS / REST, await serve(simulated(MAPPINGS / REST, tmp_path)))
    assert {"verdict/1", "status/3", "status/8", "status/11"} <= came(run, "passed")
    assert all(seen_of(run)[id_].startswith("实际遇到") for id_ in ("verdict/1", "status/3", "status/8", "status/11"))


async def test_a_code_that_an_example_reads_as_a_guess_fails_the_unknown_status(tmp_path: Path) -> None:
    """Whatever the example itself says: no table knows the code."""
    folder = copied(tmp_path, REST)
    edited(
        folder / "steps" / "common.yaml",
        ("status: ${canonical('status', data.status)}", "status: ${if(data.status == '9', '60', canonical('status', data.status))}"),
    )
    run = await tried(folder, "http://127.0.0.1:9", patience=SHORT)
    assert "unknown-status" in came(run, "failed")


async def test_an_example_that_disagrees_with_its_row_fails_it(tmp_path: Path) -> None:
    """What the folder itself says of an answer must be what is read of it."""
    folder = copied(tmp_path, REST)
    edited(claim_of(folder, "a-wrong-check-digit-is-refused") / "expect.yaml", ("applicant-invalid", "field-invalid"))
    run = await tried(folder, "http://127.0.0.1:9", patience=SHORT)
    assert "verdict/3" in came(run, "failed")


async def test_a_push_that_is_read_otherwise_fails_its_check(tmp_path: Path) -> None:
    """Each push example is a check of its own."""
    folder = copied(tmp_path, SOAP)
    edited(claim_of(folder, "a-push-tells-of-acceptance") / "expect.yaml", ('status: "50"', 'status: "60"'))
    run = await tried(folder, "http://127.0.0.1:9", patience=SHORT)
    assert "push/a-push-tells-of-acceptance" in came(run, "failed")
    assert "push/a-push-of-withdrawal-confirms-it" in came(run, "passed")


async def test_every_matter_with_a_success_is_driven_on_demand(serve: Serve, tmp_path: Path) -> None:
    """And each has checks under its own name."""
    run = await tried(MAPPINGS / REST, await serve(simulated(MAPPINGS / REST, tmp_path)), every_matter=True, patience=SHORT)
    assert run.matters == (MATTER, "sole-trader-registration")
    assert {f"{matter}/lost-answer" for matter in run.matters} <= {check.id for check in run.checks if check.came == "passed"}


async def test_a_seed_gives_the_same_numbers_again(serve: Serve, tmp_path: Path) -> None:
    """So that a run can be looked into; another seed gives others, so that a run is fresh."""

    async def numbers(seed: int) -> set[str]:
        sent: set[str] = set()

        def keep(path: str, asked: Json, said: Json) -> Json:
            sent.add(asked["outerNo"])
            return said

        await tried(MAPPINGS / REST, await serve(twisted(simulated(MAPPINGS / REST, tmp_path), keep)), seed=seed, calls=8)
        return sent

    first = await numbers(7)
    assert first == await numbers(7)
    assert not first & await numbers(8)


RUNS: list[Conformance] = []


@pytest.fixture
async def run(serve: Serve, tmp_path: Path) -> Conformance:
    """A run against the simulation, made once: it is frozen."""
    if not RUNS:
        RUNS.append(await tried(MAPPINGS / REST, await serve(simulated(MAPPINGS / REST, tmp_path)), patience=SHORT))
    return RUNS[0]


async def test_a_report_is_canonical_signed_and_verified(run: Conformance, tmp_path: Path) -> None:
    """Keys sorted, UTF-8, nothing else; every altered byte and every other signature is found."""
    key = ReportKey.create(tmp_path / "key")
    report, signature, page = write_report(tmp_path / "out", run, key)
    data = report.read_bytes()
    document = json.loads(data)
    assert document == report_document(run, key.public)
    assert data == json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert verify_report(report).document["folder"]["content_hash"] == run.content_hash
    report.write_bytes(data.replace(b'"failed":0', b'"failed":1'))
    with pytest.raises(ReportError) as altered:
        verify_report(report)
    assert altered.value.code == "report.altered"
    report.write_bytes(data)
    other = ReportKey.create(tmp_path / "other")
    write_report(tmp_path / "again", run, other)
    signature.write_bytes((tmp_path / "again" / signature.name).read_bytes())
    with pytest.raises(ReportError):
        verify_report(report)
    assert page.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff", b"<a/>", b'{"format":"tongban-conformance/1","signed_by":{"public_key":"AAAA"}}']
)
def test_what_is_no_report_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    """And never a traceback."""
    file = tmp_path / "conformance.json"
    file.write_bytes(content)
    (tmp_path / "conformance.json.sig").write_bytes(b"AAAA\n")
    with pytest.raises(ReportError) as error:
        verify_report(file)
    assert error.value.code == "report.unreadable"


async def test_a_report_holds_no_personal_data_and_no_content(run: Conformance, tmp_path: Path) -> None:
    """Not even the synthetic applicant's, no material, no address beyond the origin."""
    case = json.loads((claim_of(MAPPINGS / REST, "a-submit-gives-their-number") / "case.json").read_bytes())["draft"]
    applicant = case["applicant"]
    secret = [applicant["name"], applicant["certificate"]["number"], applicant["phone"], applicant["address"]]
    secret += [material["content"] for material in case["materials"]] + [material["name"] for material in case["materials"]]
    aside = replace(run, origin="http://127.0.0.1:9")
    for file in write_report(tmp_path / "out", aside, ReportKey.create(tmp_path / "key")):
        text = file.read_text("utf-8")
        assert [word for word in secret if word in text] == []


@pytest.mark.parametrize("field", ["outerNo", "bizNo"])
async def test_what_is_no_code_is_not_told_as_one(serve: Serve, tmp_path: Path, field: str) -> None:
    """Read from the wrong field, a number that could be anybody's is shown by its looks alone."""
    folder, told = copied(tmp_path, REST), set[str]()
    edited(folder / "steps" / "common.yaml", ("code: ${data.status}", f"code: ${{data.{field}}}"))

    def keep(path: str, asked: Json, said: Json) -> Json:
        told.add((said.get("data") or {}).get(field) or "KS")
        return said

    run = await tried(folder, await serve(twisted(simulated(MAPPINGS / REST, tmp_path), keep)), patience=SHORT)
    assert {"codes", "unknown-status"} <= came(run, "failed")
    assert len(told) > 1
    examples = {
        str(report[name])
        for one in read_examples(open_folder(folder))[0]
        for report in expected_reports(one)
        for name in ("our_number", "partner_number")
    }
    aside = replace(run, origin="http://127.0.0.1:9")
    for file in write_report(tmp_path / "out", aside, ReportKey.create(tmp_path / "key")):
        text = file.read_text("utf-8")
        assert [one for one in (told | examples) - {"KS", "None"} if one in text or one[-8:] in text] == []


@pytest.mark.parametrize(
    ("code", "shown"),
    [("8", "8"), ("BJ-Y", "BJ-Y"), ("99", "99"), ("S-1", "*-#"), ("990101199003071238", "##################"), ("王小明", "***")],
)
def test_a_code_that_no_table_knows_is_short_and_plain_or_masked(code: str, shown: str) -> None:
    """A table's own codes are the folder's; of others nobody knows what they are."""
    assert shown_code(code, {"8": "60", "BJ-Y": "70"}) == shown


async def test_what_was_expected_and_seen_is_told_in_chinese_first(serve: Serve, tmp_path: Path) -> None:
    """Everywhere an English phrase stands, the Chinese one stands before it; codes and names of examples are neither."""
    runs = [await tried(MAPPINGS / REST, await serve(simulated(MAPPINGS / REST, tmp_path)), patience=SHORT)]
    runs.append(await tried(MAPPINGS / REST, "http://127.0.0.1:9", patience=SHORT))
    runs.append(await tried(idempotent(copied(tmp_path, REST)), await serve(simulated(MAPPINGS / REST, tmp_path)), patience=SHORT))
    for text in {text for run in runs for check in run.checks for text in (check.expected, check.seen)}:
        zh, slash, _ = text.partition(" / ")
        english = re.search(r"[a-z]{2,} [a-z]{2,}|received|refused|unsure|retry|answered", text)
        assert not english or (slash and re.search(r"[\u4e00-\u9fff]", zh)), text
    page = write_report(tmp_path / "out", runs[0], ReportKey.create(tmp_path / "key"))[-1].read_text("utf-8")
    assert f"{runs[0].calls} 次，{runs[0].answered} 次有应答 / {runs[0].calls} calls, {runs[0].answered} answered" in page


async def test_the_page_asks_for_nothing_and_escapes_what_it_shows(run: Conformance, tmp_path: Path) -> None:
    """One file, Chinese first, with every check."""
    hostile = replace(run, checks=(*run.checks, replace(run.checks[0], id="x", seen="<script>alert(1)</script>", came="failed")))
    *_, page = write_report(tmp_path / "out", hostile, ReportKey.create(tmp_path / "key"))
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert re.findall(r"(?:src=|href|@import|url\()", text) == []
    assert text.index("一致性报告") < text.index("Conformance report")
    assert all(check.id in text for check in run.checks)


def test_every_kind_of_check_is_documented() -> None:
    """With what it claims, in both languages."""
    page = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text("utf-8")
    names = {"step": "…", "row": "…", "code": "…", "claim": "…"}
    for kind, (zh, en) in CLAIMS.items():
        assert f"`{kind}" in page
        assert zh.format_map(names) in page
        assert en.format_map(names) in page
