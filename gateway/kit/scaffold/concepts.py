"""What partners call the things we know: names in English and pinyin, phrases of Chinese comments. A table of synonyms, and nothing else.

names count wherever they stand; bare ones are too common for that (`name`, `type`) and count below a level that says whose they are.
"""

# ruff: noqa: E501 - a table of synonyms: one thing a line

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing we know. source: where the facts have it; names, bare: compact names; phrases: of comments; within: of bare names."""

    source: str
    names: frozenset[str]
    phrases: tuple[str, ...]
    bare: frozenset[str] = frozenset()
    within: str = ""


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _concept(source: str, names: str, phrases: str, bare: str = "", within: str = "") -> Concept:
    return Concept(source, _named(names), tuple(phrases.split()), _named(bare), within)


PERSON: Final = (
    _concept(
        "name",
        "xm xingming personname realname fullname username custname dwmc qymc enterprisename companyname entname orgname",
        "姓名 单位名称 企业名称 名称",
        "name mc mingcheng",
        "party",
    ),
    _concept(
        "certificate.type",
        "certtype certificatetype cardtype idtype idcardtype zjlx zjlxdm zjzl zjlb credentialtype papertype pagetype certkind certcategory",
        "证件类型 证照类型 证件种类 证件类别 证件名称",
        "type kind lx category",
        "certificate",
    ),
    _concept(
        "certificate.number",
        "certno certnum certnumber certcode certificateno certificatenumber cardno cardnum cardnumber idno idnum idnumber idcard idcardno idcardnum idcardnumber identityno identitynumber identitycard sfz sfzh sfzhm sfzhao gmsfhm gmsfzhm gmsfzh shenfenzhenghao zjhm zjh credentialno credentialnumber paperno papercode pagecode uscc tyshxydm tyxydm shxydm creditcode socialcreditcode unifiedcode unifiedcreditcode",
        "身份证号码 身份证号 公民身份号码 证件号码 证件编号 证件号 统一社会信用代码 社会信用代码",
        "number no num code hm haoma id",
        "certificate",
    ),
    _concept(
        "phone",
        "phone phoneno phonenum phonenumber mobile mobileno mobilenumber mobilephone tel telno telephone cellphone contactphone contactmobile contacttel linkphone linktel lxdh lxfs sjh sjhm sj1 dhhm dianhua shouji lxrdh lxrsj",
        "联系电话 手机号码 手机号 手机 电话号码 电话 联系方式",
    ),
    _concept(
        "address",
        "address addr contactaddress homeaddress linkaddress lxdz txdz jtdz xxdz zz dizhi residence",
        "联系地址 通讯地址 通信地址 家庭住址 住址 地址",
    ),
    _concept(
        "class",
        "applicanttype applytype applyertype applicantclass applicantkind applicantcategory applykind sqrlx sqrlb sqztlx usertype userkind userprop fwdx servicetarget",
        "申请人类型 申请人类别 申请主体类型 申请主体类别 申请人性质 申请对象 服务对象",
        "type kind class category lx lb",
        "party",
    ),
)
"""Of an applicant, its representative or its agent; `class` is the applicant's only."""

CASE: Final = (
    _concept(
        "case.number",
        "externalref externalreference externalreferenceno externalno externalid referenceno referencenumber refno clientref clientreference sourceref outerno outercode outernum outerid outbizno outno serialno serialnum serialnumber ywlsh lsh liushuihao bizserialno projid requestno transno flowno caseno casenum casenumber applyno applynumber applycode sqbh sqdh bjbh bjlsh sblsh sbh thirdno thirdid sourceno ywxtbh",
        "业务流水号 业务协同编号 协同编号 流水号 收件方办件编号 外部编号 外部办件编号 申请编号 申办编号 申请单号 办件编号 收件编号 业务编号",
    ),
    _concept(
        "partner.number",
        "bizno acceptno acceptnumber acceptcode receiptno receiveno slbh slh slid blbh bizid innerno projectno projectguid sjh1",
        "受理编号 受理号 收件号 本平台办件编号 我方办件编号 回执编号 办理编号",
    ),
    _concept(
        "case.matter",
        "itemcode mattercode taskcode sxbm sxdm sxcode sxid sxbh eventcode catalogcode servicecode serviceitemcode itemno matterno basiccode jbbm",
        "事项编码 事项代码 事项编号 事项标识 基本编码",
        "code no id bm dm number",
        "matter",
    ),
    _concept(
        "case.matter_name", "itemname mattername taskname sxmc servicename eventname serviceitemname", "事项名称", "name mc title", "matter"
    ),
    _concept(
        "case.destination",
        "areacode area region regioncode xzqh xzqhdm xzqhbm handlingarea handlearea handleregion toarea toregion destarea destination targetarea targetregion divisioncode districtcode admincode blqh bld bldqh bldq",
        "行政区划代码 行政区划 办理地 办理区划 办理地区 目标区划 受理区划 区划代码 地区代码",
    ),
    _concept(
        "case.origin",
        "fromarea fromareacode fromregion sourcearea sourceregion receptionarea receptionregion receivearea originarea origincode sendarea sjd sjdqh sjqh sjdq fqd fsdqh",
        "行政区划代码 行政区划 区划代码 收件地 收件区划 收件地区 发起地 来源地 发送地 申请地",
    ),
    _concept(
        "case.received_at",
        "appliedat submittedat filedat applicationdate applicationtime acceptancedate applytime applydate applyat applydatetime sqsj sqrq receivetime receivedat receivedate sjsj sjrq submittime submitdate submitat tjsj tjrq sbsj sbrq",
        "申请时间 申请日期 收件时间 收件日期 提交时间 申报时间 申办时间",
    ),
    _concept(
        "now",
        "sendtime sendat sentat senddate fssj timestamp requesttime reqtime qqsj replytime bzsj bztjsj dfsj pushtime createtime currenttime bsrq",
        "发送时间 请求时间 报送时间 时间戳 答复时间 补正时间 补正提交时间 推送时间 当前时间",
    ),
    _concept("hall.name", "hallname dtmc receptionhall sjdw", "大厅名称 收件大厅 收件单位 政务大厅"),
    _concept("hall.id", "hallcode hallid hallno dtbm dtbh", "大厅编码 大厅编号"),
    _concept("reception.window", "window windowno windowcode ckbh ckh ck", "窗口编号 窗口号 收件窗口"),
    _concept("reception.clerk", "clerk clerkno clerkcode staffno operatorno gh czybh czygh sjrgh", "工号 操作员编号 收件人员 窗口人员"),
    _concept(
        "withdrawal.reason",
        "reason withdrawreason cancelreason revokereason cxyy cjyy chyy",
        "撤件理由 撤件原因 撤回原因 撤销原因 撤销理由 取消原因 理由 原因",
    ),
    _concept(
        "withdrawal.requested_at",
        "applytime withdrawtime canceltime revoketime cxsj cjsj chsj sqsj",
        "撤件时间 撤回时间 撤销时间 取消时间 申请撤件的时间 申请时间",
    ),
    _concept(
        "supplement.notice",
        "noticeno noticecode noticenumber noticeid gzsbh bzgzbh bztzbh tzsbh",
        "补正告知书编号 告知书编号 补正通知书编号 通知书编号",
    ),
    _concept("supplement.round", "round supplementround bzcs", "补正次数 补正轮次 轮次"),
    _concept("form", "form formdata forminfo formjson formcontent bdxx bdsj bdnr bizdata businessdata", "表单 表单数据 表单信息 业务数据"),
)
"""Of the case itself. A thing of one step (withdrawal, supplement) is known in that step only."""

MATERIAL: Final = (
    _concept(
        "code",
        "documentcode documentid doccode materialcode materialid filecode attachcode attachmentcode clbm",
        "材料编码 材料代码 材料编号 附件编码 附件代码 编码 代码 编号",
        "code no id number bm bh dm",
        "materials",
    ),
    _concept(
        "name",
        "filename documentname docname materialname attachmentname wjm wjmc",
        "文件名称 文件名 材料名称 附件名称 名称",
        "name mc title",
        "materials",
    ),
    _concept("extension", "extension fileext suffix filesuffix kzm hzm houzhui", "扩展名 后缀名 后缀", "ext hz", "materials"),
    _concept(
        "media_type",
        "mediatype mimetype mime contenttype filetype fileformat wjlx wjgs",
        "媒体类型 文件类型 文件格式 材料类型 格式",
        "type format lx gs",
        "materials",
    ),
    _concept("size", "filesize filelength wjdx", "文件大小 字节数 大小", "size length bytes dx", "materials"),
    _concept(
        "sha256", "sha256 filesha256 filehash filedigest", "SHA256 SHA-256 文件摘要 摘要 哈希", "hash digest checksum zy", "materials"
    ),
    _concept(
        "content",
        "filecontent filedata base64 filebase64 contentbase64 filestream wjnr clnr fjnr",
        "文件内容 材料内容 附件内容 内容",
        "content data body nr stream",
        "materials",
    ),
    _concept("index", "seq seqno sortno orderno ordernum sn xh", "序号 顺序号 排序", "sort order no1", "materials"),
    _concept("item", "itemno itemcode itemid bzxh bzxbh xh", "项号 补正项 所答复的项 补正事项编号", "item", "materials"),
)
"""Of one material; `item` in a supplement only."""

ANSWER: Final = (
    _concept("item", "itemno itemcode itemid bzxh bzxbh xh seqno", "项号 补正项 序号 编号", "no code id item bh", "answers"),
    _concept("text", "reply replytext answer answertext dfnr hf", "文字答复 答复 回复 说明 内容", "text content remark nr", "answers"),
)
"""Of one answer to an item of a supplement notice."""

FIELD: Final = (
    _concept("name", "fieldname fieldcode fieldkey zdm zdmc itemname", "字段名 字段名称 表单项", "name key code mc @name", "fields"),
    _concept("value", "fieldvalue zdz", "字段值 值", "value val text z #text", "fields"),
)
"""Of one entry of the form, where a partner takes it as a list of names and values."""

LEVELS: Final[Mapping[str, tuple[frozenset[str], tuple[str, ...]]]] = {
    "agent": (
        _named("agent agentinfo agentperson proxy proxyinfo dlr dlrxx jbr jbrxx handler handleperson attn authorizedperson"),
        ("代理人", "经办人", "受托人", "代办人"),
    ),
    "representative": (
        _named(
            "legal legalperson legalrep legalrepresentative legalinfo representative legalman corporation fr frdb fddbr fddbrxx frxx faren jyz"
        ),
        ("法定代表人", "法人代表", "经营者", "法人"),
    ),
    "applicant": (
        _named(
            "applicant applicantinfo applyer applier applyuser applyperson apply declarer declarant sqr sqrxx sqztxx shenqingren lxr contact linkman contactperson user"
        ),
        ("申请人", "申请主体", "申请单位", "申报人", "申办人", "联系人"),
    ),
    "certificate": (_named("certificate cert certinfo identity idcard credential zj zjxx"), ("证件", "证照信息")),
    "materials": (
        _named(
            "materials material materiallist materialinfo files file filelist fileinfo attachments attachment attachmentlist attachlist attach attaches annex documents docs cl clxx cllb clqd cllist sqcl bzcl fj fjxx fjlb fjlist cailiao fujian"
        ),
        ("材料", "附件", "文件清单", "电子文件"),
    ),
    "matter": (_named("matter item itemexchange task service sx sxxx matterinfo taskinfo iteminfo"), ("事项",)),
    "answers": (
        _named("answers replies reply replyitems supplementitems bzx bzxx items item correctlist bzlist"),
        ("补正项", "答复", "逐项答复"),
    ),
    "fields": (_named("form formdata forminfo fields field formitems bdxx bdx bdsj"), ("表单项", "表单")),
}
"""Levels that say whose the bare names below them are: compact names and phrases. The first that fits counts."""
PARTIES: Final = ("applicant", "representative", "agent")
FOREIGN: Final = _named(
    "spouse child children father mother bank account receiver recipient express ems courier mail po hyx sponsor guardian new old"
)
"""Words of a name that make it somebody else's or something else."""
FOREIGN_PHRASES: Final = (
    "是否",
    "配偶",
    "子女",
    "父亲",
    "母亲",
    "监护",
    "开户",
    "银行",
    "收货",
    "快递",
    "邮寄",
    "受益",
    "迁入",
    "迁出",
    "共同",
    "密码",
    "登录",
    "账号",
    "用户名",
    "上一",
    "上级",
    "关联",
    "原办件",
    "户主",
    "学生",
    "紧急",
)
"""The same in comments."""
