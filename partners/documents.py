"""Documents inside a text of an answer, by the parsers of the answers themselves: what mapping is lent (gateway.mapping.Documents)."""

import re
from typing import Any, Final

from gateway.wire import WireError, parse_json, parse_xml

from .envelope import tree_of

_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]{0,200}\?>")
"""A text is a text whatever its declaration says: gb2312 inside UTF-8, utf-16 from writers that count in UTF-16."""


class InnerDocuments:
    """JSON and XML in one value of an answer. Satisfies gateway.mapping.Documents; ValueError names the code of what is wrong."""

    def json(self, document: str | bytes) -> Any:
        """The value; numbers are text and keep their digits."""
        try:
            return parse_json(document if isinstance(document, bytes) else document.encode(), numbers_as_text=True)
        except WireError as error:
            raise ValueError(error.code) from None

    def xml(self, document: str | bytes) -> Any:
        """What is in the root element, as `tree_of` gives it. Bytes are read in the character set they declare."""
        try:
            if isinstance(document, bytes):
                return tree_of(parse_xml(document))
            return tree_of(parse_xml(document[len(match[0]) if (match := _DECLARATION.match(document)) else 0 :].encode(), charset="utf-8"))
        except WireError as error:
            raise ValueError(error.code) from None


DOCUMENTS: Final = InnerDocuments()
