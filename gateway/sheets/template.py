"""The template of a catalogue: an example of every kind of row, and what each column is."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from gateway.model import (
    ApplicantClass,
    Body,
    CaseType,
    Channel,
    Fee,
    FormField,
    MaterialForm,
    MaterialRequirement,
    MaterialSource,
    Matter,
    Mode,
    OriginalChecker,
    Region,
    Scope,
    TimeLimit,
    TimeUnit,
    TrustLevel,
)

from .catalogue_columns import COLUMNS, RECORD_NAMES
from .catalogue_rows import catalogue_rows

EXPLAINED = ("column", "列名", "行类型 / rows", "必填 / needed in", "可取 / values", "说明", "what it is")
_REGION = Region("990100", "示范市")
_MATTER = Matter(
    code="000129001003",
    destination="990100",
    name="出具贷款职工住房公积金缴存使用证明",
    name_en="Certificate of housing fund deposits for a borrower",
    mode=Mode.PROXY,
    applicants=(ApplicantClass.NATURAL,),
    materials=(
        MaterialRequirement(
            code="identity-card",
            name="居民身份证(正反面)",
            formats=("pdf", "png", "jpg"),
            originals=1,
            copies=1,
            form=MaterialForm.BOTH,
            trust_level=TrustLevel.B,
            original_checked_by=OriginalChecker.RECEPTION,
            source=MaterialSource.AUTHORITY,
        ),
    ),
    form=(FormField(code="account", name="公积金账号", max_length=20),),
    body=Body(name="示范市住房公积金管理中心", credit_code="11990101000000019X"),
    category="20",
    level="3",
    basis="《住房公积金管理条例》",
    procedure="收件、核实账户、出具证明",
    fee=Fee(charged=False),
    statutory_limit=TimeLimit(value=3, unit=TimeUnit.WORKING_DAYS),
    promised_limit=TimeLimit(value=1, unit=TimeUnit.WORKING_DAYS),
    address="示范市示范路 1 号政务服务中心公积金窗口",
    hotline="0000-12345",
    conditions="有住房公积金贷款或缴存记录的职工",
    hours="工作日 9:00—17:00",
    supervision_hotline="0000-12388",
    result_name="住房公积金缴存使用证明",
    case_type=CaseType.PROMISED,
    onsite_trips=1,
    onsite_reason="领取纸质证明",
    channels=(Channel.WINDOW, Channel.COURIER),
    scope=Scope.CROSS_PROVINCE,
    express=True,
    valid_from=date(2026, 1, 1),
)


def template_rows() -> Iterator[Sequence[Any]]:
    """A region, a matter with all 16 elements, a material and a form field. The version stays empty, as in what a person writes."""
    for row in catalogue_rows((_REGION,), (_MATTER,)):
        yield [None if column.name == "version" else cell for column, cell in zip(COLUMNS, row, strict=True)]


def explanations() -> Iterator[Sequence[Any]]:
    """One row a column of the catalogue, under EXPLAINED."""
    for column in COLUMNS:
        listed = "; ".join(value if value == zh else f"{value} {zh}" for value, zh in (column.values or {}).items())
        of, needed = ("、".join(RECORD_NAMES[record.value] for record in records) for records in (column.of, column.needed))
        yield (column.name, column.zh, of, needed, listed, column.about_zh, column.about_en)
