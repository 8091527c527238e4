"""Catalogue tables: rows ↔ regions and matters. A matter is one row, its materials and form fields are the rows below it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.model import Matter, Region, normalize_region, pointer

from .catalogue_columns import COLUMNS, FIELD, MATERIAL, MATTER, REGION, Record
from .errors import BrokenError
from .fields import Field as TableField
from .fields import UnfitError, day, joined, matter, region
from .json_lists import JsonLists
from .places import Faults
from .table import Cells, Table, size_of

Spot: TypeAlias = "tuple[int, None] | tuple[None, str]"
"""Where an entry stands: a table's line, or a JSON pointer."""

_BY_RECORD: dict[Record, tuple[TableField, ...]] = {
    record: tuple(column.field(record) for column in COLUMNS if record in column.of) for record in Record
}
_NAMES = {record: frozenset(field.name for field in fields) for record, fields in _BY_RECORD.items()}
_HEADER = tuple(TableField(c.name, c.read, may_be_empty=c.name not in ("record", "code", "name"), zh=c.zh) for c in COLUMNS)
_RECORD = (_BY_RECORD[REGION][0],)
_DIRECT = (
    "code", "destination", "name", "name_en", "mode", "kind", "applicants", "category", "level", "basis", "procedure", "address",
    "hotline", "conditions", "hours", "supervision_hotline", "result_name", "case_type", "onsite_trips", "onsite_reason", "channels",
    "scope", "express", "no_materials", "implementing_code", "valid_from", "valid_to",
)  # fmt: skip
_WHY = {
    "missing": ("缺少必填项", "required and missing"),
    "extra_forbidden": ("不认识的字段", "unknown field"),
    "string_type": ("应为文本", "must be text"),
    "string_pattern_mismatch": ("格式不对", "does not have the required form"),
    "enum": ("不在可取的值之内", "is not one of the values allowed"),
    "credit_code": ("统一社会信用代码校验不通过", "the unified social credit code fails its check"),
    "validity": ("失效日期早于生效日期", "ends before it begins"),
    "characters": ("含有控制字符或不可见字符", "holds control characters"),
    "no_materials": ("写明无需材料，却列有材料", "says that no materials are asked for, and lists some"),
}
_COLUMN_OF = {"validity": "valid_to", "no_materials": "no_materials"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One region or matter as read. numbered: whether the file itself says which version it is; spot: where it stands."""

    what: Region | Matter
    spot: Spot
    numbered: bool = True

    def blame(self, faults: Faults, name: str | None, zh: str, en: str) -> None:
        """Say that this entry, or one field of it, is at fault."""
        line, place = self.spot
        if line is not None:
            faults.blame(line, name, zh, en)
        else:
            faults.add(f"{place}/{name}" if name else str(place), zh, en)


class _RegionEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[0-9]{6}$")
    name: str = Field(min_length=1, max_length=60)
    zone: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class CatalogueFile:
    """A catalogue in CSV, XLSX or JSON. Iterating gives its sound entries; what is wrong goes to `faults`. size, done: how far."""

    def __init__(self, path: Path, faults: Faults) -> None:
        """Raises SheetError when the file cannot be read or is too large."""
        self.size = size_of(path)
        self.faults = faults
        self._table = None if path.suffix.lower() == ".json" else Table(path, _HEADER, faults)
        self._lists = JsonLists(path, ("regions", "matters"))

    @property
    def done(self) -> int:
        """How far the file has been read, of `size`."""
        return self._lists.done if self._table is None else self._table.done

    def __iter__(self) -> Iterator[Entry]:
        return self._from_json() if self._table is None else self._from_table(self._table)

    def _from_json(self) -> Iterator[Entry]:
        try:
            for part, index, value in self._lists:
                spot: Spot = (None, pointer((part, index)))
                if isinstance(value, dict) and not _read_days(value, (part, index), self.faults):
                    continue
                kind: type[BaseModel] = _RegionEntry if part == "regions" else Matter
                try:
                    read = kind.model_validate(value)
                except ValidationError as error:
                    for problem in error.errors(include_url=False, include_context=False, include_input=False):
                        zh, en = _WHY.get(problem["type"], ("值不正确", problem["msg"]))
                        self.faults.add(pointer((part, index, *problem["loc"])), zh, en)
                    continue
                if isinstance(read, Matter):
                    yield Entry(read, spot, "version" in read.model_fields_set)
                elif isinstance(read, _RegionEntry):
                    found = Region(read.code, read.name, read.zone, read.valid_from, read.valid_to)
                    if _canonical(found, Entry(found, spot), self.faults):
                        yield Entry(found, spot)
        except BrokenError as broken:
            self.faults.add(broken.where, broken.zh, broken.en)

    def _from_table(self, table: Table) -> Iterator[Entry]:
        open_matter: _Assembly | None = None
        for cells in table:
            record = self._record(table, cells)
            if record is None:  # the rows below cannot be told from those of another matter, and are only checked
                if open_matter is not None:
                    yield from open_matter.finish()
                open_matter = _Assembly(table.faults, cells.line, None)
                continue
            if record in (MATERIAL, FIELD):
                if open_matter is None:
                    table.faults.blame(cells.line, "record", "上方没有事项", "no matter stands above")
                else:
                    open_matter.add(record, self._values(table, cells, record), cells.line)
                continue
            if open_matter is not None:
                yield from open_matter.finish()
                open_matter = None
            if record is MATTER:
                open_matter = _Assembly(table.faults, cells.line, self._values(table, cells, MATTER))
            elif record is REGION and (values := self._values(table, cells, REGION)) is not None:
                yield from _region(values, cells.line, table.faults)
        if open_matter is not None:
            yield from open_matter.finish()

    def _record(self, table: Table, cells: Cells) -> Record | None:
        values = table.read(Cells(cells.line, cells.cells), _RECORD)
        return None if values is None else Record(values["record"])

    def _values(self, table: Table, cells: Cells, record: Record) -> dict[str, Any] | None:
        """The row's values; a filled cell in a column of other records is a fault."""
        wanted = _BY_RECORD[record]
        foreign = cells.cells.keys() - _NAMES[record]
        for name in sorted(foreign, key=lambda name: table.faults.letters[name]):
            table.faults.blame(cells.line, name, "这种行没有此列，应留空", "rows of this kind do not have this column; leave it empty")
        values = table.read(cells, wanted)
        return None if foreign else values


class _Assembly:
    """A matter whose rows are still coming. values None: its own row was at fault, and the rows below are only checked."""

    def __init__(self, faults: Faults, line: int, values: dict[str, Any] | None) -> None:
        self._faults = faults
        self._line = line
        self._values = values
        self._materials: list[dict[str, Any]] = []
        self._form: list[dict[str, Any]] = []
        self._codes: set[tuple[Record, str]] = set()
        self._sound = values is not None

    def add(self, record: Record, values: dict[str, Any] | None, line: int) -> None:
        """One more row below the matter's own."""
        if values is None:
            self._sound = False
            return
        key = (record, values["code"])
        if key in self._codes:
            self._faults.blame(line, "code", "在同一事项内重复", "repeats within its matter")
            self._sound = False
        self._codes.add(key)
        kept = {name: value for name, value in values.items() if name != "record"}
        if record is MATERIAL:
            self._materials.append(kept)
        else:
            self._form.append(kept)

    def finish(self) -> Iterator[Entry]:
        """The matter, when all its rows are sound."""
        values = self._values
        if values is None:
            return
        sound = self._sound
        try:
            values["code"] = matter(values["code"])
        except UnfitError as unfit:
            self._faults.blame(self._line, "code", unfit.zh, unfit.en)
            sound = False
        made = {name: values[name] for name in _DIRECT} | {"version": values["version"] or 1}
        sound = self._pair(made, "body", "body_name", "body_credit_code", ("name", "credit_code"), needs_both=False) and sound
        for limit in ("statutory", "promised"):
            sound = self._pair(made, f"{limit}_limit", f"{limit}_value", f"{limit}_unit", ("value", "unit")) and sound
        if values["fee_charged"] is not None:
            made["fee"] = {"charged": values["fee_charged"], "standard": values["fee_standard"]}
        elif values["fee_standard"] is not None:
            self._faults.blame(self._line, "fee_charged", "填了收费标准，须同时填写", "must be filled when the standard is")
            sound = False
        if not sound:
            return
        try:
            made_matter = Matter.model_validate(made | {"materials": self._materials, "form": self._form})
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_context=False, include_input=False):
                name = str(problem["loc"][0]) if problem["loc"] else _COLUMN_OF.get(problem["type"])
                zh, en = _WHY.get(problem["type"], ("值不正确", problem["msg"]))
                self._faults.blame(self._line, name if name in self._faults.letters else None, zh, en)
            return
        yield Entry(made_matter, (self._line, None), values["version"] is not None)

    def _pair(self, made: dict[str, Any], name: str, first: str, second: str, keys: tuple[str, str], *, needs_both: bool = True) -> bool:
        """Two columns that are one thing; whether they fit together."""
        values = self._values
        assert values is not None
        one, other = values[first], values[second]
        if one is None and other is None:
            return True
        if one is None or (needs_both and other is None):
            self._faults.blame(
                self._line, first if one is None else second, "须与另一列同时填写", "must be filled together with its other column"
            )
            return False
        made[name] = {keys[0]: one, keys[1]: other}
        return True


def _read_days(value: dict[str, Any], where: tuple[str, int], faults: Faults) -> bool:
    """Read the days of a JSON entry as a table's are: the model would take a number, and digits, for seconds since 1970."""
    sound = True
    for name in ("valid_from", "valid_to"):
        if value.get(name) is None:
            continue
        try:
            value[name] = day(value[name])
        except UnfitError as unfit:
            faults.add(pointer((*where, name)), unfit.zh, unfit.en)
            sound = False
    return sound


def _region(values: dict[str, Any], line: int, faults: Faults) -> Iterator[Entry]:
    try:
        code = region(values["code"])
    except UnfitError as unfit:
        faults.blame(line, "code", unfit.zh, unfit.en)
        return
    found = Region(code, values["name"], values["zone"], values["valid_from"], values["valid_to"])
    entry = Entry(found, (line, None))
    if _canonical(found, entry, faults):
        yield entry


def _canonical(found: Region, entry: Entry, faults: Faults) -> bool:
    if found.code.startswith("00") or normalize_region(found.code) != found.code:
        entry.blame(faults, "code", "不是地区代码", "not a region code")
        return False
    if found.valid_from and found.valid_to and found.valid_to < found.valid_from:
        entry.blame(faults, "valid_to", *_WHY["validity"])
        return False
    return True


HEADER: tuple[str, ...] = tuple(column.name for column in COLUMNS)


def catalogue_rows(regions: Iterable[Region], matters: Iterable[Matter]) -> Iterator[Sequence[Any]]:
    """The rows of a table under HEADER that reads back as these regions and matters."""
    for one in regions:
        yield _row(
            {"record": REGION, "code": one.code, "name": one.name, "zone": one.zone, "valid_from": one.valid_from, "valid_to": one.valid_to}
        )
    for each in matters:
        values = {name: getattr(each, name) for name in _DIRECT} | {"record": MATTER, "version": each.version}
        if each.body is not None:
            values |= {"body_name": each.body.name, "body_credit_code": each.body.credit_code}
        if each.fee is not None:
            values |= {"fee_charged": each.fee.charged, "fee_standard": each.fee.standard}
        for name, limit in (("statutory", each.statutory_limit), ("promised", each.promised_limit)):
            if limit is not None:
                values |= {f"{name}_value": limit.value, f"{name}_unit": limit.unit}
        yield _row(values)
        for material in each.materials:
            yield _row(material.model_dump() | {"record": MATERIAL})
        for field in each.form:
            yield _row(field.model_dump() | {"record": FIELD})


def _row(values: dict[str, Any]) -> list[Any]:
    return [_shown(values.get(name)) for name in HEADER]


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return joined(value)
    return value.isoformat() if isinstance(value, date) else value


def region_json(one: Region) -> str:
    """The entry of a JSON catalogue that reads back as this region."""
    entry = _RegionEntry(code=one.code, name=one.name, zone=one.zone, valid_from=one.valid_from, valid_to=one.valid_to)
    return entry.model_dump_json(exclude_none=True)
