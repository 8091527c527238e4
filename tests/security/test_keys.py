"""Hall keys: their shape, their digests, and that odd input never becomes an exception."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.security import digest_of, matches, new_hall_key, parse


def test_a_new_key_has_the_announced_shape_and_parses_to_its_own_digest() -> None:
    """What the hall gets is recognised by prefix and digest."""
    key = new_hall_key()
    assert re.fullmatch(r"tb_[a-z2-7]{12}_[A-Za-z0-9_-]{43}", key.text)
    assert parse(key.text) == (key.prefix, key.digest)
    assert matches(key.digest, digest_of(key.text))
    assert not matches(key.digest, new_hall_key().digest)


def test_the_key_is_not_shown_by_repr() -> None:
    """Printing the object shows the prefix only."""
    key = new_hall_key()
    assert key.prefix in repr(key)
    assert key.text[-43:] not in repr(key)


def test_a_changed_character_changes_the_digest() -> None:
    """No character of the key is ignored, the prefix included."""
    text = new_hall_key().text
    for place in (3, len(text) - 1, 30):
        other = text[:place] + ("b" if text[place] == "a" else "a") + text[place + 1 :]
        assert digest_of(other) != digest_of(text)


@pytest.mark.parametrize(
    "text", ["", "tb_", "密钥", "tb_aaaaaaaaaaaa_" + "密" * 43, "\ud800", "tb_aaaaaaaaaaaa_" + "a" * 43 + "\n", "x" * 9999]
)
def test_something_else_is_no_key(text: str) -> None:
    """Non-ASCII, broken or over-long input gives None."""
    assert parse(text) is None


@given(st.text())
def test_parsing_never_raises(text: str) -> None:
    """Any text is either a key or None."""
    assert parse(text) is None or text.startswith("tb_")
