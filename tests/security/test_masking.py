"""What a screen shows of a person: enough to recognise, too little to misuse."""

import pytest

from gateway.security import mask_name, mask_number, mask_shape


@pytest.mark.parametrize(("name", "shown"), [("张㛃𠮷", "张**"), ("欧阳安", "欧**"), ("𠮷田", "𠮷*")])
def test_the_first_character_of_a_name_is_shown(name: str, shown: str) -> None:
    """A character outside the basic plane is one character."""
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("990101199003074477", "990101********4477"), ("H12345678", "H1*****78"), ("12345678", "12****78"), ("1234", "****")],
)
def test_the_ends_of_a_number_are_shown(number: str, shown: str) -> None:
    """Six and four characters of an identity number or credit code, two at each end of a shorter one, none of a very short one."""
    assert mask_number(number) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("990101199003074477", "#" * 18),
        ("2026-11-20 09:30", "####-##-## ##:##"),
        ("张㛃𠮷,男", "***,*"),
        ("阿卜杜拉·买买提", "****·***"),
        ("a.b+c@示例.cn", "*.*+*@**.**"),
        ("½Ⅳ٣x\u0301", "**#**"),
        ("🙂\u200b", "**"),
        ("", ""),
    ],
)
def test_of_a_value_only_its_looks_are_shown(text: str, shown: str) -> None:
    """Digits of any script as #, letters and whatever else could carry meaning as *; length, punctuation and spaces stay."""
    assert mask_shape(text) == shown
