"""How a call can end without an answer, and the border that decides what may be done next.

*Surely not sent*: no byte of the request left, since no connection stood; it may simply be tried again.
*Perhaps sent*: a connection stood; on a step that changes something nobody may send it again unasked.
"""

from enum import Enum
from typing import Final

from gateway.errors import TongbanError

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "outbound.bad-url": ("对方地址的格式有误。", "The address of the other side is malformed."),
    "outbound.bad-header": (
        "请求头含有不允许的名称或字符，未发送。",
        "A request header has a name or a character that is not accepted; nothing was sent.",
    ),
    "outbound.body": ("附件读取失败，请求未能完整发送。", "The request's body could not be read to its end."),
    "outbound.closed": ("系统正在停止，未发送。", "The gateway is stopping; nothing was sent."),
    "outbound.connect": ("无法连接对方系统。", "The other side cannot be reached."),
    "outbound.dns": ("找不到对方系统的域名。", "The other side's host name cannot be resolved."),
    "outbound.encoding": (
        "对方返回了未约定的压缩格式。",
        "The answer came in a content encoding that was not asked for.",
    ),
    "outbound.incomplete": ("对方的答复中途断开。", "The answer broke off before its end."),
    "outbound.protocol": ("对方的答复不是有效的 HTTP。", "The answer is not valid HTTP."),
    "outbound.refused-address": (
        "对方域名指向不允许访问的网络地址，未发送。",
        "The host leads to a network address that may not be reached; nothing was sent.",
    ),
    "outbound.refused-origin": (
        "该地址不在允许访问的名单内，未发送。",
        "The address is not on the list of allowed origins; nothing was sent.",
    ),
    "outbound.reset": ("对方在答复前断开了连接。", "The other side closed the connection before it answered."),
    "outbound.timeout": ("对方未在规定时间内答复。", "The other side did not answer within the deadline."),
    "outbound.tls": (
        "对方的安全证书或加密连接有误，未发送。",
        "The other side's certificate or encryption is at fault; nothing was sent.",
    ),
    "outbound.too-large": ("对方的答复过大。", "The answer is larger than accepted."),
}


class Sent(Enum):
    """On which side of the border a call ended."""

    SURELY_NOT = "surely-not"
    PERHAPS = "perhaps"


class OutboundError(TongbanError):
    """A call that did not end in an answer.

    code: a key of TEXTS.
    sent: whether the request may have reached the other side.
    detail: origin and kind of failure; never the path, the query, a header's value or anything that was received.
    """

    def __init__(self, code: str, sent: Sent, *, detail: str | None = None) -> None:
        zh, en = TEXTS[code]
        super().__init__(code, zh, en, detail=detail)
        self.sent = sent


class Border:
    """The border of one call: crossed when a connection stands, TLS included, and never back."""

    __slots__ = ("crossed",)

    def __init__(self) -> None:
        self.crossed = False

    @property
    def sent(self) -> Sent:
        """What can be said of the call now."""
        return Sent.PERHAPS if self.crossed else Sent.SURELY_NOT
