"""Documents inside a text: written exactly, read by the wire's own parsers, bounded both ways."""

import json
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_parts import FILES, Write

import partners
from gateway.kit import open_folder
from gateway.mapping import EvaluationError, Finding, Rendered, Template, load
from gateway.mapping.documents import ENCODINGS, write_json, write_xml
from gateway.mapping.expressions import Around, Expression, compile_value
from gateway.mapping.findings import Findings
from gateway.mapping.nodes import Text, compose, from_values
from gateway.mapping.shapes import ANY
from gateway.mapping.template import build
from gateway.model import FACTS_SCHEMA
from gateway.settings import Settings
from gateway.wiring import check_partners

Facts = dict[str, Any]

TREE = {"Name": "赵试样", "Count": 3, "Fee": Decimal("12.30"), "Yes": True, "Row": [{"@no": "1", "#text": "a"}, {"@no": "2", "#text": "b"}]}


def read(source: str, tree: Any) -> Any:
    """The value of an expression of an answer, with the parsers lent."""
    findings = Findings()
    node = from_values("f.yaml", f"${{{source}}}")
    assert isinstance(node, Text)
    value = compile_value(node, Around({}, ANY, findings, documents=partners.DOCUMENTS))
    assert not findings, findings.all()
    assert isinstance(value, Expression)
    return value.evaluate(tree)


def test_json_is_compact_and_keeps_digits() -> None:
    """No blanks, Chinese as it is, decimals with their digits, null and empty told apart."""
    assert write_json({"a": Decimal("1.10"), "b": [None, "", True, {}], "中": '"\n'}) == '{"a":1.10,"b":[null,"",true,{}],"中":"\\"\\n"}'
    assert (write_json([]), write_json({"a": []})) == ("[]", '{"a":[]}')


def test_xml_has_attributes_text_and_repeated_elements() -> None:
    """The shape is that of answers: `@name`, `#text`, a list for what repeats; markup in a text stays text."""
    assert write_xml("Case", TREE) == (
        '<Case><Name>赵试样</Name><Count>3</Count><Fee>12.30</Fee><Yes>true</Yes><Row no="1">a</Row><Row no="2">b</Row></Case>'
    )
    assert write_xml("a", {"@x": '"<&\n', "b": "]]>&\r", "c": ""}) == '<a x="&quot;&lt;&amp;&#10;"><b>]]&gt;&amp;&#13;</b><c></c></a>'


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_xml_declaration_is_kept_true(encoding: str) -> None:
    """What the declared character set lacks is written as a reference, so that bytes of it can be made."""
    text = write_xml("a", {"n": "张㛃𠮷"}, encoding)
    assert text.startswith(f'<?xml version="1.0" encoding="{encoding}"?><a>')
    assert partners.DOCUMENTS.xml(text.encode(encoding)) == {"n": "张㛃𠮷"}
    assert partners.DOCUMENTS.xml(text) == {"n": "张㛃𠮷"}


@pytest.mark.parametrize(
    "value",
    [
        {"a": None}, {"a b": "x"}, {"1": "x"}, {"@a b": "x"}, {"a:b:c": "x"}, {"": "x"}, {"a": "\x01"}, {"a": "\ud800"}, {"#x": "1"},
        {"a": b"x"}, {"@a": {}},
    ],
)  # fmt: skip
def test_what_no_xml_can_hold_is_an_error(value: Any) -> None:
    """Null, impossible names and characters, bytes: nothing is dropped or bent."""
    with pytest.raises(EvaluationError):
        write_xml("r", value)


def test_depth_is_bounded() -> None:
    """Neither form is written deeper than a message may be, and neither is read so."""
    deep: Any = "x"
    for _ in range(40):
        deep = {"a": deep}
    for write in (write_json, lambda value: write_xml("a", value)):
        with pytest.raises(EvaluationError):
            write(deep)
    for source in ("from_json(t)", "from_xml(t)"):
        for text in (
            "[" * 5000,
            "<a>" * 5000,
            "{",
            "<a>",
            "",
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            '{"a":1,"a":2}',
        ):
            with pytest.raises(EvaluationError):
                read(source, {"t": text})


def test_an_oversized_document_is_not_looked_at() -> None:
    """A text over the limit is refused before any parser sees it."""
    for source in ("from_json(t)", "from_xml(t)"):
        with pytest.raises(EvaluationError) as caught:
            read(source, {"t": " " * 1_000_001})
        assert caught.value.why_en == "the text is too long"


def test_what_is_read_looks_like_an_answer() -> None:
    """Numbers are text with their digits; XML is read without its root's name and namespaces, whatever its declaration claims."""
    assert read("from_json(t).a[0].b", {"t": '{"a":[{"b":1.50}]}'}) == "1.50"
    assert read("from_json(bytes(t)).a", {"t": "eyJhIjoiMSJ9"}) == "1"
    text = '<?xml version="1.0" encoding="utf-16"?>\n<x:R xmlns:x="urn:x"><x:Code>0</x:Code><x:Row no="7">a</x:Row></x:R>'
    assert read("from_xml(t)", {"t": text}) == {"Code": "0", "Row": {"@no": "7", "#text": "a"}}
    assert read("from_xml(t).Code", {}) is not None


NAMES = st.text("abcXYZ_中", min_size=1, max_size=5)
LEAVES = st.text(st.characters(codec="utf-8"), max_size=10) | st.integers(-(10**20), 10**20) | st.booleans() | st.none()
TREES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below, max_size=3), max_leaves=10
)


@settings(deadline=None)
@given(st.lists(TREES, max_size=3))
def test_any_tree_is_json_for_everybody(tree: Any) -> None:
    """What is written, Python's own parser reads as the same value."""
    assert json.loads(write_json(tree)) == tree


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.text(max_size=20), min_size=1, max_size=4))
def test_any_texts_survive_in_xml_or_are_refused(level: dict[str, str]) -> None:
    """What is written, the hardened parser reads as the same texts; characters that XML lacks are refused."""
    try:
        text = write_xml("R", level)
    except EvaluationError:
        return
    assert read("from_xml(t)", {"t": text}) == level


def test_a_folder_that_reads_documents_loads_where_the_parsers_are_lent(write: Write) -> None:
    """Without them it is a finding, never a surprise with the first answer."""
    steps = FILES["steps/common.yaml"].replace("${data.bizNo}\n  query", "${from_json(data.inner).bizNo}\n  query")
    folder = load(write({"steps/common.yaml": steps}), documents=partners.DOCUMENTS)
    answer = {"data": {"inner": '{"bizNo":"7"}'}}
    assert folder.matters["000109003000"].steps["submit"].read.read(answer) == {"number": "7"}


def rendered(text: str, facts: dict[str, Any], findings: Findings | None = None) -> Rendered:
    found = Findings() if findings is None else findings
    node = compose("f.yaml", textwrap.dedent(text), found)
    assert node is not None
    template = Template(build(node, Around({}, FACTS_SCHEMA, found)))
    assert findings is not None or not found, found.all()
    return template.render(facts)


def test_a_level_travels_as_one_json_text(facts: Facts) -> None:
    """`$json` makes a text of the level; beside `$each`, of the list; what is optional in it is left out as anywhere."""
    text = """
    ext:
      $json: true
      name: ${applicant.name}
      address?: ${applicant.address}
      count: ${number('2')}
      inner:
        $json: true
        a: '1'
    files:
      $json: true
      $each: ${materials}
      no: ${add(index, `1`)}
      name: ${item.name}
    """
    assert rendered(text, facts) == Rendered(
        {
            "ext": '{"name":"赵试样","count":2,"inner":"{\\"a\\":\\"1\\"}"}',
            "files": '[{"no":1,"name":"a.png"},{"no":2,"name":"b.pdf"}]',
        },
        (),
    )


def test_a_level_travels_as_one_xml_text(facts: Facts) -> None:
    """`$xml` names the root element, `$encoding` puts a declaration in front, and namespaces are attributes like any other."""
    text = """
    data:
      $xml: Request
      $encoding: GBK
      "@xmlns": urn:x
      Head:
        No: ${case.number}
      Item:
        $each: ${entries(form)}
        "@name": ${item.name}
        "#text": ${item.value}
      Left:
        $if: ${partner.number}
        a: x
    """
    assert rendered(text, facts).tree["data"] == (
        '<?xml version="1.0" encoding="GBK"?><Request xmlns="urn:x"><Head><No>KS0001</No></Head>'
        '<Item name="reason">夫妻投靠</Item><Item name="spouse">钱试样</Item></Request>'
    )


def test_a_condition_and_absence_govern_the_whole_text(facts: Facts) -> None:
    """`$if` and `?` leave the text out; a missing source inside is one fault at its own place, and no text of a half is complained of."""
    text = """
    a?:
      $json: true
      n: ${partner.number}
    b:
      $if: ${partner.number}
      $xml: B
      n: ${applicant.name}
    c:
      $xml: C
      n: ${partner.number}
      m: ${applicant.name}
    """
    found = rendered(text, facts)
    assert "a" not in found.tree
    assert "b" not in found.tree
    assert [(one.code, one.zh.count("c.n")) for one in found.faults] == [("mapping.missing", 1)]


def test_a_text_in_xml_that_no_xml_holds_is_a_fault(facts: Facts) -> None:
    """A control character in a fact is found before anything is sent, at the text's place."""
    facts["applicant"]["name"] = "赵\x0b样"
    found = rendered("d:\n  $xml: D\n  n: ${applicant.name}\n", facts)
    assert [(one.code, "“d”" in one.zh or "d" in one.zh) for one in found.faults] == [("mapping.value", True)]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a:\n  $json: yes\n  b: x\n", "form.choice", 2, 10),
        ("a:\n  $xml: 1st\n  b: x\n", "expression.xml-name", 2, 9),
        ("a:\n  $xml: R\n  b c: x\n", "expression.xml-name", 3, 3),
        ("a:\n  $xml: R\n  $each: ${materials}\n  b: ${item.name}\n", "message.one-root", 2, 3),
        ("a:\n  $xml: R\n  $json: true\n  b: x\n", "message.one-root", 2, 3),
        ("a:\n  $xml: R\n  $encoding: UTF-16\n  b: x\n", "form.choice", 3, 14),
        ("a:\n  $json: true\n  $encoding: GBK\n  b: x\n", "message.encoding", 3, 3),
        ("a:\n  $json: true\n  b: ${now}\n", "message.plain", 3, 8),
        ("a:\n  $json: true\n  b: ${base64(materials[0].content)}\n", "message.plain", 3, 8),
        ("a:\n  $xml: R\n  b: ${materials}\n", "message.plain", 3, 8),
    ],
)
def test_a_text_that_cannot_be_made_is_a_finding(text: str, code: str, line: int, column: int, facts: Facts) -> None:
    """Names, roots, character sets and values that no such text can have are found when the folder is loaded."""
    findings = Findings()
    rendered(text, facts, findings)
    assert [(found.code, found.line, found.column) for found in findings.all()] == [(code, line, column)]


def test_neither_a_whole_message_nor_a_reading_is_a_text(findings: Callable[..., list[Finding]]) -> None:
    """`$json` at the root of a message, and anywhere in a reading, is a finding."""
    steps = FILES["steps/common.yaml"]
    whole = steps.replace("    send:\n      outerNo: ${case.number}\n      certType", "    send:\n      $json: true\n      certType")
    assert [found.code for found in findings({"steps/common.yaml": whole})] == ["message.root"]
    result = steps.replace("      result?:\n", "      result?:\n        $json: true\n")
    assert "read.as-text" in {found.code for found in findings({"steps/common.yaml": result})}


def test_gateway_and_kit_lend_the_parsers(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that reads documents loads wherever folders are loaded, not in this test alone."""
    steps = FILES["steps/common.yaml"].replace("code: ${data.status}", "code: ${from_xml(data.inner).Status}")
    folder = write({"steps/common.yaml": steps})
    secret = tmp_path / "secrets" / "demo-city" / "token"
    secret.parent.mkdir(parents=True)
    secret.write_text("x")
    secret.chmod(0o600)
    assert open_folder(folder).name == "demo-city"
    monkeypatch.chdir(tmp_path)
    assert list(check_partners(Settings(mappings=folder.parent, secrets=tmp_path / "secrets"))) == ["demo-city"]
