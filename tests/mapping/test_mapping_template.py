"""Messages: shaped like the partner's, all faults at once, and nothing in a fact can change the shape."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.mapping import Rendered, Template
from gateway.mapping.codes import CodeTable
from gateway.mapping.expressions import Around
from gateway.mapping.findings import Finding, Findings
from gateway.mapping.nodes import compose
from gateway.mapping.template import MAX_ITEMS, build
from gateway.model import FACTS_SCHEMA

TABLES = {"certificate": CodeTable("certificate", {"111": "10"}, {"10": "111"})}
Facts = dict[str, Any]


def template(text: str) -> tuple[Template, list[Finding]]:
    findings = Findings()
    node = compose("f.yaml", text, findings)
    assert node is not None, findings.all()
    return Template(build(node, Around(TABLES, FACTS_SCHEMA, findings))), list(findings.all())


def render(text: str, facts: Mapping[str, Any]) -> Rendered:
    made, findings = template(text)
    assert not findings, findings
    return made.render(facts)


def test_a_message_has_the_shape_it_is_written_in(facts: Facts) -> None:
    """Levels, lists, entries for each, attributes, text and typed leaves come out as written."""
    rendered = render(
        """
        fixed: 01
        now: ${now}
        form: ${form}
        list: [a, "${case.mode}"]
        Item:
          $each: ${entries(form)}
          "@name": ${item.name}
          "#text": ${item.value}
        File:
          $each: ${materials}
          serial: ${add(index, `1`)}
          size: ${item.size}
          data: ${base64(item.content)}
        photo: ${find(materials, 'code', 'photo').name}
        names: ${materials[*].name}
        """,
        facts,
    )
    assert rendered == Rendered(
        {
            "fixed": "01",
            "now": facts["now"],
            "form": {"reason": "夫妻投靠", "spouse": "钱试样"},
            "list": ["a", "joint"],
            "Item": [{"@name": "reason", "#text": "夫妻投靠"}, {"@name": "spouse", "#text": "钱试样"}],
            "File": [{"serial": i + 1, "size": 12, "data": facts["materials"][i]["content"]} for i in range(2)],
            "photo": "a.png",
            "names": ["a.png", "b.pdf"],
        },
        (),
    )


def test_absent_null_and_empty_differ(facts: Facts) -> None:
    """An optional key goes with its source; null and empty text are values and stay."""
    facts["form"] = {"empty": ""}
    rendered = render("{a?: '${applicant.address}', b?: '${form.empty}', c: '${`null`}', d: ''}", facts)
    assert rendered == Rendered({"b": "", "c": None, "d": ""}, ())


def test_a_level_with_a_question_mark_goes_when_all_its_sources_are_absent(facts: Facts) -> None:
    """An absent representative leaves out the whole level, fixed texts and inner levels included."""
    text = """
    rep?:
      kind: legal
      name: ${applicant.representative.name}
      certificate:
        number: ${applicant.representative.certificate.number}
    """
    assert render(text, facts) == Rendered({}, ())


def test_a_level_with_a_question_mark_is_whole_or_faulty(facts: Facts) -> None:
    """When one of its sources is there, the missing ones are faults, not silently left out."""
    facts["applicant"]["representative"] = {"name": "孙试样"}
    rendered = render("rep?:\n  name: ${applicant.representative.name}\n  number: ${applicant.representative.certificate.number}\n", facts)
    assert [(f.code, f.pointer) for f in rendered.faults] == [("mapping.missing", "/applicant/representative/certificate/number")]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("applicant.class == 'legal'", {"z": "1"}), ("applicant.class == 'natural'", {"a": {"n": "赵试样"}, "z": "1"})],
)
def test_a_condition_leaves_its_level_out(condition: str, expected: dict[str, Any], facts: Facts) -> None:
    """`$if` takes the level with it when it does not hold, and leaves no trace when it does."""
    assert render(f"a:\n  $if: ${{{condition}}}\n  n: ${{applicant.name}}\nz: '1'\n", facts) == Rendered(expected, ())


def test_a_condition_inside_each_leaves_out_the_entry_of_a_list(facts: Facts) -> None:
    """With `$each`, `$if` decides over the whole list; entries are chosen by a filter."""
    assert render("f:\n  $if: ${partner.number}\n  $each: ${materials}\n  n: ${item.name}\n", facts).tree == {}
    assert render("f:\n  $each: ${materials[?code == 'form']}\n  n: ${item.name}\n", facts).tree == {"f": [{"n": "b.pdf"}]}


def test_an_entry_sees_the_entry_around_it(facts: Facts) -> None:
    """Inside a second `$each`, `outer` is the first one's entry and index."""
    text = """
    rows:
      $each: ${materials}
      cells:
        $each: ${entries(form)}
        at: ${outer.item.code}-${text(outer.index)}-${item.name}-${text(index)}
    """
    rendered = render(text, facts)
    assert rendered.tree["rows"][1]["cells"] == [{"at": "form-1-reason-0"}, {"at": "form-1-spouse-1"}]


def test_all_faults_come_at_once_with_the_drafts_field(facts: Facts) -> None:
    """Each missing source and unknown code is a fault that points into the hall's draft, wherever the list was filtered."""
    del facts["applicant"]["phone"]
    del facts["materials"][1]["name"]
    facts["applicant"]["certificate"]["type"] = "990"
    facts["form"] = {}
    rendered = render(
        """
        mobile: ${applicant.phone}
        type: ${code('certificate', applicant.certificate.type)}
        reason: A-${form.reason}
        theirs: ${partner.number}
        files:
          - fixed: x
            inner:
              $each: ${materials[?code == 'form']}
              name: ${item.name}
              reason: ${form.reason}
        """,
        facts,
    )
    assert [(f.code, f.pointer) for f in rendered.faults] == [
        ("mapping.missing", "/applicant/phone"),
        ("mapping.code", "/applicant/certificate/type"),
        ("mapping.missing", "/form/reason"),
        ("mapping.missing", ""),
        ("mapping.missing", "/materials/1/name"),
        ("mapping.missing", "/form/reason"),
    ]
    assert "files[0].inner[0].name" in rendered.faults[4].zh
    assert "materials[1].name" in rendered.faults[4].en


def test_a_nested_entry_points_to_the_first_list(facts: Facts) -> None:
    """A source of an outer entry is pointed to in the draft's list."""
    del facts["materials"][1]["code"]
    text = "r:\n  $each: ${materials}\n  c:\n    $each: ${entries(form)}\n    at: ${outer.item.code}\n"
    assert {f.pointer for f in render(text, facts).faults} == {"/materials/1/code"}


def test_a_fault_never_tells_a_persons_number(facts: Facts) -> None:
    """A value that no code table knows is named only when it looks like a code."""
    rendered = render("c: ${code('certificate', applicant.certificate.number)}", facts)
    assert [f.code for f in rendered.faults] == ["mapping.code"]
    assert "990101199001010015" not in repr(rendered.faults)


def test_a_value_of_the_wrong_kind_is_a_fault(facts: Facts) -> None:
    """What an expression cannot use becomes mapping.value at the draft's field, and the rest is still looked at."""
    facts["form"] = {"count": "two"}
    rendered = render("n: ${number(form.count)}\nm: ${form.other}\n", facts)
    assert [(f.code, f.pointer) for f in rendered.faults] == [("mapping.value", "/form/count"), ("mapping.missing", "/form/other")]


def test_too_much_is_a_fault_not_a_burden(facts: Facts) -> None:
    """More entries than a list may have, and more values than a message may have, end in one fault each."""
    facts["materials"] = facts["materials"] * (MAX_ITEMS // 2) + facts["materials"]
    assert [f.code for f in render("f:\n  $each: ${materials}\n  n: ${item.name}\n", facts).faults] == ["mapping.value"]
    facts["materials"] = facts["materials"][:MAX_ITEMS]
    many = "f:\n  $each: ${materials}\n" + "".join(f"  k{i}: ${{item.name}}\n" for i in range(30))
    rendered = render(many, facts)
    assert (rendered.tree, [f.code for f in rendered.faults]) == (None, ["mapping.value"])


def test_more_text_than_a_message_may_hold_ends_the_rendering(facts: Facts) -> None:
    """Texts that expressions make are counted as they are made, wherever they stand."""
    facts["form"] = {"x": "y" * 500_000}
    rendered = render("".join(f"k{i}: ${{pad_left(form.x, `2`, ' ')}}\n" for i in range(40)), facts)
    assert (rendered.tree, [f.code for f in rendered.faults]) == (None, ["mapping.value"])


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: x\n$when: ${now}\n", "message.key", 2, 1),
        ('a: x\n"?": ${now}\n', "message.key", 2, 1),
        ("a: x\na?: ${now}\n", "message.key", 2, 1),
        ("a?: fixed\n", "message.optional", 1, 1),
        ("a?:\n  b: fixed\n", "message.optional", 1, 1),
        ("a:\n  $each: ${case}\n  b: x\n", "message.each", 2, 10),
        ("a:\n  $each: materials\n  b: x\n", "expression.wanted", 2, 10),
        ("a:\n  $if: [x]\n  b: x\n", "expression.wanted", 2, 8),
        ("a: ${item.name}\n", "expression.path", 1, 6),
        ("a:\n  $each: ${materials}\n  b: ${item.title}\n", "expression.path", 3, 13),
        ("a:\n  $each: ${materials}\n  b: ${outer.item}\n", "expression.path", 3, 8),
    ],
)
def test_a_message_that_cannot_be_meant_is_a_finding(text: str, code: str, line: int, column: int) -> None:
    """Keys that do nothing, lists that are none and names out of their scope are found at load."""
    findings = Findings()
    node = compose("f.yaml", text, findings)
    assert node is not None
    build(node, Around(TABLES, FACTS_SCHEMA, findings))
    assert (code, line, column) in [(f.code, f.line, f.column) for f in findings.all()]


TEXT = st.text(max_size=30) | st.sampled_from(["${now}", "{", '"', "]]>", "<a/>", "&amp;", "\n- x: y", "$each", "null", "`1`", "'"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXT, address=TEXT, value=TEXT, file=TEXT)
def test_a_text_stays_one_text_whatever_stands_in_it(name: str, address: str, value: str, file: str, facts: Facts) -> None:
    """What goes into a fact as text comes out as the same text leaf, and the message keeps its shape."""
    facts["applicant"] |= {"name": name, "address": address}
    facts["form"] = {"reason": value}
    facts["materials"] = [{**facts["materials"][0], "name": file}]
    rendered = render(
        """
        n: ${applicant.name}
        a?: ${applicant.address}
        f: ${form}
        i:
          $each: ${entries(form)}
          "@name": ${item.name}
          "#text": ${item.value}
        m:
          $each: ${materials}
          name: 《${item.name}》
        """,
        facts,
    )
    assert rendered == Rendered(
        {
            "n": name,
            "a": address,
            "f": {"reason": value},
            "i": [{"@name": "reason", "#text": value}],
            "m": [{"name": f"《{file}》"}],
        },
        (),
    )
