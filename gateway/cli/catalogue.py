"""`tongban catalogue`: the regions and the matters as their destinations publish them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.cli.desk import Action, By, Desk, at_desk
from gateway.cli.sheet import read_bytes
from gateway.cli.speech import tell
from gateway.cli.trouble import InputError, Place
from gateway.model import Matter, Region, normalize_region, pointer
from gateway.store import Tx
from gateway.wire import WireError, parse_json

MAX_BYTES = 20 * 2**20
app = typer.Typer(help="事项目录 / the catalogue of regions and matters", no_args_is_help=True)

_WHY = {
    "missing": ("缺少必填项", "required and missing"),
    "extra_forbidden": ("不认识的字段", "unknown field"),
    "string_type": ("应为文本", "must be text"),
    "string_pattern_mismatch": ("格式不对", "does not have the required form"),
    "enum": ("不在可取的值之内", "is not one of the values allowed"),
}


class _RegionEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[0-9]{6}$")
    name: str = Field(min_length=1, max_length=60)
    zone: bool = False


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="JSON 文件：{regions, matters} / a JSON file {regions, matters}")], by: By = None
) -> None:
    """导入地区与事项，要么全部导入，要么一条不导 / import regions and matters, all or nothing"""
    raw = read_bytes(file)
    regions, matters = at_desk(lambda desk: import_catalogue(desk, file.name, raw), by=by)
    tell(f"已导入 {regions} 个地区、{matters} 个事项。", f"Imported {regions} regions and {matters} matters.")


async def import_catalogue(desk: Desk, file: str, raw: bytes) -> tuple[int, int]:
    """Take in a catalogue; the numbers of regions and matters in it. Raises InputError with every fault."""
    regions, matters = _read(file, raw, {region.code for region in await desk.store.read(lambda tx: tx.catalogue.regions())})

    def unit(tx: Tx) -> None:
        for region in regions:
            tx.catalogue.put_region(region)
        for matter in matters:
            tx.catalogue.put_matter(matter)
        desk.record(tx, Action.CATALOGUE_IMPORTED, file, {"regions": len(regions), "matters": len(matters)})

    await desk.store.write(unit)
    return len(regions), len(matters)


def _read(file: str, raw: bytes, known: set[str]) -> tuple[list[Region], list[Matter]]:
    """The regions and matters of the document; `known` are the codes of regions that are in the store already."""
    try:
        document = parse_json(raw, max_bytes=MAX_BYTES)
    except WireError as error:
        where = f"{error.line}:{error.column}" if error.line else "1"
        raise InputError((Place(file, where, error.zh, error.en),)) from None
    faults: list[Place] = []
    if (
        not isinstance(document, dict)
        or not set(document) <= {"regions", "matters"}
        or not all(isinstance(v, list) for v in document.values())
    ):
        zh, en = "应为含 regions 与 matters 两个列表的对象", "must be an object with the lists regions and matters"
        raise InputError((Place(file, "/", zh, en),))
    regions = [Region(entry.code, entry.name, entry.zone) for entry in _entries(file, document, "regions", _RegionEntry, faults)]
    matters = _entries(file, document, "matters", Matter, faults)
    for index, region in enumerate(regions):
        if region.code.startswith("00") or normalize_region(region.code) != region.code:
            faults.append(Place(file, f"/regions/{index}/code", "不是地区代码", "not a region code"))
    codes = [region.code for region in regions]
    identities = [(matter.code, matter.destination, matter.version) for matter in matters]
    if not faults:  # the places of entries are sure only when every entry could be read
        _refuse_repeats(file, "regions", codes, faults)
        _refuse_repeats(file, "matters", identities, faults)
        for index, matter in enumerate(matters):
            if matter.destination not in known.union(codes):
                zh, en = "目录中没有这个地区", "the catalogue has no such region"
                faults.append(Place(file, f"/matters/{index}/destination", zh, en))
    if not regions and not matters and not faults:
        faults.append(Place(file, "/", "目录是空的", "the catalogue is empty"))
    if faults:
        raise InputError(tuple(faults))
    return regions, matters


def _entries(file: str, document: dict[str, Any], part: str, kind: type[Any], faults: list[Place]) -> list[Any]:
    found = []
    for index, entry in enumerate(document.get(part, [])):
        try:
            found.append(kind.model_validate(entry))
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_context=False, include_input=False):
                zh, en = _WHY.get(problem["type"], ("值不正确", problem["msg"]))
                faults.append(Place(file, pointer((part, index, *problem["loc"])), zh, en))
    return found


def _refuse_repeats(file: str, part: str, identities: list[Any], faults: list[Place]) -> None:
    seen = set()
    for index, identity in enumerate(identities):
        if identity in seen:
            faults.append(Place(file, f"/{part}/{index}", "与前面的条目重复", "repeats an earlier entry"))
        seen.add(identity)
