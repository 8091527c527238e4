"""The canonical facts: the one tree that mapping expressions read. Its schema is here, so that every path can be checked without a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .blob import Blob
from .draft import CaseDraft, Person

TEXT, INSTANT, INTEGER, BLOB = "text", "instant", "integer", "blob"
OPEN = "open"
"""A level whose names are the matter's own (the form)."""

_CERTIFICATE = {"type": TEXT, "number": TEXT}
_PERSON = {"name": TEXT, "certificate": _CERTIFICATE, "phone": TEXT}
FACTS_SCHEMA: dict[str, Any] = {
    "case": {"number": TEXT, "matter": TEXT, "matter_name": TEXT, "mode": TEXT, "origin": TEXT, "destination": TEXT,
             "received_at": INSTANT},
    "hall": {"id": TEXT, "name": TEXT, "region": TEXT},
    "reception": {"window": TEXT, "clerk": TEXT},
    "applicant": {"class": TEXT, "name": TEXT, "certificate": _CERTIFICATE, "phone": TEXT, "address": TEXT, "representative": _PERSON},
    "agent": _PERSON,
    "form": OPEN,
    "materials": [{"code": TEXT, "name": TEXT, "extension": TEXT, "media_type": TEXT, "size": INTEGER, "sha256": TEXT,
                   "content": BLOB}],
    "partner": {"number": TEXT},
    "supplement": {"round": INTEGER, "notice": TEXT, "answers": [{"item": TEXT, "text": TEXT}],
                   "materials": [{"item": TEXT, "code": TEXT, "name": TEXT, "extension": TEXT, "media_type": TEXT, "size": INTEGER,
                                  "sha256": TEXT, "content": BLOB}]},
    "withdrawal": {"reason": TEXT, "requested_at": INSTANT},
    "now": INSTANT,
}  # fmt: skip
"""Shape of the facts. A dict is a level, a one-element list is a list of that level, OPEN takes any name below it as text.
Optional: applicant.address, applicant.representative, agent, person.phone, partner.number.
`supplement` is there in the step of that name only (its notice, and an answer's text, may be absent), `withdrawal` in `withdraw`."""


@dataclass(frozen=True, slots=True)
class MaterialFact:
    """One material of the case. name: the file's name."""

    code: str
    name: str
    extension: str
    content: Blob


@dataclass(frozen=True, slots=True)
class SupplementFact:
    """The hall's answer to one notice. answers: (item code, text or None) of every item; materials: (item code, material) in order."""

    round: int
    notice: str | None
    answers: Sequence[tuple[str, str | None]]
    materials: Sequence[tuple[str, MaterialFact]]


@dataclass(frozen=True, slots=True)
class WithdrawalFact:
    """The applicant's wish to withdraw."""

    reason: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Everything a partner's messages may draw on."""

    number: str
    matter: str
    matter_name: str
    mode: str
    origin: str
    destination: str
    received_at: datetime
    hall_id: str
    hall_name: str
    draft: CaseDraft
    materials: Sequence[MaterialFact]
    partner_number: str | None = None
    supplement: SupplementFact | None = None
    withdrawal: WithdrawalFact | None = None

    def tree(self, now: datetime) -> Mapping[str, Any]:
        """The facts as FACTS_SCHEMA describes them; what is absent has no key. now: the moment of sending."""
        draft = self.draft
        applicant: dict[str, Any] = {"class": draft.applicant.kind.value, "phone": draft.applicant.phone} | _named(draft.applicant)
        if draft.applicant.address is not None:
            applicant["address"] = draft.applicant.address
        if draft.applicant.representative is not None:
            applicant["representative"] = _person(draft.applicant.representative)
        tree: dict[str, Any] = {
            "case": {
                "number": self.number, "matter": self.matter, "matter_name": self.matter_name, "mode": self.mode, "origin": self.origin,
                "destination": self.destination, "received_at": self.received_at,
            },
            "hall": {"id": self.hall_id, "name": self.hall_name, "region": self.origin},
            "reception": {"window": draft.reception.window, "clerk": draft.reception.clerk},
            "applicant": applicant,
            "form": dict(draft.form),
            "materials": [_material(material) for material in self.materials],
            "partner": {} if self.partner_number is None else {"number": self.partner_number},
            "now": now,
        }  # fmt: skip
        if draft.agent is not None:
            tree["agent"] = _person(draft.agent)
        if self.supplement is not None:
            tree["supplement"] = _supplement(self.supplement)
        if self.withdrawal is not None:
            tree["withdrawal"] = {"reason": self.withdrawal.reason, "requested_at": self.withdrawal.requested_at}
        return tree


def _material(material: MaterialFact) -> dict[str, Any]:
    content = material.content
    return {
        "code": material.code, "name": material.name, "extension": material.extension, "media_type": content.media_type,
        "size": content.size, "sha256": content.sha256, "content": content,
    }  # fmt: skip


def _supplement(supplement: SupplementFact) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "round": supplement.round,
        "answers": [{"item": item} | ({} if text is None else {"text": text}) for item, text in supplement.answers],
        "materials": [{"item": item} | _material(material) for item, material in supplement.materials],
    }
    return tree if supplement.notice is None else tree | {"notice": supplement.notice}


def _named(party: Any) -> dict[str, Any]:
    return {"name": party.name, "certificate": {"type": party.certificate.type, "number": party.certificate.number}}


def _person(person: Person) -> dict[str, Any]:
    return _named(person) | ({} if person.phone is None else {"phone": person.phone})
