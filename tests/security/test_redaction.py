"""Personal data never stands in a line of the log; what one searches a log for still does."""

import base64

import pytest

from gateway.security import new_hall_key, new_webhook_secret, redact, redact_event


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证990101199003074477。", "身份证990*************77。"),
        ("id=99010119900307447X", "id=990*************7X"),
        ("99010119900307447x,", "990*************7x,"),
        ("990101900307447", "990**********47"),
        ("code 91990101MA0ABCDE1X!", "code 919*************1X!"),
        ("permit H12345678 or M1234567890", "permit H12****78 or M12******90"),
        ("手机13812345678", "手机138******78"),
        ("+86 138 1234 5678", "+86************78"),
        ("138-1234-5678", "138********78"),
        ("0431-88776655", "043********55"),
        ("043188776655", "043*******55"),
        ("9901011990030744771 is 19 digits", "9901011990030744771 is 19 digits"),
    ],
)
def test_numbers_of_persons_are_masked(text: str, masked: str) -> None:
    """First three and last two characters stay, wherever the number stands and however it is written."""
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "KS2201002301002024060100000013",
        "mat_" + "0123456789abcdef" * 2,
        "0123456789abcdef" * 4,
        "2026-11-20T09:00:00.123+08:00",
        "attempt.finished in 1732094400123 ms",
        "/api/v1/cases/KS2201002301002024060100000013/events",
        "region 220100 matter 000109003000",
    ],
)
def test_what_a_log_is_searched_for_stays(text: str) -> None:
    """Case numbers, ids, digests, times and codes are not touched."""
    assert redact(text) == text


def test_credentials_and_content_are_masked() -> None:
    """Hall keys, webhook secrets, bearer tokens and Base64 of materials do not pass."""
    key, secret = new_hall_key().text, new_webhook_secret()
    content = base64.b64encode(b"%PDF-1.7 some content of a person's file" * 5).decode()
    line = redact(f"{key} {secret} Authorization: Bearer abc.def-ghi {content}")
    for part in (key, key[-43:], secret[6:], "abc.def", content[:64]):
        assert part not in line


def test_the_processor_drops_keys_and_reaches_every_level() -> None:
    """Fields that hold a name, number, phone, address, body or content go, in nested values too; other values are redacted."""
    event = {
        "event": "case.received",
        "case": "KS2201002301002024060100000013",
        "name": "张㛃",
        "applicant_name": "张㛃",
        "phone": "13812345678",
        "count": 3,
        "flag": True,
        "ratio": 0.5,
        "none": None,
        "identity": 990101199003074477,
        "bytes": b"abc",
        "detail": {"number": "990101199003074477", "text": "打 13812345678", "list": ["990101199003074477", {"body": "x"}]},
        "other": ValueError("13812345678"),
    }
    assert redact_event(None, "info", event) == {
        "event": "case.received",
        "case": "KS2201002301002024060100000013",
        "count": 3,
        "flag": True,
        "ratio": 0.5,
        "none": None,
        "identity": "990*************77",
        "bytes": "«3 bytes»",
        "detail": {"text": "打 138******78", "list": ["990*************77", {}]},
        "other": "138******78",
    }
