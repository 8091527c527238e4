"""Showing how far the demo is: a live table on a terminal, a plain line now and then elsewhere."""

import time
from dataclasses import dataclass
from types import TracebackType

from rich.live import Live
from rich.table import Table

from gateway.cli.speech import Column, console, table, tell

LINE_SECONDS = 2.0
COLUMNS = (Column("阶段", "stage"), Column("件数", "cases", number=True))


@dataclass(frozen=True, slots=True)
class Standing:
    """How many cases are how far. The three truths apart: acknowledged by the gateway, held by partners, told to halls."""

    planned: int
    acknowledged: int = 0
    held: int = 0
    told: int = 0


class Progress:
    """A context manager that shows standings on standard error."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True) if self._console.is_terminal else None
        self._shown: Standing | None = None
        self._last_line = 0.0

    def __enter__(self) -> "Progress":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, standing: Standing) -> None:
        """Show it, unless it is what is shown already."""
        if standing == self._shown:
            return
        if self._live is not None:
            self._shown = standing
            self._live.update(_drawn(standing), refresh=True)
        elif time.monotonic() - self._last_line >= LINE_SECONDS or standing.told == standing.planned:
            self._shown = standing
            self._last_line = time.monotonic()
            tell(
                f"已受领 {standing.acknowledged}/{standing.planned}，对接方已收 {standing.held}，办结已回传 {standing.told}",
                f"acknowledged {standing.acknowledged} of {standing.planned}, at partners {standing.held}, told {standing.told}",
                stderr=True,
            )


def _drawn(standing: Standing) -> Table:
    rows = [
        ("网关已受领 / acknowledged by the gateway", f"{standing.acknowledged}/{standing.planned}"),
        ("对接方已收 / held by partners", f"{standing.held}/{standing.planned}"),
        ("办结并已回传大厅 / handled, and the hall was told", f"{standing.told}/{standing.planned}"),
    ]
    return table(("通办演示", "Tongban demo"), COLUMNS, rows)
