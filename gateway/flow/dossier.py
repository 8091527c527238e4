"""A case's papers: what was submitted, opened from its seal, as the facts that partners' messages draw on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.model import (
    SUPPLEMENT,
    WITHDRAW,
    CaseDraft,
    CaseFacts,
    DraftSupplement,
    DraftWithdrawal,
    MaterialFact,
    Notice,
    SupplementFact,
    WithdrawalFact,
)
from gateway.security import Sealer
from gateway.store import CaseRecord, HallRecord, MaterialRecord, RoundRecord, Tx

from .context import Archive
from .materials import stored_blob
from .notices import open_notice


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


def material_name(ctx: Archive, record: MaterialRecord) -> str:
    """The file's name."""
    return ctx.sealer.open(record.name_sealed, f"material:{record.id}").decode()


@dataclass(frozen=True, slots=True)
class _Papers:
    document: bytes
    materials: Sequence[MaterialRecord]
    hall: HallRecord | None
    round: RoundRecord | None
    withdrawal: bytes | None


async def case_facts(ctx: Archive, case: CaseRecord, step: str | None = None, round: int = 0) -> CaseFacts:
    """The facts of a stored case. step, round: the errand they are for, when it tells more than the submission does."""

    def unit(tx: Tx) -> _Papers:
        found = next((record for record in tx.rounds.of_case(case.id) if record.round == round), None) if round else None
        wish = tx.cases.withdrawal(case.id) if step == WITHDRAW else None
        return _Papers(tx.cases.document(case.id), tx.materials.of_case(case.id), tx.halls.get(case.hall_id), found, wish)

    papers = await ctx.store.read(unit)
    dossier = open_dossier(ctx.sealer, case.number, papers.document)
    hall = papers.hall
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
        materials=tuple(_material(ctx, record) for record in papers.materials if record.round == 0),
        partner_number=case.partner_number,
        supplement=_supplement(ctx, case, papers.round, papers.materials) if papers.round else None,
        withdrawal=_withdrawal(ctx, case, papers.withdrawal),
    )


async def recent_cases(ctx: Archive, partner: str, limit: int) -> list[Mapping[str | None, CaseFacts]]:
    """The latest cases of a partner, newest first: of each its facts, as a delivery would have them now, by the step they are for.

    None: for every step that tells no more than the submission does. The latest answer stands for all answers to notices.
    """

    def unit(tx: Tx) -> list[tuple[CaseRecord, int]]:
        cases = tx.cases.recent(partner, limit)
        answered = ([one.round for one in tx.rounds.of_case(case.id) if one.answer_sealed is not None] for case in cases)
        return [(case, max(rounds, default=0)) for case, rounds in zip(cases, answered, strict=True)]

    told: list[Mapping[str | None, CaseFacts]] = []
    for case, round in await ctx.store.read(unit):
        facts: dict[str | None, CaseFacts] = {None: await case_facts(ctx, case)}
        if round:
            facts[SUPPLEMENT] = await case_facts(ctx, case, SUPPLEMENT, round)
        if case.withdrawal_requested_at is not None:
            facts[WITHDRAW] = await case_facts(ctx, case, WITHDRAW)
        told.append(facts)
    return told


def _material(ctx: Archive, record: MaterialRecord) -> MaterialFact:
    name = material_name(ctx, record)
    return MaterialFact(record.code or "", name, record.extension, stored_blob(ctx, record, name))


def seal_answer(sealer: Sealer, number: str, round: int, draft: DraftSupplement, materials: Iterable[MaterialRecord]) -> bytes:
    """The words and the reception of an answer to a notice, and which materials are its own: an answer before it may have been refused."""
    answers = [[answer.item, answer.text] for answer in draft.answers]
    plain = {"reception": draft.reception.model_dump(mode="json"), "answers": answers, "materials": [material.id for material in materials]}
    return sealer.seal(json.dumps(plain, ensure_ascii=False).encode(), f"case:{number}:answer:{round}")


def supplement_fact(
    record: RoundRecord, notice: Notice, answers: Iterable[tuple[str, str]], materials: Iterable[tuple[str, MaterialFact]]
) -> SupplementFact:
    """An answer as partners' messages read it: every item of the notice in its order, then the materials."""
    words = dict(answers)
    return SupplementFact(record.round, notice.number, tuple((item.code, words.get(item.code)) for item in notice.items), tuple(materials))


def _supplement(ctx: Archive, case: CaseRecord, record: RoundRecord, materials: Sequence[MaterialRecord]) -> SupplementFact | None:
    if record.answer_sealed is None:
        return None
    plain = json.loads(ctx.sealer.open(record.answer_sealed, f"case:{case.number}:answer:{record.round}"))
    filed = [(material.item or "", _material(ctx, material)) for material in materials if material.id in plain["materials"]]
    return supplement_fact(record, open_notice(ctx.sealer, case.number, record), plain["answers"], filed)


def seal_withdrawal(sealer: Sealer, number: str, draft: DraftWithdrawal) -> bytes:
    """Why the applicant wishes to withdraw, sealed for this case."""
    return sealer.seal(draft.model_dump_json().encode(), f"case:{number}:withdrawal")


def _withdrawal(ctx: Archive, case: CaseRecord, sealed: bytes | None) -> WithdrawalFact | None:
    if sealed is None or case.withdrawal_requested_at is None:
        return None
    return WithdrawalFact(json.loads(ctx.sealer.open(sealed, f"case:{case.number}:withdrawal"))["reason"], case.withdrawal_requested_at)
