"""The outline of a message: what is written where, known without a case."""

from collections.abc import Callable
from typing import Any

import pytest
from mapping_parts import STEPS, Write

from gateway.mapping import Expression, Folder, load, possible_texts
from gateway.mapping.catalogue import ADVICE, CATALOGUE

Found = Callable[..., list[Any]]


def test_an_outline_knows_names_places_and_sources(demo: Folder) -> None:
    """In the message's order, with the lines and columns of the file; `?` and `$each` are told, not part of a name."""
    outline = demo.matters["000109003000"].steps["submit"].send.outline
    told = [(".".join(part.target), part.key.line, part.key.column, part.optional, part.each is not None) for part in outline.walk()]
    assert told == [
        ("", 6, 7, False, False),
        ("outerNo", 6, 7, False, False),
        ("certType", 7, 7, False, False),
        ("address", 8, 7, True, False),
        ("files", 9, 7, False, True),
        ("files.$each.fileName", 11, 9, False, False),
        ("files.$each.content", 12, 9, False, False),
    ]
    assert [source.source for source in outline.sources()][-3:] == ["materials", "item.name", "base64(item.content)"]
    address = outline.below[2].value
    assert isinstance(address, Expression)
    assert (address.place.line, address.place.column) == (8, 19)


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("TONGBAN", {"TONGBAN"}),
        ("${'A'}", {"A"}),
        ("${code('certificate', applicant.certificate.type)}", {"10", "41"}),
        ("${if(agent, 'A', 'B')}", {"A", "B"}),
        ("${not_null('A', 'B')}", {"A", "B"}),
        ("${if(agent, code('certificate', agent.certificate.type), '99')}", {"10", "41", "99"}),
        ("${if(agent, agent.name, 'B')}", None),
        ("${case.number}", None),
        ("A-${case.number}", None),
    ],
)
def test_what_a_leaf_can_be_is_known_where_it_is_closed(write: Write, written: str, texts: set[str] | None) -> None:
    """Literals, code tables and choices between them are; whatever a case brings is not."""
    folder = load(write({"steps/common.yaml": STEPS.replace("${case.number}", written, 1)}))
    value = folder.matters["000109003000"].steps["submit"].send.outline.below[0].value
    assert value is not None
    assert possible_texts(value, folder.codes) == texts


def test_advice_is_of_the_catalogue() -> None:
    """Whether a finding is advice hangs on its code alone, and every such code exists."""
    assert set(CATALOGUE) >= ADVICE


def test_a_finding_says_its_level(findings: Found) -> None:
    """What keeps a folder from loading is an error."""
    assert {finding.level for finding in findings({"codes/status.csv": "x\n"})} == {"error"}
