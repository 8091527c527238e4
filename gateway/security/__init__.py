"""Who may do what, and what nobody may read: sealing of personal data, hall keys, webhook signatures, content types, redaction."""

from .installation import installed_keyring
from .keyring import Keyring
from .keys import NewKey, digest_of, matches, new_hall_key, parse
from .masking import mask_name, mask_number
from .redaction import redact, redact_event
from .sealing import Sealer, SealError, StreamSealer
from .sniff import Sniffer, display_name, sniff
from .webhooks import new_webhook_secret, sign

__all__ = [
    "Keyring",
    "NewKey",
    "SealError",
    "Sealer",
    "Sniffer",
    "StreamSealer",
    "digest_of",
    "display_name",
    "installed_keyring",
    "mask_name",
    "mask_number",
    "matches",
    "new_hall_key",
    "new_webhook_secret",
    "parse",
    "redact",
    "redact_event",
    "sign",
    "sniff",
]
