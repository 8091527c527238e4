"""A new folder's `partner.yaml`: what the description says, and TODO where the paper must say it."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from gateway.mapping import Transport
from partners import SCHEMES

from .envelope import Envelope
from .messages import GUESSED
from .received import Hints
from .yaml_text import Line

PLACEHOLDER_REGION: Final = "990000"
"""A province that does not exist: a new folder answers for nobody until somebody says for whom."""
_ADDRESS: Final = re.compile(r"https?://[\x21\x24-\x3e\x41-\x7e]+")
_KEY: Final = re.compile(r"apiKey header ([A-Za-z0-9!#$%&'*+.^_`|~-]+)")
_OPTIONS: Final = {
    "tif": (("prefix", "x-tif"), ("paasid", "secret:{name}/paasid"), ("token", "secret:{name}/token")),
    "wsse-username": (("username", "secret:{name}/user"), ("password", "secret:{name}/password")),
}


def partner_file(
    name: str,
    transport: Transport,
    regions: Sequence[str],
    hints: Hints,
    envelope: Envelope,
    *,
    asks: bool,
    by_ours: bool,
    push: Line | None,
    security: str = "",
) -> list[Line]:
    """The lines of the file. asks: the partner has a query; by_ours: it takes our number; push: that section, where it calls us.

    security: what a submit must be signed with, as the facts of an operation say it: alternatives by ` | `.
    """
    return [
        Line("language", "1"),
        _regions(regions),
        Line("transport", transport),
        _endpoint(name, hints.endpoint),
        Line("auth", None, "", _auth(name, hints.scheme, security)),
        _resend(asks, by_ours),
        Line(
            "limits", None, "TODO 对方文档中的流量和超时约定 / what the paper says of rates and time-outs",
            [Line("per_second", "5"), Line("in_flight", "4"), Line("timeout_seconds", "15")],
        ),
        Line(
            "retry", None, "",
            [
                Line("schedule", _list("10s", "1m", "5m", "30m", "2h", "6h"), raw=True),
                Line("jitter", "20%"),
                Line("give_up_after", "3 working days"),
            ],
        ),
        _track(asks, push is not None),
        envelope.rule(),
        *envelope.verdicts(asks=asks),
        *([push] if push is not None else []),
    ]  # fmt: skip


def _resend(asks: bool, by_ours: bool) -> Line:
    twice = "同一编号报两次仍是一件的，写 idempotent / where twice is one case: idempotent"
    if not asks:
        return Line(
            "resend",
            "ask-a-person",
            f"TODO 没有查询接口，应答丢失时怎么办 / no query: what after a lost answer；{twice}",
        )
    if not by_ours:
        why = f"TODO 查询只认对方编号，应答丢失时还没有它 / the query takes only their number；{twice}"
        return Line("resend", "ask-a-person", why)
    return Line("resend", "query", "应答丢失时先查询 / when an answer is lost, ask first")


def _regions(regions: Sequence[str]) -> Line:
    if regions:
        return Line("regions", _list(*(f'"{region}"' for region in regions)), raw=True)
    return Line("regions", _list(f'"{PLACEHOLDER_REGION}"'), "TODO 六位行政区划代码 / six digits of the region", raw=True)


def _endpoint(name: str, said: str | None) -> Line:
    if said is None or not _usable(said):
        return Line("endpoint", f"secret:{name}/endpoint", "TODO 文档没有可用的地址 / the description gives no usable address")
    plain = "" if said.startswith("https:") else "；不是 https，明文传输：请确认是专网 / not https: only in a private network"
    return Line("endpoint", said, f"{GUESSED}：文档中的地址 / from the description{plain}")


def _usable(address: str) -> bool:
    try:
        return _ADDRESS.fullmatch(address) is not None and bool(urlsplit(address).hostname) and urlsplit(address).port != 0
    except ValueError:
        return False


def _auth(name: str, scheme: str | None, security: str) -> list[Line]:
    known = " | ".join(sorted(SCHEMES))
    if scheme is None and (keyed := _keyed(name, security)):
        return keyed
    if scheme is None:
        return [
            Line("scheme", "TODO", f"取 one of {known}"),
            Line(comment=f"密钥只写名称，例如 secrets by name only: token: secret:{name}/token"),
        ]
    options = [Line(key, value.format(name=name)) for key, value in _OPTIONS[scheme]]
    return [Line("scheme", scheme, f"{GUESSED}：文档提到 / the description mentions it"), *options]


def _keyed(name: str, security: str) -> list[Line]:
    """The scheme of a key in one header, where the description asks for no more than that."""
    for either in security.split(" | "):
        if found := _KEY.fullmatch(either):
            header = [Line("header", found[1])]
        elif either == "http bearer":
            header = [Line("header", "Authorization"), Line("word", "Bearer")]
        else:
            continue
        scheme = Line("scheme", "api-key", f"{GUESSED}：文档要求 / the description asks for {either}")
        return [scheme, *header, Line("key", f"secret:{name}/key")]
    return []


def _track(asks: bool, pushes: bool) -> Line:
    if not asks and not pushes:
        return Line("track", "{}", "TODO 没有查询接口，状态怎样送达：push? / no query: how does a status arrive, by push?", raw=True)
    polls = [Line("poll", _list("30m", "1h") if pushes else _list("5m", "10m", "30m", "1h"), raw=True)] if asks else []
    return Line("track", None, "", [*polls, *([Line("push", "true")] if pushes else [])])


def _list(*values: str) -> str:
    return f"[{', '.join(values)}]"
