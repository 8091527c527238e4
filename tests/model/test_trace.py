"""Who held a case, and how long."""

from datetime import date, datetime, timedelta

from gateway.model import CHINA, Calendar, Holder, Status, Stay, holder, holdings

S = Status
STATE = Calendar()


def at(text: str) -> datetime:
    """A moment in China of November 2026."""
    return datetime.fromisoformat(f"2026-11-{text.replace(' ', 'T')}").replace(tzinfo=CHINA)


def walk(*steps: tuple[Status, str]) -> list[Stay]:
    """The stays of a case that never ended."""
    moments = [at(when) for _, when in steps]
    return [
        Stay(status, since, until, "handling", inferred=False)
        for (status, _), since, until in zip(steps, moments, [*moments[1:], None], strict=True)
    ]


LIFE = walk(
    (S.RECEIVED, "20 10:00"),
    (S.DISPATCHING, "20 10:00"),
    (S.DISPATCHED, "20 11:00"),
    (S.SUPPLEMENT_REQUIRED, "23 11:00"),
    (S.SUPPLEMENT_SENT, "24 11:00"),
    (S.ACCEPTED, "25 11:00"),
    (S.APPROVED, "26 11:00"),
    (S.COMPLETED, "27 11:00"),
)


def test_each_boundary_between_hands_is_a_line() -> None:
    """Reception, gateway, handling place, applicant, handling place; a change of status in one hand is none."""
    found = holdings(LIFE, lambda _: STATE, at("30 09:00"))
    assert [(h.holder, h.since, h.until) for h in found] == [
        (Holder.RECEPTION, at("20 10:00"), at("20 10:00")),
        (Holder.GATEWAY, at("20 10:00"), at("20 11:00")),
        (Holder.HANDLING, at("20 11:00"), at("23 11:00")),
        (Holder.APPLICANT, at("23 11:00"), at("24 11:00")),
        (Holder.HANDLING, at("24 11:00"), at("27 11:00")),
    ]


def test_the_time_in_all_hands_is_the_life_of_the_case() -> None:
    """Nothing is counted twice and nothing falls between two hands, after the end nobody holds it."""
    found = holdings(LIFE, lambda _: STATE, at("30 09:00"))
    assert sum((h.calendar_time for h in found), timedelta()) == at("27 11:00") - at("20 10:00")


def test_working_time_is_of_the_holders_own_calendar() -> None:
    """From Friday to Monday one day of three is working time; a holder whose region opens on Sunday has two."""
    sunday = Calendar({date(2026, 11, 22): True})
    weekend = holdings(LIFE, lambda stay: sunday if holder(stay.status) is Holder.HANDLING else STATE, at("30 09:00"))[2]
    assert (weekend.calendar_time, weekend.working_time) == (timedelta(days=3), timedelta(days=2))
    assert holdings(LIFE, lambda _: STATE, at("30 09:00"))[2].working_time == timedelta(days=1)


def test_who_holds_it_now_holds_it_until_now() -> None:
    """An open case's last line has no end, and its time runs."""
    (_, _, last) = holdings(LIFE[:2] + walk((S.DISPATCHED, "20 11:00")), lambda _: STATE, at("20 15:00"))
    assert (last.holder, last.until, last.calendar_time) == (Holder.HANDLING, None, timedelta(hours=4))


def test_every_open_status_lies_with_somebody_and_no_end_with_anybody() -> None:
    """A new status cannot be forgotten."""
    assert all((holder(status) is None) is status.terminal for status in Status)
