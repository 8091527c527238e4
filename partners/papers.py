"""What a file is that is no description of the kind wanted, so that people can be told."""

import re
from typing import Final

_KINDS: Final = {
    "HTML": re.compile(r"\A\s*(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE),
    "WSDL 2.0": re.compile(r"\A\s*(?:<[?!][^>]*>\s*)*<(?:[\w.-]+:)?description[\s>]"),
    "WSDL": re.compile(r"\A\s*(?:<[?!][^>]*>\s*)*<(?:[\w.-]+:)?definitions[\s>]"),
    "OpenAPI": re.compile(r"""^[ {]*["']?(?:openapi|swagger)["']?[ ]*:""", re.MULTILINE),
    "AsyncAPI": re.compile(r"""^[ {]*["']?asyncapi["']?[ ]*:""", re.MULTILINE),
    "Postman": re.compile(r"""["']?_postman_id["']?[ ]*:|schema\.(?:get)?postman\.com"""),
}
_BEGINNING: Final = 4096


def kind_of(data: bytes) -> str:
    """HTML, WSDL, OpenAPI and their like; empty when it cannot be seen."""
    text = data[:_BEGINNING].decode("utf-8", "replace").lstrip("\ufeff")
    return next((kind for kind, said in _KINDS.items() if said.search(text)), "")


def is_blank(data: bytes) -> bool:
    """Whether there is nothing in a file but space."""
    return not data.removeprefix(b"\xef\xbb\xbf").strip()
