"""The staged import of a catalogue: read entry by entry, kept in chunks that nobody sees, in force in one moment or not at all."""

import itertools
from collections import ChainMap, Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.cli.desk import Action, Desk
from gateway.cli.trouble import CommandError, InputError
from gateway.errors import TongbanError
from gateway.model import Matter, Region
from gateway.sheets import CatalogueFile, Entry, Faults, Place
from gateway.store import Fate, Tx

CHUNK = 2_000
SWEPT_AT_ONCE = 5_000
_REFUSED = {
    Fate.REPEATED: ("code", "同一事项在文件中重复；每个版本只能出现一次", "the matter repeats in the file; each version may stand once"),
    Fate.TAKEN: (
        "version",
        "该版本已有不同内容；版本不可更改，请留空 version 作为新版本",
        "this version exists with other content; a version is never changed, leave it empty to make a new one",
    ),
    Fate.BEHIND: (
        "version",
        "版本号小于已有的最新版本；请留空，由系统编号",
        "the version is older than the newest there is; leave it empty, it is numbered then",
    ),
}


@dataclass(slots=True)
class Imported:
    """What an import came to. fates: of the matters."""

    regions: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)

    @property
    def matters(self) -> int:
        return self.fates.total()


def _nobody(read: int, done: int, size: int) -> None:
    """Progress that nobody watches."""


async def import_catalogue(
    desk: Desk,
    path: Path,
    *,
    tell_fault: Callable[[Place], None] | None = None,
    tell_progress: Callable[[int, int, int], None] = _nobody,
) -> Imported:
    """Take in a catalogue. tell_progress: entries read, bytes read, bytes in all.

    Raises SheetError for what cannot be read, InputError with the faults of the file; then nothing of it is seen.
    """
    faults = Faults(path.name, tell=tell_fault)
    file = CatalogueFile(path, faults)
    load = await desk.store.write(lambda tx: tx.loads.open(path.name, desk.by, desk.now()))
    await _sweep(desk)
    try:
        imported, regions = await _stage(desk, load, file, tell_progress)
        if faults:
            raise InputError(faults)
        await desk.store.write(lambda tx: _put_in_force(tx, desk, load, path.name, imported, regions))
    except TongbanError:
        await desk.store.write(lambda tx: tx.loads.give_up(load))
        raise
    finally:
        await _sweep(desk)
    return imported


async def _stage(
    desk: Desk, load: int, file: CatalogueFile, tell_progress: Callable[[int, int, int], None]
) -> tuple[Imported, dict[str, Region]]:
    """Everything of the file under the load, but the regions, which are few and come with the last unit."""
    known = {region.code: region for region in await desk.store.read(lambda tx: tx.catalogue.regions())}
    imported, regions, read = Imported(), dict[str, Region](), 0
    places = ChainMap(regions, known)
    entries = iter(file)
    while chunk := list(itertools.islice(entries, CHUNK)):
        read += len(chunk)
        matters: list[tuple[Entry, Matter]] = []
        for entry in chunk:
            if isinstance(entry.what, Matter):
                if _place_fits(entry, entry.what, places, file.faults):
                    matters.append((entry, entry.what))
            elif entry.what.code in regions:
                entry.blame(file.faults, None, "与前面的条目重复", "repeats an earlier entry")
            else:
                regions[entry.what.code] = entry.what
        if matters:
            rows = [(matter, entry.numbered) for entry, matter in matters]
            fates = await desk.store.write(partial(_add, load=load, rows=rows))
            if fates is None:
                raise _lost()
            for (entry, _), fate in zip(matters, fates, strict=True):
                if fate in _REFUSED:
                    entry.blame(file.faults, *_REFUSED[fate])
            imported.fates.update(fates)
        tell_progress(read, file.done, file.size)
    if not read and not file.faults:
        file.faults.add("/", "目录是空的", "the catalogue is empty")
    imported.regions = len(regions)
    return imported, regions


def _place_fits(entry: Entry, matter: Matter, regions: Mapping[str, Region], faults: Faults) -> bool:
    region = regions.get(matter.destination)
    if region is None:
        zh, en = "目录中没有这个地区；地区应排在事项之前", "the catalogue has no such region; regions stand before matters"
    elif not region.in_force(matter.valid_from):
        zh, en = "事项生效之日，这个地区代码尚未启用或已停用", "the region's code is not in force on the day the matter begins"
    else:
        return True
    entry.blame(faults, "destination", zh, en)
    return False


def _add(tx: Tx, *, load: int, rows: list[tuple[Matter, bool]]) -> list[Fate] | None:
    return tx.loads.add(load, rows)


def _put_in_force(tx: Tx, desk: Desk, load: int, file: str, imported: Imported, regions: dict[str, Region]) -> None:
    if not tx.loads.activate(load, desk.now()):
        raise _lost()
    for region in regions.values():
        tx.catalogue.put_region(region)
    counts = {fate.value: imported.fates[fate] for fate in (Fate.NEW, Fate.CHANGED, Fate.UNCHANGED, Fate.ENDED)}
    desk.record(tx, Action.CATALOGUE_IMPORTED, file, {"regions": imported.regions, "matters": imported.matters, **counts})


async def _sweep(desk: Desk) -> None:
    while await desk.store.write(lambda tx: tx.loads.sweep(SWEPT_AT_ONCE)):
        pass


def _lost() -> CommandError:
    return CommandError(
        "cli.load-lost",
        "另一次目录导入已经开始，本次导入作废，未改动任何内容。请在其结束后重新导入。",
        "Another import of the catalogue was begun; this one was given up and nothing was changed. Import again when it has ended.",
    )
