"""The table *sent / surely not sent*, one test a row, against a socket that counts effects."""

import asyncio
import datetime
import gzip
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import SettingsError
from gateway.outbound import AddressRules, Outbound, Request, Sent
from gateway.wire import Base64Of, Body

from .conftest import OK, Attachment, Call, Door, Effect, Peer, Start, ended, silent, then_close

# --- surely not sent -------------------------------------------------------------------------------------------------


async def test_connection_refused_is_surely_not_sent(call: Call) -> None:
    """Nobody listening means that nothing left."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can take the port meanwhile
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        assert await ended(call(url)) == ("outbound.connect", Sent.SURELY_NOT)


async def test_a_name_that_does_not_resolve_is_surely_not_sent(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DNS failure comes before any connection."""

    async def nowhere(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nowhere)
    assert await ended(call("http://nowhere.invalid/")) == ("outbound.dns", Sent.SURELY_NOT)


def certificate(folder: Path, host: str, *, days: int = 1) -> tuple[ssl.SSLContext, Path]:
    """A server context and the PEM of its self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=10))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / f"{host}{days}.pem", folder / f"{host}{days}.key"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, private)
    return context, pem


@pytest.mark.parametrize(
    ("host", "days", "trusted"),
    [("127.0.0.1", 1, False), ("127.0.0.2", 1, True), ("127.0.0.1", -1, True)],
    ids=["self-signed", "other host", "expired"],
)
async def test_a_bad_certificate_is_surely_not_sent(peer: Start, call: Call, tmp_path: Path, host: str, days: int, trusted: bool) -> None:
    """TLS fails before the request: the peer never sees one."""
    context, pem = certificate(tmp_path, host, days=days)
    it = await peer(tls=context)
    outcome = await ended(call(f"https://127.0.0.1:{it.port}/", ca_file=pem if trusted else None))
    assert (outcome, it.effects) == (("outbound.tls", Sent.SURELY_NOT), [])


async def test_tls_below_1_2_is_surely_not_sent(peer: Start, call: Call, tmp_path: Path) -> None:
    """A server that offers only TLS 1.1 is refused although its certificate is trusted."""
    context, pem = certificate(tmp_path, "127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    it = await peer(tls=context)
    code, sent = await ended(call(f"https://127.0.0.1:{it.port}/", ca_file=pem))
    # The server may hang up on our greeting without a TLS alert, which then looks like a connection that failed.
    assert code in ("outbound.tls", "outbound.connect")
    assert (sent, it.effects) == (Sent.SURELY_NOT, [])


async def test_a_trusted_certificate_gives_an_answer(peer: Start, call: Call, tmp_path: Path) -> None:
    """The control of the rows above: the right certificate and host are served."""
    context, pem = certificate(tmp_path, "127.0.0.1")
    it = await peer(tls=context)
    assert (await call(f"https://127.0.0.1:{it.port}/", ca_file=pem)).body == b"ok"


def test_an_unreadable_ca_file_is_a_settings_error(tmp_path: Path) -> None:
    """A missing file and a file that is not PEM are both named before anything is called."""
    (tmp_path / "not.pem").write_text("not a certificate")
    for name in ("absent.pem", "not.pem"):
        with pytest.raises(SettingsError) as caught:
            Outbound(origins=frozenset(), rules=AddressRules(), ca_file=tmp_path / name)
        assert caught.value.code == "settings.ca-file"


async def test_a_refused_address_is_surely_not_sent(peer: Start, call: Call) -> None:
    """An allow-listed origin on an address outside the allowed networks is not even connected to."""
    it = await peer()
    assert await ended(call(f"http://127.0.0.1:{it.port}/", networks=())) == (
        "outbound.refused-address",
        Sent.SURELY_NOT,
    )
    assert it.connections == 0


async def test_a_refused_origin_is_surely_not_sent(peer: Start, door: Door) -> None:
    """Another port, another scheme, another spelling of the host: default deny."""
    it = await peer()
    outbound = door(f"http://127.0.0.1:{it.port}/")
    for url in (f"http://127.0.0.1:{it.port + 1}/", f"https://127.0.0.1:{it.port}/", f"http://localhost:{it.port}/"):
        outcome = await ended(outbound.call(Request("GET", url), deadline_seconds=5, max_bytes=100))
        assert outcome == ("outbound.refused-origin", Sent.SURELY_NOT)
    assert it.connections == 0


@pytest.fixture
def full_backlog() -> Iterator[int]:
    """The port of a listener whose queue is full, so that connecting to it hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        yield listener.getsockname()[1]
        for one in waiting:
            one.close()


async def test_a_deadline_before_the_connection_stood_is_surely_not_sent(call: Call, full_backlog: int) -> None:
    """Time that ran out while connecting is no reason to ask the partner anything."""
    assert await ended(call(f"http://127.0.0.1:{full_backlog}/", deadline=0.1)) == (
        "outbound.timeout",
        Sent.SURELY_NOT,
    )


async def test_a_deadline_while_waiting_for_a_free_connection_is_surely_not_sent(peer: Start, door: Door) -> None:
    """A call that never got a connection of the pool has sent nothing."""
    it = await peer(silent)
    url = f"http://127.0.0.1:{it.port}/"
    outbound = door(url, limit=1)
    first = asyncio.create_task(outbound.call(Request("GET", url), deadline_seconds=60, max_bytes=100))
    await it.arrived.wait()
    outcome = await ended(outbound.call(Request("GET", url), deadline_seconds=0.05, max_bytes=100))
    assert (outcome, len(it.effects)) == (("outbound.timeout", Sent.SURELY_NOT), 1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


@pytest.mark.parametrize(
    "header",
    [
        ("X-A", "b\r\nX-Evil: 1"),
        ("X-A", "b\n"),
        ("X-A", "b\0"),
        ("X-A", "名"),
        ("X-A\r\n", "b"),
        ("X A", "b"),
        ("", "b"),
        ("名", "b"),
        ("Host", "other.example"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Accept-Encoding", "gzip"),
    ],
)
async def test_a_bad_header_is_surely_not_sent(peer: Start, call: Call, header: tuple[str, str]) -> None:
    """Injection, non-ASCII and framing headers are refused before anything is connected."""
    it = await peer()
    outcome = await ended(call(f"http://127.0.0.1:{it.port}/", headers=(header,)))
    assert (outcome, it.connections) == (("outbound.bad-header", Sent.SURELY_NOT), 0)


async def test_a_bad_method_is_surely_not_sent(peer: Start, call: Call) -> None:
    """A method is held to the same rule as a header's name."""
    it = await peer()
    outcome = await ended(call(f"http://127.0.0.1:{it.port}/", method="GET / HTTP/1.1\r\nX: "))
    assert (outcome, it.connections) == (("outbound.bad-header", Sent.SURELY_NOT), 0)


async def test_a_closed_door_is_surely_not_sent(peer: Start, door: Door) -> None:
    """After aclose a call fails at once, also when the door had been used before."""
    it = await peer()
    url = f"http://127.0.0.1:{it.port}/"
    outbound = door(url)
    await outbound.call(Request("GET", url), deadline_seconds=5, max_bytes=100)
    await outbound.aclose()
    outcome = await ended(outbound.call(Request("GET", url), deadline_seconds=5, max_bytes=100))
    assert (outcome, len(it.effects)) == (("outbound.closed", Sent.SURELY_NOT), 1)


# --- perhaps sent ----------------------------------------------------------------------------------------------------


async def slam(_peer: Peer, _effect: Effect, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Process the request, then reset the connection (SO_LINGER 0)."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def test_a_deadline_after_sending_is_perhaps_sent(peer: Start, call: Call) -> None:
    """The peer has the request: a silent one cannot be told from a slow one."""
    it = await peer(silent)
    outcome = await ended(call(f"http://127.0.0.1:{it.port}/", deadline=0.1))
    assert (outcome, len(it.effects)) == (("outbound.timeout", Sent.PERHAPS), 1)


async def drip(_peer: Peer, _effect: Effect, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte of a long body every few milliseconds."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.005)


async def test_a_drip_ends_with_the_total_deadline(peer: Start, call: Call) -> None:
    """Bytes that keep coming do not extend the time."""
    it = await peer(drip)
    assert await ended(call(f"http://127.0.0.1:{it.port}/", deadline=0.15)) == ("outbound.timeout", Sent.PERHAPS)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (slam, "outbound.reset"),
        (then_close(b""), "outbound.reset"),
        (then_close(b"HTTP/1.1 200 OK\r\nConte"), "outbound.reset"),
        (then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), "outbound.incomplete"),
        (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"), "outbound.incomplete"),
        (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n"), "outbound.protocol"),
        (then_close(b"\x16\x03\x01 this is not HTTP\r\n\r\n"), "outbound.protocol"),
        (then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"), "outbound.protocol"),
        (then_close(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"), "outbound.protocol"),
    ],
    ids=["reset", "closed", "half header", "half body", "half chunk", "bad chunk", "garbage", "two lengths", "100 k headers"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_broken_answer_is_perhaps_sent_and_never_sent_again(
    peer: Start, call: Call, script: Callable[..., Awaitable[None]], code: str, method: str
) -> None:
    """Whatever breaks after the request went out, the peer has exactly one effect."""
    it = await peer(script)
    outcome = await ended(call(f"http://127.0.0.1:{it.port}/", method=method))
    assert (outcome, len(it.effects)) == ((code, Sent.PERHAPS), 1)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("body", [b"", b"data"], ids=["no body", "body"])
async def test_a_reused_connection_that_dies_is_perhaps_sent_and_never_sent_again(
    peer: Start, door: Door, method: str, body: bytes
) -> None:
    """The keep-alive race: the peer takes the second request and closes; nobody silently tries again."""

    async def first_only(it: Peer, _effect: Effect, _reader: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        if len(it.effects) == 2:
            w.close()
        else:
            w.write(OK)

    it = await peer(first_only)
    url = f"http://127.0.0.1:{it.port}/"
    outbound = door(url)
    request = Request(method, url, body=Body.of(body))
    assert (await outbound.call(request, deadline_seconds=5, max_bytes=100)).status == 200
    outcome = await ended(outbound.call(request, deadline_seconds=5, max_bytes=100))
    assert (outcome, len(it.effects), it.connections) == (("outbound.reset", Sent.PERHAPS), 2, 1)
    assert (await outbound.call(request, deadline_seconds=5, max_bytes=100)).status == 200


async def test_an_oversized_answer_is_perhaps_sent(peer: Start, call: Call) -> None:
    """The body is cut off at the cap, with or without an announced length."""

    async def endless(_p: Peer, _e: Effect, _r: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 4096)
            await writer.drain()

    for script in (endless, b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001):
        it = await peer(script)
        outcome = await ended(call(f"http://127.0.0.1:{it.port}/", max_bytes=1000))
        assert (outcome, len(it.effects)) == (("outbound.too-large", Sent.PERHAPS), 1)


async def test_a_body_of_exactly_the_cap_is_an_answer(peer: Start, call: Call) -> None:
    """The cap is what is accepted, not the first thing refused."""
    it = await peer(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
    assert len((await call(f"http://127.0.0.1:{it.port}/", max_bytes=1000)).body) == 1000


async def test_a_gzip_bomb_is_refused_unread_and_perhaps_sent(peer: Start, call: Call) -> None:
    """A content encoding that was not asked for is refused, and identity was what we asked for."""
    bomb = gzip.compress(bytes(20_000_000))
    it = await peer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)
    outcome = await ended(call(f"http://127.0.0.1:{it.port}/"))
    assert outcome == ("outbound.encoding", Sent.PERHAPS)
    assert b"Accept-Encoding: identity\r\n" in it.effects[0].head


@pytest.mark.parametrize("pieces", [[b"x" * 60_000, OSError("gone")], [b"x" * 60_000], [b"x" * 300_000]])
async def test_a_body_that_cannot_be_read_is_no_effect_and_its_file_is_closed(
    peer: Start, call: Call, pieces: list[bytes | Exception]
) -> None:
    """A source that fails, is too short or too long ends the call; the peer never has a whole request."""
    it = await peer()
    source = Attachment(200_000, pieces)
    outcome = await ended(call(f"http://127.0.0.1:{it.port}/", body=Body((b"<a>", Base64Of(source), b"</a>"))))
    assert (outcome, it.effects) == (("outbound.body", Sent.PERHAPS), [])
    assert (source.opened, source.closed) == (1, 1)


async def test_a_call_that_never_connects_opens_no_file(call: Call, full_backlog: int) -> None:
    """Attachments are opened only when their bytes are wanted."""
    source = Attachment(3, [b"abc"])
    await ended(call(f"http://127.0.0.1:{full_backlog}/", body=Body((Base64Of(source),)), deadline=0.05))
    assert source.opened == 0


async def test_a_deadline_in_mid_upload_closes_the_file(door: Door) -> None:
    """A peer that stops reading is left at the deadline, and the attachment's reading is closed."""
    stuck: list[asyncio.StreamWriter] = []

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        stuck.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    source = Attachment(40_000_000, [b"x" * 1_000_000] * 40)
    outbound = door(url)
    request = Request("POST", url, body=Body((Base64Of(source),)))
    assert await ended(outbound.call(request, deadline_seconds=0.5, max_bytes=9)) == (
        "outbound.timeout",
        Sent.PERHAPS,
    )
    await asyncio.wait_for(source.over.wait(), 10)
    assert (source.opened, source.closed) == (1, 1)
    for writer in stuck:
        writer.transport.abort()
    server.close()
