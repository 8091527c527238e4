"""Two versions of a folder: everything that differs is told at its place, nothing else is, and of real cases no content."""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from example_parts import MAPPINGS, MATTER, claim_of, copied, edited
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kit import Bench, Compared, Difference, Example, FolderDiff, diff_folders, message_differences, open_folder, read_examples
from gateway.kit.diff import _case, _parted
from gateway.kit.masking import Masking, folder_names, folder_texts
from gateway.mapping import Folder, MappingError
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
        folder = copied(tmp_path / str(len([*tmp_path.iterdir()])), name, (success_of(name),))
        for file, old, new in changes:
            edited(folder / file, (old, new))
        return folder

    return change


async def diffed(name: str, new: Path, *facts: CaseFacts, old: Path | None = None) -> FolderDiff:
    """The shipped folder, with that example alone, against its copy."""
    if old is None:
        old = copied(
            new.parent / f"old{len([*new.parent.iterdir()])}", name, tuple(path.name for path in (new / "examples" / MATTER).iterdir())
        )
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
    """In the case by the place in the message, which is the folder's word, and by no more of a text that may quote a value."""
    facts = example_facts(REST)
    found = await diffed(REST, changed(REST, ("steps/common.yaml", "outerNo: ", "outerNumber: ")), facts)
    shown, masked = told(found.examples, "submit"), told(found.recent, "submit")
    assert [(one.part, one.expected) for one in shown] == [("faults", None)] * len(shown)
    assert [one.seen for one in masked] == ["mapping.missing: outerNo", "mapping.value: outerNumber"]


async def test_a_fault_of_a_case_is_told_with_the_drafts_field(changed: Callable[..., Path]) -> None:
    """What the partner's description does not take, and what has no source: pointer and place, never the value."""
    facts = example_facts(REST)
    changes = (("mobile: ${applicant.phone}", "mobile: ${applicant.name}"), ("legalName?: ", "legalName: "))
    found = await diffed(REST, changed(REST, *(("steps/common.yaml", *change) for change in changes)), facts)
    assert told(found.recent, "submit") == [
        Difference("faults", "/applicant/representative/name", None, "mapping.missing: applicant.legalName")
    ]
    found = await diffed(REST, changed(REST, ("steps/common.yaml", *changes[0])), facts)
    assert told(found.recent, "submit") == [Difference("faults", "/applicant/name", None, "mapping.value: applicant.mobile")]


async def test_what_a_case_names_itself_is_no_name_to_tell(changed: Callable[..., Path]) -> None:
    """The form's names are a matter's own: those that examples use are known, another may have been made of anything."""
    facts = example_facts(REST)
    known = next(iter(facts.draft.form))
    form = {known: "88", "wangxiaoming_13800000001": "99"}
    facts = replace(facts, draft=facts.draft.model_copy(update={"form": form}))
    found = await diffed(REST, changed(REST, ("steps/common.yaml", "formData: ${form}", "formData: {}")), facts)
    assert [(one.path, one.expected) for one in told(found.recent, "submit")] == [
        (f"formData.{known}", '"##"'),
        ("formData.************_###########", '"##"'),
    ]


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


async def test_of_what_stands_in_a_url_the_cases_numbers_are_told(changed: Callable[..., Path]) -> None:
    """The path as the folder writes it; its names as those of a body, and no value but a number that the case goes by."""
    facts = replace(example_facts(REST), partner_number="HC20261120000001")
    ways = "path: /api/matter/query\n    send:\n", "path: /api/matter/{bizNo}{?outerNo,since}\n    method: GET\n    send:\n"
    sent = "      bizNo: ${partner.number}\n      since: ${date(case.received_at, 'yyyyMMdd')}\n"
    new = changed(
        REST,
        ("steps/common.yaml", ways[0], ways[1] + sent),
        ("steps/common.yaml", "outerNo: ${case.number}\n    read", "outerNo: ${case.matter}\n    read"),
    )
    old = changed(REST)
    for folder in (old, new):
        (folder / "schemas" / "openapi.yaml").unlink()
    found = await diffed(REST, new, facts, old=old)
    differences = {one.path: (one.expected, one.seen) for one in told(found.recent, "query")}
    assert differences.pop("Content-Type")[1] is None
    assert differences == {
        "request": ("POST /api/matter/query", "GET /api/matter/{bizNo}{?outerNo,since}"),
        "outerNo": (f'"{facts.number}"', f'"{facts.matter}"'),
        "bizNo": (None, '"HC20261120000001"'),
        "since": (None, '"########"'),
    }


async def test_findings_say_in_which_version_they_are(changed: Callable[..., Path]) -> None:
    """Both bear the same name: the side and the path tell them apart, of an example as of a description that cannot be used."""
    new = changed(REST)
    (claim_of(new, success_of(REST)) / "case.json").write_text("{", "utf-8")
    found = await diffed(REST, new, old=changed(REST))
    assert [finding.partition(":")[0] for finding in found.findings] == [f"NEW {claim_of(new, success_of(REST))}/case.json"]
    (new / "schemas" / "openapi.yaml").write_text("openapi: [", "utf-8")
    with pytest.raises(MappingError, match=f"OLD {new}/schemas"):
        await diff_folders(open_folder(new), open_folder(MAPPINGS / REST), now=success(REST).now)


async def test_a_verdict_row_is_known_by_its_rule(changed: Callable[..., Path]) -> None:
    """Rows are counted from 1, as `read` and `conform` do; one that is put before the others is one difference, as is one that moves."""
    row = "  - when: ${code == '1009'}\n    is: refused\n    reason: area-not-ours\n    message: ${msg}\n"
    added = await diffed(REST, changed(REST, ("partner.yaml", "verdicts:\n", "verdicts:\n  - when: ${code == '77'}\n    is: hold\n")))
    assert added.conduct == (Difference("conduct", "verdicts[1]", None, "${code == '77'} hold"),)
    text = f"{row[2:].splitlines()[0].removeprefix('- when: ')} refused area-not-ours message: msg"
    moved = await diffed(REST, changed(REST, ("partner.yaml", row, ""), ("partner.yaml", "verdicts:\n", f"verdicts:\n{row}")))
    assert moved.conduct == (Difference("conduct", "verdicts[1]", None, text), Difference("conduct", "verdicts[5]", text, None))
    other = await diffed(
        REST, changed(REST, ("partner.yaml", row, row.replace("refused", "hold").replace("    reason: area-not-ours\n", "")))
    )
    assert [(one.path, one.expected) for one in other.conduct] == [("verdicts[5]", text)]


async def test_what_all_matters_do_alike_is_told_once(changed: Callable[..., Path]) -> None:
    """A step more for all of them, and another address in one that is not the others'."""
    step = "  urge:\n    changes: false\n    path: /api/matter/query\n    send:\n      outerNo: ${case.number}\n    read: {}\n"
    new = changed(REST, ("steps/common.yaml", "  query:\n", f"{step}  query:\n"))
    found = await diffed(REST, new)
    before = " ".join(next(iter(open_folder(MAPPINGS / REST).matters.values())).steps)
    assert found.conduct == (
        Difference("conduct", "matters", before, before.replace("query", "urge query")),
        Difference("conduct", "steps.urge", None, "POST /api/matter/query (changes: false)"),
    )
    matter = new / "matters" / "identity-card-renewal.yaml"
    matter.write_text(matter.read_text("utf-8") + "steps:\n  urge:\n    path: /api/matter/supplement\n", "utf-8")
    (code,) = (code for code, one in open_folder(new).matters.items() if "supplement" in str(one.steps["urge"].route))
    paths = [one.path for one in (await diffed(REST, new)).conduct]
    assert (paths[0], paths[2], paths[1].count(","), code in paths[1]) == (
        "matters",
        f"steps.urge.{code}",
        len(open_folder(new).matters) - 2,
        False,
    )


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


def masking(folder: Folder, facts: CaseFacts, examples: Iterable[Example] = ()) -> Masking:
    """What is shown of a case of one folder."""
    return Masking(folder_names((folder,), examples), folder_texts(folder, facts))


@pytest.mark.parametrize("name", sorted(path.parent.name for path in MAPPINGS.glob("*/partner.yaml")))
def test_nothing_of_a_person_is_left_in_a_masked_message(name: str) -> None:
    """Whole messages of every example, as if all of it were a difference: no name, number, phone, address or form value is in them."""
    folder, examples = shipped(name)
    bench, seen = Bench(folder), 0
    for example in examples:
        if example.pushed or (evidence := bench.partner.preview(example.step, example.facts, example.now).evidence) is None:
            continue
        body = _parted(folder.matters[example.facts.matter].steps[example.step], evidence)[1]
        less = b"{}" if body.startswith(b"{") else re.sub(rb"(<([\w:-]*Body)>).*(</\2>)", rb"\1\3", body, flags=re.DOTALL)
        masked = masking(folder, example.facts, examples)
        texts = {text for text in personal(example.facts) if not any(text in one for one in masked.texts)}
        seen += sum(text in body.decode() for text in texts)
        said = message_differences(less, body, masked.wording)
        assert said
        assert [text for text in texts if text in str(said)] == []
    assert seen > 10


TYPED = st.one_of(
    st.lists(
        st.sampled_from([*'<>{}[]":/.,&;#', " ", "Zhou", "Qiuqiu", "13800000001", "990101", "王小明", "</", '":"', "x"]), max_size=8
    ).map("".join),
    st.sampled_from(
        [
            "<Zhou.Qiuqiu.13800000001 住 7 号>",
            '{"Zhou Qiuqiu 13912345678": "x"}',
            '["13912345678", 990101]',
            "13912345678",
            "<Zhang>13800000001</Zhang>",
        ]
    ),
)


def pieces(text: str) -> set[str]:
    """Every three letters, digits or characters in a row."""
    return {run[at : at + 3] for run in re.findall(r"[^\W_]+", text) for at in range(len(run) - 2)}


@cache
def pair(name: str, *change: str) -> tuple[Bench, Bench, frozenset[str]]:
    """A folder as it is, and with one text of its steps replaced, and the names that may be told."""
    with TemporaryDirectory() as root:
        other = copied(Path(root), name, ())
        edited(other / "steps" / "common.yaml", (change[0], change[1]))
        new = open_folder(other)
        return Bench(shipped(name)[0]), Bench(new), folder_names((shipped(name)[0], new), shipped(name)[1])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (REST, ("formData: ${form}", "formData: {}")),
        (REST, ("formData: ${form}", 'formData: {value: "${from_json(form.field_0)}"}')),
        (SOAP, ('"#text": ${item.value}', '"#text": ${item.name}')),
        (SOAP, ("$each: ${entries(form)}", "$each: ${entries(form)[?name == 'none']}")),
        (SOAP, ('"@name": ${item.name}', '"@name": ${item.value}')),
    ],
)
@settings(max_examples=30, deadline=None)
@given(st.lists(TYPED, min_size=1, max_size=3))
def test_nothing_that_was_typed_is_ever_taken_for_a_tree(name: str, change: tuple[str, str], typed: list[str]) -> None:
    """Texts that look like markup or JSON, as leaves of a message, gone or changed: no three characters of them are told."""
    old, new, names = pair(name, *change)
    facts = example_facts(name)
    form = {f"field_{at}": text for at, text in enumerate(typed)}
    facts = replace(facts, draft=facts.draft.model_copy(update={"form": form}))
    found = _case(old, new, {None: facts}, names, success(name).now)
    said = "\n".join(f"{one.path} {one.expected} {one.seen}" for each in found for one in each.differences)
    assert said
    assert {piece for text in typed for piece in pieces(text) if piece in said} == set()
