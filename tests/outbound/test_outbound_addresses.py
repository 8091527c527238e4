"""Which addresses and which spellings of them are refused."""

import pytest

from gateway.outbound import AddressRules, Origin, OutboundError, Sent

REFUSED = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:7f00:1": "loopback",
    "::ffff:0:127.0.0.1": "loopback",
    "64:ff9b::127.0.0.1": "loopback",
    "2002:7f00:1::": "tunnel",
    "::127.0.0.1": "not-global",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "::ffff:192.168.1.1": "private",
    "64:ff9b::10.0.0.1": "private",
    "2002:0a00:0001::1": "tunnel",
    "2001:db8::5efe:10.0.0.1": "documentation",
    "2400:1::5efe:10.0.0.1": "private",
    "fd00::1": "private",
    "fec0::1": "private",
    "100.64.0.1": "carrier-nat",
    "100.127.255.255": "carrier-nat",
    "169.254.169.254": "metadata",
    "::ffff:169.254.169.254": "metadata",
    "64:ff9b::169.254.169.254": "metadata",
    "2002:a9fe:a9fe::": "metadata",
    "100.100.100.200": "metadata",
    "168.63.129.16": "metadata",
    "fd00:ec2::254": "metadata",
    "169.254.0.1": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "0.0.0.0": "unspecified",  # noqa: S104 - refused, not bound
    "0.1.2.3": "unspecified",
    "::": "unspecified",
    "::ffff:0.0.0.0": "unspecified",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "ff02::1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "192.0.0.1": "special",
    "192.88.99.1": "special",
    "192.0.2.1": "documentation",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "3fff::1": "documentation",
    "198.18.0.1": "benchmarking",
    "64:ff9b:1::808:808": "tunnel",
    "2002:808:808::": "tunnel",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "special",
    "5f00::1": "not-global",
    "100::1": "not-global",
    "4000::1": "not-global",
    "localhost": "not-an-address",
    "2130706433": "not-an-address",
    "１２７．０．０．１": "not-an-address",
}


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Without allowed networks only public addresses remain, however the others are wrapped."""
    assert AddressRules().refusal(address) == REFUSED[address]


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_fine(address: str) -> None:
    """The deny list does not close the internet, whether reached directly or through a translator."""
    assert AddressRules().refusal(address) is None


def test_an_allowed_network_opens_itself_and_nothing_else() -> None:
    """An intranet partner works; its neighbour does not; the mapped spelling counts as the address it is."""
    rules = AddressRules.of(["10.1.0.0/16", "fd12::/16"])
    assert [rules.refusal(a) for a in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::9")] == [None, None, None]
    assert [rules.refusal(a) for a in ("10.2.0.1", "fd13::1", "127.0.0.1")] == ["private", "private", "loopback"]


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.1.1", "fe80::1", "0.0.0.1", "224.0.0.1", "2002:a9fe:a9fe::", "fd00:ec2::254"]
)
def test_no_network_opens_what_is_never_reached(address: str) -> None:
    """Even an administrator who allows everything does not open metadata and link-local addresses."""
    assert AddressRules.of(["0.0.0.0/0", "::/0"]).refusal(address) is not None


def test_a_network_with_host_bits_is_refused() -> None:
    """A typing slip in a network is an error, not a wider network."""
    with pytest.raises(ValueError, match="host bits"):
        AddressRules.of(["10.1.2.3/8"])


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0/",
        "http://127.0.0.1./",
        "http://localhost./",
        "http://１２７.０.０.１/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://127%2e0%2e0%2e1/",
        "http://partner.example@127.0.0.1/",
        "http://partner.example:80@127.0.0.1/",
        "http://127.0.0.1\\@partner.example/",
        "http://partner.example#@127.0.0.1/",
        "http://[::1%25lo]/",
        "http://[::ffff:127.0.0.1/",
        "http://[v1.x]/",
        "http://partner.example:0/",
        "http://partner.example:65536/",
        "http://partner.example:٨٠/",
        "http:/partner.example/",
        "http:///etc/passwd",
        "//partner.example/",
        "/relative",
        "",
        "file:///etc/passwd",
        "ftp://partner.example/",
        "gopher://127.0.0.1/",
        "unix:///run/x.sock",
        " http://partner.example/",
        "http://partner.example/a b",
        "http://partner.example/a\r\nX: y",
        "http://partner.example/a\tb",
        "http://partner.example/a\0b",
        "http://partner.example/名",
        "http://partner.example/a#fragment",
        "http://partner.example/a?",
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    """Numbers for addresses, user information, look-alike digits, fragments and control characters never pass."""
    with pytest.raises(OutboundError) as caught:
        Origin.of(url)
    assert (caught.value.code, caught.value.sent) == ("outbound.bad-url", Sent.SURELY_NOT)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Partner.Example", Origin("http", "partner.example", 80)),
        ("HTTPS://partner.example:8443/a?b", Origin("https", "partner.example", 8443)),
        ("http://127.0.0.1:9210/service", Origin("http", "127.0.0.1", 9210)),
        ("http://[0:0::1]/", Origin("http", "::1", 80)),
        ("http://host_1.example?x", Origin("http", "host_1.example", 80)),
    ],
)
def test_an_origin_has_one_form(url: str, origin: Origin) -> None:
    """Case, default ports and spellings of an IPv6 address do not make a different origin."""
    assert Origin.of(url) == origin
    assert Origin.of(f"{origin}/") == origin
