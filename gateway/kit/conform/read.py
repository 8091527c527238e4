"""What a folder's examples show in a conformance run: each is held against what it expects, and so is what was met live."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from gateway.kit.bench import Bench, Trial
from gateway.kit.examples import Example
from gateway.kit.explain import understand
from gateway.mapping import Folder, VerdictRow

from .checks import (
    NOWHERE,
    Book,
    Claim,
    Met,
    Reading,
    Words,
    both,
    claim,
    known_codes,
    met_row,
    reading_in_words,
    shown_code,
    verdict_in_words,
)

_HOLDS: Final = ("与示例一致", "as the example says")
_KEPT: Final = ("原样保留，状态为空", "kept as it is, without a status")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What an example says of a row or a code, and what came of it. expected, seen: a verdict, or a status (None: null).

    kept: whether a code was read as it stands there; took: seconds.
    """

    example: str
    step: str
    expected: Reading
    seen: Reading
    took: float
    kept: bool = True

    @property
    def holds(self) -> bool:
        """Whether it came as the example says."""
        return self.kept and self.seen == self.expected


async def read_shown(folder: Folder, examples: Sequence[Example], bench: Bench, book: Book) -> None:
    """Run every example, as `tongban partner test` does; then every verdict row and code, as examples show them and calls met them."""
    rows: dict[int, list[_Shown]] = defaultdict(list)
    codes: dict[str, list[_Shown]] = defaultdict(list)
    for example in examples:
        began = time.monotonic()
        trial = await bench.run(example)
        took = time.monotonic() - began
        _example(trial, took, book)
        for code, shown in _codes_of(trial, took):
            codes[code].append(shown)
        if isinstance(example.answer, int):
            row = met_row(understand(bench, example.facts.matter, example.step, example.answer, example.reply or b""))
            if row is not None:
                expected, seen = (_verdict(told) for told in (example.expected, trial.seen))
                rows[row].append(_Shown(example.name, example.step, expected, seen, took))
    for number, verdict in enumerate(folder.verdicts, start=1):
        _row(number, verdict, rows[number], book)
    known = known_codes(folder)
    for code, canonical in known.items():
        _status(code, canonical, codes[code], book)
    _unknown({code: shown for code, shown in codes.items() if code not in known}, book)


def _example(trial: Trial, took: float, book: Book) -> None:
    """A push by its claim, everything else by its whole name; of what differs only the place: values are content."""
    example = trial.example
    if example.pushed:
        of = claim("push", f"push/{example.path.name}", claim=example.path.name)
    else:
        of = claim("example", f"example/{example.name}")
    places = ", ".join(f"{one.part} {one.path or '/'}" for one in trial.differences)
    book.judged(trial.holds, of, _HOLDS, _HOLDS if trial.holds else (f"不一致：{places}", f"differs: {places}"), took)


def _verdict(told: Mapping[str, Any]) -> Reading:
    verdict = told.get("verdict")
    return (verdict["is"], verdict.get("reason")) if verdict else None


def _codes_of(trial: Trial, took: float) -> Iterator[tuple[str, _Shown]]:
    """Every code that an example expects, or that is read where it expects none; each report beside the one expected in its place."""
    example, none = trial.example, dict[str, Any]()
    for expected, seen in zip_longest(_reports(example.expected), _reports(trial.seen), fillvalue=none):
        kept = expected.get("code") == seen.get("code")
        code: str = expected.get("code") or seen.get("code") or ""
        yield code, _Shown(example.name, example.step, expected.get("status"), seen.get("status"), took, kept)


def _reports(told: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return told.get("reports") or [told[name] for name in ("report",) if name in told]


def _row(number: int, row: VerdictRow, shown: Sequence[_Shown], book: Book) -> None:
    """Live, a row is held against the examples of the same step: what it comes to depends on that, too."""
    of, (zh, en) = claim("verdict", f"verdict/{number}", row=number), verdict_in_words(row.is_, row.reason)
    expected = f"{zh}：${{{row.when.source}}}", f"{en}: ${{{row.when.source}}}"
    live = [(met, {one.expected for one in shown if one.step == met.step}) for met in book.rows.get(number, ())]
    _conclude(of, expected, shown, live, book)


def _status(code: str, canonical: str, shown: Sequence[_Shown], book: Book) -> None:
    of, said = claim("status", f"status/{code}", code=code), {one.expected for one in shown}
    expected = reading_in_words(next(iter(said)) if len(said) == 1 else canonical)
    _conclude(of, expected, shown, [(met, said) for met in book.codes.get(code, ())], book)


def _conclude(of: Claim, expected: Words, shown: Sequence[_Shown], live: Sequence[tuple[Met, set[Reading]]], book: Book) -> None:
    """live: with what examples say that it is read as; what none speaks of proves nothing, since nothing could contradict it."""
    wrong = [one for one in shown if not one.holds]
    astray = [met for met, said in live if said and met.read_as not in said]
    held = [met for met, said in live if said]
    if wrong:
        names = ", ".join(one.example for one in wrong)
        zh, en = reading_in_words(wrong[0].seen) if wrong[0].kept else ("没有读出该代码", "this code is not what is read")
        book.judged(False, of, expected, (f"示例 {names}：{zh}", f"example {names}: {en}"), wrong[0].took)
    elif met := next(iter([*astray, *held]), None):
        book.judged(not astray, of, expected, _live(met), met.took)
    elif shown:
        book.judged(True, of, expected, (f"示例：{shown[0].example}", f"example: {shown[0].example}"), shown[0].took)
    elif live:
        zh, en = _live(live[0][0])
        book.not_shown(of, expected, (f"{zh}；没有示例说明应如何判读", f"{en}; no example says what it is to be read as"))
    else:
        book.not_shown(of, expected, NOWHERE)


def _live(met: Met) -> Words:
    zh, en = reading_in_words(met.read_as)
    return f"实际遇到：{met.where}，{zh}", f"met live: {met.where}, {en}"


def _unknown(codes: Mapping[str, Sequence[_Shown]], book: Book) -> None:
    """Codes that no table knows: kept as they are, and read as no status, whatever an example says."""
    of = claim("unknown-status", "unknown-status")
    shown = [(code, one) for code, all_of_it in codes.items() for one in all_of_it]
    if not shown:
        book.not_shown(of, _KEPT, NOWHERE)
        return
    seen = ", ".join(dict.fromkeys(f"{shown_code(code, ())} → {one.seen or 'null'}" for code, one in shown))
    guessed = [one.example for _, one in shown if not one.holds or one.expected is not None]
    which = (f"{seen}（示例 {', '.join(guessed)}）", f"{seen} (example {', '.join(guessed)})") if guessed else both(seen)
    book.judged(not guessed, of, _KEPT, which, sum(one.took for _, one in shown))
