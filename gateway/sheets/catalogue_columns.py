"""The columns of a catalogue table: what each is called, how it is read and which records have it (docs/catalogue-format.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.model import (
    CATEGORIES,
    LEVELS,
    MEDIA_TYPES,
    ApplicantClass,
    CaseType,
    Channel,
    Kind,
    MaterialForm,
    MaterialSource,
    Mode,
    Necessity,
    OriginalChecker,
    Scope,
    TimeUnit,
    TrustLevel,
    is_credit_code,
)

from . import fields
from .fields import Cell, Field, UnfitError


class Record(StrEnum):
    """What a row is. Materials and form fields belong to the matter above them."""

    REGION = "region"
    MATTER = "matter"
    MATERIAL = "material"
    FIELD = "field"


REGION, MATTER, MATERIAL, FIELD = Record
RECORD_NAMES = {record.value: zh for record, zh in zip(Record, ("地区", "事项", "材料", "表单项"), strict=True)}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. of: the records that have it; needed: those that must fill it; about_zh, about_en: for the template's second sheet."""

    name: str
    zh: str
    read: Any
    of: tuple[Record, ...]
    needed: tuple[Record, ...] = ()
    empty: Any = None
    values: Mapping[str, str] | None = None
    about_zh: str = ""
    about_en: str = ""

    def field(self, record: Record) -> Field:
        """The column as a row of that kind has it."""
        return Field(self.name, self.read, may_be_empty=record not in self.needed, empty=self.empty, zh=self.zh)


def _names(members: type[StrEnum], *zh: str) -> dict[str, str]:
    """Value → Chinese name, in the order of the members."""
    return dict(zip((member.value for member in members), zh, strict=True))


def _reader(values: Mapping[str, str]) -> Any:
    return fields.named({value: value for value in values} | {zh: value for value, zh in values.items()})


def _credit_code(cell: Cell) -> str:
    code = fields.text(cell)
    if not is_credit_code(code):
        raise UnfitError("统一社会信用代码校验不通过", "the unified social credit code fails its check")
    return code


def _category(cell: Cell) -> str:
    typed = fields.words(cell)
    by_name = {name: code for code, name in CATEGORIES.items()}
    code = by_name.get(typed, typed)
    if code not in CATEGORIES and not (len(code) == 2 and code.isascii() and code.isdigit() and code[0] in "12"):
        raise UnfitError("不是事项类型（GB/T 39046 A.1 的两位代码或名称）", "not a category (two digits of GB/T 39046 A.1, or its name)")
    return code


def _implementing(cell: Cell) -> str:
    code = fields.text(cell)
    if not (code.isascii() and code.isalnum()) or len(code) > 50:
        raise UnfitError("实施编码应为不超过 50 位的字母和数字", "an implementing code has at most 50 letters and digits")
    return code


MODES = _names(Mode, "全程网办", "代收代办", "多地联办")
KINDS = _names(Kind, "办理", "查询")
APPLICANTS = _names(ApplicantClass, "自然人", "法人", "个体工商户")
NECESSITIES = _names(Necessity, "必要", "非必要", "容缺")
CASE_TYPES = _names(CaseType, "即办件", "承诺件", "其他")
UNITS = _names(TimeUnit, "工作日", "自然日", "小时")
CHANNELS = _names(Channel, "窗口", "网上", "移动端", "快递", "其他")
SCOPES = _names(Scope, "全国", "跨省", "跨市", "跨县", "不通办")
FORMS = _names(MaterialForm, "纸质", "电子", "纸质和电子")
TRUST = {level.value: level.value for level in TrustLevel}
CHECKERS = _names(OriginalChecker, "收件地", "办理地", "无需")
SOURCES = _names(MaterialSource, "申请人自备", "政府部门核发", "数据共享", "其他")
YES_NO = {"true": "是", "false": "否"}
_BYTES = fields.whole(1, 1 << 30)
_DATES_ZH = "2026-01-31、20260131，或带时刻的 20260131T080000、20260131080000、2026013108:00:00、2026-01-31 08:00:00"
_DATES_EN = "2026-01-31, 20260131, or with a time: 20260131T080000, 20260131080000, 2026013108:00:00, 2026-01-31 08:00:00"


def _closed(name: str, zh: str, values: Mapping[str, str], of: Record = MATTER, **more: Any) -> Column:
    return Column(name, zh, _reader(values), (of,), values=values, **more)


def _flag(name: str, zh: str, of: Record = MATTER, empty: bool | None = None, about_zh: str = "", about_en: str = "") -> Column:
    return Column(name, zh, fields.flag, (of,), empty=empty, values=YES_NO, about_zh=about_zh, about_en=about_en)


def _plain(name: str, zh: str, read: Any, about_zh: str, about_en: str, of: Record = MATTER) -> Column:
    return Column(name, zh, read, (of,), about_zh=about_zh, about_en=about_en)


COLUMNS: tuple[Column, ...] = (
    Column("record", "行类型", _reader(RECORD_NAMES), tuple(Record), tuple(Record), values=RECORD_NAMES,
           about_zh="本行是什么；材料、表单项属于其上方的事项，地区须在事项之前", about_en="what the row is; materials and fields belong to the matter above, regions stand before matters"),
    Column("code", "编码", fields.text, tuple(Record), tuple(Record), about_zh="事项:12 位基本编码；地区:2、4、6、9 或 12 位；材料、表单项:自定，同一事项内不重复", about_en="matter: 12 digits; region: 2, 4, 6, 9 or 12 digits; material, field: your own, once within a matter"),
    Column("name", "名称", fields.text, tuple(Record), tuple(Record), about_zh="事项、地区、材料或表单项的名称", about_en="of the matter, region, material or field"),
    Column("destination", "办理地", fields.region, (MATTER,), (MATTER,), about_zh="办理地的地区代码", about_en="the region that handles the matter"),
    Column("version", "版本", fields.whole(1, 10**6), (MATTER,), about_zh="导出时填写；新内容请留空，由系统编号", about_en="written by the export; leave it empty for new content, it is numbered then"),
    Column("name_en", "英文名称", fields.text, (MATTER,), about_zh="可空", about_en="may be empty"),
    _closed("mode", "办理方式", MODES, needed=(MATTER,), about_zh="国办发〔2020〕35号的三种业务模式", about_en="the three modes of cross-region handling"),
    _closed("kind", "业务类别", KINDS, empty="handle", about_zh="缺省为办理；查询另计", about_en="handle when empty; queries are counted apart"),
    Column("applicants", "服务对象", fields.several(_reader(APPLICANTS)), (MATTER,), (MATTER,), values=APPLICANTS, about_zh="可多项，用分号隔开；不接受数字代码（各系统含义不同）", about_en="several, parted by semicolons; digits are refused, systems differ in what they mean"),
    _plain("body_name", "实施机构", fields.text, "有权办理的机构", "who has the power to handle it"),
    _plain("body_credit_code", "实施机构代码", _credit_code, "统一社会信用代码", "its unified social credit code"),
    Column("category", "项目类别", _category, (MATTER,), values=CATEGORIES, about_zh="GB/T 39046 A.1", about_en="GB/T 39046 A.1"),
    Column("level", "行使层级", _reader(LEVELS), (MATTER,), values=LEVELS, about_zh="GB/T 39046 A.2", about_en="GB/T 39046 A.2"),
    _plain("basis", "设立依据", fields.prose, "法律、法规、规章", "the law it rests on"),
    _plain("procedure", "办理程序", fields.prose, "各环节", "its stages"),
    _flag("fee_charged", "是否收费", about_zh="不收费请填“否”；留空为未公布", about_en="false when free; empty when not published"),
    _plain("fee_standard", "收费标准", fields.prose, "收费时填写", "when a fee is charged"),
    _plain("statutory_value", "法定时限", fields.whole(0, 9999), "数字", "a number"),
    _closed("statutory_unit", "法定时限单位", UNITS, about_zh="与法定时限同时填写", about_en="together with the statutory limit"),
    _plain("promised_value", "承诺时限", fields.whole(0, 9999), "数字；0 为即办", "a number; 0 is at once"),
    _closed("promised_unit", "承诺时限单位", UNITS, about_zh="与承诺时限同时填写", about_en="together with the promised limit"),
    _plain("address", "办理地点", fields.prose, "窗口地址", "where the window is"),
    _plain("hotline", "咨询电话", fields.text, "", ""),
    _plain("conditions", "受理条件", fields.prose, "", ""),
    _plain("hours", "办理时间", fields.prose, "", ""),
    _plain("supervision_hotline", "监督投诉电话", fields.text, "", ""),
    _plain("result_name", "审批结果", fields.text, "结果名称", "what the applicant gets"),
    _closed("case_type", "办件类型", CASE_TYPES, about_zh="不接受数字代码（各系统 1、2 含义相反）", about_en="digits are refused: 1 and 2 mean opposite things in systems in use"),
    _plain("onsite_trips", "到办事现场次数", fields.count, "0 至 99", "0 to 99"),
    _plain("onsite_reason", "必须现场办理原因", fields.prose, "次数不为 0 时填写", "when the number is not 0"),
    Column("channels", "办理形式", fields.several(_reader(CHANNELS)), (MATTER,), empty=(), values=CHANNELS, about_zh="可多项，用分号隔开", about_en="several, parted by semicolons"),
    _closed("scope", "通办范围", SCOPES, about_zh="办理地公布的范围", about_en="as published by the destination"),
    _flag("express", "快递送达", about_zh="结果可否快递", about_en="whether the result can be sent by courier"),
    _plain("implementing_code", "实施编码", _implementing, "31 或 33 位，其他编码不超过 50 位", "31 or 33 characters; of another scheme at most 50"),
    _flag("no_materials", "无需材料", empty=False, about_zh="明确不需任何材料时填“是”", about_en="true when the matter asks for no material at all"),
    _closed("necessity", "必要性", NECESSITIES, MATERIAL, empty="required", about_zh="缺省为必要", about_en="required when empty"),
    _plain("originals", "原件份数", fields.count, "", "", MATERIAL),
    _plain("copies", "复印件份数", fields.count, "", "", MATERIAL),
    _closed("form", "材料形式", FORMS, MATERIAL),
    _closed("trust_level", "可信等级", TRUST, MATERIAL, about_zh="国办函〔2016〕108号，A 至 D", about_en="A to D"),
    _closed("original_checked_by", "原件核验方", CHECKERS, MATERIAL, about_zh="须由谁核验原件", about_en="who must have seen the original"),
    _closed("source", "材料来源", SOURCES, MATERIAL),
    Column("formats", "文件格式", fields.several(fields.one_of(*MEDIA_TYPES)), (MATERIAL,), empty=tuple(MEDIA_TYPES), about_zh="可多项，用分号隔开；缺省为全部", about_en="several, parted by semicolons; all when empty", values={name: name for name in MEDIA_TYPES}),
    Column("max_bytes", "文件上限", _BYTES, (MATERIAL,), empty=10 << 20, about_zh="字节；缺省 10485760", about_en="bytes; 10485760 when empty"),
    _flag("required", "是否必填", FIELD, empty=True, about_zh="缺省为是", about_en="true when empty"),
    Column("max_length", "最大长度", fields.whole(1, 10**6), (FIELD,), empty=200, about_zh="字符；缺省 200", about_en="characters; 200 when empty"),
    Column("values", "可选值", fields.several(fields.text), (FIELD,), empty=(), about_zh="可选项，用分号隔开；留空不限", about_en="a closed list, parted by semicolons; free when empty"),
    _flag("zone", "功能区", REGION, empty=False, about_zh="没有国标代码、由本系统登记的功能区填“是”", about_en="true for a functional zone without a GB/T 2260 code"),
    Column("valid_from", "生效日期", fields.day, (MATTER, REGION), (MATTER,), about_zh=_DATES_ZH, about_en=_DATES_EN),
    Column("valid_to", "失效日期", fields.day, (MATTER, REGION), about_zh="含当日；留空为长期", about_en="its last day; empty when open"),
)  # fmt: skip

BY_NAME = {column.name: column for column in COLUMNS}
