"""Bytes ↔ trees: the one hardened XML parser, bounded JSON, character sets, and bodies that stream their attachments."""

from gateway.wire.blob import Base64Of, Body, Source, splice
from gateway.wire.charset import decode
from gateway.wire.errors import WireError
from gateway.wire.json import Json, NumberText, dump_json, parse_json
from gateway.wire.xml import parse_xml, serialize_xml, xml_text_ok

__all__ = [
    "Base64Of",
    "Body",
    "Json",
    "NumberText",
    "Source",
    "WireError",
    "decode",
    "dump_json",
    "parse_json",
    "parse_xml",
    "serialize_xml",
    "splice",
    "xml_text_ok",
]
