"""Settlement: what a handled case adds to the ledger, once; reversals and corrections add the difference and rewrite nothing.

Cases of one applicant at one destination filed on one day stand in one bundle; those of them that share a visit count like one thing
(domain page §5.2). A line holds what the case adds to its bundle's sums in its account, so the sums are true in any order of endings.
"""

from datetime import datetime

from gateway.model import (
    Account,
    Baseline,
    CaseResult,
    Claim,
    Decision,
    Kind,
    Status,
    Trips,
    Visit,
    account_of,
    case_result,
    china_day,
    count_trips,
    same_province,
)
from gateway.store import CaseRecord, LedgerEntry, StandingRecord, Tx


def settle_case(tx: Tx, case: CaseRecord, now: datetime) -> list[LedgerEntry]:
    """Settle a locked case that is handled; one that was settled before, and now ended otherwise, is reversed. The lines written."""
    return _restate(tx, case, now, "reversal", exclude=False)


def correct_case(tx: Tx, case: CaseRecord, now: datetime, *, exclude: bool) -> list[LedgerEntry]:
    """Settle a settled, locked case anew by what is on record now; exclude: it should never have counted. None written: nothing differs."""
    return _restate(tx, case, now, "correction", exclude=exclude)


def _restate(tx: Tx, case: CaseRecord, now: datetime, again: str, *, exclude: bool) -> list[LedgerEntry]:
    bundle = None
    if case.applicant_hash is not None and case.parent_id is None:
        bundle = tx.ledger.open_bundle(case.applicant_hash, case.destination, china_day(case.received_at))
    standings = tx.ledger.standings(case.id, bundle)
    before = standings.pop(case.id, None)
    result = case_result(Status(case.status), Decision(case.decision) if case.decision else None)
    baseline = tx.agreements.baseline(case.destination, case.matter, case.applicant_class, case.received_at)
    account = _account(case, result, baseline)
    if exclude or (before is not None and before.account is Account.EXCLUDED):
        account = Account.EXCLUDED
    visits = tx.cases.visits_of({case.id, *standings}) if standings else {case.id: tuple(tx.cases.visits(case.id))}
    lines = []
    # What leaves an account does so under the result that brought it there.
    for touched in dict.fromkeys((before.account if before else account, account)):
        others = [_claim(case, standing, visits[standing.case_id]) for standing in standings.values() if standing.account is touched]
        own = [_own_claim(case, baseline, account, visits[case.id])] if touched is account else []
        recorded = tx.ledger.recorded(touched, case.id, bundle) if standings or before else Trips()
        difference = count_trips(others + own).minus(recorded)
        counted = (touched is account) - (before is not None and touched is before.account)
        if before is not None and not counted and difference == Trips():
            continue
        leaving = before is not None and touched is not account
        lines.append(
            LedgerEntry(
                case_id=case.id,
                kind="settlement" if before is None else again,
                origin=case.origin,
                destination=case.destination,
                matter=case.matter,
                mode=case.mode,
                applicant_class=case.applicant_class,
                result=before.result if before and leaving else result.value,
                baseline_id=before.baseline_id if before and leaving else baseline.id if baseline else None,
                baseline=difference.baseline if touched.computed else None,
                baseline_long=difference.baseline_long if touched.computed else None,
                actual=difference.actual,
                actual_long=difference.actual_long,
                settled_at=now,
                account=touched,
                counted=counted,
                month=f"{china_day(now if before or case.handled_at is None else case.handled_at):%Y-%m}",
                bundle_id=bundle,
                corrects=before.line_id if before else None,
            )
        )
    for line in lines:
        tx.ledger.append(line)
    return lines


def _account(case: CaseRecord, result: CaseResult, baseline: Baseline | None) -> Account:
    query, part = case.kind == Kind.QUERY, case.parent_id is not None
    return account_of(result, baseline, origin=case.origin, destination=case.destination, query=query, test=case.is_test, part=part)


def _claim(case: CaseRecord, standing: StandingRecord, visits: tuple[Visit, ...]) -> Claim:
    """Of another case of the same bundle, and so of the same destination."""
    trips, long_trips = (standing.trips or 0, standing.long_trips or 0) if standing.account.computed else (0, 0)
    return Claim(standing.home, trips, _long(standing.home, case.destination, long_trips), visits)


def _own_claim(case: CaseRecord, baseline: Baseline | None, account: Account, visits: tuple[Visit, ...]) -> Claim:
    trips, long_trips = (baseline.trips, baseline.long_trips) if baseline and account.computed else (0, 0)
    return Claim(case.origin, trips, _long(case.origin, case.destination, long_trips), visits)


def _long(home: str, destination: str, long_trips: int) -> int:
    """A baseline's long trips are those of an applicant from another province; who lives in the destination's own has none to save."""
    return 0 if same_province(home, destination) else long_trips
