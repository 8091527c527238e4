"""A folder's conformance: its whole procedure driven against a partner, and what its examples' answers show of every row and code."""

import random
import secrets as entropy
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import partners
from gateway.kit.bench import Bench
from gateway.kit.examples import Example, read_examples
from gateway.mapping import Folder, load
from gateway.model import CaseFacts, case_number, china_day
from gateway.outbound import AddressRules, Origin, Outbound

from .caller import Caller, Patience
from .checks import Book, Came, Check, claim
from .line import TrialLine
from .live import MatterTrial, synthetic
from .read import read_shown


@dataclass(frozen=True, slots=True)
class Terms:
    """The bounds of a run. seed: for its case numbers; calls, seconds: in all; every_matter: all that have a success to start from."""

    seed: int
    patience: Patience = field(default_factory=Patience)
    calls: int = 500
    seconds: float = 900.0
    every_matter: bool = False


@dataclass(frozen=True, slots=True)
class Conformance:
    """What a run came to. origin: of the endpoint, without path or query; content_hash: of the folder as it lies there.

    calls, answered: how many were made, and to how many of them somebody answered.
    """

    folder: str
    content_hash: str
    transport: str
    origin: str
    matters: tuple[str, ...]
    at: datetime
    seconds: float
    calls: int
    answered: int
    seed: int
    stand_ins: bool
    checks: tuple[Check, ...]

    def count(self, came: Came) -> int:
        """How many checks came out so."""
        return Counter(check.came for check in self.checks)[came]

    @property
    def silent(self) -> bool:
        """Whether calls were made and nobody answered one of them."""
        return self.calls > 0 and not self.answered

    @property
    def holds(self) -> bool:
        """Whether everything that was shown passed, and anything was."""
        return not self.count("failed") and self.count("passed") > 0


class _Present:
    """The time and the chance of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def token(self, nbytes: int) -> bytes:
        return entropy.token_bytes(nbytes)


async def conform(
    folder: Folder, url: str, terms: Terms, *, secrets: partners.Secrets, stand_ins: bool, rules: AddressRules, ca_file: Path | None = None
) -> Conformance:
    """Drive the folder's procedure against the partner at the URL, and read its examples.

    stand_ins: whether the secrets are. Nothing but the URL's origin is called. Raises MappingError for a folder that cannot be built,
    OutboundError for what is no URL.
    """
    at, began = datetime.now(UTC), time.monotonic()
    origin = Origin.of(url)
    examples, findings = read_examples(folder)
    bench, book = Bench(folder), Book()
    starts = _starts(folder, examples)
    chosen = starts if terms.every_matter else dict(list(starts.items())[:1])
    door = Outbound(origins=frozenset({origin}), rules=rules, ca_file=ca_file, limit=max(1, folder.limits.in_flight))
    line = TrialLine(door, per_second=folder.limits.per_second, calls=terms.calls, seconds=terms.seconds)
    try:
        called = load(folder.path, {"endpoint": url}, documents=partners.DOCUMENTS)
        present = _Present()
        adapter = partners.build(called, secrets=secrets, clock=present, entropy=present, outbound=line)
        serials = random.Random(terms.seed)  # noqa: S311 - numbers that can be had again, and guard nothing
        for name, facts in chosen.items():
            calls = Caller(name, facts, _numbers(facts, serials), adapter, line, bench, book, terms.patience)
            await MatterTrial(calls, book).run()
    finally:
        await door.aclose()
    seen = (
        f"{len(findings)} 处问题，{len(starts)} 个事项有受理成功的示例",
        f"{len(findings)} findings, {len(starts)} matters with a success",
    )
    wanted = ("0 处问题，有受理成功的示例", "0 findings, a success")
    book.judged(bool(starts) and not findings, claim("examples", "examples"), wanted, seen)
    await read_shown(folder, examples, bench, book)
    return Conformance(
        folder.name, folder.content_hash, folder.transport, str(origin), tuple(chosen), at, round(time.monotonic() - began, 3),
        line.count, line.answered, terms.seed, stand_ins, tuple(book.checks),
    )  # fmt: skip


def new_seed() -> int:
    """A seed that no run had."""
    return entropy.randbits(32)


def _starts(folder: Folder, examples: Sequence[Example]) -> Mapping[str, CaseFacts]:
    """Matter file → a synthetic case that the partner takes, of the first success shown; those with the most examples first."""
    shown = Counter(example.name.partition("/")[0] for example in examples)
    found: dict[str, CaseFacts] = {}
    for matter, _ in sorted(shown.items(), key=lambda item: (-item[1], item[0])):
        for example in (example for example in examples if example.name.startswith(f"{matter}/")):
            steps = folder.steps(example.facts.matter)
            if example.kind == "success" and steps and example.step == steps[0]:
                found.setdefault(matter, synthetic(example.facts))
    return found


def _numbers(facts: CaseFacts, serials: random.Random) -> Iterator[str]:
    while True:
        yield case_number(facts.origin, facts.destination, china_day(datetime.now(UTC)), serials.getrandbits(40))
