"""A case's papers: what was submitted, opened from its seal, as the facts that partners' messages draw on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model import CaseDraft, CaseFacts, MaterialFact
from gateway.security import Sealer
from gateway.store import CaseRecord, HallRecord, MaterialRecord, Tx

from .context import Context
from .materials import stored_blob


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is sealed of a case: the draft, and the matter's name as it stood when the case was filed."""

    draft: CaseDraft
    matter_name: str


def seal_dossier(sealer: Sealer, number: str, dossier: Dossier) -> bytes:
    """The dossier without the contents of its materials, sealed for this case."""
    draft = dossier.draft.model_dump(mode="json", by_alias=True, exclude={"materials"}, exclude_none=True)
    plain = json.dumps({"draft": draft, "matter_name": dossier.matter_name}, ensure_ascii=False)
    return sealer.seal(plain.encode(), f"case:{number}:document")


def open_dossier(sealer: Sealer, number: str, sealed: bytes) -> Dossier:
    """The dossier as it was sealed; its materials are in the store under the case, not in it."""
    document = json.loads(sealer.open(sealed, f"case:{number}:document"))
    return Dossier(CaseDraft.model_validate(document["draft"]), document["matter_name"])


def material_name(ctx: Context, record: MaterialRecord) -> str:
    """The file's name."""
    return ctx.sealer.open(record.name_sealed, f"material:{record.id}").decode()


async def case_facts(ctx: Context, case: CaseRecord) -> CaseFacts:
    """The facts of a stored case."""

    def unit(tx: Tx) -> tuple[bytes, Sequence[MaterialRecord], HallRecord | None]:
        return tx.cases.document(case.id), tx.materials.of_case(case.id), tx.halls.get(case.hall_id)

    sealed, records, hall = await ctx.store.read(unit)
    dossier = open_dossier(ctx.sealer, case.number, sealed)
    materials = []
    for record in records:
        name = material_name(ctx, record)
        materials.append(MaterialFact(record.code or "", name, record.extension, stored_blob(ctx, record, name)))
    return CaseFacts(
        number=case.number,
        matter=case.matter,
        matter_name=dossier.matter_name,
        mode=case.mode,
        origin=case.origin,
        destination=case.destination,
        received_at=case.received_at,
        hall_id=case.hall_id,
        hall_name=hall.name if hall else case.hall_id,
        draft=dossier.draft,
        materials=tuple(materials),
        partner_number=case.partner_number,
    )
