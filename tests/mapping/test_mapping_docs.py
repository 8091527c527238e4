"""The language's page tells of everything the language has, and of nothing else."""

import re
import textwrap
from pathlib import Path

import pytest
from mapping_parts import Write

from gateway.mapping import forms, load
from gateway.mapping.catalogue import CATALOGUE
from gateway.mapping.codes import CLOSED
from gateway.mapping.documents import ENCODINGS
from gateway.mapping.functions import FUNCTIONS
from gateway.mapping.reading import NAMES
from gateway.mapping.template import CONTROLS
from gateway.mapping.texts import ALGORITHMS, COMPOUND_SURNAMES
from gateway.model import FACTS_SCHEMA, REASONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mapping-language.md").read_text()
SOURCES = "\n".join(path.read_text() for path in sorted((ROOT / "gateway" / "mapping").glob("*.py")) if path.name != "catalogue.py")
ABOVE = "\n".join(path.read_text() for room in ("gateway/kit", "partners") for path in sorted((ROOT / room).rglob("*.py")))
"""Rooms that find things in a folder, too: what does not fit the partner's description, and examples."""


def test_every_function_has_its_line_and_every_line_its_function() -> None:
    """The table of functions is the closed list, `if` included."""
    table = PAGE.split("### Functions")[1].split("\nJMESPath's other")[0]
    written = {name for row in table.splitlines() if row.startswith("| `") for name in re.findall(r"`(\w+)\(", row.split(" | ")[0])}
    assert written == {*FUNCTIONS, "if"}


def test_every_compound_surname_is_on_the_page() -> None:
    """The list by which names are split is told whole, and nothing else stands in it."""
    listed = PAGE.split("The compound surnames are:\n")[1].partition(".")[0]
    assert set(listed.split()) == COMPOUND_SURNAMES


def test_every_name_of_the_facts_is_on_the_page() -> None:
    """What an expression may see when sending is listed."""
    seen = PAGE.split("**When sending**")[1].split("**When reading**")[0]
    assert [name for name in FACTS_SCHEMA if name not in seen] == []


@pytest.mark.parametrize(
    "words",
    [
        REASONS,
        CLOSED,
        NAMES,
        CONTROLS,
        ALGORITHMS,
        ENCODINGS,
        forms.PARTNER.required,
        forms.STEP.required,
        forms.STEP.optional,
        forms.OVERLAY,
    ],
)
def test_every_word_of_the_files_is_on_the_page(words: object) -> None:
    """Reasons, closed tables, names of readings and the keys of the files are told."""
    assert [word for word in words if word not in PAGE] == []  # type: ignore[attr-defined]


def _block(begins: str) -> str:
    """The page's example that begins so."""
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return next(block for block in blocks if block.startswith(begins))


def _steps(call: str, send: str, read: str) -> str:
    """A file of steps whose submit sends the one and whose query reads the other."""
    submit = f"  submit:\n    {call}: /a\n    read: {{}}\n{textwrap.indent(send, '    ')}"
    query = f"  query:\n    {call}: /b\n    changes: false\n    send: {{}}\n{textwrap.indent(read, '    ')}"
    return f"language: 1\nsteps:\n{submit}{query}"


def test_the_pages_own_examples_load(write: Write) -> None:
    """Partner, push, messages and readings, as the page shows them, make a REST and a SOAP folder without a finding."""
    tables = {"codes/applicant_class.csv": "canonical,partner,note\nnatural,1,\nlegal,2,\nsole-trader,3,\n"}
    partner, read = _block("language: 1\nregions"), _block("read:\n")
    rest = load(
        write({**tables, "partner.yaml": partner, "steps/common.yaml": _steps("path", _block("send:\n"), read)}, name="harbin-changchun")
    )
    assert [row.is_ for row in rest.verdicts] == ["refused", "hold"]
    push = _block("push:").replace("    …\n", "    code: ${item.State}\n").replace("guizhou-province", "harbin-changchun")
    pushed = partner.replace("transport: rest", "transport: soap").replace("push: false", "push: true") + push
    steps = _steps("operation", _block("send:  "), read).replace(": /", ": ")
    soap = load(write({"partner.yaml": pushed, "steps/common.yaml": steps, "schemas/a.wsdl": ""}, name="harbin-changchun"))
    travelling = load(write({"steps/common.yaml": _steps("path", _block("send:" + " " * 41 + "# a level that"), read)}))
    assert "submit" in travelling.matters["000109003000"].steps
    assert soap.push is not None
    assert list(soap.matters["000109003000"].steps) == ["submit", "query"]


def test_every_finding_is_used_and_every_used_finding_exists() -> None:
    """The catalogue holds neither texts that nothing says nor misses one that something says."""
    kinds = "file|yaml|form|expression|message|codes|secret|step|matter|track|overlay|verdict|read|check|folder|schemas|examples"
    used = set(re.findall(rf'"((?:{kinds})\.[a-z-]+)"', SOURCES)) | set(re.findall(r'"((?:check|schemas|examples)\.[a-z-]+)"', ABOVE))
    assert used - set(CATALOGUE) == set()
    assert set(CATALOGUE) - used == {"step.path"}  # made of the missing key's name, as step.operation is


def test_every_finding_speaks_both_languages() -> None:
    """Chinese first, English beside, and a hint in both wherever the catalogue gives one."""
    for code, (zh, en, hint) in CATALOGUE.items():
        assert re.search(r"[\u4e00-\u9fff]", zh), code
        assert not re.search(r"[\u4e00-\u9fff]", en), code
        assert not hint or " / " in hint, code
