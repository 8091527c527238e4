"""Schemas of the standards that partners' schemas import and nobody delivers: bundled, so that nothing is fetched.

Only what document/literal messages may use of them is there.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent

STANDARDS: Final[Mapping[str, Path]] = {
    "http://www.w3.org/XML/1998/namespace": _HERE / "xml.xsd",
    "http://www.w3.org/2005/05/xmlmime": _HERE / "xmlmime-2005-05.xsd",
    "http://www.w3.org/2004/11/xmlmime": _HERE / "xmlmime-2004-11.xsd",
    "http://schemas.xmlsoap.org/soap/encoding/": _HERE / "soap-encoding.xsd",
}
"""Namespace → the file of its schema."""
