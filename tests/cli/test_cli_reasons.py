"""`tongban reasons`: what an operator learns from cases that were rejected."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flow.harness import TAKEN, came_to, open_desk

from gateway.cli import world
from gateway.flow import Intake
from gateway.mapping import load, read_report
from gateway.model import CHINA, Report, Status
from gateway.security import Keyring, Sealer
from gateway.settings import Settings
from gateway.store import HallRecord, NewEvent, Store, Tx

from .conftest import Run
from .test_cli_tickets import NOW, NUMBER, PARTNER, in_store, new_case


@pytest.fixture
def rejected(tongban: Run, sqlite_url: str) -> Run:
    """One case that the partner's system refused without a reason of the list, naming a phone, and that was then denied with one."""
    _, draft = world.cases(5, 1, NOW)[0]
    sealer = Sealer(Keyring.create(Settings.load().sealing_keys))

    def unit(tx: Tx) -> None:
        tx.halls.add(HallRecord("window", "示范大厅", "220100", NOW))
        case = tx.cases.insert(new_case(sealer, dict(draft)))
        attempt = tx.attempts.begin(case, "submit", PARTNER, "hash", NOW, "worker")
        tx.attempts.finish(attempt, NOW, "refused", None, 200, None, None)
        words = sealer.seal("电话 13800000000 不存在".encode(), f"case:{NUMBER}:opinion")
        told: list[tuple[Status, Status, dict[str, Any], bytes | None]] = [
            (Status.DISPATCHING, Status.DISPATCH_FAILED, {"reason": "raw"}, words),
            (Status.IN_REVIEW, Status.DENIED, {"reason": "applicant-not-eligible"}, None),
        ]
        for before, after, detail, sealed in told:
            tx.cases.append_event(
                case,
                NewEvent(
                    type="case.status-changed",
                    before=before.value,
                    after=after.value,
                    actor="handling",
                    place=None,
                    occurred_at=NOW.astimezone(CHINA),
                    recorded_at=NOW,
                    detail=detail,
                    opinion_sealed=sealed,
                ),
            )

    in_store(sqlite_url, unit)
    return tongban


def test_reasons_are_ranked_with_the_rule_that_would_have_prevented_them(rejected: Run) -> None:
    """Each stage apart; a reason points at its rules; what fits none is told in the partner's words, numbers of persons masked."""
    view = json.loads(rejected("reasons", "--json").out)
    told = [(row["reason"], row["rejections"], row["refused"], row["denied"], row["prevented_by"]) for row in view["reasons"]]
    assert told == [("applicant-not-eligible", 1, 0, 1, ["applicant.class"]), ("raw", 1, 1, 0, [])]
    assert view["raw"] == [{"rejections": 1, "partner": PARTNER, "stage": "refused", "words": "电话 138******00 不存在"}]


@pytest.mark.parametrize(("by", "key"), [("hall", "window"), ("matter", "000109003000"), ("partner", PARTNER)])
def test_they_can_be_told_apart(rejected: Run, by: str, key: str) -> None:
    """By who took the case in, what it was, and who said no."""
    assert {row[by] for row in json.loads(rejected("reasons", "--by", by, "--json").out)["reasons"]} == {key}
    assert key in rejected("reasons", "--by", by).out


def test_the_table_speaks_chinese_first(rejected: Run) -> None:
    """Reason, rule and words stand in it."""
    said = rejected("reasons")
    assert said.code == 0
    assert all(text in said.out for text in ("申请人不符合申请条件", "applicant.class", "138******00", "未归类"))
    assert "13800000000" not in said.out


def test_without_a_rejection_there_is_an_empty_ranking(tongban: Run) -> None:
    """Nothing is made up."""
    assert json.loads(tongban("reasons", "--json").out) == {"reasons": [], "raw": []}


def test_a_case_shows_the_reason_and_the_partners_words(rejected: Run) -> None:
    """What an operator reads of the case itself is the same, numbers of persons masked."""
    events = json.loads(rejected("case", "show", NUMBER, "--json").out)["events"]
    assert [(event["reason"], event["opinion"]) for event in events] == [
        ("raw", "电话 138******00 不存在"),
        ("applicant-not-eligible", None),
    ]


FOLDER = Path(__file__).parents[2] / "mappings" / "harbin-changchun"


def read_by_the_folder(code: str, words: str) -> Report:
    """A denial as the folder reads it from the partner's answer."""
    said = {
        "bizNo": "P-1",
        "outerNo": "",
        "status": "13",
        "handleTime": "2026-11-20 10:01:00",
        "opinion": words,
        "reasonCode": code,
        "result": None,
    }
    folder = load(FOLDER)
    step = next(iter(folder.matters.values())).steps["query"]
    return read_report(step.read.read({"code": "0", "msg": "", "data": said}))


async def denied(url: str, *reports: Report) -> None:
    """A case for each report, taken in, delivered, asked after and denied."""
    store = Store.open(url)
    try:
        async for desk in open_desk(store):
            desk.ctx = replace(desk.ctx, sealer=Sealer(Keyring.create(Settings.load().sealing_keys)))
            await desk.store.write(lambda tx: tx.halls.set_webhook("harbin", None, None))
            desk.intake = Intake(desk.ctx)
            for turn, report in enumerate(reports):
                desk.partner.script = {"submit": [TAKEN], "query": [came_to(TAKEN.verdict, report)]}
                number = (await desk.submit(key=f"k-{turn}")).number
                await desk.work()
                desk.clock.pass_(minutes=5)
                await desk.work()
                assert (await desk.case(number)).status is Status.DENIED
    finally:
        await store.close()


def test_t25_a_denial_stands_under_its_reason_and_an_unknown_one_under_its_words(tongban: Run, sqlite_url: str) -> None:
    """From the partner's code through the folder's table to the rule that would have prevented it; a code of no table stays raw."""
    known, unknown = read_by_the_folder("ZTBF", "申请人不是本市户籍"), read_by_the_folder("GHTZ", "规划调整，暂停办理，详询13800000000")
    assert (known.reason, unknown.reason) == ("applicant-not-eligible", None)
    asyncio.run(denied(sqlite_url, known, unknown))
    view = json.loads(tongban("reasons", "--json").out)
    told = [(row["reason"], row["denied"], row["rejections"], row["prevented_by"]) for row in view["reasons"]]
    assert sorted(told) == [("applicant-not-eligible", 1, 1, ["applicant.class"]), ("raw", 1, 1, [])]
    assert [(row["stage"], row["words"]) for row in view["raw"]] == [("denied", "规划调整，暂停办理，详询138******00")]
