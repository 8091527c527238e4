"""The simulated REST partner takes exactly what its paper says, and refuses every single-field mutation of it."""

import base64
import hashlib
import time
from typing import Any

import pytest
from mock_requests import (
    OTHER_PERSON,
    PERSON,
    Client,
    Path_,
    changed,
    dotted,
    file_of,
    interfere,
    leaves,
    look,
    post,
    submission,
    tif_headers,
)
from multidict import CIMultiDict

from mock_partners.signing import NonceMemory, tif_signature

SUBMIT, QUERY = "/api/matter/submit", "/api/matter/query"
OPTIONAL = {("applicant", "address")}
FIELDS = [path for path in leaves(submission()) if path != ("formData", "capital")]
FREE_TEXTS = {"itemName", "name", "legalName", "address", "fileCode", "fileName"}
WRONG_SHAPES = [(path, wrong) for path in FIELDS for wrong in (None, " ", 7.5, ["x"], True, *([] if path[-1] in FREE_TEXTS else ["?!"]))]
OBJECTS: list[Path_] = [(), ("applicant",), ("files", 0)]


def test_tif_signature_equals_the_published_vector() -> None:
    """The TIF signature of the published example comes out as published."""
    expected = "2998A3D0867AE59225195E6A95520A3814FC56A8D21FDC1E746B4E547C33159A"
    assert tif_signature("1717200000", "demo-token", "123456789abcdefg") == expected


def test_a_nonce_is_remembered_for_ten_minutes() -> None:
    """Within ten minutes of its use a nonce is known, after them it is new again; others are not touched."""
    nonces = NonceMemory()
    assert [nonces.first_time("n", now) for now in (0.0, 600.0, 600.1, 700.0)] == [True, False, True, False]
    assert nonces.first_time("m", 700.0)


async def test_a_right_submission_is_taken_in(rest_client: Client) -> None:
    """A submission with all fields gets a partner number, and the case is there under ours."""
    status, answer = await post(rest_client, SUBMIT, submission())
    assert (status, str(answer["code"]), answer["data"]["status"]) == (200, "0", "1")
    (row,) = (await look(rest_client, "cases"))["cases"]
    assert (row["outer"], row["number"], row["submits"]) == (submission()["outerNo"], answer["data"]["bizNo"], 1)
    assert row["number"].startswith("HC")
    assert len(row["number"]) == 16


@pytest.mark.parametrize("kind", ["pdf", "png", "jpg", "ofd"])
async def test_every_file_kind_and_empty_lists_are_taken(rest_client: Client, kind: str) -> None:
    """Each of the four kinds of file is taken, and so are a natural person, an empty form and no files."""
    natural = {"type": "1", "name": "㛃", "certType": "10", "certNo": OTHER_PERSON, "mobile": "13900000000"}
    body = {**submission(), "applicant": natural, "formData": {}}
    for files in ([file_of(kind)], []):
        _, answer = await post(rest_client, SUBMIT, {**body, "files": files})
        assert str(answer["code"]) == "0"


@pytest.mark.parametrize("path", FIELDS, ids=dotted)
async def test_a_dropped_field_is_refused_by_name(rest_client: Client, path: Path_) -> None:
    """Without any one required field nothing is taken in, and the refusal names the field; only the address may lack."""
    _, answer = await post(rest_client, SUBMIT, changed(submission(), path, ...))
    if path in OPTIONAL:
        assert str(answer["code"]) == "0"
        return
    assert answer["code"] == "1001"
    assert dotted(path) in answer["msg"]
    assert (await look(rest_client, "cases"))["cases"] == []


@pytest.mark.parametrize(("path", "wrong"), WRONG_SHAPES)
async def test_a_field_of_another_shape_is_refused_by_name(rest_client: Client, path: Path_, wrong: Any) -> None:
    """A field with a null, blank, number, list or truth value where the paper wants its own kind is refused by name."""
    _, answer = await post(rest_client, SUBMIT, changed(submission(), path, wrong))
    assert answer["code"] == "1001"
    assert dotted(path) in answer["msg"]


@pytest.mark.parametrize("place", [*OBJECTS, ("formData",)], ids=dotted)
async def test_an_unknown_field_is_refused_by_name(rest_client: Client, place: Path_) -> None:
    """One more field in any object is refused; the form takes any name, but only strings."""
    value = {"a": "b"} if place == ("formData",) else "x"
    _, answer = await post(rest_client, SUBMIT, changed(submission(), (*place, "extra"), value))
    assert answer["code"] == "1001"
    assert dotted((*place, "extra")) in answer["msg"]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("applicant", "certNo"), "91990101MA0TB00119", "1003"),
        (("applicant", "legalCertNo"), PERSON[:-1] + "6", "1003"),
        (("applicant", "legalCertNo"), "990101199003070010", "1003"),
        (("applicant", "certType"), "02", "1001"),
        (("applicant", "type"), "4", "1001"),
        (("applicant", "mobile"), "1380000000", "1001"),
        (("itemCode",), "00012500100", "1001"),
        (("areaCode",), "220100", "1001"),
        (("areaCode",), "520200000000", "1009"),
        (("applyTime",), "20261320093000", "1001"),
        (("outerNo",), "XX1", "1001"),
        (("files", 0, "size"), 1, "1001"),
        (("files", 0, "fileType"), "png", "1001"),
        (("files", 0, "content"), "JVBERi0=%", "1001"),
        (("files", 0, "content"), base64.b64encode(b"MZ" + bytes(30)).decode(), "1001"),
    ],
)
async def test_a_wrong_value_gets_its_own_code(rest_client: Client, path: Path_, value: Any, code: str) -> None:
    """Wrong check digits, foreign areas and files that are not what they say are each refused with the paper's code."""
    _, answer = await post(rest_client, SUBMIT, changed(submission(), path, value))
    assert answer["code"] == code
    assert (await look(rest_client, "cases"))["cases"] == []
    assert (await look(rest_client, "stats"))["refused"] == {code: 1}


async def test_a_matter_that_is_not_offered_is_refused(serve: Any, rest_app: Any) -> None:
    """With a list of matters, only those are taken."""
    client = await serve(rest_app(items=frozenset({"000125002000"})))
    _, refused = await post(client, SUBMIT, submission())
    _, taken = await post(client, SUBMIT, {**submission(), "itemCode": "000125002000"})
    assert (refused["code"], str(taken["code"])) == ("1005", "0")


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"outerNo":"KS1","outerNo":"KS1"}'])
async def test_a_body_that_is_no_plain_object_is_refused(rest_client: Client, raw: bytes) -> None:
    """Anything but one JSON object in UTF-8 with distinct keys is refused."""
    for path in (SUBMIT, QUERY):
        assert (await post(rest_client, path, raw))[1]["code"] == "1001"


@pytest.mark.parametrize("name", sorted(tif_headers()))
async def test_a_missing_doubled_or_misshapen_header_is_refused(rest_client: Client, name: str) -> None:
    """Each of the four headers is needed exactly once and in its own shape."""
    for count, wrong in ((0, None), (2, None), (1, ""), (1, "too short!")):
        headers = CIMultiDict(tif_headers())
        value = headers.pop(name) if wrong is None else wrong
        headers.popall(name, None)
        for _ in range(count):
            headers.add(name, value)
        async with rest_client.post(SUBMIT, json=submission(), headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, "-15")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x-tif-paasid", "someone-else", "-11"),
        ("x-tif-nonce", "anothernonce12345678", "-12"),
        ("x-tif-timestamp", "seven seconds ago", "-12"),
        ("x-tif-signature", hashlib.sha256(b"").hexdigest(), "-12"),
    ],
)
async def test_an_altered_signed_input_is_refused(rest_client: Client, name: str, value: str, code: str) -> None:
    """A header changed after signing is refused, and nothing is taken in."""
    altered = str(int(time.time()) - 7) if name == "x-tif-timestamp" else value
    status, answer = await post(rest_client, SUBMIT, submission(), {**tif_headers(), name: altered})
    assert (status, answer["code"]) == (401, code)
    assert (await look(rest_client, "cases"))["cases"] == []


@pytest.mark.parametrize("offset", [-190, 190])
async def test_an_expired_timestamp_is_refused(rest_client: Client, offset: int) -> None:
    """A right signature from more than 180 s ago or ahead is refused; from within it is accepted."""
    for path in (SUBMIT, QUERY):
        status, answer = await post(rest_client, path, submission(), tif_headers(at=time.time() + offset))
        assert (status, answer["code"]) == (401, "-13")
    within = tif_headers(at=time.time() + offset * 0.9)
    assert str((await post(rest_client, SUBMIT, submission(), within))[1]["code"]) == "0"


async def test_a_repeated_nonce_is_refused(rest_client: Client) -> None:
    """The same headers twice are a replay, on whichever call; a lower-case signature is as good as any."""
    headers = tif_headers()
    headers["x-tif-signature"] = headers["x-tif-signature"].lower()
    _, first = await post(rest_client, SUBMIT, submission(), headers)
    status, again = await post(rest_client, QUERY, {"outerNo": submission()["outerNo"]}, headers)
    later = tif_headers(at=time.time() - 5, nonce=headers["x-tif-nonce"])
    _, signed_anew = await post(rest_client, SUBMIT, submission(), later)
    assert (str(first["code"]), status, again["code"], signed_anew["code"]) == ("0", 401, "-14", "-14")


async def test_a_refused_signature_does_not_use_up_the_nonce(rest_client: Client) -> None:
    """Whoever guesses nonces without the token cannot make the right caller's fail."""
    headers = tif_headers()
    await post(rest_client, SUBMIT, submission(), {**headers, "x-tif-signature": "0" * 64})
    assert str((await post(rest_client, SUBMIT, submission(), headers))[1]["code"]) == "0"


async def test_queries_by_either_number_show_the_case_and_its_result(rest_client: Client) -> None:
    """A query by one of the numbers gives status, time and, once decided, a PDF with a certificate number."""
    outer = submission()["outerNo"]
    _, taken = await post(rest_client, SUBMIT, submission())
    number = taken["data"]["bizNo"]
    assert await interfere(rest_client, "advance", {"outer": outer, "to": "11"}) == 200
    for body in ({"outerNo": outer}, {"bizNo": number}):
        shown = (await post(rest_client, QUERY, body))[1]["data"]
        assert (shown["outerNo"], shown["bizNo"], shown["status"]) == (outer, number, "11")
        assert (shown["statusName"], shown["opinion"]) == ("办结通过", "准予")
        time.strptime(shown["handleTime"], "%Y-%m-%d %H:%M:%S")
        assert base64.b64decode(shown["result"]["content"]).startswith(b"%PDF-")
        assert shown["result"]["certNo"] == f"DZ{number[2:]}"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "1001"),
        ({"outerNo": "KS1", "bizNo": "HC00000000000000"}, "1001"),
        ({"outerNo": "KS1", "extra": "x"}, "1001"),
        ({"bizNo": "HC1"}, "1001"),
        ({"outerNo": "KS1"}, "1404"),
        ({"bizNo": "HC00000000000000"}, "1404"),
    ],
)
async def test_a_query_names_exactly_one_known_number(rest_client: Client, body: Any, code: str) -> None:
    """A query with no, two or an unknown number is refused."""
    assert (await post(rest_client, QUERY, body))[1]["code"] == code


async def test_a_second_submission_makes_a_second_case(rest_client: Client) -> None:
    """The partner does not deduplicate: doubling shows as two rows, and a query finds the first."""
    numbers = [(await post(rest_client, SUBMIT, submission()))[1]["data"]["bizNo"] for _ in range(2)]
    rows = (await look(rest_client, "cases"))["cases"]
    assert [(row["number"], row["submits"]) for row in rows] == [(number, 2) for number in numbers]
    shown = (await post(rest_client, QUERY, {"outerNo": submission()["outerNo"]}))[1]["data"]
    assert shown["bizNo"] == numbers[0]


async def test_success_is_said_as_a_number_and_as_a_string(rest_client: Client) -> None:
    """Over some calls the success code comes in both kinds."""
    codes = [(await post(rest_client, SUBMIT, submission()))[1]["code"] for _ in range(20)]
    assert {repr(code) for code in codes} == {"0", "'0'"}
