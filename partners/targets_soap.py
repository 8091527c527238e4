"""Targets of a SOAP partner: WSDL 1.1, document/literal, with its XSD as far as messages are made of it.

Names lose their namespaces, as in a mapping. What recurs is free below the place where it does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lxml import etree

from .targets import Description, Flaw, Operation, Target, TargetKind
from .wsdl_files import WSDL, XS, WsdlFiles, elements, gather
from .xsd_compile import InvalidSchemaError, compiled

MAX_TARGETS: Final = 20_000
_SOAP: Final = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
_XS_NAMESPACE: Final = XS[1:-1]
_KINDS: Final = {
    **dict.fromkeys(("decimal", "float", "double"), TargetKind.NUMBER),
    **dict.fromkeys(
        ("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
         "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"), TargetKind.INTEGER,
    ),
    "boolean": TargetKind.BOOLEAN, "dateTime": TargetKind.MOMENT, "date": TargetKind.DAY, "base64Binary": TargetKind.CONTENT,
    "anyType": TargetKind.ANY,
}  # fmt: skip
"""Of XML Schema's own types; all others are text."""
_TRUE: Final = ("true", "1")
_DEFINED: Final = ("element", "complexType", "simpleType", "group", "attributeGroup", "attribute")
MAX_ABOUT: Final = 500
_Messages = dict[str, tuple[list[etree._Element], Path]]
"""Parts by the message's name."""


def describe_soap(folder: Path) -> Description:
    """Every operation of the folder's WSDL that SOAP carries. Raises nothing: what is wrong is a flaw."""
    files = gather(folder)
    return _Reader(files).run() if files.root is not None else Description(flaws=tuple(files.flaws))


class _TooLargeError(Exception):
    """A message with more places than any mapping fills."""


@dataclass(frozen=True, slots=True)
class _Defined:
    node: etree._Element
    file: Path


@dataclass(frozen=True, slots=True)
class _Content:
    """What a type says: its places, its text's own target when it has text, and whether further elements are accepted."""

    children: tuple[Target, ...] = ()
    text: Target | None = None
    open: bool = False


class _Reader:
    def __init__(self, files: WsdlFiles) -> None:
        self._files = files
        self._defined: dict[tuple[str, str | None, str], _Defined] = {}
        self._namespaces: dict[etree._Element, str | None] = {}
        self._stack: list[etree._Element] = []
        self._count = 0
        for schema in files.schemas:
            for node in elements(schema.node):
                parts = elements(node) if node.tag == f"{XS}redefine" else [node]
                for part in parts:
                    kind, name = part.tag.removeprefix(XS), part.get("name")
                    if kind in _DEFINED and name:
                        self._defined.setdefault((kind, schema.namespace, name), _Defined(part, schema.file))

    def run(self) -> Description:
        """All operations by name."""
        operations: dict[str, Operation] = {}
        parts = self._messages()
        for binding, file in self._bindings():
            carrier = next((node for namespace in _SOAP if (node := binding.find(f"{namespace}binding")) is not None), None)
            if carrier is None:
                continue  # HTTP GET and POST stand beside SOAP in many descriptions
            abstract = self._port_type(binding, file)
            for node in binding.iterchildren(f"{WSDL}operation"):
                name = node.get("name", "")
                if name not in abstract:
                    self._files.flaw("schemas.missing", file, node, name)
                    continue
                operation = self._operation(name, node, carrier.get("style", "document"), abstract[name], parts, file)
                if operation is not None and name not in operations:
                    operations[name] = operation
                    if any(node.find(f"{WSDL}input/{namespace}header") is not None for namespace in _SOAP):
                        self._files.flaw("schemas.header", file, node, name)
        root = self._files.root
        assert root is not None
        if not operations and self._files.broken is None:
            self._files.flaw("schemas.empty", root)
        if not any(self._files.wsdls[path].find(f".//{namespace}address") is not None for path in self._files.wsdls for namespace in _SOAP):
            self._files.flaw("schemas.no-address", root)
        if self._files.broken is None:
            self._compile(root)
        return Description(operations, tuple(self._files.flaws))

    def _compile(self, root: Path) -> None:
        """Whether the schemas are schemas at all: only libxml2 knows every rule."""
        try:
            compiled(self._files)
        except InvalidSchemaError as error:
            self._files.flaws.append(Flaw("schemas.invalid", self._files.name(error.file), error.line, error.why[:300]))
        except OSError as error:
            self._files.flaw("schemas.unreadable", root, None, type(error).__name__)

    def _wsdl(self, kind: str) -> Iterator[tuple[etree._Element, Path]]:
        for file, tree in self._files.wsdls.items():
            for node in tree.iterchildren(f"{WSDL}{kind}"):
                yield node, file

    def _bindings(self) -> list[tuple[etree._Element, Path]]:
        """In the order of the ports, as messages are built: of an operation that several ports have, the first one's counts."""
        ports = [_local(port.get("binding")) for service, _ in self._wsdl("service") for port in service.iterchildren(f"{WSDL}port")]
        rank = {name: place for place, name in reversed(list(enumerate(ports)))}
        return sorted(self._wsdl("binding"), key=lambda one: rank.get(one[0].get("name", ""), len(ports)))

    def _messages(self) -> _Messages:
        return {node.get("name", ""): (list(node.iterchildren(f"{WSDL}part")), file) for node, file in self._wsdl("message")}

    def _port_type(self, binding: etree._Element, file: Path) -> dict[str, etree._Element]:
        name = _local(binding.get("type"))
        for node, _ in self._wsdl("portType"):
            if node.get("name") == name:
                return {operation.get("name", ""): operation for operation in node.iterchildren(f"{WSDL}operation")}
        self._files.flaw("schemas.missing", file, binding, name)
        return {}

    def _operation(
        self, name: str, bound: etree._Element, style: str, abstract: etree._Element, messages: _Messages, file: Path
    ) -> Operation | None:
        carrier = next((node for namespace in _SOAP if (node := bound.find(f"{namespace}operation")) is not None), None)
        style = carrier.get("style", style) if carrier is not None else style
        encoded = any(body.get("use") == "encoded" for namespace in _SOAP for body in bound.iter(f"{namespace}body"))
        if style != "document" or encoded:
            self._files.flaw("schemas.rpc", file, bound, name)
            return None
        request = self._message(abstract.find(f"{WSDL}input"), bound.find(f"{WSDL}input"), messages, file)
        if request is None:
            return None
        response = self._message(abstract.find(f"{WSDL}output"), bound.find(f"{WSDL}output"), messages, file)
        said = " ".join(_text(node) for node in abstract.iterchildren(f"{WSDL}documentation"))
        return Operation(name, _one_line(said) or request.about or _comment(abstract), request, response)

    def _message(self, named: etree._Element | None, bound: etree._Element | None, messages: _Messages, file: Path) -> Target | None:
        """The content of a message's one element."""
        if named is None:
            return None
        name = _local(named.get("message"))
        if name not in messages:
            self._files.flaw("schemas.missing", file, named, name)
            return None
        parts, where = messages[name]
        body = next((node for ns in _SOAP if bound is not None and (node := bound.find(f"{ns}body")) is not None), None)
        chosen = body.get("parts", "").split() if body is not None else []
        parts = [part for part in parts if not chosen or part.get("name") in chosen]
        if len(parts) != 1 or parts[0].get("element") is None:
            self._files.flaw("schemas.part", where, parts[0] if parts else named, name)
            return None
        self._count = 0
        found = self._find("element", parts[0].get("element", ""), parts[0], where)
        if found is None:
            return None
        try:
            return replace(self._element(found.node, found.file, True, False), name="", required=True, repeats=False)
        except (_TooLargeError, RecursionError):
            self._files.flaw("schemas.too-large", found.file, found.node, name)
            return None

    def _grow(self) -> None:
        """One more place, or one more use of a group: groups that use groups double at every step, even when all of them are empty."""
        self._count += 1
        if self._count > MAX_TARGETS:
            raise _TooLargeError

    def _find(self, kind: str, written: str, at: etree._Element, file: Path, *, tell: bool = True) -> _Defined | None:
        """What a qualified name means where it stands; None, with a flaw, when nothing does."""
        prefix, _, local = written.rpartition(":")
        namespace = at.nsmap.get(prefix or None)
        found = self._defined.get((kind, namespace, local))
        if found is None and namespace is None and not prefix:  # a document without a namespace, taken in by one that has one
            found = next((one for (its, _, name), one in self._defined.items() if (its, name) == (kind, local)), None)
        if found is None and tell:
            self._files.flaw("schemas.missing", file, at, written)
        return found

    def _element(self, node: etree._Element, file: Path, required: bool, repeats: bool) -> Target:
        """A local element, a reference to a global one, or a global one."""
        self._grow()
        self._abstract(node, file)
        required = required and node.get("minOccurs", "1") != "0"
        repeats = repeats or node.get("maxOccurs", "1") not in ("0", "1")
        said = _about(node) or _comment(node)
        reference = node.get("ref")
        if reference is not None:
            found = self._find("element", reference, node, file)
            if found is None:
                return Target(_local(reference), TargetKind.ANY, required, repeats, about=said)
            target = self._element(found.node, found.file, True, False)
            return replace(target, required=required, repeats=repeats, about=said or target.about)
        target = self._typed(node, file)
        return replace(target, name=node.get("name", ""), required=required, repeats=repeats, about=_joined(said, target.about))

    def _abstract(self, node: etree._Element, file: Path) -> None:
        """Tell of an element that never stands itself, or whose type no element has: of the former with those that may stand for it."""
        if node.get("abstract") in _TRUE:
            name = node.get("name", "")
            others = [
                its
                for (kind, _, its), one in self._defined.items()
                if kind == "element" and _local(one.node.get("substitutionGroup")) == name
            ]
            self._files.flaw("schemas.abstract", file, node, name + (f" ({', '.join(others)})" if others else ""))
        written = node.get("type")
        found = self._find("complexType", written, node, file, tell=False) if written is not None else None
        if found is not None and found.node.get("abstract") in _TRUE:
            self._files.flaw("schemas.abstract", file, node, f"{node.get('name', '')}: {found.node.get('name', '')}")

    def _typed(self, node: etree._Element, file: Path) -> Target:
        """What an element or attribute may hold, still without its name."""
        written, fixed = node.get("type"), node.get("fixed")
        inline = next((child for child in elements(node) if child.tag in (f"{XS}complexType", f"{XS}simpleType")), None)
        if written is not None:
            target = self._by_name(written, node, file)
        elif inline is None:
            target = Target("", TargetKind.TEXT if node.tag == f"{XS}attribute" else TargetKind.ANY)
        else:
            target = self._by_node(inline, file)
        return replace(target, allowed=(fixed,)) if fixed is not None else target

    def _by_name(self, written: str, at: etree._Element, file: Path) -> Target:
        prefix, _, local = written.rpartition(":")
        if at.nsmap.get(prefix or None) == _XS_NAMESPACE:
            return Target("", _KINDS.get(local, TargetKind.TEXT))
        found = self._find("simpleType", written, at, file, tell=False) or self._find("complexType", written, at, file)
        return Target("", TargetKind.ANY) if found is None else self._by_node(found.node, found.file)

    def _by_node(self, node: etree._Element, file: Path) -> Target:
        if node in self._stack:
            self._files.flaw("schemas.recursive", file, node, _named(node))
            return Target("", TargetKind.ANY)
        self._stack.append(node)
        try:
            return self._simple(node, file) if node.tag == f"{XS}simpleType" else self._complex(node, file)
        finally:
            self._stack.pop()

    def _complex(self, node: etree._Element, file: Path) -> Target:
        content = self._content(node, file)
        about = _about(node)
        if content.text is None:
            return Target("", TargetKind.LEVEL, about=about, children=content.children, open=content.open)
        text = content.text
        if not content.children:
            return replace(text, about=_joined(about, text.about))
        return Target("", TargetKind.LEVEL, about=about, children=(*content.children, replace(text, name="#text")))

    def _content(self, node: etree._Element, file: Path) -> _Content:
        """What a complexType, an extension or a restriction declares, with what it inherits."""
        for part in elements(node):
            if part.tag in (f"{XS}simpleContent", f"{XS}complexContent"):
                derived = next(iter(elements(part)), None)
                if derived is not None:
                    return self._derived(derived, file, simple=part.tag == f"{XS}simpleContent")
        return _Content(tuple(self._particles(node, file)), None, _has_any(node))

    def _derived(self, node: etree._Element, file: Path, *, simple: bool) -> _Content:
        base = self._base(node, file)
        attributes = {child.name: child for child in (*base.children, *self._attributes(node, file)) if child.name.startswith("@")}
        if simple:
            text = base.text or Target("", TargetKind.TEXT)
            if node.tag == f"{XS}restriction":
                text = self._restricted(text, node)
            return _Content(tuple(attributes.values()), text)
        own = tuple(child for child in self._particles(node, file) if not child.name.startswith("@"))
        above = tuple(child for child in base.children if not child.name.startswith("@"))
        if node.tag == f"{XS}restriction":
            return _Content((*own, *attributes.values()), None, _has_any(node))
        return _Content((*above, *own, *attributes.values()), base.text, base.open or _has_any(node))

    def _base(self, node: etree._Element, file: Path) -> _Content:
        target = self._by_name(node.get("base", ""), node, file)
        if target.kind is TargetKind.LEVEL:
            text = next((child for child in target.children if child.name == "#text"), None)
            children = tuple(child for child in target.children if child.name != "#text")
            return _Content(children, replace(text, name="") if text is not None else None, target.open)
        return _Content(open=True) if target.kind is TargetKind.ANY else _Content(text=target)

    def _particles(self, node: etree._Element, file: Path, *, required: bool = True, repeats: bool = False) -> Iterator[Target]:
        """Elements in their order, then attributes; those of a choice or an optional group may be absent."""
        for part in elements(node):
            yield from self._particle(part, file, required, repeats)
        yield from self._attributes(node, file)

    def _particle(self, part: etree._Element, file: Path, required: bool, repeats: bool) -> Iterator[Target]:
        kind = part.tag.removeprefix(XS)
        if kind == "element":
            yield self._element(part, file, required, repeats)
        elif kind in ("sequence", "all", "choice", "group"):
            must = required and part.get("minOccurs", "1") != "0"
            again = repeats or part.get("maxOccurs", "1") not in ("0", "1")
            if kind == "choice" and _several(part):
                yield from self._choice(part, file, must, again)
            elif kind != "group":
                yield from self._particles(part, file, required=must, repeats=again)
            elif (found := self._find("group", part.get("ref", ""), part, file)) is not None:
                yield from self._once(found, must, again)

    def _choice(self, node: etree._Element, file: Path, required: bool, repeats: bool) -> Iterator[Target]:
        """No branch is required, and one of them is, unless a branch may be empty."""
        branches = [list(self._particle(part, file, required, repeats)) for part in elements(node)]
        asked = [[child.name for child in branch if child.required or child.one_of] for branch in branches]
        names = tuple(dict.fromkeys(name for branch in asked for name in branch)) if all(asked) else ()
        for branch in branches:
            together = tuple(child.name for child in branch)
            yield from (replace(child, required=False, one_of=names if child.name in names else (), branch=together) for child in branch)

    def _once(self, found: _Defined, required: bool, repeats: bool) -> list[Target]:
        """A group's particles, unless they are being read already."""
        if found.node in self._stack:
            self._files.flaw("schemas.recursive", found.file, found.node, found.node.get("name", ""))
            return []
        self._grow()
        self._stack.append(found.node)
        try:
            return list(self._particles(found.node, found.file, required=required, repeats=repeats))
        finally:
            self._stack.pop()

    def _attributes(self, node: etree._Element, file: Path) -> Iterator[Target]:
        for part in elements(node):
            if part.tag == f"{XS}attributeGroup":
                found = self._find("attributeGroup", part.get("ref", ""), part, file)
                if found is not None and found.node not in self._stack:
                    self._grow()
                    self._stack.append(found.node)
                    yield from list(self._attributes(found.node, found.file))
                    self._stack.pop()
            elif part.tag == f"{XS}attribute" and part.get("use") != "prohibited":
                target = self._attribute(part, file)
                if target is not None:
                    yield target

    def _attribute(self, node: etree._Element, file: Path) -> Target | None:
        reference, declared, where = node.get("ref"), node, file
        if reference is not None:
            if reference.startswith("xml:"):
                return Target(f"@{_local(reference)}", TargetKind.TEXT, node.get("use") == "required")
            found = self._find("attribute", reference, node, file)
            if found is None:
                return None
            declared, where = found.node, found.file
        target = self._typed(declared, where)
        about = _joined(_about(declared) or _comment(declared), target.about)
        return replace(target, name=f"@{declared.get('name', '')}", required=node.get("use") == "required", about=about)

    def _simple(self, node: etree._Element, file: Path) -> Target:
        """A text with its kind, enumeration, length and pattern, its base's where it says none of its own."""
        restriction = node.find(f"{XS}restriction")
        if restriction is None:
            return Target("", TargetKind.TEXT, about=_about(node))
        written = restriction.get("base")
        inline = restriction.find(f"{XS}simpleType")
        base = Target("", TargetKind.TEXT)
        if written is not None:
            base = self._by_name(written, restriction, file)
        elif inline is not None:
            base = self._by_node(inline, file)
        return replace(self._restricted(base, restriction), about=_joined(_about(node) or base.about, _meanings(restriction)))

    def _restricted(self, base: Target, node: etree._Element) -> Target:
        facets: dict[str, list[str]] = {}
        for part in elements(node):
            facets.setdefault(part.tag.removeprefix(XS), []).append(part.get("value", ""))
        longest = next((facets[name][0] for name in ("maxLength", "length") if name in facets), "")
        return replace(
            base,
            allowed=tuple(facets.get("enumeration", base.allowed)),
            longest=int(longest) if longest.isdecimal() else base.longest,
            pattern="|".join(facets["pattern"]) if "pattern" in facets else base.pattern,
        )


def _named(node: etree._Element) -> str:
    """The name of a type, or of what holds a type that has none."""
    return next((name for one in (node, *node.iterancestors()) if (name := one.get("name"))), "")


def _several(choice: etree._Element) -> bool:
    return sum(1 for _ in elements(choice)) > 1


def _has_any(node: etree._Element) -> bool:
    """Whether a type's own particles accept further elements."""
    for part in elements(node):
        if part.tag == f"{XS}any" or (part.tag in (f"{XS}sequence", f"{XS}all", f"{XS}choice") and _has_any(part)):
            return True
    return False


def _local(written: str | None) -> str:
    return (written or "").rpartition(":")[2]


def _about(node: etree._Element) -> str:
    """The documentation of a component, on one line."""
    return _one_line(" ".join(_text(text) for text in node.iterfind(f"{XS}annotation/{XS}documentation")))


def _text(node: etree._Element) -> str:
    return str(node.xpath("string()"))


def _comment(node: etree._Element) -> str:
    """What a comment on the line before, on the same line behind, or first within an element says of it."""
    before, behind, first = node.getprevious(), node.getnext(), next(iter(node), None)
    if isinstance(behind, etree._Comment) and "\n" not in (node.tail or ""):
        return _one_line(behind.text)
    if isinstance(first, etree._Comment) and "\n" not in (node.text or ""):
        return _one_line(first.text)
    if isinstance(before, etree._Comment) and (before.tail or "").count("\n") <= 1 and not _behind_another(before):
        return _one_line(before.text)
    return ""


def _behind_another(comment: etree._Element) -> bool:
    """Whether a comment stands on the line of the element before it."""
    before = comment.getprevious()
    return before is not None and isinstance(before.tag, str) and "\n" not in (before.tail or "")


def _meanings(restriction: etree._Element) -> str:
    """What the values of an enumeration mean: `1 自然人，2 法人`."""
    said = ((node.get("value", ""), _about(node) or _comment(node)) for node in restriction.iterfind(f"{XS}enumeration"))
    return "，".join(f"{value} {meaning}" for value, meaning in said if meaning)


def _joined(one: str, other: str) -> str:
    return f"{one}：{other}" if one and other and one != other else one or other


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).strip("=-* ")[:MAX_ABOUT]
