"""Every finding there is: stable code → Chinese, English, what to do (both)."""

# ruff: noqa: E501 - a table of texts: one finding a line

from collections.abc import Mapping
from typing import Final

CATALOGUE: Final[Mapping[str, tuple[str, str, str]]] = {
    # the folder and its files
    "folder.name": (
        "文件夹名只能用小写字母、数字和连字符,以字母开头",
        "a folder's name has lower-case letters, digits and hyphens, and begins with a letter",
        "改名 / rename it",
    ),
    "folder.rival": (
        "“{other}”已为地区 {region} 办理同一事项:{matters}", "“{other}” already answers for region {region} in the same matters: {matters}",
        "改 regions 或删去事项文件 / change regions, or remove the matter files from one of them",
    ),
    "file.missing": ("缺少该文件", "the file is missing", "新建该文件 / write it"),
    "file.unknown": (
        "该文件不属于对接文件夹的任何部分", "the file is no part of a partner's folder", "移走,或放入 schemas/、examples/ / move it, or put it into schemas/ or examples/",
    ),
    "file.link": ("不接受符号链接", "symbolic links are not accepted", "换成文件本身 / put the file itself there"),
    "file.unreadable": ("无法读取该文件", "the file cannot be read", "检查权限 / check its permissions"),
    "file.too-large": ("文件超过 {limit} KiB", "the file is over {limit} KiB", "拆分,或移走不需要的内容 / split it"),
    "file.encoding": ("文件不是 UTF-8 编码", "the file is not UTF-8", "另存为 UTF-8 / save it as UTF-8"),
    "file.character": ("含有不可打印的字符 {character}", "it contains the unprintable character {character}", "删除该字符 / remove it"),
    # YAML
    "yaml.syntax": ("不是有效的 YAML({why})", "not valid YAML ({why})", "检查缩进和引号 / check indentation and quotes"),
    "yaml.cut": (
        "YAML 在表达式中间断开了该值({why})", "YAML cuts this value inside an expression ({why})", "给整个值加引号 / put the whole value in quotes",
    ),
    "yaml.name": ("名称须整个加引号({why})", "the whole name needs quotes ({why})", '例如 / for example: "@type?": …, "#text": …'),
    "yaml.empty": ("文件是空的", "the file is empty", "至少写 language: 1 / begin with language: 1"),
    "yaml.tab": ("含有制表符", "it contains a tab", "改用空格 / use spaces"),
    "yaml.documents": ("一个文件只能有一个 YAML 文档", "one file holds one YAML document", "删除 --- 之后的内容 / remove what follows ---"),
    "yaml.directive": ("不接受 YAML 指令(%)", "YAML directives (%) are not accepted", "删除该行 / remove the line"),
    "yaml.anchor": ("不接受 YAML 锚点(&)", "YAML anchors (&) are not accepted", "写出内容;以 & 开头的文本加引号 / write it out; quote a text that begins with &"),
    "yaml.alias": ("不接受 YAML 引用(*)", "YAML aliases (*) are not accepted", "写出内容;以 * 开头的文本加引号 / write it out; quote a text that begins with *"),
    "yaml.merge": ("不接受 YAML 合并键(<<)", "YAML merge keys (<<) are not accepted", "写出内容,或用 extends / write it out, or use extends"),
    "yaml.tag": ("不接受 YAML 类型标签(!)", "YAML tags (!) are not accepted", "删除标签;以 ! 开头的文本加引号 / remove it; quote a text that begins with !"),
    "yaml.key": ("键必须是文本", "a key must be a text", "写成 键: 值 / write key: value"),
    "yaml.duplicate": ("键“{key}”重复", "the key “{key}” stands twice", "只保留一个 / keep one"),
    "yaml.depth": ("嵌套超过 {limit} 层", "nested deeper than {limit} levels", "减少层级 / flatten it"),
    # forms
    "form.level": ("此处应为一层键值", "a level of keys and values must stand here", "在下一行缩进写 键: 值 / write key: value, indented, below"),
    "form.list": ("此处应为列表,至少 {least} 项", "a list of at least {least} must stand here", "写成 [a, b] 或每行 - a / write [a, b], or - a on each line"),
    "form.text": ("此处应为一个文本值", "one text must stand here", "写在同一行 / write it on the same line"),
    "form.empty": ("此处不能为空", "it must not be empty", "填写,或删除该键 / fill it in, or remove the key"),
    "form.expression": ("此处不能用表达式", "no expression may stand here", "写固定文本 / write a fixed text"),
    "form.missing": ("缺少“{key}”", "“{key}” is missing", "补上 {key} / add {key}"),
    "form.unknown": ("不认识的键“{key}”", "unknown key “{key}”", ""),
    "form.choice": ("只能取:{allowed}", "it must be one of: {allowed}", ""),
    "form.value": ("值的写法不对或超出范围", "the value does not have the required form, or is out of bounds", "例如 / for example: {example}"),
    # secrets
    "secret.literal": (
        "“{key}”必须按名称引用密钥,不能写明文", "“{key}” must name a secret and never hold it", "写成 secret:<本文件夹>/<名称> / write secret:<this folder>/<name>",
    ),
    "secret.form": ("密钥名称的写法不对", "not a secret's name", "写成 / write: secret:{folder}/<name>"),
    "secret.folder": ("只能引用本文件夹的密钥", "a folder may name its own secrets only", "写成 / write: secret:{folder}/<name>"),
    "secret.place": ("报文中不能放密钥", "a message carries no secret", "由 auth 的 scheme 签名 / signing is the auth scheme's business"),
    # expressions
    "expression.syntax": ("表达式写法有误", "the expression is not well formed", "对照 JMESPath 语法 / compare with JMESPath's grammar"),
    "expression.unclosed": ("“${{”没有对应的“}}”", "“${{” has no “}}”", "补上 }},或给整个值加引号 / add }}, or put the whole value in quotes"),
    "expression.cut": (
        "YAML 把“ #”之后当作注释,截断了表达式", "YAML takes what follows “ #” for a comment and cuts the expression", "给整个值加引号 / put the whole value in quotes",
    ),
    "expression.line-break": (
        "YAML 在表达式之后加了换行", "YAML puts a line break behind the expression", "写在同一行,或用 |- / write it on one line, or use |-",
    ),
    "expression.wanted": ("此处必须恰好是一个 ${{…}}", "exactly one ${{…}} must stand here", "去掉其余文字 / remove what is around it"),
    "expression.too-long": ("表达式超过 {limit} 个字符", "the expression is over {limit} characters", "拆分,或改用代码表 / split it, or use a code table"),
    "expression.too-many": ("一个值中的表达式超过 {limit} 个", "over {limit} expressions in one value", "分成多个值,或用 join() / use several values, or join()"),
    "expression.too-deep": ("表达式嵌套超过 {limit} 层", "the expression is nested deeper than {limit}", "拆分,或改用代码表 / split it, or use a code table"),
    "expression.form": ("本语言没有这种写法({form})", "this form is not part of the language ({form})", "见 docs/mapping-language.md / see docs/mapping-language.md"),
    "expression.literal": (
        "反引号内应为 JSON 数字、true、false 或 null", "between backticks stands a JSON number, true, false or null", "文本写在单引号内 / texts stand in single quotes",
    ),
    "expression.path": ("没有“{name}”这一项", "there is no “{name}”", ""),
    "expression.place": (
        "“{name}”只能用于步骤“{step}”", "“{name}” is there in the step “{step}” only", "移到步骤 {step} / move it to the step {step}",
    ),
    "expression.not-a-level": ("“{name}”之前的值没有下级", "what stands before “{name}” has nothing below it", "核对路径 / check the path"),
    "expression.list": ("“{name}”之前是列表", "what stands before “{name}” is a list", "用 [0]、[*]、find() 或 $each / use [0], [*], find() or $each"),
    "expression.not-a-list": ("此处不是列表", "this is not a list", "去掉 [ ] / remove [ ]"),
    "expression.compare": ("列表和层级不能比较", "lists and levels cannot be compared", "比较其中的某一项,或用 length() / compare something in it, or use length()"),
    "expression.function": ("没有函数 {name}()", "there is no function {name}()", ""),
    "expression.arguments": ("{name}() 需要 {expected} 个参数,写了 {given} 个", "{name}() takes {expected} argument(s), {given} given", "补齐或删去 / add or remove"),
    "expression.argument": ("{name}() 不接受{given_zh}", "{name}() does not take {given_en}", "换一个来源,或先转换 / use another source, or convert it"),
    "expression.not-literal": ("{name}() 的这个参数必须直接写成 '文本'", "this argument of {name}() must be written as a '…' text", "写成 '…' / write '…'"),
    "expression.not-text": ("拼接中只能用文本,这里是{given_zh}", "only texts can be put together; this is {given_en}", "用 text() 或 date() / use text() or date()"),
    "expression.not-count": (
        "{name}() 的这个参数必须直接写成反引号内的整数", "this argument of {name}() must be a whole number between backticks", "写成 `6` / write `6`",
    ),
    "expression.count": ("个数 {name} 超出范围", "the count {name} is out of bounds", "见 docs/mapping-language.md 的函数表 / see the functions in docs/mapping-language.md"),
    "expression.fill": ("填充字符必须恰好一个", "one character fills, no more and no less", "例如 / for example: '0'"),
    "expression.replace": ("不能替换空文本", "the empty text cannot be replaced", "写出要替换的文本 / write the text to be replaced"),
    "expression.hash": ("没有散列算法“{name}”", "there is no hash “{name}”", ""),
    "expression.xml-name": ("“{name}”不能用作 XML 名称", "“{name}” cannot be the name of an XML element or attribute", "以字母或汉字开头,不含空格 / begin with a letter, without blanks"),
    "expression.plain": (
        "{name}() 只能写入文本、数字和是/否", "{name}() writes texts, numbers and yes/no only", "逐项写在 $json 或 $xml 之下 / write entry by entry below $json or $xml",
    ),
    "expression.documents": (
        "此处不能解析文本中的文档({name}())", "documents inside a text cannot be read here ({name}())", "由网关加载该文件夹 / have the gateway load the folder",
    ),
    "expression.table": ("没有代码表“{name}”", "there is no code table “{name}”", "新建 codes/{name}.csv / write codes/{name}.csv"),
    "expression.table-direction": ("代码表“{name}”没有这个方向的行", "the code table “{name}” has no row in this direction", "核对 note 栏 / check its notes"),
    "expression.pattern": ("日期格式“{name}”不可用", "the date pattern “{name}” cannot be used", "例如 / for example: yyyyMMddHHmmss, yyyy-MM-dd HH:mm:ss, iso"),
    "expression.width": ("没有 {name} 位的地区代码", "no region code has {name} digits", ""),
    # messages and readings
    "message.root": ("报文最外层应为一层键值,不能有 $each、$if 等", "a message begins as a level of keys, without $each, $if and their like", "移到下一层 / move them one level down"),
    "message.key": ("键“{key}”不可用", "the key “{key}” cannot be used", "只有 $each、$if、$json、$xml、$encoding 以 $ 开头;同名键只留一个 / only $each, $if, $json, $xml and $encoding begin with $; keep one of a name"),
    "message.optional": ("“{key}”没有来源,永远不会缺省", "“{key}” has no source, so it can never be left out", "去掉 ? / remove the ?"),
    "message.each": ("$each 需要列表", "$each needs a list", "例如 / for example: ${{materials}}, ${{entries(form)}}"),
    "message.content": ("材料内容只能经 base64() 放入报文", "content goes into a message through base64() only", "写成 / write: ${{base64(item.content)}}"),
    "message.bytes": ("bytes() 只用于读取应答", "bytes() is for reading answers only", "发送材料用 base64() / send content through base64()"),
    "message.plain": (
        "写成文本的层级只能含文本、数字和是/否", "a level that travels as a text holds texts, numbers and yes/no only",
        "时间写成 ${{date(…)}};材料内容只能直接放在报文中 / write a moment as ${{date(…)}}; content stands in the message itself only",
    ),
    "message.one-root": (
        "$xml 只写一个根元素,不能与 $each 或 $json 同用", "$xml writes one root element: neither $each nor $json stands beside it", "把 $each 移到下一层 / move the $each one level down",
    ),
    "message.encoding": ("$encoding 只用于 $xml", "$encoding belongs to $xml", "删去 / remove it"),
    "message.moment": ("JSON 没有时间类型", "JSON has no moments", "写成 / write: ${{date(now, 'yyyyMMddHHmmss')}}"),
    "read.each": (
        "此处只有一个值,不能用 $each", "there is one of this: no $each may stand here",
        "$each 只用于最外层和 items / $each stands at the top and in items only",
    ),
    "read.list": (
        "“{key}”须逐项读取", "“{key}” is read entry by entry", "加上 $each: ${{list(…)}} / add $each: ${{list(…)}}",
    ),
    "read.as-text": ("读取规则中不能用 {key}", "{key} has no place in a reading", "用 from_json() 或 from_xml() / use from_json() or from_xml()"),
    "read.if": ("读取规则的最外层不能有 $if", "a reading has no $if at its top", "用 ? 标记可缺省的项 / mark with ? what may be absent"),
    "read.status": (
        "状态必须经代码表 status 转换", "a status goes through the code table status", "写成 / write: ${{canonical('status', …)}}",
    ),
    "read.reason": (
        "理由必须经代码表 reason 转换", "a reason goes through the code table reason", "写成 / write: ${{canonical('reason', …)}}",
    ),
    "read.whose": (
        "推送中读取状态时须同时读取办件编号", "a push that reads a status must say whose it is", "补上 our_number 或 partner_number / add our_number or partner_number",
    ),
    # code tables
    "codes.header": ("首行应为 canonical,partner,note", "the first line must be canonical,partner,note", "改正首行 / mend the first line"),
    "codes.csv": ("不是有效的 CSV", "not valid CSV", "检查引号 / check the quotes"),
    "codes.columns": ("应有 3 栏,这里有 {count} 栏", "3 columns are needed, here are {count}", "含逗号的值加引号 / quote a value that contains a comma"),
    "codes.blank": ("canonical 和 partner 不能为空,两侧不能有空格", "canonical and partner must not be empty or have blanks around them", "改正该行 / mend the row"),
    "codes.canonical": ("“{value}”不是代码表“{table}”的统一代码", "“{value}” is not a canonical code of the table “{table}”", ""),
    "codes.outbound-twice": (
        "统一代码“{value}”对应多个对方代码", "the canonical code “{value}” has several codes of the partner",
        "只留一行,其余在 note 写 inbound-only / keep one row, note inbound-only on the others",
    ),
    "codes.inbound-twice": (
        "对方代码“{value}”对应多个统一代码", "the partner's code “{value}” has several canonical codes",
        "只留一行,其余在 note 写 outbound-only / keep one row, note outbound-only on the others",
    ),
    "codes.contradiction": (
        "统一代码“{value}”已有对方代码,又声明没有", "the canonical code “{value}” has a code of the partner and is said to have none", "删去其中一行 / remove one of the rows",
    ),
    "codes.name": ("代码表名只能用小写字母、数字、_ 和 -", "a table's name has lower-case letters, digits, _ and -", "改名 / rename it"),
    # matters and steps
    "matter.none": ("没有任何事项", "there is no matter", "在 matters/ 下为每个事项写一个文件 / write a file for each matter in matters/"),
    "matter.twice": ("事项 {code} 已在另一个文件中", "the matter {code} stands in another file, too", "只保留一个 / keep one"),
    "matter.extends": ("没有 steps/{name}.yaml", "there is no steps/{name}.yaml", ""),
    "step.name": ("步骤名只能用小写字母、数字、_ 和 -", "a step's name has lower-case letters, digits, _ and -", "改名 / rename it"),
    "step.operation": ("SOAP 步骤“{step}”缺少 operation", "the SOAP step “{step}” needs an operation", "写 WSDL 中的操作名 / write the operation's name of the WSDL"),
    "step.path": ("REST 步骤“{step}”缺少 path", "the REST step “{step}” needs a path", "例如 / for example: path: /api/matter/submit"),
    "step.url-lacks": ("路径中的“{name}”在 send 中没有", "“{name}” of the path is not in send", "在 send 中写 {name}: / write {name}: in send"),
    "step.url-text": ("路径中的“{name}”不是单个值", "“{name}” of the path is no single value", "写一个值,不是层级或列表 / write one value, no level and no list"),
    "step.url-optional": (
        "路径中的“{name}”不能省略", "“{name}” of the path cannot be left out", "去掉 ?,或移到 {{?{name}}} / remove the ?, or move it to {{?{name}}}",
    ),
    "step.url-personal": (
        "“{name}”取自 {source},个人信息不得出现在网址中", "“{name}” comes from {source}: personal data have no place in a URL",
        "请对方改用报文体,或用 case、partner、hall 的值 / ask the partner for a body, or use values of case, partner, hall",
    ),
    "step.no-body": (
        "{method} 没有报文体,“{name}”应写入路径", "{method} has no body: “{name}” belongs into the path",
        "例如 / for example: path: /api/cases/{{no}}{{?{name}}}",
    ),
    "step.rest-only": ("path 和 method 只用于 REST(“{step}”)", "path and method are for REST only (“{step}”)", "删去 / remove them"),
    "step.soap-only": ("operation 只用于 SOAP(“{step}”)", "operation is for SOAP only (“{step}”)", "删去 / remove it"),
    "step.query": (
        "事项 {matter} 需要一个名为 query、changes: false、读取 code 的步骤", "the matter {matter} needs a step query with changes: false that reads a code",
        "补上该步骤,或改 resend 和 track.poll / add it, or change resend and track.poll",
    ),
    "step.unchanging": (
        "步骤“{step}”要对方做事,不能是 changes: false", "the step “{step}” has the partner do something: it cannot be changes: false",
        "删去 changes / remove changes",
    ),
    "schemas.wsdl": ("没有 WSDL 文件", "there is no WSDL file", "把对方提供的 WSDL 放入 schemas/ / put the partner's WSDL into schemas/"),
    # the partner's own description
    "schemas.none": ("没有 OpenAPI,报文无从核对", "there is no OpenAPI: messages cannot be held against anything", "把对方提供的 OpenAPI 放入 schemas/ / put the partner's OpenAPI into schemas/"),
    "schemas.other": ("这是 {detail},不是 OpenAPI,报文无从核对", "this is {detail} and no OpenAPI: messages cannot be held against anything", "向对方要 OpenAPI;WSDL 用于 SOAP 文件夹(new --from-wsdl) / ask the partner for OpenAPI; a WSDL is for a SOAP folder (new --from-wsdl)"),
    "schemas.page": ("这是网页,不是接口描述", "this is a web page and no description", "多半是登录页或错误页;向对方要文件本身 / mostly a login or an error: ask the partner for the file itself"),
    "schemas.blank": ("文件是空的", "the file is empty", "向对方重新索取 / ask the partner for it again"),
    "schemas.prefix": ("前缀“{detail}”没有声明", "the prefix “{detail}” is not declared", "补上 xmlns:{detail}=\"…\",或向对方重新索取 / add xmlns:{detail}=\"…\", or ask the partner for it again"),
    "schemas.link": ("“{detail}”是链接,不予跟随", "“{detail}” is a link, which is not followed", "换成文件本身 / put the file itself there"),
    "schemas.elsewhere": ("没有步骤使用的接口“{call}”描述有误:{why_zh}", "the call “{call}”, which no step uses, is at fault: {why_en}", "用到时再向对方核对 / ask the partner when a step needs it"),
    "schemas.addresses": ("有多个地址,已取 {detail}", "there are several addresses; taken is {detail}", "核对 partner.yaml 的 endpoint / look at the endpoint of partner.yaml"),
    "schemas.several": (
        "有多个互不相干的描述:{detail}", "there are several descriptions that have nothing to do with one another: {detail}",
        "一个文件夹对应一个系统、一个地址:只留一个;分在几个地址的接口,请对方给出统一入口 / a folder is one system at one address: keep one; of calls at several addresses, ask the partner for one that takes them all",
    ),
    "schemas.version": ("不支持这种描述文件({detail})", "this kind of description is not supported ({detail})", "向对方要 WSDL 1.1 或 OpenAPI 2.0、3.0、3.1 / ask for WSDL 1.1, or OpenAPI 2.0, 3.0 or 3.1"),
    "schemas.unreadable": ("文件无法解析({detail})", "the file cannot be parsed ({detail})", "向对方重新索取 / ask the partner for it again"),
    "schemas.encoding": ("文件不是 UTF-8 编码", "the file is not in UTF-8", "另存为 UTF-8 / save it as UTF-8"),
    "schemas.body": ("请求体不是 JSON:{detail}", "a request's body is not JSON: {detail}", "步骤用不了它,向对方要 JSON 接口 / no step can use it: ask the partner for JSON"),
    "schemas.parameter": (
        "必填参数不会发出:{detail}", "a required parameter is not sent: {detail}",
        "步骤只发送请求体;若不是由 auth 发出,请与对方商定 / a step sends a body only: unless auth sends it, settle it with the partner",
    ),
    "schemas.pattern": (
        "格式“{detail}”无法核对", "the pattern “{detail}” is not held against anything", "不支持前后查找等写法,用示例核对 / look-around and the like are not understood: show it by examples",
    ),
    "schemas.twice": (
        "同名的项既在网址中又在报文体中:{detail}", "one name stands in the URL and in the body: {detail}",
        "只写入网址;对方若要求报文体中也有,请与对方商定 / it goes into the URL only: settle it with the partner if the body needs it, too",
    ),
    "schemas.abstract": ("“{detail}”是抽象的,须由其他元素或类型代替", "“{detail}” is abstract: another element or type stands for it", "向对方核对实际使用哪一个 / ask the partner which one is used"),
    "schemas.header": ("操作“{detail}”要求 SOAP 头,不会发出", "the operation “{detail}” wants a SOAP header, which is not sent", "若不是由 auth 发出,请与对方商定 / unless auth sends it, settle it with the partner"),
    "schemas.too-large": ("描述过大或没有尽头({detail})", "the description is too large, or has no end ({detail})", "向对方索取精简的描述 / ask for a smaller one"),
    "schemas.doctype": ("含有 DTD 或实体,不予读取", "it holds a DTD or entities and is not read", "删去 DOCTYPE / remove the DOCTYPE"),
    "schemas.outside": (
        "引用指向文件夹之外:{detail}", "a reference leads out of the folder: {detail}",
        "把各文件放在一个文件夹中,new 时给出该文件夹;网上的文件先存下并改写引用 / put all files into one folder and give `new` that folder; save a file of the net there and point the reference to it",
    ),
    "schemas.missing": ("找不到被引用的内容:{detail}", "what is referred to is not there: {detail}", "向对方索取缺少的文件 / ask the partner for the missing file"),
    "schemas.circular": ("文件互相引用成环", "the files refer to one another in a circle", "无须处理,每个文件只读一次 / nothing to do: each is read once"),
    "schemas.endless": ("引用成环,没有内容:{detail}", "references in a circle that lead to nothing: {detail}", "向对方核对 / ask the partner"),
    "schemas.recursive": ("结构包含自身:{detail};其下不再核对", "a structure contains itself: {detail}; nothing below is checked", "按实际层数写 / write as many levels as are needed"),
    "schemas.invalid": ("XSD 有误:{detail}", "the XSD is at fault: {detail}", "向对方核对 / ask the partner"),
    "schemas.type": ("“{detail}”不是 OpenAPI 的类型,其内容不核对", "“{detail}” is no type of OpenAPI: what stands there is not checked", "向对方核对 / ask the partner"),
    "schemas.unbuildable": ("据此无法生成报文({detail})", "no messages can be built from it ({detail})", "向对方核对 WSDL / ask the partner about its WSDL"),
    "schemas.rpc": ("操作“{detail}”是 rpc 或 encoded 方式", "the operation “{detail}” is rpc or encoded", "向对方要 document/literal 的 WSDL / ask for a document/literal WSDL"),
    "schemas.part": ("消息“{detail}”须恰好有一个 element 部件", "the message “{detail}” needs exactly one part, an element", "向对方核对 WSDL / ask the partner about its WSDL"),
    "schemas.form": ("“{detail}”的描述不合规范", "“{detail}” is not described as the specification wants", "向对方核对 / ask the partner"),
    "schemas.empty": ("没有描述任何可调用的操作", "it describes no operation that can be called", "核对是否为完整的文件 / see whether this is the whole description"),
    "schemas.no-address": ("WSDL 没有 soap:address", "the WSDL has no soap:address", "地址以 partner.yaml 的 endpoint 为准 / the endpoint of partner.yaml counts"),
    "schemas.unused": ("没有任何文件引用它", "nothing refers to this file", "移走,或核对引用 / move it, or check the references"),
    # the partner as a whole
    "track.push": ("track.push: true 与 push: 一节必须同时出现", "track.push: true and a push: section belong together", "补上缺的一个 / add the other"),
    "track.none": ("既不轮询也不接收推送,状态永远不会到达", "neither polls nor pushes: no status would ever arrive", "写 poll 或 push / give poll or push"),
    "verdict.competent": ("competent 只用于 is: refused", "competent stands only beside is: refused", "删去 competent / remove it"),
    "verdict.reason": ("reason 只用于 is: refused", "a reason stands only beside is: refused", "删去 reason / remove it"),
    "overlay.key": ("覆盖项“{key}”没有命中任何内容", "the override “{key}” hits nothing", ""),
    "overlay.folder": ("没有名为“{name}”的对接文件夹", "there is no partner folder “{name}”", ""),
    # examples
    "examples.lacking": ("没有哪个示例表明{zh}", "no example shows {en}", ""),
    "examples.matter": ("没有这个名称的事项文件", "there is no matter file of this name", ""),
    "examples.file": ("不属于示例", "it is no part of an example", "示例由这些组成 / an example has: {known}"),
    "examples.twice": ("有多个 {part}.*", "there are several {part}.* files", "只保留一个 / keep one"),
    "examples.message": ("报文有误:{zh}", "the message is at fault: {en}", "改正该文件 / mend the file"),
    "examples.case": ("办件的 {pointer}:{zh}", "{pointer} of the case: {en}", ""),
    "examples.matter-code": ("办件的事项不是该事项文件的 {code}", "the case is not of this matter file's matter {code}", "改 draft.matter,或移到另一个文件夹 / change draft.matter, or move the example"),
    "examples.inline": ("示例中的材料须内联", "the materials of an example stand inline", "写 content(Base64) / write its content as Base64"),
    "examples.extension": ("文件名的扩展名不可用", "the file name's extension cannot be used", "可用 / known: {known}"),
    "examples.step": ("该事项没有步骤“{step}”", "the matter has no step “{step}”", ""),
    "examples.wants": ("步骤“{step}”的办件须有“{key}”", "a case in the step “{step}” has a “{key}”", "在 case.json 中补 {key} / add {key} to case.json"),
    "examples.personal": ("疑似真实的公民身份号码", "this could be a real person's identity number", "换成以 99 开头的虚构号码 / invent one that begins with 99"),
    "examples.push": ("该对接方不推送", "this partner does not push", "改 step,或在 partner.yaml 中写 push / change step, or write push: in partner.yaml"),
    "examples.answer": ("推送没有 answer", "a push has no answer", "删去 answer;我方的回复放入 sent.* / remove it; what we reply stands in sent.*"),
    "examples.reply": ("没有应答状态,却有 reply.*", "there is a reply.* although nothing is answered", "写 answer: 200,或删去 reply.* / write answer: 200, or remove reply.*"),
    "examples.reply-missing": ("推送缺少 reply.*", "the pushed message, reply.*, is missing", "放入对方推送的报文 / put the partner's message there"),
    "check.todo": ("还有 TODO 没有填写：{written}", "a TODO is still to be filled in", "按注释填写,确认后删去 TODO / fill it in as the comment says, and remove the TODO"),
    # advice
    "check.no-status": ("没有状态代码表,任何状态都读不出", "there is no status table: no status can be read", "新建 codes/status.csv / write codes/status.csv"),
    "check.status": ("没有对方代码表示 {status}({zh})", "no code of the partner means {status} ({zh})", "核对对方文档 / compare with the partner's paper"),
    "check.codes": (
        "代码表“{table}”没有这些统一代码:{values}", "the code table “{table}” lacks these canonical codes: {values}",
        "补上对方代码,或写一行说明没有:{first},,none: 原因(其余全部写 *) / add the partner's codes, or a row that says why there is none: {first},,none: why (* for all others)",
    ),
    "check.unreachable": (
        "没有对方代码表示这些状态:{values}", "no code of the partner means these statuses: {values}",
        "补上对方代码,或写一行说明没有:{first},,none: 原因(其余全部写 *) / add the partner's codes, or a row that says why there is none: {first},,none: why (* for all others)",
    ),
    "check.changes-nothing": ("事项 {matter} 没有会产生办件的步骤", "no step of the matter {matter} changes anything", "核对 changes / check changes"),
    "check.no-number": ("事项 {matter} 的步骤“{step}”不读取对方编号", "the step “{step}” of the matter {matter} reads no partner number", "在 read 中补 number / read a number"),
    "check.raw-reason": (
        "判定行 {when} 表示退回却没有 reason,原因将不归类", "the verdict row {when} refuses without a reason: it stays raw",
        "从 docs/reasons.md 选一个;确无合适的可不写 / choose one of docs/reasons.md, or leave it where none fits",
    ),
    "check.nothing": (
        "步骤“{step}”发出的内容与办件无关", "what the step “{step}” sends says nothing of the case", "至少写一项编号:${{case.number}} / write a number of the case at least: ${{case.number}}",
    ),
    "check.success": (
        "步骤“{step}”的应答中没有 success 所看的任何一项", "the answer of the step “{step}” has nothing that success looks at",
        "用 || 写出各步骤的判断 / write the rule of each step, with || between them",
    ),
    "check.query-number": (
        "resend: query,而查询的“{target}”要对方编号,应答丢失时还没有它", "resend: query, but the query's “{target}” is the partner's number, which a lost answer never gave",
        "用我方编号查询,或改 resend: idempotent、ask-a-person / ask by our number, or change resend to idempotent or ask-a-person",
    ),
    "check.branch": (
        "“{targets}”在接口定义中只能取其一", "of “{targets}” the description takes only one", "只写一种,或以 ? 或 $if 区分 / write one of them, or tell them apart by ? or $if",
    ),
    "check.listed": (
        "“{path}”可以出现多次,须取其中一条", "“{path}” may stand several times: one entry must be taken", "例如 / for example: list({path})[-1].…",
    ),
    "examples.unsent": (
        "示例没有 sent.*", "the example has no sent.*", "运行 tongban partner test --update 并核对 / run tongban partner test --update and look at it",
    ),
    "check.unknown-case": (
        "resend: query 却没有 reason: unknown-case 的判定行", "resend: query, yet no verdict row says reason: unknown-case", "为“查无此件”补一行 / add a row for “no such case”",
    ),
    # against the partner's own description
    "check.operation": ("对方的描述中没有“{name}”", "the partner's description has no “{name}”", ""),
    "check.required": ("缺少对方必填的“{target}”{about}", "the partner requires “{target}”{about}", "补上来源 / add its source"),
    "check.one-of": ("对方要求至少有其中一项:{targets}", "the partner requires one of: {targets}", "写上其中一项 / write one of them"),
    "check.may-be-absent": (
        "对方必填“{target}”,这里却可能缺省", "the partner requires “{target}”, yet it may be left out here", "去掉 ? 或 $if,除非确有把握 / remove the ? or $if, unless you are sure",
    ),
    "check.unknown": ("对方的报文中没有“{target}”", "the partner's message has no “{target}”", ""),
    "check.unlisted": ("对方未列出“{target}”", "the partner does not list “{target}”", ""),
    "check.kind": ("“{target}”需要{wanted_zh},这里是{given_zh}", "“{target}” needs {wanted_en}; here is {given_en}", ""),
    "check.once": ("“{target}”只能出现一次,这里是列表", "“{target}” may stand once only; here is a list", "去掉 $each,或取其中一项 / remove the $each, or take one entry"),
    "check.list": ("“{target}”是列表,这里只有一项", "“{target}” is a list; here is one", "写 $each,或写成 - 列表 / write $each, or a list with -"),
    "check.allowed": ("“{target}”不接受:{values}", "“{target}” does not accept: {values}", "可用 / accepted: {allowed}"),
    "check.longest": ("“{target}”最长 {longest} 个字符,这里有 {length} 个", "“{target}” takes {longest} characters at most; here are {length}", "缩短 / shorten it"),
    "check.answer": ("对方的应答中没有“{path}”", "the partner's answer has no “{path}”", ""),
    "check.unused": ("没有任何内容用到该文件", "nothing uses this file", "删去,或写上用处 / remove it, or use it"),
}  # fmt: skip
ADVICE: Final = frozenset(
    {
        "check.no-status", "check.status", "check.codes", "check.unreachable", "check.changes-nothing", "check.no-number", "check.raw-reason",
        "check.query-number", "examples.unsent", "check.nothing", "check.success", "check.unknown-case", "check.may-be-absent", "check.unlisted", "check.answer", "check.unused",
        "schemas.none", "schemas.circular", "schemas.recursive", "schemas.no-address", "schemas.unused", "schemas.body", "schemas.parameter",
        "schemas.abstract", "schemas.header", "schemas.twice", "schemas.other", "schemas.type", "schemas.elsewhere", "schemas.addresses", "schemas.pattern",
    }
)  # fmt: skip
"""Findings about what works and is probably not meant; with any other, a folder is not used."""
