"""Paths with names in them: what is percent-encoded, what is left out, what never stands in a URL."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapping_parts import FILES

from gateway.mapping import Finding, Route, is_path

ROUTE = Route("/cases/{no}.json/x{?area,page}")


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({"no": "KS1"}, "/cases/KS1.json/x"),
        ({"no": "a/b?c=d#e %2F", "area": "黑"}, "/cases/a%2Fb%3Fc%3Dd%23e%20%252F.json/x?area=%E9%BB%91"),
        ({"no": 7, "area": "", "page": Decimal("1.50")}, "/cases/7.json/x?area=&page=1.50"),
        ({"no": True, "page": False}, "/cases/true.json/x?page=false"),
    ],
)
def test_values_are_one_part_each(values: dict[str, Any], url: str) -> None:
    """Whatever a value holds, it opens no other path, no query and no fragment; what is absent is not named."""
    assert ROUTE.fill(values) == url


@given(
    st.fixed_dictionaries({"no": st.text(min_size=1).filter(lambda text: text.strip("."))}, optional={"area": st.text(), "page": st.text()})
)
def test_what_was_filled_in_can_be_read_again(values: dict[str, str]) -> None:
    """The other way round gives the same values, and the path keeps its length in parts."""
    url = ROUTE.fill(values)
    assert ROUTE.read(url) == values
    assert urlsplit(url).path.count("/") == 3


@pytest.mark.parametrize("value", ["", ".", "..", "..."])
def test_a_value_that_leads_elsewhere_is_refused(value: str) -> None:
    """Dots and nothing at all are taken out of a path by whoever reads it."""
    with pytest.raises(ValueError, match="no"):
        Route("/cases/{no}/x").fill({"no": value})


def test_names_and_the_fixed_part() -> None:
    """As an OpenAPI description lists the path."""
    assert (ROUTE.fixed, ROUTE.parts, ROUTE.query) == ("/cases/{no}.json/x", ("no",), ("area", "page"))
    assert Route("/a").names == frozenset()
    assert ROUTE.read("/other") == {}


@pytest.mark.parametrize("path", ["a", "/a?b=c", "/a#b", "/{", "/{a", "/{a b}", "/{?}", "/{?a}/b", "/a b", "/{}", "/{1}", "/{a}{b}"])
def test_what_is_no_path(path: str) -> None:
    """A query is written by its names; braces are whole."""
    assert not is_path(path)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("method: GET\n    path: /c/{no}\n    send:\n      no: ${case.number}", ""),
        ("method: GET\n    path: /c/{no}{?a}\n    send:\n      no: ${partner.number}\n      a?: ${region(case.origin, '6')}", ""),
        ("path: /c/{no}{?v}\n    send:\n      no: ${case.number}\n      v: 1.0\n      name: ${applicant.name}", ""),
        ("path: /c/{no}\n    send:\n      on: ${case.number}", "step.url-lacks"),
        ("path: /c/{no}\n    send:\n      no?: ${partner.number}", "step.url-optional"),
        ("path: /c/{no}\n    send:\n      no: {a: b}", "step.url-text"),
        ("path: /c/{no}\n    send:\n      no: ${applicant.certificate.number}", "step.url-personal"),
        ("path: /c{?q}\n    send:\n      q: ${case.number}-${applicant.name}", "step.url-personal"),
        ("path: /c{?q}\n    send:\n      q: ${reception.clerk}", "step.url-personal"),
        ("path: /c{?q}\n    send:\n      q: ${hash('sha256', form.any)}", "step.url-personal"),
        ("method: GET\n    path: /c/{no}\n    send:\n      no: ${case.number}\n      area: ${case.origin}", "step.no-body"),
    ],
)
def test_a_url_gets_its_values_and_nothing_personal(findings: Callable[..., list[Finding]], step: str, code: str) -> None:
    """Every name is given, whole and always; a body stands only where the method has one."""
    steps = FILES["steps/common.yaml"]
    before, _, behind = steps.partition("  query:\n    changes: false\n")
    read = behind[behind.index("    read:") :]
    found = findings({"steps/common.yaml": f"{before}  query:\n    changes: false\n    {step}\n{read}"})
    assert ",".join(finding.code for finding in found) == code


@pytest.mark.parametrize(
    ("source", "closed"),
    [("round", False), ("notice", False), ("answers[0].text", True), ("answers[0].item", True), ("materials[0].name", True)],
)
def test_of_a_supplement_its_numbers_may_stand_in_a_url(findings: Callable[..., list[Finding]], source: str, closed: bool) -> None:
    """What the hall answers is somebody's words."""
    send = f"    send:\n      no: ${{case.number}}\n      q: ${{text(supplement.{source})}}\n"
    step = f"  supplement:\n    path: /c/{{no}}{{?q}}\n{send}    read: {{}}\n"
    found = findings({"steps/common.yaml": FILES["steps/common.yaml"] + step})
    assert ["step.url-personal"] * closed == [finding.code for finding in found]
