"""The codes of the wire room."""

import re
from pathlib import Path

import gateway.outbound.errors
import gateway.wire.errors


def test_every_code_is_used_and_every_used_code_has_texts() -> None:
    """The catalogues and the code agree, in both rooms that raise at the edges."""
    for room, prefix in ((gateway.wire.errors, "body|charset|json|xml"), (gateway.outbound.errors, "outbound")):
        folder = Path(str(room.__file__)).parent
        source = "".join(path.read_text() for path in folder.glob("*.py") if path.name != "errors.py")
        assert set(re.findall(rf'"((?:{prefix})\.[a-z-]+)"', source)) == set(room.TEXTS)
