"""Scheme, host and port of an absolute URL, read in the strictest way, so that nobody else can read it differently."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Self

from gateway.outbound.errors import OutboundError, Sent

_PORTS: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
# What resolvers take for a number: a last label of digits, or a hexadecimal one (WHATWG URL, "ends in a number").
_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is spoken to. scheme: http or https; host: lower case, an IPv6 address without brackets; port: always given."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an absolute URL; OutboundError `outbound.bad-url` as `split` says."""
        scheme, host, port, _ = _parts(url)
        return cls(scheme, host, port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and port as a URL has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def split(url: str) -> tuple[Origin, str]:
    """Origin and request target (path and query, exactly as given) of an absolute URL.

    Raises OutboundError `outbound.bad-url` for other schemes, user information, fragments, anything but visible ASCII, a
    trailing dot, a zone, and numbers that are not a canonical IPv4 address (`127.1`, `0x7f000001`, `017700000001`).
    """
    scheme, host, port, target = _parts(url)
    return Origin(scheme, host, port), target


def _parts(url: str) -> tuple[str, str, int, str]:
    match = _URL.fullmatch(url)
    if match is None or "#" in url:
        raise OutboundError("outbound.bad-url", Sent.SURELY_NOT)
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"]) if match["port"] else _PORTS[scheme]
    try:
        if host.startswith("["):
            host = str(IPv6Address(host[1:-1]))
        elif _NUMERIC.fullmatch(host):
            host = str(IPv4Address(host))
    except AddressValueError:
        raise OutboundError("outbound.bad-url", Sent.SURELY_NOT, detail="the host is a number, not an address") from None
    target = match["target"] or "/"
    # An empty query is dropped on the way; whoever signs a URL must not be sent a different one.
    if not 0 < port < 65536 or (target.endswith("?") and target.count("?") == 1):
        raise OutboundError("outbound.bad-url", Sent.SURELY_NOT, detail="port out of range or empty query")
    return scheme, host, port, target if target.startswith("/") else f"/{target}"
