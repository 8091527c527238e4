"""Expressions: JMESPath's grammar with absence, typed values and a closed list of functions; mistakes are findings at their column."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jmespath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.mapping import ABSENT, EvaluationError
from gateway.mapping.codes import CodeTable
from gateway.mapping.expressions import Around, Expression, TextOf, compile_value
from gateway.mapping.findings import Finding, Findings
from gateway.mapping.nodes import Level, Text, compose
from gateway.mapping.shapes import ANY
from gateway.model import FACTS_SCHEMA

TABLES = {"certificate": CodeTable("certificate", {"111": "10"}, {"10": "111"}), "status": CodeTable("status", {}, {"3": "50"})}


def compiled(value: str, shape: Any = ANY) -> tuple[Expression | TextOf | str, list[Finding]]:
    """The value of a YAML line `k: <value>` and the findings about it."""
    findings = Findings()
    node = compose("f.yaml", f"k: {value}\n", findings)
    assert isinstance(node, Level), findings.all()
    text = node.get("k")
    assert isinstance(text, Text)
    result = compile_value(text, Around(TABLES, shape, findings))
    return result, list(findings.all())


def evaluated(value: str, tree: Any) -> Any:
    result, findings = compiled(value)
    assert not findings, findings
    assert not isinstance(result, str)
    return result.evaluate(tree)


TREE = {
    "a": {"b": {"c": {"d": "deep"}}},
    "list": [{"k": "x", "v": "1"}, {"k": "y", "v": "2"}],
    "nested": [["p"], ["q", "r"]],
    "n": 3,
    "yes": True,
    "none": None,
    "empty": "",
    "item-name": "dash",
    "at": datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${a.b.c.d}", "deep"),
        ("${list[1].k}", "y"),
        ("${list[-1].k}", "y"),
        ("${list[9].k}", ABSENT),
        ("${a.x.c}", ABSENT),
        ("${none}", None),
        ("${none.x}", ABSENT),
        ("${empty}", ""),
        ("${empty.x}", ABSENT),
        ("${n}", 3),
        ('${"item-name"}', "dash"),
        ("${list[*].v}", ["1", "2"]),
        ("${list[?k == 'y'].v}", ["2"]),
        ("${list[?k == 'y'] | [0].v}", "2"),
        ("${list[0:1].k}", ["x"]),
        ("${nested[]}", ["p", "q", "r"]),
        ("${a.*.c}", [{"d": "deep"}]),
        ("${missing || 'x'}", "x"),
        ("${n == `3` && yes}", True),
        ("${!missing}", True),
        ("${n > `2`}", True),
        ("${n == '3'}", False),
        ("${missing == `null`}", True),
        ("${a.b.length(c)}", 1),
        ("${if(yes, 'a', missing.x)}", "a"),
        ("${if(missing, 'a', 'b')}", "b"),
        ("${not_null(missing, none, 'z')}", "z"),
        ("${text(n)}", "3"),
        ("${text(yes)}", "true"),
        ("${number('10.50')}", Decimal("10.50")),
        ("${number('0')}", 0),
        ("${boolean('true')}", True),
        ("${add(n, `1`)}", 4),
        ("${add(number('0.1'), number('0.2'))}", Decimal("0.3")),
        ("${find(list, 'k', 'y').v}", "2"),
        ("${find(list, 'k', 'z').v}", ABSENT),
        ("${list(a)}", [TREE["a"]]),
        ("${list(missing)}", []),
        ("${list(list)}", TREE["list"]),
        ("${entries(list[0])}", [{"name": "k", "value": "x"}, {"name": "v", "value": "1"}]),
        ("${code('certificate', '111')}", "10"),
        ("${code('certificate', missing)}", ABSENT),
        ("${canonical('certificate', '10')}", "111"),
        ("${canonical('certificate', '99')}", None),
        ("${region('990101', '12')}", "990101000000"),
        ("${region('990101003', '12')}", "990101003000"),
        ("${region('990101', '4')}", "9901"),
        ("${region('99', '6')}", "990000"),
        ("${date(at, 'yyyyMMddHHmmss')}", "20261120120000"),
        ("${instant('20261120', 'yyyyMMdd')}", datetime(2026, 11, 19, 16, tzinfo=UTC)),
        ("${bytes('aGk=')}", b"hi"),
        ("${text(bytes('5Lit'))}", "中"),
        ("${base64_text('中')}", "5Lit"),
        ("${contains('abc', 'b')}", True),
        ("${contains(list[*].k, 'x')}", True),
        ("${starts_with('abc', 'a')}", True),
        ("${ends_with('abc', 'a')}", False),
        ("${length(list)}", 2),
        ("${join('-', list[*].k)}", "x-y"),
        ("A-${a.b.c.d}-B", "A-deep-B"),
        ("A-${missing}", ABSENT),
        ('"${a.b.c.d}: #"', "deep: #"),
        ("$${x} ${a.b.c.d}", "${x} deep"),
        ("${'a}b'}", "a}b"),
    ],
)
def test_a_value_is_what_its_expressions_say(value: str, expected: Any) -> None:
    """Paths, operators, functions and texts put together give typed values; nothing there is ABSENT, never null."""
    result = evaluated(value, TREE)
    assert result is expected if expected is ABSENT else (type(result), result) == (type(expected), expected)


@pytest.mark.parametrize(
    "value",
    [
        "${number('1e3')}",
        "${number('01')}",
        "${number('9' )}x",
        "${boolean('yes')}",
        "${code('certificate', '990')}",
        "${region('12345', '6')}",
        "${bytes('a')}",
        "${date(n, 'yyyy')}",
        "${add(n, '1')}",
        "${join('-', list)}",
        "${list == `[]`}",
        "n=${n}",
        "n=${none}",
        "${instant('2026-13-01', 'yyyy-MM-dd')}",
        "${text(bytes('/w=='))}",
        "${date(instant('253402300799', 'epoch-seconds'), 'yyyyMMdd')}",
        "${mask(n, `1`, `1`)}",
        "${json(yes)}",
    ],
)
def test_a_value_that_does_not_fit_is_an_error_not_a_guess(value: str) -> None:
    """Functions and texts given something else fail; nothing is converted on the way."""
    result, _ = compiled(value)
    assert not isinstance(result, str)
    with pytest.raises(EvaluationError):
        result.evaluate(TREE)


@pytest.mark.parametrize(
    ("value", "code", "column"),
    [
        ("${case.number", "expression.unclosed", 4),
        ("${case.number #x}", "expression.cut", 4),
        ("x ${case..number}", "expression.syntax", 13),
        ("${case.mode = 'x'}", "expression.syntax", 16),
        ("${applicant.class == 1}", "expression.syntax", 25),
        ("${}", "expression.syntax", 6),
        ("${case.numbr}", "expression.path", 11),
        ("${form.anything.below}", "expression.not-a-level", 20),
        ("${materials.name}", "expression.list", 16),
        ("${case[0]}", "expression.not-a-list", 10),
        ("${case == `{}`}", "expression.compare", 11),
        ("${dates(now, 'iso')}", "expression.function", 6),
        ("${system('x')}", "expression.function", 6),
        ("${sort_by(materials, &name)}", "expression.function", 6),
        ("${date(now)}", "expression.arguments", 6),
        ("${if(now)}", "expression.arguments", 6),
        ("${date(case.number, 'iso')}", "expression.argument", 6),
        ("${base64(materials[0].name)}", "expression.argument", 6),
        ("${date(now, case.mode)}", "expression.not-literal", 6),
        ("${date(now, 'YYYY')}", "expression.pattern", 17),
        ("${instant(case.mode, 'HHmmss')}", "expression.pattern", 26),
        ("${region(case.origin, '7')}", "expression.width", 27),
        ("${code('certificat', applicant.certificate.type)}", "expression.table", 12),
        ("${code('status', applicant.certificate.type)}", "expression.table-direction", 12),
        ("${`[1, 2]`}", "expression.literal", 6),
        ("${`text`}", "expression.literal", 6),
        ("${`NaN`}", "expression.literal", 6),
        ("${case.[number]}", "expression.form", 4),
        ("${mask(applicant.name, '1', '0')}", "expression.not-count", 6),
        ("${mask(applicant.name, index, `0`)}", "expression.not-count", 6),
        ("${substring(applicant.name, `0`, `1.0`)}", "expression.not-count", 6),
        ("${mask(applicant.name, `-3`, `0`)}", "expression.count", 28),
        ("${pad_left(case.number, `5000`, '0')}", "expression.count", 29),
        ("${substring(case.number, `0`, `0`)}", "expression.count", 30),
        ("${pad_left(case.number, `12`, '00')}", "expression.fill", 35),
        ("${pad_right(case.number, `12`, '')}", "expression.fill", 6),
        ("${replace(case.number, '', 'x')}", "expression.replace", 6),
        ("${hash('crc32', case.number)}", "expression.hash", 12),
        ("${xml('1st', form)}", "expression.xml-name", 11),
        ("${xml('a b', form)}", "expression.xml-name", 11),
        ("${json(materials)}", "expression.plain", 6),
        ("${xml('Case', case)}", "expression.plain", 6),
        ("${from_json(form.extra).a}", "expression.documents", 6),
        ("${surname(now)}", "expression.argument", 6),
        ("n ${materials[0].size}", "expression.not-text", 8),
        ("${" + "a" * 2001 + "}", "expression.too-long", 6),
        ("${" + "!" * 60 + "now}", "expression.too-deep", 6),
        ("${" + "(" * 1900 + "}", "expression.too-deep", 6),
    ],
)
def test_a_mistake_is_a_finding_at_its_column(value: str, code: str, column: int) -> None:
    """Everything that can be known without a case is found at load: syntax, names, types, arguments, tables, patterns, limits."""
    _, findings = compiled(value, FACTS_SCHEMA)
    assert code in {f.code for f in findings}
    assert {f.line for f in findings} == {1}
    if code != "expression.form":
        assert column in {f.column for f in findings if f.code == code}


@pytest.mark.parametrize(("block", "codes"), [("|\n  ${now}", ["expression.line-break"]), ("|-\n  ${now}", []), ("|\n  a\n  b", [])])
def test_a_line_break_that_yaml_adds_is_a_finding(block: str, codes: list[str]) -> None:
    """A block text that holds one expression would end with a line break that nobody wrote."""
    _, findings = compiled(block)
    assert [finding.code for finding in findings if finding.code != "expression.not-text"] == codes


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    """The hint names what was probably meant."""
    _, findings = compiled("${aplicant.name}", FACTS_SCHEMA)
    assert "applicant" in findings[0].hint


def test_a_function_is_not_evaluated_on_the_other_branch() -> None:
    """`if` looks at one of its branches only: a code that is missing on the other is no fault."""
    assert evaluated("${if(a, 'x', code('certificate', '990'))}", TREE) == "x"


def test_no_object_is_entered() -> None:
    """A path never reaches attributes or methods of Python objects, only keys of levels and entries of lists."""
    for name in ("__class__", "__init__", "year", "get"):
        assert evaluated(f"${{at.{name}}}", TREE) is ABSENT
        assert evaluated(f"${{a.b.c.d.{name}}}", TREE) is ABSENT
        assert evaluated(f"${{a.b.c.{name}}}", TREE) is ABSENT


def test_a_text_over_a_million_characters_is_refused() -> None:
    """Neither joining nor putting together makes a text of megabytes."""
    tree = {"many": ["x" * 2000] * 1000, "big": "x" * 999_999}
    grown = f"${{replace(big, 'x', '{'y' * 1900}')}}"
    for value in ("${join(',', many)}", "ab${big}", grown, "${base64_text(big)}", "${json(many)}", "${xml('a', @)}"):
        with pytest.raises(EvaluationError):
            evaluated(value, tree)


def test_a_list_of_made_texts_is_bounded() -> None:
    """A function inside a projection cannot make megabytes out of every entry."""
    tree = {"many": ["x" * 1000] * 1000}
    with pytest.raises(EvaluationError) as caught:
        evaluated(f"${{many[*].replace(@, 'x', '{'y' * 900}')}}", tree)
    assert caught.value.why_en == "the list holds too much text"


def test_more_expressions_than_a_text_may_hold_are_one_finding() -> None:
    """A file of nothing but expressions is refused in no time, with one finding and not with ten thousand."""
    _, findings = compiled("${nowhere}" * 10_000, FACTS_SCHEMA)
    assert [finding.code for finding in findings] == ["expression.too-many"]
    assert compiled("${now.x}" * 100, FACTS_SCHEMA)[1][0].code == "expression.not-a-level"


def test_a_rule_that_cannot_be_evaluated_does_not_hold() -> None:
    """A success rule on an answer of another shape is simply not success."""
    rule, _ = compiled("${list == 'x'}")
    assert isinstance(rule, Expression)
    assert rule.holds({"list": [1]}) is False
    assert rule.holds(["x"]) is False
    assert rule.holds({"list": "x"}) is True


NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    st.sampled_from(["", "x", "y"]) | st.booleans(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=12,
)
STEP = st.sampled_from([".a", ".b", ".c", "[0]", "[-1]", "[*]", "[]", "[?a]", "[1:]", ".*", " || b", " && c", " | a", " | [0]"])


@settings(deadline=None)
@given(TREES, st.lists(STEP, max_size=5))
def test_paths_and_operators_agree_with_the_library(tree: Any, steps: list[str]) -> None:
    """Where the library knows only null, we give absent or null, and otherwise the same value."""
    source = "a" + "".join(steps)
    result, findings = compiled(f'"${{{source}}}"')
    assume(not findings)  # a path below what is certainly a list is refused, where the library says null
    assert isinstance(result, Expression)
    ours = result.evaluate(tree)
    assert (None if ours is ABSENT else ours) == jmespath.search(source, tree)
