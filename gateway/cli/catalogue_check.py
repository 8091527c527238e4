"""`tongban catalogue check`: the quality of what is in force, told matter by matter as it is read, then in sum."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.model import ELEMENTS, RULES, Completeness, Inconsistency, Matter, OnceRate, completeness, inconsistencies, run_at_most_once


@dataclass(slots=True)
class Totals:
    """What a check sums up. missing: matters by element that they lack; broken: matters by rule."""

    matters: int = 0
    complete: int = 0
    consistent: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)

    def add(self, whole: Completeness, found: tuple[Inconsistency, ...]) -> None:
        """Count one matter."""
        self.matters += 1
        self.complete += not whole.missing
        self.consistent += not found
        self.missing.update(element.key for element in whole.missing)
        self.broken.update(each.rule for each in found)


def tell_check(matters: Iterable[Matter], day: date, *, as_json: bool) -> None:
    """Print the check of these matters. Memory does not grow with their number."""
    totals = Totals()
    if as_json:
        print(f'{{\n"on": "{day}",\n"matters": [', end="")
        rate = run_at_most_once(_told_as_json(matters, totals))
        print("\n],\n" + f'"totals": {json.dumps(_document(totals, rate), ensure_ascii=False)}\n}}')
        return
    rate = run_at_most_once(_told(matters, totals))
    print(f"共 {totals.matters} 个事项，{len(ELEMENTS)} 要素齐全 {totals.complete} 个，没有矛盾 {totals.consistent} 个。", end=" / ")
    print(f"{totals.matters} matters, {totals.complete} with all {len(ELEMENTS)} elements, {totals.consistent} without a contradiction.")
    for element in ELEMENTS:
        if count := totals.missing[element.key]:
            print(f"  缺{element.zh} {count} 个 / {count} without {element.en}")
    for rule, (zh, en) in RULES.items():
        if count := totals.broken[rule]:
            print(f"  {rule} {count} 个：{zh} / {count}: {en}")
    print(
        f"最多跑一次 {rate.at_most_once}/{rate.items} = {_percent(rate)}，未公布次数 {rate.unknown} 个",
        f"run at most once {rate.at_most_once} of {rate.items} = {_percent(rate)}, {rate.unknown} do not say",
        sep=" / ",
    )


def _told(matters: Iterable[Matter], totals: Totals) -> Iterator[Matter]:
    for matter, whole, found in _checked(matters, totals):
        lacking = "、".join(element.zh for element in whole.missing)
        english = ", ".join(element.en for element in whole.missing)
        said = f"  缺：{lacking} / missing: {english}" if lacking else ""
        print(f"{matter.destination} {matter.code} v{matter.version} {whole.filled}/{whole.of} {matter.name}{said}")
        for each in found:
            print(f"    {each.rule}：{each.zh} / {each.en}")
        yield matter


def _told_as_json(matters: Iterable[Matter], totals: Totals) -> Iterator[Matter]:
    mark = "\n"
    for matter, whole, found in _checked(matters, totals):
        document = {
            "destination": matter.destination,
            "code": matter.code,
            "version": matter.version,
            "name": matter.name,
            "filled": whole.filled,
            "of": whole.of,
            "missing": [element.key for element in whole.missing],
            "inconsistencies": [{"rule": each.rule, "zh": each.zh, "en": each.en} for each in found],
        }
        print(mark + json.dumps(document, ensure_ascii=False), end="")
        mark = ",\n"
        yield matter


def _checked(matters: Iterable[Matter], totals: Totals) -> Iterator[tuple[Matter, Completeness, tuple[Inconsistency, ...]]]:
    for matter in matters:
        whole, found = completeness(matter), inconsistencies(matter)
        totals.add(whole, found)
        yield matter, whole, found


def _document(totals: Totals, rate: OnceRate) -> dict[str, Any]:
    return {
        "matters": totals.matters,
        "complete": totals.complete,
        "consistent": totals.consistent,
        "missing": dict(totals.missing),
        "inconsistencies": dict(totals.broken),
        "run_at_most_once": {
            "items": rate.items,
            "at_most_once": rate.at_most_once,
            "unknown": rate.unknown,
            "percent": None if rate.percent is None else str(rate.percent),
        },
    }


def _percent(rate: OnceRate) -> str:
    return "n/a" if rate.percent is None else f"{rate.percent} %"
