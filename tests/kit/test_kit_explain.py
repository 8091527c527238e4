"""Where each value comes from, told by the very template that is sent; and what an answer means, rule by rule."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from example_parts import MAPPINGS, claim_of, copied, edited, example_of

from gateway.kit import Bench, explain, open_folder, plain, read_examples, understand, understand_push, unread
from gateway.mapping import ABSENT, Drawn, Explanation, State, StepMapping, explain_message

REST, SOAP = "harbin-changchun", "guizhou-province"
SUBMIT, QUERY, PUSH = "a-submit-gives-their-number", "a-denial-says-why", "a-push-of-a-notice-says-what-is-missing"
HOUSEHOLD = "000109003000"

SEND = """\
  submit:
    path: /api/matter/submit
    send:
      fixed: TONGBAN
      both: ${case.origin}-${case.destination}
      gone?: ${agent.name}
      level:
        $if: ${applicant.class == 'legal'}
        name: ${applicant.name}
      inner?:
        a: ${agent.name}
        b: ${agent.phone}
      half?:
        a: ${applicant.name}
        b: ${agent.name}
      text:
        $json: true
        name: ${applicant.name}
        list:
          $each: ${materials}
          place: ${text(add(index, `1`))}
          again:
            $each: ${list(item.code)}
            whose: ${outer.item.name}
      pair:
        - ${case.number}
        - $if: ${applicant.class == 'legal'}
          x: ${applicant.name}
        - y: ${applicant.phone}
      photo:
        $each: ${materials[?code == 'marriage']}
        name: ${item.name}
      missing: ${agent.certificate.number}
      wrong: ${code('certificate', form.reason)}
    read:
      number: ${data.bizNo}
"""


def explained(tmp_path: Path, send: str = SEND) -> tuple[Explanation, StepMapping, Any]:
    """The message of a case by these steps, its step and the facts."""
    folder = copied(tmp_path, REST, (SUBMIT,))
    steps = folder / "steps" / "common.yaml"
    edited(steps, (steps.read_text("utf-8").partition("steps:\n")[2].partition("  query:\n")[0], send))
    example = example_of(folder, SUBMIT)
    step = open_folder(folder).matters[HOUSEHOLD].steps["submit"]
    facts = example.facts.tree(example.now)
    return explain_message(step.send, facts), step, facts


def at(explanation: Explanation, target: str) -> Drawn:
    """The one place with this target."""
    (found,) = [drawn for drawn in explanation.drawn if drawn.target == target]
    return found


def sources(drawn: Drawn) -> list[tuple[str, Any]]:
    """What it drew from."""
    return [(source.path, source.value) for source in drawn.sources]


@pytest.mark.parametrize("name", [REST, SOAP])
def test_explaining_makes_the_very_message_that_is_sent(name: str) -> None:
    """Of every example: the same tree and the same faults, and a line for every leaf of the tree."""
    folder = open_folder(MAPPINGS / name)
    for example in read_examples(folder)[0]:
        if not example.pushed:
            send = folder.matters[example.facts.matter].steps[example.step].send
            facts = example.facts.tree(example.now)
            explanation, rendered = explain_message(send, facts), send.render(facts)
            assert (explanation.tree, explanation.faults) == (rendered.tree, rendered.faults)
            leaves = {path for path in leaves_of(explanation.tree) if not path.startswith("formData.")}
            told = {drawn.target for drawn in explanation.drawn if drawn.state in (State.FIXED, State.DRAWN, State.FAULT)}
            assert leaves <= told | {"formData"}


def leaves_of(tree: Any, above: str = "") -> set[str]:
    """Dotted paths of everything that is no level and no list."""
    if isinstance(tree, dict):
        return {path for name, below in tree.items() for path in leaves_of(below, f"{above}.{name}".removeprefix("."))}
    if isinstance(tree, list):
        return {path for place, below in enumerate(tree) for path in leaves_of(below, f"{above}[{place}]")}
    return {above}


def test_the_lines_stand_in_the_messages_order(tmp_path: Path) -> None:
    """As written, lists entry by entry."""
    explanation, _, _ = explained(tmp_path)
    targets = [drawn.target for drawn in explanation.drawn]
    assert targets[:3] == ["fixed", "both", "gone"]
    assert targets.index("text.list[0].again[0].whose") < targets.index("text.list[1]" + ".place") < targets.index("pair[0]")


def test_a_value_is_told_with_its_rule_and_its_sources(tmp_path: Path) -> None:
    """A literal has none; a text put together has all of them; each with the value that it had."""
    explanation, _, _ = explained(tmp_path)
    fixed, both = at(explanation, "fixed"), at(explanation, "both")
    assert (fixed.state, fixed.value, fixed.sources) == (State.FIXED, "TONGBAN", ())
    assert (both.state, both.rule, both.value) == (State.DRAWN, "${case.origin}-${case.destination}", "370171-230100")
    assert sources(both) == [("case.origin", "370171"), ("case.destination", "230100")]
    assert both.place.file == f"{REST}/steps/common.yaml"
    assert both.place.line == 7


def test_what_is_left_out_says_why(tmp_path: Path) -> None:
    """No source under a `?`, a `$if` that does not hold, a level all of whose sources are absent."""
    explanation, _, _ = explained(tmp_path)
    gone, level, inner = (at(explanation, name) for name in ("gone", "level", "inner"))
    assert (gone.state, sources(gone), gone.value) == (State.LEFT_OUT, [("agent.name", ABSENT)], ABSENT)
    assert (level.state, level.rule, sources(level)) == (State.NOT_ASKED, "${applicant.class == 'legal'}", [("applicant.class", "natural")])
    assert "level.name" not in {drawn.target for drawn in explanation.drawn}
    assert (inner.state, sources(inner)) == (State.LEFT_OUT, [("agent.name", ABSENT), ("agent.phone", ABSENT)])


def test_lists_are_told_entry_by_entry_with_the_place_in_the_source(tmp_path: Path) -> None:
    """Of a filtered list, the entry's own place among the materials; of an inner list, the outer one's."""
    explanation, _, _ = explained(tmp_path)
    assert at(explanation, "photo").state is State.LIST
    assert sources(at(explanation, "photo[0].name")) == [("materials[1].name", "结婚证.png")]
    assert sources(at(explanation, "text.list[1].again[0].whose")) == [("materials[1].name", "结婚证.png")]
    assert at(explanation, "text.list[1].place").value == "2"


def test_what_travels_as_text_is_told_inside_and_outside(tmp_path: Path) -> None:
    """The text as it is sent, then what is in it."""
    explanation, _, _ = explained(tmp_path, SEND.replace("      missing: ${agent.certificate.number}\n", ""))
    text = at(explanation, "text")
    assert text.state is State.TEXT
    assert json.loads(text.value)["list"][0]["again"][0]["whose"] == at(explanation, "text.list[0].again[0].whose").value


def test_a_list_written_out_leaves_no_gap(tmp_path: Path) -> None:
    """The entry that its `$if` leaves out is told; the next one keeps its value."""
    explanation, _, _ = explained(tmp_path)
    assert at(explanation, "pair[1]").state is State.NOT_ASKED
    assert at(explanation, "pair[2].y").value == "13800000001"
    assert explanation.tree["pair"] == ["KS370171230100202611200000001W", {"y": "13800000001"}]


def test_faults_stand_in_their_places(tmp_path: Path) -> None:
    """A required source that is absent, a code the table lacks; the rest of the message is told all the same."""
    explanation, step, facts = explained(tmp_path)
    missing, wrong, half = at(explanation, "missing"), at(explanation, "wrong"), at(explanation, "half.b")
    assert (missing.state, wrong.state, half.state) == (State.FAULT, State.FAULT, State.FAULT)
    assert missing.fault is not None
    assert wrong.fault is not None
    assert (missing.fault.code, wrong.fault.code) == ("mapping.missing", "mapping.code")
    assert sources(wrong) == [("form.reason", "夫妻投靠")]
    assert explanation.faults == step.send.render(facts).faults
    assert at(explanation, "fixed").value == "TONGBAN"


def test_a_message_that_is_too_large_has_only_that_fault(tmp_path: Path) -> None:
    """Nothing is told of it, and nothing breaks."""
    each = "".join(f"        - n{place}: ${{text(index)}}\n" for place in range(200))
    send = f"  submit:\n    path: /a\n    send:\n      many:\n        $each: ${{materials}}\n        inner:\n{each}    read: {{}}\n"
    _, step, facts = explained(tmp_path, send)
    many = {**facts, "materials": facts["materials"] * 100}
    explanation = explain_message(step.send, many)
    assert (explanation.drawn, [fault.code for fault in explanation.faults]) == ((), ["mapping.value"])


def test_a_fault_that_only_the_schema_shows_is_told_too() -> None:
    """The mapping is content, the partner's description is not."""
    bench = Bench(open_folder(MAPPINGS / REST))
    found = explain(bench, example_of(MAPPINGS / REST, "a-landline-never-leaves"))
    assert found.message is not None
    assert found.message.faults == ()
    blamed = at(found.message, "applicant.mobile")
    assert (blamed.state, blamed.fault, blamed.value) == (State.FAULT, found.faults[0], "0431-88888888")
    assert [("applicant.mobile" in fault.en, fault.code) for fault in found.faults] == [(True, "mapping.value")]


def test_a_push_is_explained_by_what_is_read_of_it() -> None:
    """Value by value, items with their places; and the report that comes of it."""
    found = explain(Bench(open_folder(MAPPINGS / SOAP)), example_of(MAPPINGS / SOAP, PUSH)).pushed
    assert found is not None
    assert found.reading is not None
    assert sources(at(found.reading, "notice.items[1].material")) == [("Record.Notice.Item[1].MaterialCode", "marriage")]
    assert at(found.reading, "opinion").state is State.LEFT_OUT
    assert found.reports[0]["status"] == "40"


def reply(name: str, claim: str) -> bytes:
    """An example's answer."""
    return next(claim_of(MAPPINGS / name, claim).glob("reply.*")).read_bytes()


def test_an_answer_goes_through_the_rules_in_order() -> None:
    """The success rule, then the rows up to the one that holds, each with what it looked at."""
    bench = Bench(open_folder(MAPPINGS / REST))
    found = understand(bench, HOUSEHOLD, "submit", 200, reply(REST, "a-case-of-another-office-is-told-whose-it-is"))
    assert [rule.row for rule in found.rules] == [None, 1, 2, 3, 4, 5, 6]
    assert [rule.holds for rule in found.rules] == [False] * 6 + [True]
    assert (found.rules[-1].meaning, found.rules[-1].reason) == ("refused", "not-competent")
    assert {(source.path, source.value) for rule in found.rules for source in rule.sources} == {("code", "1010")}
    assert found.verdict["competent"] == "220100"
    assert found.reading is None
    assert unread(found) == ()


def test_a_success_is_read_with_codes_and_status() -> None:
    """One rule, every value, the report as expect.yaml has it."""
    bench = Bench(open_folder(MAPPINGS / REST))
    found = understand(bench, HOUSEHOLD, "query", 200, reply(REST, QUERY))
    assert [(rule.row, rule.holds) for rule in found.rules] == [(None, True)]
    assert found.reading is not None
    assert (at(found.reading, "status").value, sources(at(found.reading, "status"))) == ("71", [("data.status", "13")])
    assert found.reports == (example_of(MAPPINGS / REST, QUERY).expected["report"],)
    assert plain(at(found.reading, "result.content").value) == "«303 B»"


def test_all_that_cannot_be_read_is_told_at_once() -> None:
    """A missing number and a moment in another form; never the value."""
    bench = Bench(open_folder(MAPPINGS / REST))
    body = b'{"code": "0", "data": {"status": "13", "handleTime": "2026/11/21"}}'
    found = understand(bench, HOUSEHOLD, "query", 200, body)
    assert found.reading is not None
    assert {drawn.target for drawn in found.reading.drawn if drawn.state is State.FAULT} >= {"at"}
    assert all("2026/11/21" not in text for pair in unread(found) for text in pair)
    assert found.verdict == {"is": "retry", "reason": "unreadable"}


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        (REST, b'{"code": "0",\n "data": }', r"json\.malformed.*line 2"),
        (REST, b'{"code": "0", "code": "1"}', r"json\.duplicate-key"),
        (REST, b"[]", "not-an-object"),
        (REST, b'{"other": 1}', "nothing that success or verdicts look at"),
        (SOAP, b"<html></html>", "no-envelope"),
        (SOAP, b"<a>\n<b></a>", r"xml\.malformed.*line 2"),
        (SOAP, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', r"xml\.doctype"),
        (SOAP, b"", "cannot be read"),
    ],
)
def test_an_unreadable_answer_says_where(name: str, body: bytes, said: str) -> None:
    """Line and column where there are any; never a traceback."""
    bench = Bench(open_folder(MAPPINGS / name))
    ((zh, en),) = unread(understand(bench, HOUSEHOLD, "query", 200, body))
    assert re.search(said, en)
    assert re.search(r"[\u4e00-\u9fff]", zh)


def test_an_answer_is_about_one_case(tmp_path: Path) -> None:
    """A history of two entries gives no reading of a step: what to do about it is told; a status that is absent is none."""
    folder = tmp_path / REST
    shutil.copytree(MAPPINGS / REST, folder)
    steps = folder / "steps" / "common.yaml"
    text = steps.read_text("utf-8")
    assert "      code: ${data.status}\n" in text
    absent = text.replace("      code: ${data.status}\n", "      code?: ${data.status}\n")
    steps.write_text(absent.replace("      status: ${canonical(", "      status?: ${canonical("), "utf-8")
    bench = Bench(open_folder(folder))
    known = json.dumps({"code": "0", "data": {"outerNo": "A", "bizNo": "B", "handleTime": "2026-11-21 10:05:00"}}).encode()
    assert unread(understand(bench, HOUSEHOLD, "query", 200, known)) == ()
    before, _, behind = text.partition("      our_number: ${data.outerNo}\n")
    listed = (
        "      $each: ${list(data)}\n      our_number: ${item.outerNo}\n      code: ${item.status}\n  supplement:"
        + behind.partition("  supplement:")[2]
    )
    steps.write_text(before + listed, "utf-8")
    bench = Bench(open_folder(folder))
    two = json.dumps({"code": "0", "data": [{"outerNo": "A", "status": "1"}] * 2}).encode()
    ((zh, en),) = unread(understand(bench, HOUSEHOLD, "query", 200, two))
    assert ("这里有 2 条" in zh, "here are 2" in en) == (True, True)


def test_a_push_of_another_operation_is_told() -> None:
    """What the WSDL does not call this push."""
    bench = Bench(open_folder(MAPPINGS / SOAP))
    found = understand_push(bench, reply(SOAP, SUBMIT))
    assert unread(found)[0][1] == "the answer cannot be read: another-operation"
