"""Which network addresses may be connected to, decided on the address itself at the moment of connecting.

Python's `is_global` is not relied on: it calls NAT64, 6to4 and multicast addresses global (CVE-2024-4032 and after).
Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890, 6052, 3056, 4380, 5214; cloud providers'
documentation for the metadata addresses.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(**reasons: str) -> tuple[tuple[Network, str], ...]:
    """Networks with the word for each, most specific reasons first."""
    return tuple(
        (ipaddress.ip_network(network), reason.replace("_", "-")) for reason, networks in reasons.items() for network in networks.split()
    )


# No allowed network opens these: they lead to the machine's own cloud controls, to many machines or to none.
_NEVER: Final = _networks(
    metadata="169.254.169.254/32 100.100.100.200/32 168.63.129.16/32 192.0.0.192/32 fd00:ec2::254/128 fd20:ce::254/128",
    link_local="169.254.0.0/16 fe80::/10",
    unspecified="0.0.0.0/8 ::/128",
    multicast="224.0.0.0/4 ff00::/8",
    reserved="240.0.0.0/4",
)

# Reached only where an administrator has allowed the network.
_INTERNAL: Final = _networks(
    loopback="127.0.0.0/8 ::1/128",
    private="10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
    carrier_nat="100.64.0.0/10",
    special="192.0.0.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 2001::/23 2620:4f:8000::/48",
    documentation="192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
    benchmarking="198.18.0.0/15",
    tunnel="2002::/16 64:ff9b:1::/48",
)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# The last 32 bits are where the connection really goes, so such an address is judged as that IPv4 address.
_CARRIES_IPV4: Final = tuple(map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96", "::ffff:0:0:0/96")))


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Public addresses may be reached; any other only inside an allowed network; some never."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> Self:
        """Rules from CIDR texts; ValueError for one that is malformed or has host bits set."""
        return cls(tuple(ipaddress.ip_network(network) for network in networks))

    def refusal(self, address: str) -> str | None:
        """Why a numeric address may not be reached (`loopback`, `metadata` …), or None when it may."""
        try:
            reached = _reached(ipaddress.ip_address(address))
        except ValueError:
            return "not-an-address"
        for candidate in (reached, *_tunnelled(reached)):
            if reason := _within(candidate, _NEVER):
                return reason
        if any(reached in network for network in self.networks):
            return None
        if isinstance(reached, IPv6Address) and reached not in _GLOBAL_UNICAST:
            return _within(reached, _INTERNAL) or "not-global"
        for candidate in (reached, *_tunnelled(reached)):
            if reason := _within(candidate, _INTERNAL):
                return reason
        return None


def _reached(address: Address) -> Address:
    """The address a connection ends at: the IPv4 one inside a mapped or NAT64 address."""
    if isinstance(address, IPv6Address) and any(address in network for network in _CARRIES_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _tunnelled(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that a tunnelling address would hand the packet to: 6to4, Teredo, ISATAP, compatible."""
    if isinstance(address, IPv4Address):
        return
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    low = int(address) & 0xFFFFFFFFFFFFFFFF
    if low >> 32 in (0x00005EFE, 0x02005EFE) or (int(address) >> 32 == 0 and low > 1):
        yield IPv4Address(low & 0xFFFFFFFF)


def _within(address: Address, table: tuple[tuple[Network, str], ...]) -> str | None:
    return next((reason for network, reason in table if address in network), None)
