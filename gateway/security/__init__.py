"""Who may do what, and what nobody may read: sealing of personal data, hall keys, webhook signatures, content types, redaction."""

from .installation import installed_keyring
from .keyring import Keyring
from .keys import NewKey, digest_of, matches, new_hall_key, parse
from .masking import mask_name, mask_number, mask_shape
from .redaction import redact, redact_event
from .sealing import Sealer, SealError, StreamSealer
from .signing import ReportKey, fingerprint, has_signed, report_key_file
from .sniff import Sniffer, display_name, sniff
from .webhooks import new_webhook_secret, sign

__all__ = [
    "Keyring",
    "NewKey",
    "ReportKey",
    "SealError",
    "Sealer",
    "Sniffer",
    "StreamSealer",
    "digest_of",
    "display_name",
    "fingerprint",
    "has_signed",
    "installed_keyring",
    "mask_name",
    "mask_number",
    "mask_shape",
    "matches",
    "new_hall_key",
    "new_webhook_secret",
    "parse",
    "redact",
    "redact_event",
    "report_key_file",
    "sign",
    "sniff",
]
