"""The one HTTP client to the outside: allow-listed origins, checked addresses, deadlines, and *sent* or *surely not*."""

from gateway.outbound.addresses import AddressRules
from gateway.outbound.client import Answer, Outbound, Request
from gateway.outbound.errors import OutboundError, Sent
from gateway.outbound.origin import Origin

__all__ = ["AddressRules", "Answer", "Origin", "Outbound", "OutboundError", "Request", "Sent"]
