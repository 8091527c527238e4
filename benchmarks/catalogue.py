"""The catalogue at the census's scale: 514,000 matters of 3,058 halls, imported into SQLite and looked up.

    python benchmarks/catalogue.py [--items 514000] [--halls 3058] [--folder DIR]

Prints the file's size, seconds and rows a second of a first import and of importing the same again, resident memory as the file goes
by, and the time of a look-up. Nothing is asserted: what it prints depends on the machine.
"""

import argparse
import asyncio
import csv
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gateway.cli.catalogue_import import import_catalogue
from gateway.cli.desk import Desk, open_desk
from gateway.settings import Settings
from gateway.sheets import HEADER
from gateway.store import HallRecord, Tx

DAY = date(2026, 11, 20)
LOOKUPS = 5_000


@dataclass
class Figures:
    """What was measured. memory: (entries read, MiB resident), as the first import goes on; lookup: seconds, median and 99th percentile."""

    items: int
    halls: int
    file_mib: float
    first_seconds: float
    again_seconds: float
    first: dict[str, int]
    again: dict[str, int]
    memory: list[tuple[int, float]] = field(default_factory=list)
    lookup: tuple[float, float] = (0.0, 0.0)


def regions(count: int) -> list[str]:
    """So many county codes, in as many provinces and cities as they need; none of them is a real place."""
    codes = [f"{province}{city:02d}{county:02d}" for province in range(90, 99) for city in range(1, 21) for county in range(1, 21)]
    return codes[:count]


def write_catalogue(path: Path, items: int, halls: int) -> None:
    """A CSV file with the regions of the halls, and the items spread over them; every item with its 16 elements and a material."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        places = regions(halls)
        writer.writerows({"record": "region", "code": code, "name": f"示范县{code}"} for code in places)
        writer.writerows(_rows(items, places))


def _rows(items: int, places: list[str]) -> Iterator[dict[str, object]]:
    for index in range(items):
        number, place = divmod(index, len(places))
        yield {
            "record": "matter", "code": f"0001{number:08d}", "name": f"示范事项{number}的办理", "destination": places[place],
            "mode": "proxy", "applicants": "natural; legal", "body_name": f"示范县{places[place]}政务服务局", "category": "01",
            "level": "4",
            "basis": "《中华人民共和国行政许可法》第三十二条、第四十二条", "procedure": "收件、受理、审查、决定、送达",
            "fee_charged": "false",
            "statutory_value": 20, "statutory_unit": "working-days", "promised_value": 5, "promised_unit": "working-days",
            "address": f"示范县{places[place]}政务服务中心综合窗口", "hotline": "0000-12345", "conditions": "材料齐全、符合法定形式",
            "hours": "工作日 9:00—17:00", "supervision_hotline": "0000-12388", "result_name": "许可证", "case_type": "promised",
            "onsite_trips": 1, "onsite_reason": "核验原件", "channels": "window; courier", "scope": "cross-province", "express": "true",
            "valid_from": "2026-01-01",
        }  # fmt: skip
        yield {"record": "material", "code": "identity-card", "name": "居民身份证", "originals": 1, "copies": 1, "trust_level": "B"}


async def measure(folder: Path, items: int, halls: int) -> Figures:
    """Write the file, import it twice, add the halls, look matters up."""
    path = folder / "catalogue.csv"
    write_catalogue(path, items, halls)
    settings = Settings.load(database_url=f"sqlite:///{folder / 'catalogue.db'}", key_file=folder / "catalogue.keys")
    async with open_desk(settings, "benchmark") as desk:
        memory: list[tuple[int, float]] = []
        step = max(items // 10, 1)

        def watch(read: int, _done: int, _size: int) -> None:
            if read // step > (memory[-1][0] // step if memory else -1):
                memory.append((read, resident_mib()))

        begun = time.perf_counter()
        first = await import_catalogue(desk, path, tell_progress=watch)
        first_seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        again = await import_catalogue(desk, path)
        again_seconds = time.perf_counter() - begun
        places = regions(halls)
        await desk.store.write(
            lambda tx: [tx.halls.add(HallRecord(f"hall-{code}", f"示范大厅{code}", code, desk.now())) for code in places]
        )
        lookup = await look_up(desk, items, places)
    size = path.stat().st_size / 2**20
    counts = [{fate.value: count for fate, count in done.fates.items()} for done in (first, again)]
    return Figures(items, halls, size, first_seconds, again_seconds, *counts, memory, lookup)


async def look_up(desk: Desk, items: int, places: list[str]) -> tuple[float, float]:
    """Median and 99th percentile of finding a matter in force, as routing does."""
    chance = random.Random(1)  # noqa: S311 - a sample, no secret
    wanted = [divmod(chance.randrange(items), len(places)) for _ in range(LOOKUPS)]

    def unit(tx: Tx) -> list[float]:
        times = []
        for number, place in wanted:
            begun = time.perf_counter()
            found = tx.catalogue.matter(f"0001{number:08d}", places[place], DAY)
            times.append(time.perf_counter() - begun)
            if found is None or found.destination != places[place]:
                raise LookupError("a matter that was imported is not found")
        return times

    times = await desk.store.read(unit)
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def resident_mib() -> float:
    """Memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def tell(figures: Figures) -> None:
    """Print what was measured."""
    median, slow = figures.lookup
    lines = [
        f"{figures.items:,} matters, {figures.halls:,} halls and regions, file {figures.file_mib:.0f} MiB",
        f"first import  {figures.first_seconds:7.1f} s  {figures.items / figures.first_seconds:8,.0f} matters/s  {figures.first}",
        f"same again    {figures.again_seconds:7.1f} s  {figures.items / figures.again_seconds:8,.0f} matters/s  {figures.again}",
        "resident MiB  " + "  ".join(f"{read:,}: {mib:.0f}" for read, mib in figures.memory),
        f"look-up       median {median * 1e3:.3f} ms, 99th percentile {slow * 1e3:.3f} ms, of {LOOKUPS:,}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Measure in a folder that is thrown away, unless one is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=514_000)
    parser.add_argument("--halls", type=int, default=3_058)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        tell(asyncio.run(measure(given.folder or Path(made), given.items, given.halls)))


if __name__ == "__main__":
    main()
