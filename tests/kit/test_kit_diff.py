"""Two versions of a folder: everything that differs is told at its place, nothing else is, and of real cases no content."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from example_parts import MAPPINGS, MATTER, claim_of, copied, edited

from gateway.kit import Bench, Compared, Difference, Example, FolderDiff, diff_folders, open_folder, read_examples
from gateway.kit.diff import _clear, _mask, _parted
from gateway.mapping import Folder
from gateway.model import CaseFacts

REST, SOAP = "harbin-changchun", "guizhou-province"


@cache
def shipped(name: str) -> tuple[Folder, tuple[Example, ...]]:
    """A folder as it is shipped, and its examples."""
    folder = open_folder(MAPPINGS / name)
    return folder, read_examples(folder)[0]


def success(name: str) -> Example:
    """The first of its examples that succeeds."""
    return next(example for example in shipped(name)[1] if example.kind == "success")


def example_facts(name: str) -> CaseFacts:
    """A case as an example has it, standing for a real one."""
    return success(name).facts


def success_of(name: str) -> str:
    """The claim of that example."""
    assert success(name).name.startswith(MATTER)
    return success(name).path.name


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """A copy of a shipped folder with texts replaced in its files, and one of its examples that succeeds."""

    def change(name: str, *changes: tuple[str, str, str]) -> Path:
        folder = copied(tmp_path, name, (success_of(name),))
        for file, old, new in changes:
            edited(folder / file, (old, new))
        return folder

    return change


async def diffed(name: str, new: Path, *facts: CaseFacts, old: Path | None = None) -> FolderDiff:
    """The shipped folder, with that example alone, against its copy."""
    if old is None:
        old = copied(new.parent / "old", name, tuple(path.name for path in (new / "examples" / MATTER).iterdir()))
    moment = success(name).now
    return await diff_folders(open_folder(old), open_folder(new), [{None: one} for one in facts], now=moment)


def told(compared: tuple[Compared, ...], step: str) -> list[Difference]:
    """What differs in a step."""
    return [difference for one in compared if one.step == step for difference in one.differences]


@pytest.mark.parametrize("name", [REST, SOAP])
async def test_a_folder_does_not_differ_from_its_copy(name: str) -> None:
    """Every example and a case under both; a copy of a folder differs in nothing, wherever it lies."""
    folder, examples = shipped(name)
    found = await diff_folders(folder, folder, [{None: example_facts(name)}], now=success(name).now)
    assert not found.differs
    assert len(found.examples) == len(examples)
    assert {one.step for one in found.recent} == {"submit", "query"}
    assert found.findings == ()


@pytest.mark.parametrize(
    ("name", "path", "values"),
    [
        (REST, "applicant.name", ('"{name}"', '"{number}"')),
        (SOAP, "Envelope/Body/SubmitMatterRequest/Applicant/Name", ("{name}", "{number}")),
    ],
)
async def test_another_source_shows_at_its_place_in_the_message(
    changed: Callable[..., Path], name: str, path: str, values: tuple[str, str]
) -> None:
    """In the example as it is, in the case by its looks alone."""
    facts = example_facts(name)
    found = await diffed(name, changed(name, ("steps/common.yaml", "applicant.name", "applicant.certificate.number")), facts)
    applicant = facts.draft.applicant
    about = {"name": applicant.name, "number": applicant.certificate.number}
    (shown,) = told(found.examples, "submit")
    assert shown == Difference("sent", path, *(value.format(**about) for value in values))
    (masked,) = told(found.recent, "submit")
    assert (masked.path, masked.part) == (path, "sent")
    looks = {"name": "*" * len(applicant.name), "number": re.sub(r"\d", "#", applicant.certificate.number).replace("X", "*")}
    assert (masked.expected, masked.seen) == tuple(value.format(**looks) for value in values)
    assert told(found.recent, "query") == []


async def test_what_a_folder_itself_says_is_shown_of_cases_too(changed: Callable[..., Path]) -> None:
    """Codes and literals are no personal data, and are what a change of a code table is about."""
    facts = example_facts(REST)
    changes = (("111,10,", "111,40,"), ("516,40,", "516,10,"))
    found = await diffed(REST, changed(REST, *(("codes/certificate.csv", *change) for change in changes)), facts)
    assert [(one.expected, one.seen) for one in told(found.recent, "submit")] == [('"10"', '"40"')]
    assert Difference("conduct", "codes.certificate.111 →", "10", "40") in found.conduct
    assert Difference("conduct", "codes.certificate.40 ←", "516", "111") in found.conduct


async def test_a_level_that_goes_is_shown_without_its_content(changed: Callable[..., Path]) -> None:
    """A whole part of a message is masked leaf by leaf; the names of its fields stay."""
    facts = example_facts(SOAP)
    old, new = MAPPINGS / SOAP, changed(SOAP)
    steps = new / "steps" / "common.yaml"
    text = steps.read_text("utf-8")
    steps.write_text(text.replace("$each: ${materials}", "$each: ${materials[?code == 'none']}", 1), "utf-8")
    found = await diffed(SOAP, new, facts, old=old)
    gone = [one for one in told(found.recent, "submit") if one.seen is None]
    assert gone
    assert all(material.name not in str(one.expected) for one in gone for material in facts.materials)
    assert any(re.search(r"<(\w+:)?[A-Z]\w+", str(one.expected)) for one in gone)


async def test_a_message_that_can_no_longer_be_made_is_told_by_its_faults(changed: Callable[..., Path]) -> None:
    """In the case the code alone, since a fault's text may quote a value."""
    facts = example_facts(REST)
    found = await diffed(REST, changed(REST, ("steps/common.yaml", "outerNo: ", "outerNumber: ")), facts)
    shown, masked = told(found.examples, "submit"), told(found.recent, "submit")
    assert [(one.part, one.expected) for one in shown] == [("faults", None)] * len(shown)
    assert shown
    assert [one.seen for one in masked] == [str(one.seen).partition(":")[0] for one in shown]


async def test_another_reading_of_the_same_answer_is_told(changed: Callable[..., Path]) -> None:
    """The partner's number is read from elsewhere; nothing that is sent changes."""
    name = REST
    text = (MAPPINGS / name / "steps" / "common.yaml").read_text("utf-8")
    number = re.search(r"number: (\$\{[^}]+\})", text)
    assert number is not None
    found = await diffed(name, changed(name, ("steps/common.yaml", f"number: {number[1]}", "number: ${'fixed'}")))
    assert [(one.part, one.path, one.seen) for one in told(found.examples, "submit")] == [("read", "verdict.number", '"fixed"')]


async def test_conduct_that_changes_is_told_by_its_key(changed: Callable[..., Path]) -> None:
    """Limits, retries, what to do after a lost answer, regions: partner.yaml as an integrator writes it."""
    text = (MAPPINGS / REST / "partner.yaml").read_text("utf-8")
    resend = re.search(r"^resend: .*$", text, re.MULTILINE)
    per_second = re.search(r"per_second: .*$", text, re.MULTILINE)
    assert resend is not None
    assert per_second is not None
    new = changed(REST, ("partner.yaml", resend[0], "resend: ask-a-person"), ("partner.yaml", per_second[0], "per_second: 0.5"))
    found = await diffed(REST, new)
    assert {(one.path, one.seen) for one in found.conduct} == {("resend", "ask-a-person"), ("limits.per_second", "0.5")}
    assert found.differs


async def test_steps_and_matters_that_only_one_side_has(changed: Callable[..., Path]) -> None:
    """A matter that goes takes its examples with it: told as gone, not as an error."""
    new = changed(REST)
    (new / "matters" / "identity-card-renewal.yaml").unlink()
    shutil.rmtree(new / "examples")
    facts = example_facts(REST)
    code = next(code for code in open_folder(MAPPINGS / REST).matters if code not in open_folder(new).matters)
    other = replace(facts, matter=code)
    found = await diffed(REST, new, other, old=copied(new.parent / "old", REST, (success_of(REST),)))
    assert [one.path for one in found.conduct] == [f"matters.{code}"]
    assert {(one.expected, one.seen) for one in told(found.recent, "submit")} == {("submit", None)}
    assert not told(found.examples, "submit")


async def test_an_example_that_was_changed_is_tried_in_both_versions(changed: Callable[..., Path]) -> None:
    """A new example with a new folder hides nothing that the old one shows."""
    new = changed(REST, ("steps/common.yaml", "applicant.name", "applicant.certificate.number"))
    case = claim_of(new, success_of(REST)) / "case.json"
    case.write_text(case.read_text("utf-8").replace("\n", "\n ", 1), "utf-8")
    found = await diffed(REST, new)
    assert [(one.case.rpartition(" ")[2], len(one.differences)) for one in found.examples] == [("(old)", 1), ("(new)", 1)]


def personal(facts: CaseFacts) -> set[str]:
    """Every text of the hall's draft that somebody typed; closed codes, and texts of one character, are in many messages anyway."""

    def leaves(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, below in value.items():
                if name not in ("class", "type", "code", "purpose", "evidence", "matter", "destination"):
                    yield from leaves(below)
        elif isinstance(value, list):
            for below in value:
                yield from leaves(below)
        elif isinstance(value, str) and len(value) > 1:
            yield value

    return set(leaves(facts.draft.model_dump(mode="json", by_alias=True, exclude={"materials", "visits"}, exclude_none=True)))


@pytest.mark.parametrize("name", sorted(path.parent.name for path in MAPPINGS.glob("*/partner.yaml")))
def test_nothing_of_a_person_is_left_in_a_masked_message(name: str) -> None:
    """Whole messages of every example, as if all of it were a difference: no name, number, phone, address or form value is in them."""
    folder, examples = shipped(name)
    bench, seen = Bench(folder), 0
    for example in examples:
        if example.pushed or (evidence := bench.partner.preview(example.step, example.facts, example.now).evidence) is None:
            continue
        body = _parted(evidence)[1].decode()
        clear = _clear(folder, example.facts)
        texts = {text for text in personal(example.facts) if not any(text in one for one in clear)}
        seen += sum(text in body for text in texts)
        masked = _mask(body, clear)
        assert [text for text in texts if text in str(masked)] == []
        assert [text for text in texts if text in str(_mask(body[: len(body) // 2], clear))] == []
    assert seen > 10
