"""Standard Webhooks (standardwebhooks.com, spec 1.0): how a hall knows that an event is ours and unaltered."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_webhook_secret() -> str:
    """A fresh secret "whsec_<base64>" of 256 random bits (the standard asks for 192 to 512)."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a signed event; the signature covers id, second and body, and its comparison is the receiver's.

    message_id: the same in every repetition of the event; without a dot, which separates the signed parts.
    Raises ValueError for a secret that is not ours, a dotted id or a moment without a zone.
    """
    if not message_id or "." in message_id or not message_id.isascii():
        raise ValueError("a message id is ASCII without a dot")
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    second = str(int(at.timestamp()))
    signature = hmac.new(_key(secret), f"{message_id}.{second}.".encode("ascii") + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": second,
        "webhook-signature": "v1," + base64.b64encode(signature).decode("ascii"),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is whsec_ and base64") from None
    if not secret.startswith(_PREFIX) or not key:
        raise ValueError("a webhook secret is whsec_ and base64")
    return key
