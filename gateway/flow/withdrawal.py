"""Withdrawal and void: a case that is still ours ends at once; one that may be the partner's ends when the partner says so."""

from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from pydantic import ValidationError

from gateway.model import ASKED, BUSY, UNKNOWN_CASE, WITHDRAW, DraftWithdrawal, Status, VoidReason
from gateway.store import AttemptRecord, CaseRecord, HallRecord, JobKind, NewEvent, Tx

from .attempting import PERSON, QUERY
from .cases import own_case
from .context import Context
from .dossier import seal_withdrawal
from .draft_check import translate
from .errands import in_doubt, lost
from .examination import read_object
from .refusal import Refusal, RefusalKind, refuse
from .standing import UNSENT, Cause, advance, tell_hall
from .tickets import WITHDRAW_BY_HAND, Ticket, close_wish, open_ticket
from .views import status_document, withdrawal_document


async def request_withdrawal(ctx: Context, hall: HallRecord, number: str, raw: bytes) -> dict[str, Any]:
    """Take the applicant's wish down. The same wish again is the same wish.

    What surely never left is withdrawn at once. Of any other case it is a request: the partner is asked, where its folder has a step
    for that, else a person; the status changes when the partner confirms. Refuses a case that is decided or ended.
    The wish to withdraw the whole of a joint case is that of every part that can still be.
    """
    document = read_object(raw, ctx.rules.max_body_bytes)
    try:
        draft = DraftWithdrawal.model_validate(document)
    except ValidationError as error:
        raise Refusal(RefusalKind.INVALID, list(translate(error))) from None
    now = ctx.clock.now()

    def unit(tx: Tx) -> dict[str, Any]:
        case = tx.cases.lock_with_parts(own_case(tx, hall, number).id)
        if case.parts:
            _request_of_parts(tx, ctx, case, draft, now)
        elif case.withdrawal_requested_at is None:
            _request(tx, ctx, case, draft, now)
        case = tx.cases.lock(case.id)
        wish = withdrawal_document(case, tx.cases.parts(case.id) if case.parts else ())
        assert wish is not None
        return {"number": case.number, "status": status_document(case.status)} | wish

    return await ctx.store.write(unit)


def take_back(tx: Tx, case: CaseRecord, now: datetime, told: Mapping[str, str | int | bool | None]) -> None:
    """The applicant of a locked case goes on after all. A partner that was told of the wish may confirm it yet; then that holds."""
    tx.cases.ask_to_withdraw(case.id, None, None)
    event = NewEvent(
        type="case.withdrawal-taken-back", before=None, after=None, actor="applicant", place=case.origin, occurred_at=now, recorded_at=now,
        detail=told,
    )  # fmt: skip
    tx.cases.append_event(case.id, event)
    close_wish(tx, case, now)


def never_left(tx: Tx, case: CaseRecord, in_force: str | None, settled: AttemptRecord | None = None) -> bool:
    """Whether the partner surely has nothing of a case: no step succeeded, and no attempt leaves a doubt, as every delivery sees it.

    in_force: the hash of the partner's folder, None when there is none; settled: a call of which the partner says that it did not arrive.
    """
    if case.status not in UNSENT:
        return False
    made = [attempt for attempt in reversed(tx.attempts.of_case(case.id)) if attempt.partner == case.partner]
    if any(tx.attempts.step(case.id, attempt.step) is not None for attempt in made if attempt.step != QUERY):
        return False
    open_ = [one for one in takewhile(lambda one: not _settles(one, in_force, settled), made) if one.step != QUERY]
    return in_doubt(tx, case, open_, in_force) is None and not any(lost(one) or _unanswered(one) for one in open_)


def _settles(attempt: AttemptRecord, in_force: str | None, settled: AttemptRecord | None) -> bool:
    """Whether from it on back nothing is open: it did not arrive, or the partner, or who asked it, said that nothing had."""
    if settled is not None and attempt.id == settled.id:
        return True
    unknown = attempt.step == QUERY and (attempt.verdict, attempt.reason) == ("refused", UNKNOWN_CASE)
    return attempt.worker == PERSON or (unknown and attempt.mapping_hash == in_force)


def _unanswered(attempt: AttemptRecord) -> bool:
    """Whether an attempt is sent again because that does no harm, not because it is known to have come to nothing."""
    return attempt.verdict == "retry" and attempt.perhaps_sent and attempt.reason not in (ASKED, BUSY)


def withdraw_unsent(tx: Tx, case: CaseRecord, in_force: str | None, now: datetime, *, settled: AttemptRecord | None = None) -> bool:
    """End a locked case that its applicant withdraws and that surely never left; whether it did. in_force, settled: as of never_left."""
    if case.withdrawal_requested_at is None or not never_left(tx, case, in_force, settled):
        return False
    _drop_jobs(tx, case)
    cause = Cause("applicant", case.withdrawal_requested_at, now, case.origin)
    advance(tx, case, Status.WITHDRAWN, cause, report_time=None)
    return True


def void_case(tx: Tx, case: CaseRecord, reason: VoidReason, agreed: str | None, now: datetime) -> None:
    """Declare a locked case void. agreed: number of the document by which the partner agreed. One that was a test leaves every count.

    Of the whole of a joint case, locked with its parts, every part that can still be is declared void.
    Raises Refusal: a decided or ended case, or one that the partner may have, without its agreement.
    """
    voided = _undecided(tx, case)
    if not voided:
        raise refuse(RefusalKind.INVALID, "case.decided")
    if agreed is None and not all(never_left(tx, one, one.mapping_hash) for one in voided):
        raise refuse(RefusalKind.INVALID, "void.agreement")
    detail: dict[str, str | int | bool | None] = {"reason": reason.value}
    if agreed is not None:
        detail["agreed"] = agreed
    if reason is VoidReason.TEST:
        for id in {case.id, *(part.id for part in voided)}:
            tx.cases.mark_test(id)
    for one in voided:
        _drop_jobs(tx, one)
        advance(tx, tx.cases.lock(one.id), Status.VOIDED, Cause("admin", now, now, detail=detail), report_time=None)


def _undecided(tx: Tx, case: CaseRecord) -> list[CaseRecord]:
    """The case, or of a whole its parts, as far as nothing is decided yet."""
    return [one for one in (tx.cases.parts(case.id) if case.parts else [case]) if one.status.withdrawable]


def _request_of_parts(tx: Tx, ctx: Context, whole: CaseRecord, draft: DraftWithdrawal, now: datetime) -> None:
    """The wish is kept with the whole, and told of each part of which it was not told yet, or in vain."""
    parts = _undecided(tx, whole)
    if whole.withdrawal_requested_at is None:
        if not parts:
            raise refuse(RefusalKind.INVALID, "case.decided")
        _note_wish(tx, ctx, whole, draft, now)
    for part in parts:
        if part.withdrawal_requested_at is None:
            _request(tx, ctx, part, draft, now)


def _request(tx: Tx, ctx: Context, case: CaseRecord, draft: DraftWithdrawal, now: datetime) -> None:
    if not case.status.withdrawable:
        raise refuse(RefusalKind.INVALID, "case.decided")
    _note_wish(tx, ctx, case, draft, now)
    # A wish that was taken back, or asked in vain, is told anew.
    tx.attempts.forget_step(case.id, WITHDRAW)
    case = tx.cases.lock(case.id)
    partner = ctx.partners.get(case.partner)
    if withdraw_unsent(tx, case, partner.mapping_hash if partner is not None else None, now):
        return
    if partner is None or not partner.has(case.matter, WITHDRAW):
        open_ticket(tx, case.id, Ticket(WITHDRAW_BY_HAND, "no-step"), now)
    elif not tx.jobs.unpark(JobKind.DELIVER, case.id, now):
        tx.jobs.enqueue(JobKind.DELIVER, case.id, case.partner, now)
    tx.wake()


def _note_wish(tx: Tx, ctx: Context, case: CaseRecord, draft: DraftWithdrawal, now: datetime) -> None:
    tx.cases.ask_to_withdraw(case.id, now, seal_withdrawal(ctx.sealer, case.number, draft))
    told: dict[str, str | int | bool | None] = {"window": draft.reception.window, "clerk": draft.reception.clerk}
    event = NewEvent(
        type="case.withdrawal-requested", before=None, after=None, actor="applicant", place=case.origin, occurred_at=now, recorded_at=now,
        detail=told,
    )  # fmt: skip
    tx.cases.append_event(case.id, event)
    tell_hall(tx, case, now)


def _drop_jobs(tx: Tx, case: CaseRecord) -> None:
    """Nothing more is carried or asked; a job that is out finds the case ended."""
    for kind in (JobKind.DELIVER, JobKind.TRACK):
        tx.jobs.drop(kind, case.id)
