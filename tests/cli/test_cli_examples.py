"""`tongban partner test`, `explain`, `render` and `read`, on a copy of a shipped folder."""

import io
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from gateway.cli.partner_examples import LONGEST, clipped

from .conftest import Run

MAPPINGS = Path(__file__).parents[2] / "mappings"
REST, SOAP, MATTER = "harbin-changchun", "guizhou-province", "household-move-spouse"
SUBMIT, DENIED = "a-submit-gives-their-number", "a-denial-says-why"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tongban: Run) -> Path:
    """The shipped folders where they may be changed."""
    root = tmp_path / "mappings"
    for name in (REST, SOAP):
        shutil.copytree(MAPPINGS / name, root / name)
    monkeypatch.setenv("TONGBAN_MAPPINGS", str(root))
    return root


def claim(folders: Path, example: str, name: str = REST) -> Path:
    """An example's folder."""
    return folders / name / "examples" / MATTER / example


def test_the_shipped_examples_all_hold(tongban: Run, folders: Path) -> None:
    """Counts by folder, and 0."""
    said = tongban("partner", "test", "--all")
    assert (said.code, said.err) == (0, "")
    count = len(list(folders.glob("*/examples/*/*/expect.yaml")))
    assert said.out.splitlines()[-1] == f"{count} 个示例全部符合。 / All {count} example(s) hold."
    assert re.fullmatch(rf"{SOAP}  (\d+)/\1", said.out.splitlines()[0])


def test_a_difference_is_told_and_ends_with_1(tongban: Run, folders: Path) -> None:
    """The part, the path, what was expected and what was seen, on the screen and as JSON."""
    sent = claim(folders, SUBMIT) / "sent.json"
    sent.write_text(sent.read_text("utf-8").replace('"陈㛃"', '"陈某"'), "utf-8")
    said = tongban("partner", "test", REST)
    assert said.code == 1
    assert re.search(r'sent: applicant\.name\n.*expected  "陈某"\n.*seen      "陈㛃"', said.out)
    document = json.loads(tongban("partner", "test", REST, "--json").out)
    (failed,) = [example for example in document["partners"][0]["examples"] if not example["holds"]]
    assert document["failed"] == 1
    assert failed["differences"] == [{"part": "sent", "path": "applicant.name", "expected": '"陈某"', "seen": '"陈㛃"'}]


def test_update_rewrites_what_differs_and_nothing_else(tongban: Run, folders: Path) -> None:
    """The difference is shown, the file is as it was before it was changed, and then everything holds."""
    example = claim(folders, SUBMIT)
    before = {file: file.read_bytes() for file in folders.rglob("*") if file.is_file()}
    (example / "sent.json").write_text("{}", "utf-8")
    said = tongban("partner", "test", REST, "--update")
    assert said.code == 0
    assert "已改写 / rewritten: sent.json" in said.out
    assert said.out.endswith(" 1 rewritten: look at what changed.\n")
    assert "applicant" in said.out
    assert {file: file.read_bytes() for file in folders.rglob("*") if file.is_file()} == before
    assert tongban("partner", "test", REST).code == 0


def test_a_message_that_is_new_is_not_quoted_but_measured(tongban: Run, folders: Path) -> None:
    """There is nothing to hold it against: what it is called and how large it is."""
    sent = claim(folders, SUBMIT) / "sent.json"
    size = sent.stat().st_size
    sent.unlink()
    said = tongban("partner", "test", REST, "--update")
    assert f"实为 / seen      sent.json, {size} B\n" in said.out
    assert sent.stat().st_size == size
    assert "字 / characters" not in said.out


def test_a_folder_without_examples_has_shown_nothing(tongban: Run, folders: Path) -> None:
    """No example is no success."""
    shutil.rmtree(folders / REST / "examples")
    said = tongban("partner", "test", "--all")
    assert (said.code, "no examples" in said.out) == (1, True)


def test_a_broken_example_is_a_finding_and_ends_with_1(tongban: Run, folders: Path) -> None:
    """The others run all the same."""
    every = len(list((folders / REST / "examples").glob("*/*/")))
    (claim(folders, SUBMIT) / "case.json").write_text("{", "utf-8")
    said = tongban("partner", "test", REST)
    assert said.code == 1
    assert f"{REST}/examples/{MATTER}/{SUBMIT}/case.json:1:2: examples.message" in said.out
    assert f"{REST}  {every - 1}/{every}\n" in said.out


def test_why_an_answer_was_not_read_is_told(tongban: Run, folders: Path) -> None:
    """Beside the verdict that differs stands which value of the reply is at fault."""
    reply = claim(folders, DENIED) / "reply.json"
    reply.write_text(reply.read_text("utf-8").replace("2026-11-21 10:05:00", "2026/11/21"), "utf-8")
    said = tongban("partner", "test", REST)
    assert "“at” cannot be read" in said.out
    assert said.code == 1


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (("test",), 2, "--all"),
        (("test", REST, "--all"), 2, "--all"),
        (("test", "harbin"), 1, REST),
        (("explain", REST, "a-submit"), 1, SUBMIT),
        (("explain", "nowhere", "x"), 1, "nowhere"),
        (("render", REST, SUBMIT, "--step", "qeury"), 1, "query"),
        (("render", REST, "a-landline-never-leaves"), 1, "Nothing of this case can be sent."),
        (("render", REST, SUBMIT, "--output", "no/such/folder"), 1, "Cannot write the file folder"),
        (("read", REST, "reply.json"), 2, "--step"),
        (("read", REST, "no-such-file", "--step", "query"), 1, "no-such-file"),
        (("read", REST, "/dev/null", "--step", "push"), 1, "does not push"),
        (("read", REST, "/dev/null", "--step", "submit", "--matter", "000"), 1, "has this step"),
        (("read", REST, "/dev/null", "--step", "submit", "--status", "7"), 2, "--status"),
    ],
)
def test_what_cannot_be_done_is_said_in_two_lines(tongban: Run, folders: Path, line: tuple[str, ...], code: int, words: str) -> None:
    """An unknown name with the nearest one, a wrong command line; never a traceback."""
    said = tongban("partner", *line)
    assert (said.code, words in said.err) == (code, True), said
    assert "Traceback" not in said.err + said.out


def test_a_folder_that_does_not_load_ends_with_3(tongban: Run, folders: Path) -> None:
    """With its findings, whichever command."""
    with (folders / REST / "partner.yaml").open("a", encoding="utf-8") as file:
        file.write("colour: red\n")
    for line in (("test", "--all"), ("explain", REST, SUBMIT), ("render", REST, SUBMIT), ("read", REST, "x", "--step", "query")):
        said = tongban("partner", *line)
        assert said.code == 3
        assert f"{REST}/partner.yaml" in said.err


def test_explain_tells_target_rule_source_and_value(tongban: Run, folders: Path) -> None:
    """On one line each; as JSON with the place in the file."""
    said = tongban("partner", "explain", REST, SUBMIT)
    lines = [line.strip() for line in said.out.splitlines()]
    assert said.code == 0
    rule, source = "${code('certificate', applicant.certificate.type)}", "applicant.certificate.type: 111"
    assert f"applicant.certType ← {rule} ← {source} = 10  [steps/common.yaml:15]" in lines
    assert any(line.startswith("applicant.legalName ← ") and "left out: no source" in line for line in lines)
    document = json.loads(tongban("partner", "explain", REST, f"{MATTER}/{SUBMIT}", "--json").out)
    named = next(place for place in document["message"] if place["target"] == "files[1].fileName")
    assert named["sources"] == [{"path": "materials[1].name", "value": "结婚证.png"}]
    assert named["at"].startswith(f"{REST}/steps/common.yaml:26:")


def test_explain_ends_with_1_where_there_are_faults(tongban: Run, folders: Path) -> None:
    """The fault is told with its code; what stands is told all the same."""
    said = tongban("partner", "explain", REST, "a-landline-never-leaves")
    assert said.code == 1
    assert re.search(r"applicant\.mobile ← .* ← applicant\.phone: 0431-88888888  ✗ ", said.out)
    assert "outerNo ← " in said.out
    pushed = tongban("partner", "explain", SOAP, "a-push-of-a-notice-says-what-is-missing")
    assert (pushed.code, "notice.items[1].material" in pushed.out) == (0, True)


def test_render_prints_the_bytes_that_would_be_sent(tongban: Run, folders: Path, tmp_path: Path) -> None:
    """Line, headers and body with stand-ins for secrets; to a file, the body alone and exactly."""
    said = tongban("partner", "render", REST, SUBMIT)
    head, _, body = said.out.partition("\n\n")
    assert said.code == 0
    assert head.splitlines()[0] == "POST http://127.0.0.1:9210/api/matter/submit"
    assert f"x-tif-paasid: stand-in-{REST}-paasid" in head
    assert json.loads(body) == json.loads((claim(folders, SUBMIT) / "sent.json").read_bytes())
    assert "stand-ins" in said.err
    target = tmp_path / "body"
    assert tongban("partner", "render", REST, SUBMIT, "--output", str(target)).code == 0
    assert target.read_text("utf-8") + "\n" == body
    assert json.loads(tongban("partner", "render", REST, SUBMIT, "--step", "query").out.partition("\n\n")[2]) == {
        "outerNo": "KS370171230100202611200000001W"
    }


def test_render_of_a_push_is_our_reply(tongban: Run, folders: Path) -> None:
    """What the partner hears once its report is kept."""
    said = tongban("partner", "render", SOAP, "a-push-tells-of-acceptance")
    assert said.code == 0
    assert "NotifyStatusResponse" in said.out
    assert said.out.startswith("<?xml")


def test_read_takes_an_answer_from_a_file_or_a_pipe(tongban: Run, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules, values and status; 1 when it cannot be read, with the place."""
    said = tongban("partner", "read", REST, str(claim(folders, DENIED) / "reply.json"), "--step", "query")
    assert said.code == 0
    assert "✓ success: ${code == '0'}  ← code = 0" in said.out
    assert "status ← ${canonical('status', data.status)} ← data.status: 13 = 71" in said.out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"code": "0",\n"data": ')))
    broken = tongban("partner", "read", REST, "-", "--step", "query", "--json")
    assert broken.code == 1
    assert "line 2" in json.loads(broken.out)["unread"][0]["en"]


def test_read_says_which_value_keeps_the_report_from_being_made(tongban: Run, folders: Path) -> None:
    """A result of a type without a code: each value alone could be read, the result could not."""
    licence = folders / REST / "examples" / "sole-trader-registration" / "an-approval-brings-the-licence" / "reply.json"
    licence.write_text(licence.read_text("utf-8").replace('"fileType": "pdf"', '"fileType": "exe"'), "utf-8")
    said = tongban("partner", "read", REST, str(licence), "--step", "query", "--matter", "000117001001")
    (line,) = [line for line in said.out.splitlines() if "✗" in line]
    assert line.startswith("  result.media_type ← ${canonical('media_type', data.result.fileType)} ← data.result.fileType: exe")
    assert "“result.media_type” cannot be read" in line
    assert said.code == 1


def test_read_asks_for_the_matter_where_its_step_is_another(tongban: Run, folders: Path) -> None:
    """A step that one matter writes differently cannot be read for all of them."""
    matter = folders / REST / "matters" / f"{MATTER}.yaml"
    matter.write_text(matter.read_text("utf-8") + "steps:\n  submit:\n    read:\n      number: ${data.outerNo}\n", "utf-8")
    reply = str(claim(folders, SUBMIT) / "reply.json")
    said = tongban("partner", "read", REST, reply, "--step", "submit")
    assert (said.code, "--matter" in said.err) == (1, True)
    assert tongban("partner", "read", REST, reply, "--step", "submit", "--matter", "000109003000").code == 1


def test_long_values_are_clipped_around_where_they_begin_to_differ() -> None:
    """A material's Base64 differs in the middle: that is what is shown."""
    one, other = "A" * 500 + "x" + "B" * 500, "A" * 500 + "y" + "B" * 500
    shown = clipped(one, other)
    assert all(len(text) < LONGEST + 40 for text in shown)
    assert ("x" in shown[0], "y" in shown[1]) == (True, True)
    assert clipped(None, "a\nb") == ("（无 / nothing）", "a⏎b")
