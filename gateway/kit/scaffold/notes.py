"""A new folder's NOTES.md: what the paper must still say, as a list to be worked through."""

from collections.abc import Sequence

from .values import Tables

# ruff: noqa: E501 - a list for people: one question a line

_CHECKLIST = """\
- [ ] **编号**：对方怎样称呼我方编号，长度够不够（我方 30 位）；对方编号何时给出 / numbers: room for ours (30 characters), when theirs is given
- [ ] **应答丢失**：提交后没有收到应答，可否按我方编号查询；查无此件的代码 / lost answers: can one ask by our number; the code for “no such case”
- [ ] **去重**：同一编号提交两次会怎样 / idempotency: what happens when one number is submitted twice
- [ ] **成功与失败代码**：完整列表，哪些可以重试，哪些须由人处理 / codes: the whole list; which to retry, which need a person
- [ ] **状态**：完整列表及含义；“办结”是准予还是不予；未列出的代码 / statuses: the whole list; does “closed” mean granted
- [ ] **状态怎样送达**：查询频率的限制，还是推送；推送怎样签名 / how statuses arrive: by asking or by push; how a push is signed
- [ ] **时间**：时区、格式、服务器时钟的容差 / time: zone, pattern, tolerated skew
- [ ] **字符集**：UTF-8 还是 GB18030；生僻字 / character set; rare characters
- [ ] **限制**：每秒次数、并发、报文大小、单个附件大小、超时 / limits: rate, concurrency, size of messages and files, time-outs
- [ ] **签名与密钥**：方式、申请途径、轮换 / signing: scheme, where keys come from, rotation
- [ ] **测试环境**：地址、开放时间、测试数据 / test endpoint: address, hours, data
- [ ] **补正与撤件**：接口、时限、不合时宜时的代码 / supplements and withdrawals: calls, time limits, refusals
"""


def notes(name: str, schemas: Sequence[str], tables: Tables, told: Sequence[str], unusable: Sequence[str]) -> str:
    """The text. schemas: names of the files as received; told: calls that look like the partner's own, at us; unusable: no steps."""
    parts = [
        f"# {name}：纸面以外的约定\n",
        f"来源 / source：{'、'.join(f'`schemas/{file}`' for file in schemas)}。\n",
        "## 待确认 / still to be said\n",
        _CHECKLIST,
    ]
    if told:
        listed = "、".join(f"`{key}`" for key in told)
        parts += ["## 推送 / push\n", f"{listed} 像是对方调用我方的接口：见 partner.yaml 的 `push:` / look like calls of theirs at us.\n"]
    if unusable:
        listed = "、".join(f"`{key}`" for key in unusable)
        why = "方法或路径不是本语言能写的，不能作为步骤 / the language cannot write the method or the path: no steps"
        parts += ["## 不能用的接口 / calls that cannot be used\n", f"{listed}：{why}。\n"]
    if tables.unmatched:
        parts += ["## 代码表待补 / codes without one of ours\n"]
        parts += [
            f"- `codes/{table}.csv`：" + "，".join(f"`{value}`" + (f" {said}" if said else "") for value, said in rows) + "\n"
            for table, rows in tables.unmatched.items()
        ]
    return "\n".join(parts)
