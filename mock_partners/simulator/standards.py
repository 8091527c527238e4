"""Schemas of the standards that partners' schemas import by an address in the net; written down here, since nothing is fetched."""

_XS = "http://www.w3.org/2001/XMLSchema"
_XML = f"""<xs:schema xmlns:xs="{_XS}" targetNamespace="http://www.w3.org/XML/1998/namespace">
<xs:attribute name="lang" type="xs:string"/>
<xs:attribute name="space"><xs:simpleType><xs:restriction base="xs:NCName">
<xs:enumeration value="default"/><xs:enumeration value="preserve"/></xs:restriction></xs:simpleType></xs:attribute>
<xs:attribute name="base" type="xs:anyURI"/>
<xs:attribute name="id" type="xs:ID"/>
<xs:attributeGroup name="specialAttrs">
<xs:attribute ref="xml:base"/><xs:attribute ref="xml:lang"/><xs:attribute ref="xml:space"/><xs:attribute ref="xml:id"/>
</xs:attributeGroup></xs:schema>"""
_ENCODING = f"""<xs:schema xmlns:xs="{_XS}" targetNamespace="http://schemas.xmlsoap.org/soap/encoding/">
<xs:attribute name="arrayType" type="xs:string"/>
<xs:simpleType name="base64"><xs:restriction base="xs:base64Binary"/></xs:simpleType></xs:schema>"""


def _mime(namespace: str) -> str:
    content = "".join(
        f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="xs:{name}"><xs:attribute ref="m:contentType"/>'
        "</xs:extension></xs:simpleContent></xs:complexType>"
        for name in ("base64Binary", "hexBinary")
    )
    return (
        f'<xs:schema xmlns:xs="{_XS}" xmlns:m="{namespace}" targetNamespace="{namespace}">'
        '<xs:attribute name="contentType" type="xs:string"/><xs:attribute name="expectedContentTypes" type="xs:string"/>'
        f"{content}</xs:schema>"
    )


STANDARDS = {
    "http://www.w3.org/XML/1998/namespace": _XML,
    "http://www.w3.org/2005/05/xmlmime": _mime("http://www.w3.org/2005/05/xmlmime"),
    "http://www.w3.org/2004/11/xmlmime": _mime("http://www.w3.org/2004/11/xmlmime"),
    "http://schemas.xmlsoap.org/soap/encoding/": _ENCODING,
}
"""Namespace → its schema."""
