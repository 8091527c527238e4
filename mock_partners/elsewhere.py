"""Submissions that are not this partner's to handle: a seeded share is told which place is competent, and no case is made."""

from collections.abc import Iterable, Mapping
from typing import Any

from mock_partners.journal import Journal
from mock_partners.life import drawn

EFFECT = "directed"


class Elsewhere:
    """Tells senders where to go. `share` of the outer numbers, drawn anew for each partner by its `areas`; `codes` are of six digits.

    Whoever was told once is told the same again, wherever he asks next, except at the place he was sent to: there he is taken in.
    """

    def __init__(
        self,
        journal: Journal,
        effects: Iterable[Mapping[str, Any]],
        *,
        seed: int,
        areas: tuple[str, ...],
        share: float,
        codes: tuple[str, ...],
    ) -> None:
        self._journal = journal
        self._seed = seed
        self._areas = areas
        self._share = share
        self._codes = codes
        self.told: dict[str, str] = {effect["outer"]: effect["competent"] for effect in effects}

    def competent(self, outer: str, area: str) -> str | None:
        """The six digits of the place that handles what was submitted for this area; None when that is the area itself."""
        if outer not in self.told:
            others = sorted({code for code in self._codes if code != area})
            chance = drawn(self._seed, "elsewhere", *self._areas, outer)
            if not others or chance.random() >= self._share:
                return None
            self._tell(outer, chance.choice(others))
        return self.told[outer] if self.told[outer] != area else None

    def _tell(self, outer: str, code: str) -> None:
        self._journal.append(effect=EFFECT, outer=outer, competent=code)
        self.told[outer] = code
