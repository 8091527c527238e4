"""The judge: each row of the domain page's table of retry classes, §3.4."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from gateway.model import Hold, Received, Refused, Retry, Unsure, Verdict
from gateway.outbound import OutboundError, Sent
from partners.judge import Answered, Row, Said, judge, retry_after

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
UNKNOWN = Said(success=False)


@pytest.mark.parametrize("code", ["connect", "dns", "tls", "timeout", "closed"])
@pytest.mark.parametrize("changes", [True, False])
def test_what_was_surely_not_sent_is_tried_again(code: str, changes: bool) -> None:
    """Whether the step changes something or not."""
    assert judge(OutboundError(f"outbound.{code}", Sent.SURELY_NOT), changes=changes) == Retry(code)


@pytest.mark.parametrize("code", ["refused-origin", "refused-address", "bad-url", "bad-header"])
def test_what_our_own_settings_refuse_holds_the_partner(code: str) -> None:
    """Trying again would burn the case's retries and change nothing."""
    assert judge(OutboundError(f"outbound.{code}", Sent.SURELY_NOT), changes=True) == Hold(code)


@pytest.mark.parametrize("code", ["timeout", "reset", "incomplete", "protocol", "too-large", "encoding"])
def test_what_was_perhaps_sent_is_unsure_unless_it_changes_nothing(code: str) -> None:
    """A query is simply asked again."""
    error = OutboundError(f"outbound.{code}", Sent.PERHAPS)
    assert judge(error, changes=True) == Unsure(code)
    assert judge(error, changes=False) == Retry(code)


@pytest.mark.parametrize("resend", ["query", "ask-a-person"])
def test_only_a_partner_whose_submit_is_idempotent_may_be_sent_a_doubtful_step_again(resend: str) -> None:
    """partner.yaml says so by `resend: idempotent`."""
    error = OutboundError("outbound.reset", Sent.PERHAPS)
    assert judge(error, changes=True, resend=resend) == Unsure("reset")  # type: ignore[arg-type]
    assert judge(error, changes=True, resend="idempotent") == Retry("reset")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("changes", [True, False])
def test_a_busy_partner_is_obeyed(status: int, changes: bool) -> None:
    """It did nothing, and says when to come again."""
    asked = timedelta(seconds=7)
    assert judge(Answered(status, None, asked), changes=changes) == Retry("busy", asked)


@pytest.mark.parametrize("status", [408, 500, 501, 502, 504, 520, 599])
def test_a_server_error_without_a_business_answer_leaves_a_change_unsure(status: int) -> None:
    """The fault may lie behind the point where the case was made."""
    assert judge(Answered(status, None), changes=True) == Unsure(f"http-{status}")
    assert judge(Answered(status, None), changes=False) == Retry(f"http-{status}")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "credentials"),
        (403, "credentials"),
        (404, "bad-route"),
        (405, "bad-route"),
        (413, "bad-route"),
        (301, "redirect"),
        (307, "redirect"),
    ],
)
def test_what_somebody_must_mend_holds_the_partner(status: int, reason: str) -> None:
    """Credentials and routes; no retry can help."""
    assert judge(Answered(status, None), changes=True) == Hold(reason)


def test_credentials_hold_even_in_a_readable_answer_that_no_row_knows() -> None:
    """401 says more than an unknown code."""
    assert judge(Answered(401, UNKNOWN), changes=True) == Hold("credentials")


def test_a_success_that_cannot_be_read_is_unsure() -> None:
    """200 alone proves nothing: a login page of a proxy is 200, too."""
    assert judge(Answered(200, None), changes=True) == Unsure("unreadable")
    assert judge(Answered(200, None), changes=False) == Retry("unreadable")


def test_a_success_with_its_number_is_received() -> None:
    """The one way to `received`, whatever HTTP says beside it."""
    for status in (200, 201, 500, 503):
        assert judge(Answered(status, Said(True, number="HC1")), changes=True, gives_number=True) == Received("HC1")


@pytest.mark.parametrize("number", [None, ""])
def test_a_success_without_the_number_it_must_give_is_unsure(number: str | None) -> None:
    """A case that nobody could ask after is not received."""
    assert judge(Answered(200, Said(True, number=number)), changes=True, gives_number=True) == Unsure("number-missing")
    assert judge(Answered(200, Said(True, number=number)), changes=False) == Received(number)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("refused", "applicant-invalid", "证件有误"), Refused("applicant-invalid", "证件有误")),
        (Row("refused", None, "不行"), Refused(None, "不行")),
        (Row("retry", None, ""), Retry("partner-asks", timedelta(seconds=3))),
        (Row("hold", None, ""), Hold("partner-refuses-us")),
        (Row("unsure", None, ""), Unsure("partner-unsure")),
        (Row("received", None, ""), Received("HC1")),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 401, 429, 500, 503])
def test_a_verdict_row_that_matches_wins_over_the_http_status(row: Row, verdict: Verdict, status: int) -> None:
    """What the partner says readably is worth more than how its server wraps it."""
    heard = Answered(status, Said(False, row, "HC1"), timedelta(seconds=3))
    assert judge(heard, changes=True, gives_number=True) == verdict


def test_already_received_without_a_number_has_to_be_asked_for() -> None:
    """`duplicate` is as good as received once the number is known; the query brings it, even where resending is harmless."""
    heard = Answered(200, Said(False, Row("received", None, "")))
    assert judge(heard, changes=True, gives_number=True, resend="idempotent") == Unsure("number-missing")


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_a_readable_failure_that_no_row_knows_is_kept_in_doubt(status: int) -> None:
    """QUARANTINE: never guessed to be a refusal."""
    assert judge(Answered(status, UNKNOWN), changes=True) == Unsure("answer-unknown")
    assert judge(Answered(status, UNKNOWN), changes=False) == Retry("answer-unknown")


def test_busy_counts_where_no_row_knows_the_answer() -> None:
    """A gateway's own JSON beside 503 is no business answer that says otherwise."""
    assert judge(Answered(503, UNKNOWN, timedelta(seconds=1)), changes=True) == Retry("busy", timedelta(seconds=1))


def test_a_change_is_never_retried_on_doubt() -> None:
    """Over every status and every kind of answer: Retry of a change means surely no effect, so only busy ones and rows that say so."""
    answers = [None, UNKNOWN, Said(True), Said(False, Row("unsure", None, ""))]
    for status, said in product(range(200, 600), answers):
        verdict = judge(Answered(status, said), changes=True, gives_number=True)
        assert not isinstance(verdict, Retry) or status in (429, 503), (status, said)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("0", timedelta()),
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("Fri, 20 Nov 2026 01:00:30 GMT", timedelta(seconds=30)),
        ("Friday, 20-Nov-26 01:01:00 GMT", timedelta(seconds=60)),
        ("Fri, 20 Nov 2026 00:00:00 GMT", timedelta()),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("9" * 400, None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_negative(header: str, expected: timedelta | None) -> None:
    """RFC 9110 §10.2.3; what cannot be read is as if it were not there."""
    assert retry_after({"retry-after": header}, NOW) == expected


def test_no_retry_after_is_none() -> None:
    """Then our own schedule decides."""
    assert retry_after({}, NOW) is None
