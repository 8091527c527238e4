"""The clerk answers exactly what is told as open, once, and leaves alone what has gone on."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from gateway.cli.demo import clerk as room
from gateway.cli.demo.clerk import Clerk
from gateway.cli.demo.driver import RefusedRequest
from gateway.cli.demo.recount import Acknowledged, Told
from gateway.cli.demo.stage import SMALLEST, Options
from gateway.security import sniff

ITEMS = [
    {"item": "BZ01", "text": "原提交的材料（identity-card）缺页，请将全部页面合并后重新上传", "material": "identity-card"},
    {"item": "BZ02", "text": "请说明申请事由", "material": None},
]
ASKED = Told("changchun", "KS1", 5, final=False, code="6", own=None, round=1)


class Desk:
    """What the clerk's requests come to: documents told, or refusals with these codes."""

    def __init__(self, state: str = "open", codes: frozenset[str] | None = None) -> None:
        self.state, self.codes = state, codes
        self.told: list[tuple[str, str, Mapping[str, Any], str | None]] = []

    async def look(self, hall: str, path: str) -> dict[str, Any]:
        """The case as its hall reads it."""
        materials = [{"code": "identity-card", "name": "居民身份证.png"}]
        return {
            "destination": "230100",
            "materials": materials,
            "supplements": [{"round": 1, "state": self.state, "items": ITEMS}],
        }

    async def tell(self, hall: str, path: str, document: Mapping[str, Any], key: str | None) -> dict[str, Any]:
        """Keep it, or refuse."""
        self.told.append((hall, path, document, key))
        if self.codes is not None:
            refused = RefusedRequest("demo.refused", "拒绝", "refused")
            refused.codes = self.codes
            raise refused
        return {}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applicants need no time here."""
    monkeypatch.setattr(room, "ANSWER_SECONDS", 0.0)


def at(desk: Desk, *, withdraw: float = 0.0) -> Clerk:
    return Clerk(desk, seed=1, withdraw=withdraw)  # type: ignore[arg-type]


async def work(clerk: Clerk, *told: Told) -> None:
    await asyncio.gather(*clerk.errands(told))


async def test_each_item_is_answered_in_the_way_it_asks_for() -> None:
    """A file in the format of the one before where a file is asked for, words elsewhere; under a key of this notice."""
    desk = Desk()
    clerk = at(desk)
    await work(clerk, ASKED)
    await work(clerk, ASKED)
    ((hall, path, body, key),) = desk.told
    assert (hall, path, key) == ("changchun", "/api/v1/cases/KS1/supplements", "KS1-5")
    (material,) = body["materials"]
    assert material["item"] == "BZ01"
    assert sniff(base64.b64decode(material["content"])) == "png"
    assert [answer["item"] for answer in body["answers"]] == ["BZ02"]


async def test_an_answer_that_was_turned_down_is_given_again_under_another_key() -> None:
    """The case is back where it was, and the same key would only repeat what was said."""
    desk = Desk()
    turned_down = Told("changchun", "KS1", 9, final=False, code=None, own=None, status="40", round=1)
    await work(at(desk), ASKED, turned_down)
    assert {key for *_, key in desk.told} == {"KS1-5", "KS1-9"}


async def test_a_round_that_is_no_longer_open_is_left_alone() -> None:
    """Nothing is told to the gateway."""
    desk = Desk("closed")
    await work(at(desk), ASKED)
    assert desk.told == []


async def test_every_applicant_who_withdraws_does_so_once_at_once_or_later() -> None:
    """About half at the counter, the others when their hall hears that the authority has the case."""
    desk = Desk()
    clerk = at(desk, withdraw=1.0)
    cases = [Acknowledged(f"KS{place}", "changchun", "230100", "d") for place in range(40)]
    for place, case in enumerate(cases):
        await clerk.acknowledged(place, case)
    early = {path for _, path, _, _ in desk.told}
    assert 5 < len(early) < 35
    received = [Told("changchun", case.number, 3, final=False, code=None, own="HC1") for case in cases]
    await work(clerk, *received)
    await work(clerk, *received)
    assert sorted(path for _, path, _, _ in desk.told) == sorted(f"/api/v1/cases/{case.number}/withdrawal" for case in cases)


@pytest.mark.parametrize("seed", range(50))
def test_any_twenty_cases_on_end_hold_one_withdrawal(seed: int) -> None:
    """The demo's share is one in twenty, dealt evenly: the smallest demo that shows all has one, and two hundred cases have ten."""
    (share,) = [field.default for field in fields(Options) if field.name == "withdraw"]
    turns = [room.withdrawal(seed, share, place) for place in range(1, 201)]
    assert [turn for turn in turns if turn] == list(range(1, 11))
    assert all(sum(turn is not None for turn in turns[start : start + SMALLEST]) == 1 for start in range(0, 200, SMALLEST))
    assert room.withdrawal(seed, 0.0, 1) is None


async def test_the_first_who_withdraws_does_so_at_once() -> None:
    """Before any decision can come: a demo that has a withdrawal has a withdrawn case."""
    for seed in range(20):
        desk = Desk()
        clerk = Clerk(desk, seed=seed, withdraw=0.05)  # type: ignore[arg-type]
        for place in range(1, SMALLEST + 1):
            await clerk.acknowledged(place, Acknowledged(f"KS{place}", "changchun", "230100", "d"))
        assert len(desk.told) == 1


@pytest.mark.parametrize(
    ("cases", "shares"), [(19, (0.1, 0.12, 0.06)), (20, (0.3, 0.3, 0.3)), (60, (0.1, 0.12, 0.1)), (200, (0.1, 0.12, 0.06))]
)
def test_a_small_demo_has_shares_that_show_every_turn(cases: int, shares: tuple[float, ...]) -> None:
    """From twenty cases on at least six are expected of each kind that is drawn; the shares of the usual demo stay what they are."""
    options = Options(cases, 1, False, True, False, 0.0, 0.0).with_every_turn()
    assert (options.refuse, options.supplement, options.elsewhere) == shares


@pytest.mark.parametrize(("codes", "forgiven"), [({"supplement.none"}, True), ({"supplement.unanswered"}, False), (set(), False)])
async def test_only_a_case_that_has_gone_on_may_refuse_the_clerk(codes: set[str], forgiven: bool) -> None:
    """Anything else is a fault of the demo's, and ends it."""
    clerk = at(Desk(codes=frozenset(codes)))
    if forgiven:
        await work(clerk, ASKED)
    else:
        with pytest.raises(RefusedRequest):
            await work(clerk, ASKED)
