"""What of real cases may be shown: the folder's own words, and the numbers that the case goes by. Of all else only its looks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import partners
from gateway.mapping import Folder, possible_texts
from gateway.model import CaseFacts, Fault
from gateway.security import mask_shape

from .compare import Wording
from .examples import Example

_PLACED: Final = frozenset({"mapping.missing", "mapping.value"})
"""Faults whose text names a place of the message first, in quotes; what others quote may be a value."""
_QUOTED: Final = re.compile("“([^”]*)”")
_PART: Final = re.compile(r"\[[0-9]{1,2}\]|[^./\[\]]+")
"""An index, or a name; of an index with more digits nobody could tell whether it is one."""
_OF_MATERIAL: Final = frozenset({"code", "name", "content"})
"""Names in a pointer that no expression need say."""


@dataclass(frozen=True, slots=True)
class Masking:
    """names: of fields, elements and attributes that say nothing of anybody; texts: the same of values. Anything else is masked whole.

    A text is a leaf, whatever it looks like: somebody may have typed it.
    """

    names: frozenset[str]
    texts: frozenset[str]

    @property
    def wording(self) -> Wording:
        """How messages are told."""
        return Wording(self._name, self._text)

    def fault(self, fault: Fault) -> tuple[str, str]:
        """The pointer into the draft, the fault's code and the place of the message; its text may quote a value."""
        quoted = _QUOTED.search(fault.en) if fault.code in _PLACED else None
        target = self._place(quoted[1]) if quoted else ""
        return self._place(fault.pointer), f"{fault.code}: {target}" if target else fault.code

    def _name(self, name: str) -> str:
        return name if name in self.names else mask_shape(name)

    def _text(self, text: str) -> str:
        return text if text in self.texts else mask_shape(text)

    def _place(self, path: str) -> str:
        return _PART.sub(lambda part: part[0] if part[0].startswith("[") or _short(part[0]) else self._name(part[0]), path)


def _short(part: str) -> bool:
    """Whether this part of a pointer is an index."""
    return part.isascii() and part.isdigit() and len(part) < 3


def folder_names(folders: Iterable[Folder], examples: Iterable[Example]) -> frozenset[str]:
    """Names that folders write or read, that the partner describes, and that examples use in a matter's form."""
    names = {*_OF_MATERIAL, *(name for example in examples for name in example.facts.draft.form)}
    for folder in folders:
        sends = [step.send.outline for mapping in folder.matters.values() for step in mapping.steps.values()]
        names |= {part.name for send in sends for part in send.walk()}
        names |= {str(part) for send in sends for source in send.sources() for path in source.paths for part in path}
        described = partners.describe(folder.schemas, folder.transport).operations.values()
        names |= {target.name for operation in described for _, target in operation.request.walk()}
    return frozenset(names)


def folder_texts(folder: Folder, facts: CaseFacts) -> frozenset[str]:
    """Texts that say nothing of a person: what the folder itself may write, and the case's own particulars."""
    mapping = folder.matters.get(facts.matter)
    leaves = (part for step in (mapping.steps.values() if mapping else ()) for part in step.send.outline.walk())
    known = (possible_texts(part.value, folder.codes) for part in leaves if part.value is not None)
    written = frozenset[str]().union(*(texts for texts in known if texts is not None))
    numbers = (facts.number, *([facts.partner_number] if facts.partner_number else []))
    own = (facts.matter, facts.matter_name, facts.mode, facts.origin, facts.destination, facts.hall_id, facts.hall_name)
    return written | frozenset(numbers) | frozenset(own)
