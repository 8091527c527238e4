"""Why an authority says no: what the simulated partners give for it is read as a reason of the list, or stays in their own words."""

from collections.abc import Mapping
from itertools import count

import pytest
from mutation_parts import REST, SOAP, Serve, whole_case
from partner_parts import MAPPINGS, folder_of
from test_partner_conversation import BOTH, Desktop, desktop

from gateway.model import Status
from mock_partners import rest_paper, soap_paper
from mock_partners.life import Stage
from mock_partners.reasons import Reason, reason_of

MEANT = {
    Reason.CONDITIONS_NOT_MET: "conditions-not-met",
    Reason.MISMATCH: "material-mismatch",
    Reason.UNREADABLE: "material-unreadable",
    Reason.EXPIRED: "material-expired",
    Reason.NOT_ELIGIBLE: "applicant-not-eligible",
    Reason.NOT_REQUIRED: "not-required",
    Reason.TOO_LATE: "deadline-passed",
    Reason.NOT_COMPLETED: "not-completed-in-time",
    Reason.DUPLICATE: "duplicate-application",
    Reason.OTHER: None,
}
CODES: Mapping[str, Mapping[Reason, str]] = {REST: rest_paper.REASONS, SOAP: soap_paper.REASONS}
STATES = {REST: {Status.NOT_ACCEPTED: "4", Status.DENIED: "13"}, SOAP: {Status.NOT_ACCEPTED: "BYSL", Status.DENIED: "BJ-N"}}
STAGES = {Status.NOT_ACCEPTED: Stage.NOT_ACCEPTED, Status.DENIED: Stage.DENIED}


async def says_no(desk: Desktop, status: Status) -> None:
    """The authority decides, from behind its counter."""
    wish = {"outer": desk.case.number, "to": STATES[desk.name][status]}
    async with desk.session.post(f"{desk.base}/_mock/advance", json=wish) as answer:
        assert answer.status == 200


@BOTH
def test_a_folders_table_says_what_each_code_means(name: str) -> None:
    """Each code of the partner's paper has its reason, and “other” none."""
    table = folder_of(MAPPINGS / name).codes["reason"]
    assert {reason: table.to_canonical(code) for reason, code in CODES[name].items()} == MEANT


@BOTH
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.NOT_ACCEPTED, Reason.DUPLICATE),
        (Status.DENIED, Reason.MISMATCH),
        (Status.NOT_ACCEPTED, Reason.OTHER),
        (Status.DENIED, Reason.OTHER),
    ],
)
async def test_t25_a_no_is_read_with_its_reason_or_in_their_own_words(name: str, status: Status, reason: Reason, serve: Serve) -> None:
    """The decision stands either way, and so do the words; a code that is in no table costs nothing of the report."""
    outer = whole_case("230100").number
    seed = next(seed for seed in count() if reason_of(seed, outer, (), STAGES[status]) is reason)
    async with desktop(name, serve, seed=seed) as desk:
        await desk.submit()
        assert (await desk.report()).reason is None
        await says_no(desk, status)
        report = await desk.report()
    assert (report.status, report.reason, report.opinion) == (status, MEANT[reason], reason.value)
