"""The calls after submission: every field counts, every input of the signature counts, and nothing is taken twice or late."""

import copy
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from lxml import etree
from mock_requests import (
    EX,
    NS,
    Client,
    Json,
    call,
    changed,
    code_of,
    created,
    dotted,
    envelope,
    interfere,
    leaves,
    look,
    post,
    security,
    soap_query,
    soap_submission,
    soap_supplement,
    soap_withdrawal,
    submission,
    supplement,
    tif_headers,
    withdrawal,
)

OUTER = "KS370171520200202611200000001A"
REST_OPTIONAL = {"noticeNo", "reply"}
SOAP_OPTIONAL = {"NoticeNo", "Text", "Materials", "Material"}
REST_CALLS, SOAP_CALLS = ("supplement", "withdraw"), ("SupplementMatter", "WithdrawMatter")


async def nothing_happened(client: Client, status: str) -> bool:
    """Whether the only case still waits, and nobody's wish to withdraw it was taken."""
    (row,) = (await look(client, "cases"))["cases"]
    return (row["status"], row["supplements"], row["withdrawal_requested"]) == (status, [], False)


@pytest.fixture
async def bodies(rest_client: Client) -> AsyncIterator[dict[str, Json]]:
    """Right bodies of the two calls for a case that waits; when the test ends it still waits."""
    _, taken = await post(rest_client, "/api/matter/submit", submission(OUTER))
    await interfere(rest_client, "advance", {"outer": OUTER, "to": "6"})
    number = taken["data"]["bizNo"]
    _, found = await post(rest_client, "/api/matter/query", {"bizNo": number})
    yield {"supplement": supplement(OUTER, number, found["data"]["notice"]), "withdraw": withdrawal(OUTER, number)}
    assert await nothing_happened(rest_client, "6")


@pytest.fixture
async def messages(soap_client: Client) -> AsyncIterator[dict[str, str]]:
    """Right contents of the two operations for a case that waits; when the test ends it still waits."""
    _, taken = await call(soap_client, "SubmitMatter", envelope(soap_submission(OUTER)))
    await interfere(soap_client, "advance", {"outer": OUTER, "to": "BJGZ"})
    receipt = taken.findtext("ex:ReceiptNo", "", NS)
    _, found = await call(soap_client, "QueryMatter", envelope(soap_query("ReceiptNo", receipt)))
    notice = found.find("ex:Record/ex:Notice", NS)
    assert notice is not None
    yield {"SupplementMatter": soap_supplement(OUTER, receipt, notice), "WithdrawMatter": soap_withdrawal(OUTER, receipt)}
    assert await nothing_happened(soap_client, "BJGZ")


def wrong_fields(body: Json) -> Iterator[tuple[str, Json]]:
    """The body with one field dropped, mistyped, emptied or joined by another; with the name that the refusal has to give."""
    for path in leaves(body):
        if path[-1] not in REST_OPTIONAL:
            yield dotted(path), changed(body, path, ...)
        for wrong in (None, " ", 7.5, True, ["x"], {}):
            yield dotted(path), changed(body, path, wrong)
        yield dotted((*path[:-1], "extra")), changed(body, (*path[:-1], "extra"), "x")


@pytest.mark.parametrize("name", REST_CALLS)
async def test_every_field_of_a_rest_call_counts(rest_client: Client, bodies: dict[str, Json], name: str) -> None:
    """Each dropped, mistyped, emptied or joined by a stranger: refused by its name."""
    tried = 0
    for place, body in wrong_fields(bodies[name]):
        _, answer = await post(rest_client, f"/api/matter/{name}", body)
        assert (answer["code"], place in answer["msg"]) == ("1001", True), place
        tried += 1
    assert tried > (80 if name == "supplement" else 25)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("replyTime",), "20261320093000"),
        (("items",), []),
        (("items", 0, "reply"), "x" * 2001),
        (("files", 0, "size"), 1),
        (("files", 0, "fileType"), "png"),
        (("files", 0, "content"), "JVBERi0=%"),
        (("bizNo",), "HC1"),
    ],
)
async def test_a_wrong_value_in_a_supplement_is_refused(rest_client: Client, bodies: dict[str, Json], path: Any, value: Any) -> None:
    """No items, an overlong reply, a time that is none, and a file that is not what it says."""
    _, answer = await post(rest_client, "/api/matter/supplement", changed(bodies["supplement"], path, value))
    assert answer["code"] == "1001"


@pytest.mark.parametrize("name", REST_CALLS)
async def test_every_signed_input_of_a_rest_call_counts(rest_client: Client, bodies: dict[str, Json], name: str) -> None:
    """Each header altered or left out, a signature of long ago or ahead, a nonce known from another call: 401."""
    path, body = f"/api/matter/{name}", bodies[name]
    seconds_ago = str(int(time.time()) - 7)
    for header, altered, code in (
        ("x-tif-paasid", "someone-else", "-11"),
        ("x-tif-nonce", "anothernonce12345678", "-12"),
        ("x-tif-timestamp", seconds_ago, "-12"),
        ("x-tif-signature", hashlib.sha256(b"").hexdigest(), "-12"),
    ):
        right = tif_headers()
        status, answer = await post(rest_client, path, body, {**right, header: altered})
        assert (status, answer["code"]) == (401, code)
        status, answer = await post(rest_client, path, body, {key: value for key, value in right.items() if key != header})
        assert (status, answer["code"]) == (401, "-15")
    for offset in (-190, 190):
        assert (await post(rest_client, path, body, tif_headers(at=time.time() + offset)))[1]["code"] == "-13"
    used = tif_headers()
    assert str((await post(rest_client, "/api/matter/query", {"outerNo": OUTER}, used))[1]["code"]) == "0"
    status, answer = await post(rest_client, path, body, used)
    assert (status, answer["code"]) == (401, "-14")


def wrong_elements(content: str) -> Iterator[tuple[str, set[str], str]]:
    """The content with one element dropped, emptied, or with a stranger: what was done, names of which a fault gives one, the content."""
    root = etree.fromstring(content)
    for index, node in enumerate(root.iterdescendants()):
        name = etree.QName(node).localname
        for change in ("drop", "empty", "extra"):
            mutated = copy.deepcopy(root)
            found = list(mutated.iterdescendants())[index]
            parent = found.getparent()
            assert parent is not None
            if change == "drop":
                parent.remove(found)
            elif change == "empty":
                found.clear()
            else:
                etree.SubElement(found, f"{{{EX}}}Extra")
            last = name == "Item" and change == "drop" and len(parent) > 0
            if not last and (change != "drop" or name not in SOAP_OPTIONAL) and (name, change) != ("Content", "empty"):
                names = {name, "Extra"} if change == "extra" else {name}
                yield f"{change} {name}", names, etree.tostring(mutated, encoding="unicode")


@pytest.mark.parametrize("name", SOAP_CALLS)
async def test_every_element_of_a_soap_call_counts(soap_client: Client, messages: dict[str, str], name: str) -> None:
    """Each dropped, emptied or given a child it does not have: a fault, and its detail tells which."""
    tried = 0
    for what, names, content in wrong_elements(messages[name]):
        status, answer = await call(soap_client, name, envelope(content))
        named = " ".join(answer.xpath("detail/ex:ValidationFault/*/text()", namespaces=NS)).split()  # type: ignore[arg-type]
        assert (status, code_of(answer)) == (500, "soap:Client"), what
        assert names & set(named), what
        tried += 1
    assert tried > (30 if name == "SupplementMatter" else 8)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<Size>", "<Size>1", "-912"),
        ("<Sha256>", "<Sha256>g", "soap:Client"),
        ("<MediaType>application/pdf", "<MediaType>image/png", "-912"),
        ("<Content>", "<Content>AAAA", "-912"),
        ("<Code>M1", "<Code>" + "x" * 65, "soap:Client"),
    ],
)
async def test_a_wrong_material_in_a_supplement_is_refused(
    soap_client: Client, messages: dict[str, str], old: str, new: str, code: str
) -> None:
    """A material that is not what it says has a result code, one of another shape is a fault."""
    _, answer = await call(soap_client, "SupplementMatter", envelope(messages["SupplementMatter"].replace(old, new, 1)))
    assert code_of(answer) == code


@pytest.mark.parametrize("name", SOAP_CALLS)
async def test_every_signed_input_of_a_soap_call_counts(soap_client: Client, messages: dict[str, str], name: str) -> None:
    """Each part of the token altered or left out, a token of long ago or ahead, a nonce known from another call: a fault."""
    for part, altered, code in (
        ("wsse:Username", "someone-else", "wsse:FailedAuthentication"),
        ("wsse:Password", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "wsse:FailedAuthentication"),
        ("wsse:Nonce", "AAAAAAAAAAAAAAAAAAAAAA==", "wsse:FailedAuthentication"),
        ("wsu:Created", created(time.time() - 7), "wsse:FailedAuthentication"),
    ):
        for drop in (False, True):
            message = etree.fromstring(envelope(messages[name]))
            found = message.find(f".//{part}", NS)
            assert found is not None
            found.text = altered
            parent = found.getparent()
            if drop and parent is not None:
                parent.remove(found)
            status, answer = await call(soap_client, name, etree.tostring(message))
            assert (status, code_of(answer)) == (500, "wsse:InvalidSecurity" if drop else code)
    assert code_of((await call(soap_client, name, envelope(messages[name], "")))[1]) == "wsse:InvalidSecurity"
    for offset in (-310, 310):
        late = envelope(messages[name], security(at=time.time() + offset))
        assert code_of((await call(soap_client, name, late))[1]) == "wsse:MessageExpired"
    used = security()
    assert code_of((await call(soap_client, "QueryMatter", envelope(soap_query("SerialNo", OUTER), used)))[1]) == "00"
    assert code_of((await call(soap_client, name, envelope(messages[name], used)))[1]) == "wsse:InvalidSecurity"


@pytest.mark.parametrize("name", SOAP_CALLS)
async def test_a_soap_action_that_does_not_fit_is_refused(soap_client: Client, messages: dict[str, str], name: str) -> None:
    """SOAPAction names the operation of the body."""
    for action in ("urn:SubmitMatter", '""'):
        assert code_of((await call(soap_client, name, envelope(messages[name]), action=action))[1]) == "soap:Client"
