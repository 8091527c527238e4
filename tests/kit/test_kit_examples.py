"""Examples read, run, told apart and brought up to date: what an integrator sees is what the test suite sees."""

import re
from pathlib import Path
from typing import Any

import pytest
from example_parts import MAPPINGS, MATTER, claim_of, copied, edited, example_of, tried
from hypothesis import given
from hypothesis import strategies as st

import partners
from gateway.kit import KINDS, Bench, Difference, StandIns, example_findings, open_folder, read_examples, rewritten, write
from gateway.kit.rewrite import _commented, _comments, expectation
from gateway.mapping import Findings, nearest, read_expectation
from gateway.mapping.expectation import EXPECT
from gateway.model import PushRefused, is_identity_number

REST, SOAP = "harbin-changchun", "guizhou-province"
SUBMIT, QUERY, PUSH = "a-submit-gives-their-number", "a-denial-says-why", "a-push-of-approval-brings-the-certificate"


def said(folder: Path) -> list[str]:
    """What is wrong with a folder's examples, without what they do not show."""
    return [f"{found.file.partition('/')[2]}:{found.line}: {found.code}" for found in read_examples(open_folder(folder))[1]]


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("case.json", '"number": "KS', '"number": 1, "x": "KS', ["case.json:2: examples.case", "case.json:2: examples.case"]),
        ("case.json", '"phone": "13800000001"', '"phone": 13800000001', ["case.json:18: examples.case"]),
        ("case.json", '"phone": "13800000001",', "", ["case.json:11: examples.case"]),
        ("case.json", '"990101199003070015"', '"990101199003070016"', ["case.json:16: examples.case"]),
        ("case.json", '"now": "2026-11-20T09:31:00+08:00"', '"now": "2026-11-20"', ["case.json:7: examples.case"]),
        ("case.json", '"000109003000"', '"000109003001"', ["case.json:9: examples.matter-code"]),
        ("case.json", '"迁移申请.pdf"', '"迁移申请.exe"', ["case.json:32: examples.extension"]),
        ("case.json", '"mode": "joint"', '"mode": "joint",', ["case.json:5: examples.message"]),
        ("expect.yaml", "answer: 200", "answer: 999", ["expect.yaml:2: form.value"]),
        ("expect.yaml", "answer: 200", "anwser: 200", ["expect.yaml:2: form.unknown"]),
        ("expect.yaml", "answer: 200", "answer: lost", ["expect.yaml:1: examples.reply"]),
        ("expect.yaml", "step: submit", "step: sumbit", ["expect.yaml:1: examples.step"]),
        ("expect.yaml", "step: submit", "step: withdraw", ["expect.yaml:1: examples.wants"]),
        ("expect.yaml", "step: submit", "", ["expect.yaml:2: form.missing"]),
        ("expect.yaml", "step: submit\nanswer: 200", "step: push", ["expect.yaml:1: examples.push"]),
        ("expect.yaml", "is: received", "is: recieved", ["expect.yaml:3: form.choice"]),
        ("expect.yaml", "verdict: {", "verdict: &a {", ["expect.yaml:3: yaml.anchor"]),
        ("sent.json", '"outerNo"', '"outerNo', ["sent.json:2: examples.message"]),
    ],
)  # fmt: skip
def test_every_fault_of_an_example_is_a_finding_at_its_place(tmp_path: Path, file: str, old: str, new: str, found: list[str]) -> None:
    """Wrong JSON, wrong types, a check digit, a moment without its zone, an unknown key: file and line, never a traceback."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    edited(claim_of(folder, SUBMIT) / file, (old, new))
    assert said(folder) == [f"examples/{MATTER}/{SUBMIT}/{each}" for each in found]


def test_a_finding_names_the_field_and_what_to_do(tmp_path: Path) -> None:
    """In the words that a clerk would get, with the pointer into case.json."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    edited(claim_of(folder, SUBMIT) / "case.json", ('"990101199003070015"', '"990101199003070016"'))
    (finding,) = read_examples(open_folder(folder))[1]
    assert (finding.level, finding.column) == ("error", 19)
    assert finding.zh.startswith("办件的 /draft/applicant/certificate/number:公民身份号码校验不通过")
    assert "990101199003070016" not in str(finding)


@pytest.mark.parametrize("file", ["case.json", "sent.json", "reply.json"])
def test_a_real_persons_number_has_no_place_in_an_example(tmp_path: Path, file: str) -> None:
    """A number with a right check digit that is not invented is found in every file, and never repeated."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    number = "11010519491231002X"
    old = '"HC20261120000001"' if file == "reply.json" else '"990101199003070015"'
    edited(claim_of(folder, SUBMIT) / file, (old, f'"{number}"'))
    (finding,) = read_examples(open_folder(folder))[1]
    assert (finding.code, finding.file.endswith(file), number in str(finding)) == ("examples.personal", True, False)


@pytest.mark.parametrize("day", ["20261120", "20261121", "21261120"])
def test_a_number_of_that_day_is_a_cases_not_a_persons(tmp_path: Path, day: str) -> None:
    """Partners number their cases region, day, count; one in eleven of them has a right check digit."""
    number = next(f"220100{day}001{digit}" for digit in "0123456789X" if is_identity_number(f"220100{day}001{digit}"))
    folder = copied(tmp_path, REST, (SUBMIT,))
    edited(claim_of(folder, SUBMIT) / "reply.json", ('"HC20261120000001"', f'"{number}"'))
    assert read_examples(open_folder(folder))[1] == ()


def test_what_is_no_part_of_an_example_is_found(tmp_path: Path) -> None:
    """Foreign files, two replies, an example of no matter, a file where a folder belongs, missing parts."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    example = claim_of(folder, SUBMIT)
    (example / "notes.txt").write_text("x")
    (example / "reply.txt").write_text("x")
    (folder / "examples" / "README").write_text("x")
    (folder / "examples" / "household").mkdir()
    (folder / "examples" / MATTER / "empty").mkdir()
    (folder / "examples" / MATTER / ".hidden").mkdir()
    assert said(folder) == [
        "examples/README:1: examples.file",
        "examples/household:1: examples.matter",
        f"examples/{MATTER}/{SUBMIT}/notes.txt:1: examples.file",
        f"examples/{MATTER}/{SUBMIT}/reply.txt:1: examples.twice",
        f"examples/{MATTER}/empty/case.json:1: file.missing",
        f"examples/{MATTER}/empty/expect.yaml:1: file.missing",
    ]


def test_every_fault_of_an_example_is_told_at_once(tmp_path: Path) -> None:
    """An unknown step beside faults of the same file and of the others, each of them."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    example = claim_of(folder, SUBMIT)
    edited(example / "expect.yaml", ("step: submit", "step: fly"), ("is: received", "is: recieved"))
    edited(example / "case.json", ('"phone": "13800000001"', '"phone": 13800000001'))
    edited(example / "sent.json", ('"outerNo"', '"outerNo'))
    assert said(folder) == [
        f"examples/{MATTER}/{SUBMIT}/{each}"
        for each in (
            "case.json:18: examples.case",
            "expect.yaml:1: examples.step",
            "expect.yaml:3: form.choice",
            "sent.json:2: examples.message",
        )
    ]


@pytest.mark.parametrize("file", ["case.json", "expect.yaml"])
def test_a_link_in_the_place_of_a_file_is_one_finding(tmp_path: Path, file: str) -> None:
    """That it does not belong there, and not also that it is missing."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    example = claim_of(folder, SUBMIT)
    (example / file).rename(tmp_path / file)
    (example / file).symlink_to(tmp_path / file)
    assert said(folder) == [f"examples/{MATTER}/{SUBMIT}/{file}:1: examples.file"]


@pytest.mark.parametrize(
    ("name", "meant"), [("pad", "pad_left"), ("star", "starts_with"), ("jion", "join"), ("instnt", "instant"), ("from_x", "from_xml")]
)
def test_a_name_cut_short_is_answered_with_the_one_that_begins_so(name: str, meant: str) -> None:
    """Before one that is merely alike."""
    known = ("bad", "from_json", "from_xml", "form", "fen", "instant", "join", "pad_left", "pad_right", "starts_with", "add")
    assert f"“{meant}”" in nearest(name, known)


def test_a_push_needs_its_message_and_has_no_answer(tmp_path: Path) -> None:
    """The partner's message is reply.*; nothing answers it but us."""
    folder = copied(tmp_path, SOAP, (PUSH,))
    (claim_of(folder, PUSH) / "reply.xml").unlink()
    edited(claim_of(folder, PUSH) / "expect.yaml", ("step: push", "step: push\nanswer: 200"))
    assert {code.rpartition(" ")[2] for code in said(folder)} == {"examples.answer", "examples.reply-missing"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_does_not_show_a_kind_fails(tmp_path: Path, kind: str) -> None:
    """One finding for each kind that no example shows, an error, and it says how to write one."""
    folder = copied(tmp_path, REST)
    loaded = open_folder(folder)
    for example in read_examples(loaded)[0]:
        if example.kind == kind:
            (example.path / "expect.yaml").unlink()
            for file in example.path.iterdir():
                file.unlink()
            example.path.rmdir()
    (finding,) = example_findings(loaded)
    assert (finding.file, finding.code, finding.level) == (f"{REST}/examples", "examples.lacking", "error")
    assert KINDS[kind][0] in finding.zh
    assert KINDS[kind][2] in finding.hint


def test_a_folder_without_examples_lacks_every_kind(tmp_path: Path) -> None:
    """Five findings; an unknown case told by a query is no refusal, and a taken supplement no success."""
    folder = copied(tmp_path, REST, ("a-case-they-never-got-is-known-to-be-missing", "a-supplement-answers-every-item"))
    assert [finding.code for finding in example_findings(open_folder(folder))] == ["examples.lacking"] * len(KINDS)


async def test_a_changed_message_is_told_path_by_path(tmp_path: Path) -> None:
    """What the mapping sends now beside what the example says."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    edited(
        folder / "steps" / "common.yaml",
        ("fileName: ${item.name}", "fileName: ${item.code}"),
        ("mobile: ${applicant.phone}", 'mobile: "1"'),
    )
    trial = await tried(folder, SUBMIT)
    assert not trial.holds
    assert trial.differences[0].path == "" or [difference.path for difference in trial.differences] == [
        "applicant.mobile",
        "files[0].fileName",
        "files[1].fileName",
    ]


async def test_a_changed_reading_is_told_path_by_path(tmp_path: Path) -> None:
    """What is read now beside expect.yaml; a status that the table lost is null."""
    folder = copied(tmp_path, REST, (QUERY,))
    table = folder / "codes" / "status.csv"
    table.write_text("".join(line for line in table.read_text("utf-8").splitlines(keepends=True) if ",13," not in line), "utf-8")
    trial = await tried(folder, QUERY)
    assert trial.differences == (Difference("expect", "report.status", '"71"', "null"),)


async def test_what_must_not_leave_and_does_is_told(tmp_path: Path) -> None:
    """A case that the folder should refuse and sends: the faults, the verdict and the message all differ."""
    folder = copied(tmp_path, REST, ("a-landline-never-leaves",))
    edited(claim_of(folder, "a-landline-never-leaves") / "case.json", ("0431-88888888", "13800000001"))
    trial = await tried(folder, "a-landline-never-leaves")
    found = {difference.path: (difference.expected, difference.seen) for difference in trial.differences}
    assert found[""][0] is None
    assert found["faults"][1] is None
    assert found["verdict.is"] == ('"refused"', '"unsure"')


@pytest.mark.parametrize(("name", "claim", "sent"), [(REST, SUBMIT, "sent.json"), (SOAP, SUBMIT, "sent.xml"), (SOAP, PUSH, "sent.xml")])
async def test_update_makes_an_example_hold_and_leaves_case_and_reply(tmp_path: Path, name: str, claim: str, sent: str) -> None:
    """sent.* and expect.yaml are written, pretty and stable; a comment at the top stays; a second time nothing changes."""
    folder = copied(tmp_path, name, (claim,))
    example = claim_of(folder, claim)
    before = {file: (example / file).read_bytes() for file in ("case.json", f"reply.{sent[5:]}")}
    (example / sent).unlink()
    first, second = (example / "expect.yaml").read_text("utf-8").splitlines()[:2]
    kept = [first] + ([second] if second.startswith("answer") else [])
    (example / "expect.yaml").write_text("# 说明 / what it shows\n" + "\n".join(kept) + "\n", "utf-8")
    trial = await tried(folder, claim)
    changes = rewritten(trial)
    assert set(changes) == {sent, "expect.yaml"}
    write(trial, changes)
    again = await tried(folder, claim)
    assert again.differences == ()
    assert rewritten(again) == {}
    assert {file: (example / file).read_bytes() for file in before} == before
    assert (example / "expect.yaml").read_text("utf-8").startswith("# 说明 / what it shows\nstep: ")
    assert "Security" not in (example / sent).read_text("utf-8")
    assert all(len(line) < 900 for line in (example / sent).read_text("utf-8").splitlines())


async def test_update_keeps_what_a_person_noted(tmp_path: Path) -> None:
    """Comments stay at what they were said of, wherever they stand; of what is gone, above what follows it."""
    folder = copied(tmp_path, REST, (QUERY,))
    expect = claim_of(folder, QUERY) / "expect.yaml"
    expect.write_text(
        "# 说明 / what it shows\n\n# 查询 / which step\nstep: query  # 不是推送\nanswer: 200\n"
        'verdict:\n  # 已收到\n  is: refused   # "why" # so\n  message: "a # b"  # gone\n'
        "report:\n  # 对方状态码\n  code: '1'  # was 13\n  status: null\n# 完 / the end\n",
        "utf-8",
    )
    trial = await tried(folder, QUERY)
    write(trial, rewritten(trial))
    lines = expect.read_text("utf-8").splitlines()
    assert lines[:6] == [
        "# 说明 / what it shows",
        "# 查询 / which step",
        "step: query  # 不是推送",
        "answer: 200",
        "# 已收到",
        'verdict: {is: received}  # "why" # so',
    ]
    assert "# gone" in lines
    assert lines[lines.index("  # 对方状态码") + 1] == '  code: "13"  # was 13'
    assert lines[-1] == "# 完 / the end"
    again = await tried(folder, QUERY)
    assert (again.differences, rewritten(again)) == ((), {})


async def test_update_removes_a_message_that_no_longer_leaves(tmp_path: Path) -> None:
    """A case that is now refused has no sent.*."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    edited(claim_of(folder, SUBMIT) / "case.json", ('"phone": "13800000001"', '"phone": "0431-88888888"'))
    trial = await tried(folder, SUBMIT)
    assert rewritten(trial)["sent.json"] is None
    write(trial, rewritten(trial))
    assert not (claim_of(folder, SUBMIT) / "sent.json").exists()


async def test_a_push_that_cannot_be_read_is_never_taken_for_right(tmp_path: Path) -> None:
    """It differs, says why, and update leaves it alone."""
    folder = copied(tmp_path, SOAP, (PUSH,))
    edited(claim_of(folder, PUSH) / "reply.xml", ("ReceiptNo", "ReceiptNumber"))
    trial = await tried(folder, PUSH)
    assert trial.seen == {"push": "push.unreadable: reading.missing"}
    assert rewritten(trial) == {}


async def test_a_stand_in_vouches_for_a_push_and_for_nothing_else() -> None:
    """The folder's own scheme verifies what `vouch` signed, and refuses another body; no real secret is needed."""
    bench = Bench(open_folder(MAPPINGS / SOAP))
    example = example_of(MAPPINGS / SOAP, PUSH)
    await bench.run(example)  # sets the clock
    headers = partners.vouch(bench.folder, example.reply or b"", secrets=StandIns(), now=example.now, entropy=_Entropy())
    assert bench.partner.read_push(headers, example.reply or b"").reports
    with pytest.raises(PushRefused):
        bench.partner.read_push(headers, (example.reply or b"") + b" ")
    with pytest.raises(LookupError):
        partners.vouch(open_folder(MAPPINGS / REST), b"", secrets=StandIns(), now=example.now, entropy=_Entropy())


class _Entropy:
    def token(self, nbytes: int) -> bytes:
        return b"n" * nbytes


async def test_a_message_looks_the_same_whenever_it_is_made() -> None:
    """Time, entropy and secrets stand still: two runs give the same bytes and the same headers."""
    bench = Bench(open_folder(MAPPINGS / SOAP))
    example = example_of(MAPPINGS / SOAP, SUBMIT)
    trials = [await bench.run(example) for _ in range(2)]
    assert trials[0].sent == trials[1].sent
    assert trials[0].request is not None
    assert trials[1].request is not None
    assert trials[0].request.headers == trials[1].request.headers
    assert b"stand-in-guizhou-province-user" in (trials[0].sent or b"")


async def test_an_endpoint_that_is_a_secret_is_not_needed(tmp_path: Path) -> None:
    """Nothing is called, so an address that cannot exist stands in."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    edited(folder / "partner.yaml", ("endpoint: http://127.0.0.1:9210", f"endpoint: secret:{REST}/url"))
    trial = await tried(folder, SUBMIT)
    assert trial.holds
    assert trial.request is not None
    assert trial.request.url == "https://partner.invalid/api/matter/submit"


FREE = st.text(max_size=20)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat() + "+00:00")
ITEMS = st.fixed_dictionaries({"code": FREE, "text": FREE}, optional={"material": FREE})
RESULTS = st.fixed_dictionaries({"name": FREE, "file_name": FREE, "media_type": FREE, "sha256": FREE}, optional={"number": FREE})
NOTICES = st.fixed_dictionaries({"items": st.lists(ITEMS, max_size=3)}, optional={"number": FREE, "due": MOMENTS})
REPORTS = st.fixed_dictionaries(
    {"code": FREE, "status": st.one_of(st.none(), st.sampled_from(["50", "71"]))},
    optional={"our_number": FREE, "opinion": FREE, "at": MOMENTS, "result": RESULTS, "notice": NOTICES},
)
VERDICTS = st.fixed_dictionaries({"is": st.sampled_from(["received", "refused", "hold"])}, optional={"message": FREE, "number": FREE})
SEEN = st.fixed_dictionaries(
    {"verdict": VERDICTS},
    optional={
        "report": REPORTS,
        "reports": st.lists(REPORTS, min_size=2, max_size=3),
        "faults": st.lists(st.fixed_dictionaries({"code": FREE, "pointer": FREE}), min_size=1, max_size=2),
    },
)
EXAMPLE = example_of(MAPPINGS / REST, SUBMIT)


@given(SEEN)
def test_an_expectation_reads_back_as_it_was_written(seen: dict[str, Any]) -> None:
    """Whatever a partner says, in quotes where YAML would take it for something else."""
    findings = Findings()
    read = read_expectation("x", expectation(EXAMPLE, seen).encode(), findings)
    assert [str(finding) for finding in findings.all()] == []
    assert listed(read) == {"step": "submit", "answer": 200} | seen


@given(SEEN, SEEN, st.data())
def test_comments_outlive_whatever_changes_around_them(before: dict[str, Any], after: dict[str, Any], data: st.DataObject) -> None:
    """Above any line and behind it, whichever values come and go: each is there once, and the values are those that were written."""
    lines = expectation(EXAMPLE, before).splitlines()
    places = data.draw(st.lists(st.tuples(st.integers(0, len(lines) - 1), st.booleans()), max_size=4, unique=True))
    for number, (at, behind) in enumerate(places):
        lines[at] = f"{lines[at]}  # c{number}" if behind else f"# c{number}\n{lines[at]}"
    plain = expectation(EXAMPLE, after)
    written = _commented(plain, "\n".join(lines) + "\n")
    findings = Findings()
    assert read_expectation("x", written.encode(), findings) == read_expectation("x", plain.encode(), findings)
    assert findings.all() == ()
    assert sorted(found[2] for found in _comments(written)) == [f"# c{number}" for number in range(len(places))]


def listed(value: Any) -> Any:
    """Tuples as lists."""
    if isinstance(value, dict):
        return {name: listed(below) for name, below in value.items()}
    return [listed(below) for below in value] if isinstance(value, tuple) else value


def test_an_expectation_is_written_as_a_person_would() -> None:
    """A report below its key, everything short on one line, quotes only where they are needed."""
    shown = (claim_of(MAPPINGS / REST, QUERY) / "expect.yaml").read_text("utf-8")
    example = example_of(MAPPINGS / REST, QUERY)
    written = expectation(example, example.expected)
    assert re.sub(r'"', "", written) == re.sub(r'"', "", shown)


def test_every_word_of_an_expectation_is_told_beside_the_examples() -> None:
    """What expect.yaml may hold stands in the page of the language."""
    page = (MAPPINGS.parent / "docs" / "mapping-language.md").read_text("utf-8")
    part = re.split(r"## [0-9]+\. Examples\n", page)[1]
    assert [word for word in (*EXPECT.required, *EXPECT.optional) if not re.search(rf"\b{word}\b", part)] == []
