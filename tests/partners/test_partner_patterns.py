"""Patterns of a partner's description: what they mean, and that none of them takes long."""

import pytest

from partners import fits


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("^1[3-9]\\d{9}$", "13800000001", True),
        ("^1[3-9]\\d{9}$", "13800000001\n", False),
        ("^[\\u4e00-\\u9fa5]{2,4}$", "林示例", True),
        ("^[\\u4e00-\\u9fa5]{2,4}$", "Lin", False),
        ("[0-9]{2}", "a12b", True),
        ("^(?!0)\\d+$", "12", None),
        ("(", "x", None),
        ("", "x", True),
    ],
)
def test_a_pattern_means_what_ecma_262_says(pattern: str, text: str, holds: bool | None) -> None:
    """It is looked for anywhere, `$` is the very end, and what is not understood says neither yes nor no."""
    assert fits(pattern, text) is holds


@pytest.mark.timeout(20)
@pytest.mark.parametrize("pattern", ["^([A-Z0-9]+)+!$", "^(a|a)*$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_careless_pattern_is_tried_all_the_same(pattern: str) -> None:
    """With an engine that goes back each of these takes longer than the world has been there."""
    assert fits(pattern, "aA0" * 4000) is False
