"""Whether a partner's lane is paused."""

from datetime import datetime

import sqlalchemy as sa

from .group import Group, columns_of
from .records import PartnerState
from .tables import partner_state as states_table

_STATE = columns_of(states_table, PartnerState)


class PartnerStates(Group):
    """Lanes that wait until somebody mends something."""

    __slots__ = ()

    def pause(self, partner: str, until: datetime, reason: str, at: datetime) -> bool:
        """Pause the lane until then; True when it was not paused at `at`, so that one alert is raised and not one a case."""
        table = states_table.c
        running = sa.or_(table.paused_until.is_(None), table.paused_until <= at)
        if self._changed(
            sa.update(states_table).where(table.partner == partner, running).values(paused_until=until, reason=reason, since=at)
        ):
            return True
        if self._insert_new(states_table, {"partner": partner, "paused_until": until, "reason": reason, "since": at}):
            return True
        self._connection.execute(sa.update(states_table).where(table.partner == partner).values(paused_until=until, reason=reason))
        return False

    def resume(self, partner: str) -> bool:
        """End the pause; False when there was none."""
        table = states_table.c
        paused = sa.update(states_table).where(table.partner == partner, table.paused_until.is_not(None))
        return self._changed(paused.values(paused_until=None, reason=None))

    def state(self, partner: str) -> PartnerState | None:
        """None when it was never paused."""
        return self._one(PartnerState, sa.select(*_STATE).where(states_table.c.partner == partner))

    def all(self) -> list[PartnerState]:
        """All that were ever paused, by name."""
        return self._all(PartnerState, sa.select(*_STATE).order_by(states_table.c.partner))
