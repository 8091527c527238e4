"""Synthetic applicants: nobody real. Numbers lie on the region prefix 990101, which does not exist, and have valid check characters."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from stdnum.cn import ric, uscc

from gateway.model import CREDIT_CODE, ApplicantClass

_PREFIX = "990101"
_FIRST_BIRTHDAY = date(1950, 1, 1)
_BIRTHDAYS = 20_000
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COMPANY, _SOLE_TRADER = "91", "92"
_IDENTITY_CARD, _PERMIT = "111", "516"
_PERMIT_HOLDERS = 12
"""One natural applicant in so many holds a travel permit of Hong Kong residents."""


class People:
    """Makes persons and firms from samples of names; draws on nothing but the given source of chance."""

    def __init__(self, chance: random.Random, samples: Mapping[str, Sequence[str]]) -> None:
        self._chance = chance
        self._samples = samples

    def applicant(self, kind: ApplicantClass) -> dict[str, Any]:
        """An applicant of a draft, with its representative when it is not natural."""
        applicant: dict[str, Any] = {"class": kind.value, "phone": self.phone(), "address": self.address()}
        if kind is ApplicantClass.NATURAL:
            return applicant | self.natural()
        trader = kind is ApplicantClass.SOLE_TRADER
        return applicant | {
            "name": self.firm("trades" if trader else "companies"),
            "certificate": {"type": CREDIT_CODE, "number": self.credit_code(_SOLE_TRADER if trader else _COMPANY)},
            "representative": {"name": self.name(), "certificate": self.identity_card(), "phone": self.phone()},
        }

    def natural(self) -> dict[str, Any]:
        """A name and a certificate: an identity card, now and then a travel permit."""
        if self._chance.randrange(_PERMIT_HOLDERS) == 0:
            return {"name": self.name(), "certificate": {"type": _PERMIT, "number": f"H{self._chance.randrange(10**8):08d}"}}
        return {"name": self.name(), "certificate": self.identity_card()}

    def person(self) -> dict[str, Any]:
        """Somebody who acts for the applicant."""
        return {"name": self.name(), "certificate": self.identity_card(), "phone": self.phone()}

    def name(self) -> str:
        """A surname and one or two characters, rare ones among them."""
        pick = self._chance.choice
        return pick(self._samples["surnames"]) + "".join(pick(self._samples["given"]) for _ in range(self._chance.choice((1, 2, 2))))

    def firm(self, trade: str) -> str:
        """Two characters and a trade of the samples' list of that name."""
        pick = self._chance.choice
        return pick(self._samples["firm_words"]) + pick(self._samples["firm_words"]) + pick(self._samples[trade])

    def address(self) -> str:
        """A street that does not exist and a number."""
        return f"{self._chance.choice(self._samples['streets'])}{self._chance.randrange(1, 200)}号"

    def phone(self) -> str:
        """Eleven digits in the form of a mobile number."""
        return f"1990000{self._chance.randrange(10_000):04d}"

    def identity_card(self) -> dict[str, str]:
        """A citizen identity number (GB 11643-1999)."""
        birthday = _FIRST_BIRTHDAY + timedelta(days=self._chance.randrange(_BIRTHDAYS))
        stem = f"{_PREFIX}{birthday:%Y%m%d}{self._chance.randrange(1, 1000):03d}"
        return {"type": _IDENTITY_CARD, "number": stem + ric.calc_check_digit(stem + "0")}

    def credit_code(self, kind: str) -> str:
        """A unified social credit code (GB 32100-2015) with a valid organisation code (GB 11714). kind: its first two characters."""
        organisation = "".join(self._chance.choice(_ORGANISATION_ALPHABET) for _ in range(8))
        rest = 11 - sum(int(char, 36) * weight for char, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)) % 11
        stem = kind + _PREFIX + organisation + {10: "X", 11: "0"}.get(rest, str(rest))
        return stem + uscc.calc_check_digit(stem)
