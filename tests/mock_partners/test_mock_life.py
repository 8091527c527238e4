"""The life of cases: drawn from seed and number alone, journaled, and gone on with after a restart."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from mock_requests import COMPANY, OTHER_PERSON, PERSON, Client, interfere, look, post, submission

from mock_partners.cases import Case, Milestone, Submission
from mock_partners.documents import begins_as, opinion_of, pdf, result_of
from mock_partners.identity import credit_code_ok, id_number_ok
from mock_partners.journal import Journal
from mock_partners.life import DECIDED, TERMINAL, Life, Stage

SUBMIT = "/api/matter/submit"
Serve = Callable[[web.Application], Awaitable[Client]]
Make = Callable[..., web.Application]


def test_shares_of_refusals_and_skips_are_as_asked() -> None:
    """Of 2,000 cases about a tenth is refused, in both ways, and about a tenth of the others skips acceptance."""
    life = Life(seed=1, pace=2.0, refuse=0.1)
    plans = [life.plan(f"KS{index}") for index in range(2000)]
    ends = Counter(plan[-1].stage for plan in plans)
    assert set(ends) == DECIDED
    assert 140 < ends[Stage.NOT_ACCEPTED] + ends[Stage.DENIED] < 260
    assert 140 < sum(plan[0].stage is Stage.IN_REVIEW for plan in plans) < 260
    seconds = [step.seconds for plan in plans for step in plan]
    assert 1.9 < sum(seconds) / len(seconds) < 2.1
    assert life.plan("KS7") == Life(seed=1, pace=2.0, refuse=0.1).plan("KS7")


def test_nobody_is_refused_when_nobody_shall_be() -> None:
    """With a share of 0 all are approved, with 1 none."""
    for refuse, ends in ((0.0, {Stage.APPROVED}), (1.0, {Stage.DENIED, Stage.NOT_ACCEPTED})):
        life = Life(seed=1, pace=1.0, refuse=refuse)
        assert {life.plan(f"KS{index}")[-1].stage for index in range(50)} == ends


def test_every_life_ends_from_wherever_it_was_moved_to() -> None:
    """From any stage, also one a case was moved to by hand, the steps lead to an end that fits the way there, or wait for the sender."""
    life = Life(seed=3, pace=1.0, refuse=0.5)
    for index in range(50):
        for moved in Stage:
            passed = [moved]
            while step := life.after(f"KS{index}", passed):
                passed.append(step.stage)
            assert passed[-1] in TERMINAL or passed == [Stage.SUPPLEMENT]
            assert Stage.NOT_ACCEPTED not in passed or len(passed) == 1 or moved in (Stage.RECEIVED, Stage.RESUBMITTED)


async def test_cases_go_their_planned_way_by_themselves(serve: Serve, rest_app: Make) -> None:
    """At a quick pace every case reaches its planned end, stage by stage."""
    client = await serve(rest_app(pace=0.001, refuse=0.4, seed=5))
    numbers = [f"KS{index}" for index in range(20)]
    for number in numbers:
        await post(client, SUBMIT, submission(number))
    rows: list[dict[str, object]] = []
    while not rows or any(row["status"] not in {"4", "11", "13"} for row in rows):
        rows = (await look(client, "cases"))["cases"]
    codes = {"received": "1", "accepted": "3", "not-accepted": "4", "in-review": "8", "approved": "11", "denied": "13"}
    life = Life(seed=5, pace=0.001, refuse=0.4)
    for row in rows:
        assert row["history"] == ["1", *(codes[step.stage] for step in life.plan(str(row["outer"])))]
    assert {row["status"] for row in rows} == {"4", "11", "13"}


async def test_a_restart_forgets_nothing(serve: Serve, rest_app: Make, tmp_path: Path) -> None:
    """A partner started on the journal of another has its cases, goes on from their stages, and numbers on."""
    journal = tmp_path / "journal"
    first = await serve(rest_app(journal=journal))
    for number in ("KS1", "KS2", "KS1"):
        await post(first, SUBMIT, submission(number))
    await interfere(first, "advance", {"outer": "KS2", "to": "8"})
    before = (await look(first, "cases"))["cases"]
    await first.close()
    second = await serve(rest_app(journal=journal, pace=0.001))
    _, answer = await post(second, SUBMIT, submission("KS3"))
    rows = (await look(second, "cases"))["cases"]
    assert [(row["outer"], row["number"]) for row in rows[:3]] == [(row["outer"], row["number"]) for row in before]
    assert rows[1]["history"][:2] == ["1", "8"]
    assert answer["data"]["bizNo"] not in {row["number"] for row in before}
    while any(row["status"] != "11" for row in rows):
        rows = (await look(second, "cases"))["cases"]


async def test_the_effect_is_on_disk_before_the_answer(serve: Serve, rest_app: Make, tmp_path: Path) -> None:
    """When the answer to a submission is there, so is its line in the journal."""
    journal = tmp_path / "journal"
    client = await serve(rest_app(journal=journal))
    _, answer = await post(client, SUBMIT, submission("KS1"))
    (line,) = journal.read_text().splitlines()
    written = json.loads(line)
    assert (written["effect"], written["outer"], written["number"]) == ("created", "KS1", answer["data"]["bizNo"])


async def test_only_known_cases_and_stages_can_be_advanced(rest_client: Client) -> None:
    """The door for moving a case refuses numbers and statuses that are not there."""
    await post(rest_client, SUBMIT, submission("KS1"))
    for wish in ({"outer": "KS2", "to": "11"}, {"outer": "KS1", "to": "99"}, {"outer": "KS1"}):
        assert await interfere(rest_client, "advance", wish) == 400
    assert await interfere(rest_client, "advance", {"outer": "KS1", "to": "4"}) == 200
    (row,) = (await look(rest_client, "cases"))["cases"]
    assert row["history"] == ["1", "4"]


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """What a kill left half-written is dropped, and the next effect stands on a line of its own."""
    path = tmp_path / "journal"
    path.write_bytes(b'{"effect": "created"}\n{"effect": "rea')
    journal = Journal(path)
    assert list(journal.replay()) == [{"effect": "created"}]
    journal.append(effect="told")
    journal.close()
    assert [json.loads(line)["effect"] for line in path.read_text().splitlines()] == ["created", "told"]


def test_a_result_is_a_real_pdf() -> None:
    """Every offset in the cross-reference table points at its object, and the text is there, also beyond 16 bits."""
    content = pdf(("证书𠮷", "编号 DZ1"))
    assert begins_as("pdf", content)
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start:].startswith(b"xref\n0 8\n")
    entries = content[start:].splitlines()[3:10]
    for number, entry in enumerate(entries, start=1):
        assert content[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)
    assert "证书𠮷".encode("utf-16-be").hex().encode() in content


def test_only_decisions_have_results() -> None:
    """Approved and denied cases come with a document each, with different words; the same bytes each time."""
    case = Case("HC20261120000001", Submission("KS1", "企业设立登记"))
    results = {stage: result_of(case, Milestone(stage, 1_795_000_000.0)) for stage in Stage}
    assert {stage for stage, result in results.items() if result} == {Stage.APPROVED, Stage.DENIED}
    approved, denied = results[Stage.APPROVED], results[Stage.DENIED]
    assert approved is not None
    assert denied is not None
    assert (approved.number, denied.number) == ("DZ20261120000001", "JD20261120000001")
    assert approved == result_of(case, Milestone(Stage.APPROVED, 1_795_000_000.0))
    told = {stage for stage in Stage if opinion_of(Milestone(stage, 1_795_000_000.0))}
    assert told == {Stage.SUPPLEMENT, Stage.APPROVED, Stage.WITHDRAWN}, "a no has the words of its reason"


@pytest.mark.parametrize("number", [PERSON, OTHER_PERSON, "11010519491231002X"])
def test_right_id_numbers_hold_and_every_changed_digit_is_seen(number: str) -> None:
    """A right number passes; with any one digit changed it fails, and so does a small x."""
    assert id_number_ok(number)
    for place, digit in enumerate(number[:17]):
        assert not id_number_ok(number[:place] + str((int(digit) + 1) % 10) + number[place + 1 :])
    for wrong in (number.lower() if number.endswith("X") else number + "0", number[:17], "１" * 18):
        assert not id_number_ok(wrong)


@pytest.mark.parametrize("code", [COMPANY, "91330000755918469E", "12441500196720244T", "11440232MB2D06811W", "11220000013544541J"])
def test_right_credit_codes_hold_and_a_changed_check_is_seen(code: str) -> None:
    """A published code passes; with another check character, a letter that is not used, or cut short it fails."""
    assert credit_code_ok(code)
    for wrong in (code[:-1] + ("0" if code[-1] != "0" else "1"), "I" + code[1:], code[:-1], code.lower()):
        assert not credit_code_ok(wrong) or wrong == code
