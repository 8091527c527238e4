"""Faults: what is wrong with something a person or a system gave us, said so that a clerk knows what to do. One catalogue, both languages."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """pointer: RFC 6901, "" is the whole document; code: stable; zh, en: what happened and what to do. Never personal data."""

    pointer: str
    code: str
    zh: str
    en: str


def fault(code: str, pointer: str = "", /, **about: object) -> Fault:
    """The fault of that code, its text filled in. An unlisted code is a programming error (KeyError)."""
    zh, en = FAULTS[code]
    return Fault(pointer, code, zh.format(**about), en.format(**about))


def pointer(path: Iterable[object]) -> str:
    """The JSON pointer of a path of names and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


FAULTS: dict[str, tuple[str, str]] = {
    # the request as such
    "body.malformed": ("请求体不是有效的 UTF-8 JSON(第 {line} 行第 {column} 列)。请检查编码和格式后重新提交。",
                       "The body is not valid UTF-8 JSON (line {line}, column {column}). Mend the encoding and format and submit again."),
    "body.unsafe": ("请求体含有不接受的 JSON 写法:{what_zh}。请改正后重新提交。",
                    "The body uses JSON that is not accepted: {what_en}. Mend it and submit again."),
    "body.not-an-object": ("请求体必须是一个 JSON 对象。", "The body must be one JSON object."),
    "body.too-large": ("请求体超过上限 {limit} 字节。请先用 /api/v1/materials 单独上传大件材料,再在办件中引用其编号。",
                       "The body is over the limit of {limit} bytes. Upload large materials to /api/v1/materials first and refer to them by id."),
    "body.media-type": ("请求的 Content-Type 必须是 {expected}。", "The Content-Type of the request must be {expected}."),
    "body.empty": ("请求体是空的。", "The body is empty."),
    "body.encoding": ("不接受经过压缩或编码的请求体。请去掉 Content-Encoding,原样发送。",
                      "Compressed or encoded bodies are not accepted. Send the body as it is, without Content-Encoding."),
    "body.slow": ("请求体传送太慢或中断,本次内容未保存。请检查网络后重新发送。",
                  "The body arrived too slowly or stopped; nothing was saved. Check the network and send it again."),
    "request.malformed": ("请求不符合 HTTP 规范,未被处理。请检查客户端或代理。", "The request is not valid HTTP and was not processed. Check the client or the proxy."),
    "request.head": ("请求头过长或过多。请精简后重新发送。", "The request's headers are too long or too many. Send fewer."),
    "request.slow": ("请求头迟迟未传完,连接已关闭。请检查网络后重新发送。", "The request's headers did not arrive in time; the connection was closed. Check the network and send again."),
    "request.host": ("请求的主机名不是本网关的。请核对访问地址。", "The host asked for is not this gateway's. Check the address."),
    "query.invalid": ("查询参数 {name} 无效。{hint_zh}", "The query parameter {name} is not valid. {hint_en}"),
    # fields
    "field.missing": ("缺少必填项。请补填后重新提交。", "A required field is missing. Fill it in and submit again."),
    "field.unknown": ("不认识的字段。请删除该字段,或核对接口文档中的字段名。", "Unknown field. Remove it, or check the field's name in the API description."),
    "field.type": ("值的类型不对,应为{expected_zh}。", "The value has the wrong type; expected {expected_en}."),
    "field.value": ("值不在允许的范围内,可取:{allowed}。", "The value is not one of those allowed: {allowed}."),
    "field.pattern": ("值的格式不对。请按接口文档填写。", "The value does not have the required form. See the API description."),
    "field.too-long": ("内容过长,最多 {limit} 个字符。", "Too long: at most {limit} characters."),
    "field.too-short": ("内容过短,至少 {limit} 个字符。", "Too short: at least {limit} characters."),
    "field.too-many": ("条目过多,最多 {limit} 条。", "Too many entries: at most {limit}."),
    "field.characters": ("含有控制字符、不可见方向符或残缺的字符。请重新录入该项。",
                         "Contains control characters, invisible direction marks or broken characters. Type the field again."),
    "field.moment": ("时间必须带时区,例如 2026-11-20T09:00:00+08:00。", "A time needs its zone, for example 2026-11-20T09:00:00+08:00."),
    # supplements, withdrawal, void
    "supplement.none": ("该办件目前没有待答复的补正告知。请先查看办件的 supplements。", "Nothing is asked of this case now. See the case's supplements first."),
    "supplement.withdrawing": ("申请人已申请撤件，办理地尚未确认。申请人要继续办理的，请在答复中写明 goes_on: true，撤件申请即收回。",
                               "The applicant has asked to withdraw, and the handling place has not confirmed it yet. If the applicant goes on after all, answer with goes_on: true; that takes the wish back."),
    "supplement.no-step": ("该办理地不接收经平台提交的补正。请按补正告知书所列方式直接提交。",
                           "The handling place takes no answers through the gateway. Hand in what is asked as the written notice says."),
    "supplement.not-asked": ("补正告知中没有第“{item}”项。请只答复告知的项目。", "The notice has no item “{item}”. Answer only what was asked."),
    "supplement.twice": ("第“{item}”项答复了两次。请合并为一条。", "Item “{item}” is answered twice. Make it one answer."),
    "supplement.unanswered": ("补正第“{item}”项没有答复:{text}。请一次补齐全部项目。", "Item “{item}” is not answered: {text}. Answer all items at once."),
    "case.decided": ("该办件已作出决定或已结束,不能撤件或作废。", "The case is decided or has ended; it can no longer be withdrawn or declared void."),
    "void.agreement": ("办理地可能已收到该办件,作废须写明办理地同意的文号。", "The handling place may have the case: to declare it void, give the number of the document by which it agreed."),
    # certificates
    "certificate.type-unknown": ("证件类型代码不在 GA/T 2000.156 代码表中。请核对证件类型。",
                                 "The certificate type is not a code of GA/T 2000.156. Check the type of certificate."),
    "certificate.identity-number": ("公民身份号码校验不通过(位数、日期或校验码)。请对照证件重新录入。",
                                    "The identity number fails its check (length, date or check digit). Compare it with the card and type it again."),
    "certificate.credit-code": ("统一社会信用代码校验不通过。请对照营业执照重新录入。",
                                "The unified social credit code fails its check. Compare it with the business licence and type it again."),
    "certificate.pattern": ("证件号码的格式与证件类型不符。请核对证件类型和号码。",
                            "The number does not have the form of that type of certificate. Check type and number."),
    "certificate.class": ("自然人不使用统一社会信用代码(001)。请改用个人证件,或核对申请人类型。",
                          "A natural person has no credit code (001). Use a personal certificate, or check the class of applicant."),
    # places and matters
    "region.unknown": ("没有这个地区代码。请从 /api/v1/regions 中选择。", "There is no such region. Choose one from /api/v1/regions."),
    "region.origin-unknown": ("本大厅登记的地区不在目录中。请联系网关管理员。", "Your hall's own region is not in the catalogue. Contact the gateway's administrator."),
    "region.not-in-force": ("地区代码 {code} 在 {day} 不在有效期内(有效期 {period})。请改用现行代码。",
                            "The region code {code} is not in force on {day} (in force {period}). Use the code that is."),
    "matter.unknown": ("没有这个事项。请从 /api/v1/matters 中选择事项。", "There is no such matter. Choose it from /api/v1/matters."),
    "matter.not-offered": ("办理地未提供该事项的通办。请核对办理地,或告知申请人直接向办理地申请。",
                           "The destination does not offer this matter. Check the destination, or tell the applicant to apply there directly."),
    "matter.not-in-force": ("办理地的该事项在 {day} 不在有效期内(有效期 {periods})。请核对日期,或告知申请人直接向办理地咨询。",
                            "The destination's matter is not in force on {day} (in force {periods}). Check the day, or tell the applicant to ask the destination."),
    "agreement.none": ("本大厅所在地与办理地之间没有通办协议。请勿收件,告知申请人直接向办理地申请,或请管理员导入协议。",
                       "There is no agreement between your region and the destination. Do not take the file; tell the applicant to apply there directly, or ask the administrator to import the agreement."),
    "agreement.matter": ("本大厅所在地与办理地之间的通办协议不含该事项。请勿收件,告知申请人直接向办理地申请。",
                         "The agreements between your region and the destination do not cover this matter. Do not take the file; tell the applicant to apply there directly."),
    "agreement.not-in-force": ("覆盖该事项的通办协议在 {day} 不在有效期内({periods})。请勿收件,并告知管理员。",
                               "The agreement that covers this matter is not in force on {day} ({periods}). Do not take the file, and tell the administrator."),
    "agreement.receive": ("通办协议 {document} 未授权本地收取该事项的申请。请告知申请人直接向办理地申请。",
                          "The agreement {document} does not let your region take in this matter. Tell the applicant to apply to the destination directly."),
    "route.own-region": ("办理地就是本大厅所在地,本地收本地的件没有通办协议。请按本地业务直接办理;多地联办请勿把本地填入 also_at。",
                         "The destination is your hall's own region, and no agreement takes cases in for oneself. Handle it as local business; in a joint case do not name your own region in also_at."),
    "route.no-partner": ("办理地尚无已接入的系统。请联系网关管理员。",
                         "The destination has no connected system. Contact the gateway's administrator."),
    "route.partner-matter": ("办理地已接入的系统不受理该事项。请联系网关管理员。",
                             "The destination's connected system does not take this matter. Contact the gateway's administrator."),
    "joint.mode": ("该地的这一事项不是多地联办,不能填写 also_at。请去掉 also_at,或按各地分别收件。",
                   "This matter is not handled jointly there, so also_at cannot be given. Leave it out, or take a case in for each place."),
    "joint.twice": ("同一办理地填写了两次。请去掉重复的办理地。", "This place is named twice. Name each place once."),
    "joint.whole": ("这是多地联办的整件 {number},由各分件办理。请改用分件编号。", "{number} is the whole of a joint case, which its parts carry. Use the number of a part."),
    "joint.part": ("这是多地联办的分件,成效计在整件。请改用整件编号 {number}。", "This is a part of a joint case, and its outcome counts with the whole. Use the number {number}."),
    "applicant.class": ("该事项不面向这类申请人。可申请的主体:{allowed}。", "This matter is not for this class of applicant. It is for: {allowed}."),
    "applicant.representative": ("法人和个体工商户须填写法定代表人(经营者)。", "A legal person or sole trader needs its legal representative (operator)."),
    # form and materials
    "form.missing": ("缺少该事项要求的表单项“{name}”。", "The matter's form field “{name}” is missing."),
    "form.unknown": ("该事项的表单没有此项。", "The matter's form has no such field."),
    "material.missing": ("缺少必要材料“{name}”。请当场一次性告知申请人并补收。",
                         "The required material “{name}” is missing. Tell the applicant at once what is needed and take it in."),
    "material.unlisted": ("该事项不需要此材料(代码 {code})。请核对材料代码或不要收取。",
                          "The matter does not ask for this material (code {code}). Check the code or do not take it."),
    "material.duplicate": ("同一材料代码的文件名重复。请改名后重新提交。", "Two files of the same material have the same name. Rename one."),
    "material.too-large": ("材料超过上限 {limit} 字节。请压缩或重新扫描。", "The material is over the limit of {limit} bytes. Compress it or scan it again."),
    "material.empty": ("材料是空文件。请重新扫描或上传。", "The material is an empty file. Scan or upload it again."),
    "material.type": ("材料内容不是可接受的文件类型。接受:{allowed}。请按要求的格式重新扫描。",
                      "The content is not of an accepted type. Accepted: {allowed}. Scan it again in an accepted format."),
    "material.extension": ("文件名的后缀是 {named},内容却是 {found}。请核对是否选错文件,或改正文件名。",
                           "The file's name says {named}, its content is {found}. Check whether it is the right file, or mend its name."),
    "material.encoding": ("材料内容不是有效的 Base64。", "The content is not valid Base64."),
    "material.content": ("材料须给出 content 或 material 之一,且只能给一个。", "Give either content or material, and only one of them."),
    "material.name": ("上传材料须给出文件名:在 Content-Disposition 头中用 filename*=UTF-8''… 或查询参数 name。",
                      "An upload needs its file name: in the Content-Disposition header as filename*=UTF-8''… or in the query parameter name."),
    "material.unknown": ("没有这个已上传的材料编号,或它属于别的大厅、已被使用。请重新上传。",
                         "No uploaded material has this id, or it is another hall's, or already used. Upload it again."),
    # visits
    "visit.reception": ("本方式(代收代办、多地联办)收件时须登记一次本大厅的 apply 到场及其凭据。",
                        "Taken in at a window (proxy or joint), the case needs this hall's own visit with purpose apply, and its evidence."),
    "visit.future": ("到场时间晚于现在。请核对。", "The visit lies in the future. Check its time."),
    "visit.before-case": ("到场时间早于收件日。请核对,或在收件时登记。", "The visit lies before the day the case was taken in. Check its time."),
    "visit.unknown": ("该办件没有这条有效的到场记录。请用 tongban outcomes --explain 查看编号。", "The case has no such visit that stands. See tongban outcomes --explain for the ids."),
    "outcome.open": ("办件尚未办结,没有可更正的成效。", "The case is not handled yet; there is no outcome to correct."),
    "visit.closed": ("办件已办结,不能再登记到场。", "The case is handled; no visit can be added."),
    # what the destination's system could not take
    "mapping.missing": ("办理地系统要求的内容“{target}”在本办件中没有来源({source})。请补全后重新提交。",
                        "The destination's system requires “{target}”, and this case has no source for it ({source}). Complete it and submit again."),
    "mapping.code": ("办理地系统没有与“{value}”对应的代码(代码表 {table})。请改选,或联系网关管理员。",
                     "The destination's system has no code for “{value}” (table {table}). Choose another, or contact the gateway's administrator."),
    "mapping.value": ("内容不符合办理地系统对“{target}”的要求:{why_zh}。", "The content does not fit what the destination's system requires of “{target}”: {why_en}."),
    "mapping.unusable": ("办理地的对接映射有误,无法生成报文。请联系网关管理员。",
                         "The destination's mapping is at fault and no message can be made. Contact the gateway's administrator."),
    # who and which
    "auth.missing": ("请求未带大厅密钥。请在 Authorization 头中用 Bearer 方式提供。", "The request has no hall key. Give it in the Authorization header as a Bearer token."),
    "auth.refused": ("大厅密钥无效或已停用。请向网关管理员核对。", "The hall key is not valid or was revoked. Check with the gateway's administrator."),
    "case.unknown": ("没有这个办件。请核对办件编号。", "There is no such case. Check the case number."),
    "result.unknown": ("该办件没有这个结果文件。", "The case has no such result document."),
    "route.unknown": ("没有这个接口地址。请核对接口文档 /openapi.json。", "There is nothing at this address. See /openapi.json."),
    "method.unknown": ("该接口不支持这个请求方法。", "This address does not take that method."),
    "idempotency.missing": ("缺少 Idempotency-Key 请求头。每个办件、每次补正答复请各用一个唯一值,重发时保持不变。",
                            "The Idempotency-Key header is missing. Use one unique value for each case and for each supplement answer, and the same when you send it again."),
    "idempotency.invalid": ("Idempotency-Key 应为 1 至 255 个可见 ASCII 字符。", "Idempotency-Key must be 1 to 255 visible ASCII characters."),
    "idempotency.reused": ("该 Idempotency-Key 已用于另一份内容。重发请保持内容不变;新办件或新的补正答复请换新值。",
                           "This Idempotency-Key was used with another body. Send the same body again, or use a new key for a new case or supplement answer."),
    "idempotency.in-hand": ("同一 Idempotency-Key 的前一个请求仍在处理。请稍候用同样的内容重发。",
                            "The first request with this Idempotency-Key is still in hand. Send the same body again in a moment."),
    "service.unavailable": ("系统暂时无法收件,本次内容未保存。请稍后用同一 Idempotency-Key 重新提交。",
                            "The system cannot take cases at the moment; nothing was saved. Submit again later with the same Idempotency-Key."),
    "service.failed": ("系统出现内部错误,已记录(编号 {incident})。本次内容未保存,请稍后重试或联系网关管理员。",
                       "An internal error was recorded (incident {incident}). Nothing was saved; try again later or contact the administrator."),
    # pushes of partners
    "push.refused": ("推送未通过验证。", "The push could not be verified."),
    "push.unreadable": ("推送内容无法读取,已留存待查。", "The push could not be read; it was kept for inspection."),
}  # fmt: skip
