"""The contract of the auth schemes: every one signs; one that verifies takes its own signature and nothing else."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from lxml import etree
from partner_parts import NOW, Counter, DictSecrets

from gateway.mapping import AuthSpec
from gateway.model import Blob, PushRefused
from gateway.wire import serialize_xml
from partners.auth import SCHEMES, Parts, Scheme, SchemeError, SecretMissingError, incoming, outgoing, scheme
from partners.auth.tif import signature
from partners.auth.wsse_username import WSSE, WSU, digest
from partners.envelope import SOAP_11, SOAP_12

SECRETS = {"p/token": "demo-token", "p/password": "demo-密码", "p/push": "push-secret", "p/key": "key-1"}
OPTIONS = {
    "api-key": {"key": "secret:p/token"},
    "hmac-body": {"key_id": "secret:p/key", "secret": "secret:p/push"},
    "none": {},
    "tif": {"paasid": "demo", "token": "secret:p/token"},
    "wsse-username": {"username": "demo", "password": "secret:p/password"},
}


def built(name: str, secrets: dict[str, str] | None = None, **options: str) -> Scheme:
    return scheme(AuthSpec(name, OPTIONS[name] | options), DictSecrets(SECRETS if secrets is None else secrets))


def envelope(soap: str = SOAP_11) -> etree._Element:
    root = etree.Element(f"{{{soap}}}Envelope")
    etree.SubElement(etree.SubElement(root, f"{{{soap}}}Body"), "a").text = "北"
    return root


def parts(message: bytes | etree._Element = b'{"a":"TOKEN"}') -> Parts:
    blob = Blob("a.pdf", 5, "0" * 64, "application/pdf", lambda: iter([b"he", b"llo"]))
    return Parts(
        "POST",
        "http://127.0.0.1/x",
        (("Content-Type", "application/json"),),
        message,
        {"TOKEN": blob} if isinstance(message, bytes) else {},
    )


async def sent(request: Parts) -> bytes:
    return b"".join([chunk async for chunk in request.body().chunks()])


@pytest.mark.parametrize("name", sorted(SCHEMES))
async def test_every_scheme_signs_and_leaves_message_url_and_headers_as_they_are(name: str) -> None:
    """Signing adds; it changes nothing that the adapter made."""
    message = envelope() if name == "wsse-username" else b'{"a":"TOKEN"}'
    before = parts(message)
    untouched = before.rendered()
    after = await built(name).sign(before, NOW, Counter())
    assert before.rendered() == untouched
    assert (after.method, after.url, after.headers[:1]) == (before.method, before.url, before.headers)
    if name == "wsse-username":
        assert etree.tostring(after.message[-1]) == etree.tostring(before.message[-1])
    else:
        assert await sent(after) == b'{"a":"aGVsbG8="}'


@pytest.mark.parametrize("name", sorted(OPTIONS.keys() - {"none"}))
async def test_secrets_are_looked_up_at_each_use(name: str) -> None:
    """A rotated secret holds from the next call on; a missing one is SecretMissingError and names itself, not its value."""
    secrets = dict(SECRETS)
    signer = scheme(AuthSpec(name, OPTIONS[name]), DictSecrets(secrets))
    message = envelope() if name == "wsse-username" else b"{TOKEN}"
    first = await signer.sign(parts(message), NOW, Counter())
    for key in secrets:
        secrets[key] = "rotated"
    second = await signer.sign(parts(message), NOW, Counter())
    assert (first.headers, first.rendered()) != (second.headers, second.rendered())
    secrets.clear()
    with pytest.raises(SecretMissingError, match="p/"):
        await signer.sign(parts(message), NOW, Counter())


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_no_secret_shows_in_a_representation(name: str) -> None:
    """A scheme may be printed into a log."""
    shown = repr(built(name))
    assert not [value for value in SECRETS.values() if value in shown]


@pytest.mark.parametrize("name", sorted(SCHEMES.keys() - {"hmac-body"}))
def test_a_scheme_whose_proof_does_not_cover_the_body_refuses_to_verify(name: str) -> None:
    """It says no; it does not pass."""
    with pytest.raises(PushRefused, match="scheme-cannot-verify"):
        built(name).verify({}, b"", NOW)


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    """The integrator reads what to write instead."""
    with pytest.raises(SchemeError, match=r"hmac-body, none, tif, wsse-username"):
        scheme(AuthSpec("md5", {}), DictSecrets({}))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("none", {"token": "secret:p/token"}),
        ("tif", {"prefix": "x-other"}),
        ("tif", {"colour": "red"}),
        ("hmac-body", {"key_header": "X Push\r\n"}),
    ],
)
def test_options_that_cannot_work_are_found_when_the_partner_is_built(name: str, options: dict[str, str]) -> None:
    """Not at the first case of a citizen."""
    with pytest.raises(SchemeError):
        built(name, **options)


def test_a_missing_option_is_found_when_the_partner_is_built() -> None:
    """An auth section without its token cannot sign."""
    with pytest.raises(SchemeError, match="token"):
        scheme(AuthSpec("tif", {"paasid": "demo"}), DictSecrets({}))


def test_tif_agrees_with_the_published_vector() -> None:
    """Domain page §3.1."""
    expected = "2998A3D0867AE59225195E6A95520A3814FC56A8D21FDC1E746B4E547C33159A"
    assert signature("1717200000", "demo-token", "123456789abcdefg") == expected


@pytest.mark.parametrize("prefix", ["x-tif", "x-rio"])
async def test_tif_headers_are_complete_and_agree_with_each_other(prefix: str) -> None:
    """Seconds, a nonce of letters and digits, and the signature over exactly what is sent."""
    headers = dict((await built("tif", prefix=prefix).sign(parts(), NOW, Counter())).headers)
    timestamp, nonce = headers[f"{prefix}-timestamp"], headers[f"{prefix}-nonce"]
    assert timestamp == str(int(NOW.timestamp()))
    assert nonce.isalnum()
    assert len(nonce) >= 16
    assert headers[f"{prefix}-paasid"] == "demo"
    expected = hashlib.sha256(f"{timestamp}demo-token{nonce}{timestamp}".encode()).hexdigest().upper()
    assert headers[f"{prefix}-signature"] == expected


def test_the_username_token_digest_agrees_with_an_independent_computation() -> None:
    """Base64(SHA-1(nonce + created + password)), computed with openssl."""
    assert digest(bytes(range(16)), "2026-11-20T01:00:00.123Z", "demo-password") == "6ObMBYXhhptHMcHSl6WZVCNuVIg="


@pytest.mark.parametrize("soap", [SOAP_11, SOAP_12])
async def test_the_username_token_stands_in_the_header_before_the_body(soap: str) -> None:
    """mustUnderstand in the envelope's own namespace; the digest fits nonce, created and password."""
    signed = (await built("wsse-username").sign(parts(envelope(soap)), NOW, Counter())).message
    assert [etree.QName(child).localname for child in signed] == ["Header", "Body"]
    security = signed.find(f"{{{soap}}}Header/{{{WSSE}}}Security")
    assert security.get(f"{{{soap}}}mustUnderstand") == "1"
    token = security.find(f"{{{WSSE}}}UsernameToken")
    nonce = base64.b64decode(token.findtext(f"{{{WSSE}}}Nonce"))
    created = token.findtext(f"{{{WSU}}}Created")
    assert created == "2026-11-20T01:00:00.123Z"
    expected = base64.b64encode(hashlib.sha1(nonce + created.encode() + SECRETS["p/password"].encode()).digest()).decode()  # noqa: S324 - the profile's own hash
    assert token.findtext(f"{{{WSSE}}}Password") == expected
    assert SECRETS["p/password"].encode() not in serialize_xml(signed)


async def test_a_username_token_needs_an_envelope() -> None:
    """A REST partner cannot be built with it, and a JSON message is never sent unsigned."""
    spec = AuthSpec("wsse-username", OPTIONS["wsse-username"])
    assert outgoing(spec, DictSecrets(SECRETS), envelopes=True).needs_envelope
    with pytest.raises(SchemeError, match="SOAP only"):
        outgoing(spec, DictSecrets(SECRETS), envelopes=False)
    with pytest.raises(TypeError):
        await built("wsse-username").sign(parts(), NOW, Counter())


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_a_partner_that_pushes_can_only_be_built_with_a_scheme_that_verifies(name: str) -> None:
    """Otherwise every push would be refused, and nobody would know why."""
    spec = AuthSpec(name, OPTIONS[name])
    if name == "hmac-body":
        assert incoming(spec, DictSecrets(SECRETS)).verifies
    else:
        with pytest.raises(SchemeError, match="known are: hmac-body"):
            incoming(spec, DictSecrets(SECRETS))


BODY = "<a>北\r\n</a>".encode()


async def push() -> dict[str, str]:
    request = Parts("POST", "http://127.0.0.1/x", (), BODY, {})
    return dict((await built("hmac-body").sign(request, NOW, Counter())).headers)


async def test_a_push_is_taken_under_any_spelling_of_its_header_names_and_yields_its_nonce() -> None:
    """The nonce must be kept for as long as its timestamp could be accepted again."""
    headers = await push()
    verified = built("hmac-body").verify({name.upper(): value for name, value in headers.items()}, BODY, NOW)
    assert verified.nonce == headers["X-Push-Nonce"]
    assert verified.nonce_expires >= NOW + timedelta(seconds=599)


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_what_a_scheme_vouches_for_it_verifies(name: str) -> None:
    """A scheme that can take a push can make one to try it with; the others say that they cannot."""
    chosen = built(name)
    if not chosen.verifies:
        with pytest.raises(TypeError):
            chosen.vouch(BODY, NOW, Counter())
        return
    headers = chosen.vouch(BODY, NOW, Counter())
    assert chosen.verify(headers, BODY, NOW).nonce
    with pytest.raises(PushRefused):
        chosen.verify(headers, BODY + b" ", NOW)


def mutations(data: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        yield data[:at] + data[at + 1 :]
    yield data + b"0"


async def test_every_single_byte_of_a_push_counts() -> None:
    """Body and each header, one byte changed, dropped or added: refused, whatever byte it is."""
    headers, verify = await push(), built("hmac-body").verify
    for body in mutations(BODY):
        with pytest.raises(PushRefused):
            verify(headers, body, NOW)
    for name, value in headers.items():
        for changed in mutations(value.encode()):
            with pytest.raises(PushRefused):
                verify(headers | {name: changed.decode("latin-1")}, BODY, NOW)


async def test_missing_doubled_and_non_ascii_headers_are_refused_without_an_error() -> None:
    """hmac.compare_digest raises TypeError on such text; a forger must not be able to cause that."""
    headers, verify = await push(), built("hmac-body").verify
    for name in headers:
        with pytest.raises(PushRefused, match="header-missing"):
            verify({other: value for other, value in headers.items() if other != name}, BODY, NOW)
        for odd in ("密", "é", "", headers[name] + ", " + headers[name], "\x00"):
            with pytest.raises(PushRefused):
                verify(headers | {name: odd}, BODY, NOW)


@pytest.mark.parametrize(("seconds", "taken"), [(-301, False), (-299, True), (299, True), (301, False), (10**6, False)])
async def test_a_push_is_taken_within_five_minutes_only(seconds: int, taken: bool) -> None:
    """Both ways: a clock may be ahead or behind."""
    headers = await push()
    if taken:
        assert built("hmac-body").verify(headers, BODY, NOW + timedelta(seconds=seconds)).nonce
    else:
        with pytest.raises(PushRefused, match="expired"):
            built("hmac-body").verify(headers, BODY, NOW + timedelta(seconds=seconds))


async def test_another_secret_or_key_does_not_verify() -> None:
    """Nor does a gateway without its secret: it refuses."""
    headers = await push()
    for wrong in (SECRETS | {"p/push": "other"}, SECRETS | {"p/key": "key-2"}):
        with pytest.raises(PushRefused, match="signature"):
            built("hmac-body", wrong).verify(headers, BODY, NOW)
    with pytest.raises(PushRefused, match="secret-missing"):
        built("hmac-body", {}).verify(headers, BODY, NOW)


async def test_the_push_headers_can_be_renamed() -> None:
    """The names are the partner's; the form of the proof is the profile's."""
    names = {"signature_header": "X-Sign", "nonce_header": "X-Once"}
    request = Parts("POST", "http://127.0.0.1/x", (), BODY, {})
    headers = dict((await built("hmac-body", **names).sign(request, NOW, Counter())).headers)
    assert {"X-Sign", "X-Once"} < headers.keys()
    assert built("hmac-body", **names).verify(headers, BODY, NOW).nonce == headers["X-Once"]


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, ("X-API-Key", "demo-token")),
        ({"header": "appkey"}, ("appkey", "demo-token")),
        ({"header": "Authorization", "word": "Bearer"}, ("Authorization", "Bearer demo-token")),
    ],
)
async def test_a_key_stands_in_one_header(options: dict[str, str], header: tuple[str, str]) -> None:
    """As OpenAPI's apiKey, and as a bearer token; a name that is no header's is refused when the partner is built."""
    assert (await built("api-key", **options).sign(parts(), NOW, Counter())).headers[-1] == header
    with pytest.raises(SchemeError):
        built("api-key", header="a b")
