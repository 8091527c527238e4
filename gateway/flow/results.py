"""Result documents: what the authority calls them may name people, so it lies sealed beside their content."""

import json
from dataclasses import dataclass

from gateway.model import ResultDocument
from gateway.security import Sealer, display_name
from gateway.store import CaseRecord, ResultRecord


@dataclass(frozen=True, slots=True)
class Result:
    """A result document as its hall sees it. name, number: the authority's; size: in bytes; sha256: hex, of the content."""

    id: int
    name: str
    number: str | None
    file_name: str
    media_type: str
    size: int
    sha256: str


def seal_label(sealer: Sealer, case: CaseRecord, document: ResultDocument) -> bytes:
    """Its name, number and file name, sealed for this case."""
    label = [document.name, document.number, display_name(document.content.name)]
    return sealer.seal(json.dumps(label, ensure_ascii=False).encode(), f"case:{case.number}:result")


def open_result(sealer: Sealer, case: CaseRecord, record: ResultRecord) -> Result:
    """The record with its label opened."""
    name, number, file_name = json.loads(sealer.open(record.label_sealed, f"case:{case.number}:result"))
    return Result(record.id, name, number, file_name, record.media_type, record.size, record.sha256)
