"""Regions as an operator reads them, code and name; JSON keeps the bare codes."""

from collections.abc import Iterable

from gateway.store import Tx


def named(tx: Tx, code: str) -> str:
    """A region's code and name; the bare code of one that the catalogue does not have."""
    region = tx.catalogue.region(code)
    return f"{code} {region.name}" if region else code


def names(tx: Tx, codes: Iterable[str | None]) -> dict[str, str]:
    """The same of many, by their codes."""
    return {code: named(tx, code) for code in {code for code in codes if code is not None}}
