"""What an authority asks for before it goes on: one notice of everything that is missing (一次性告知, 补正)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One thing to hand in. code: the partner's own, or its place in the list; text: what is asked; material: its code in the matter."""

    code: str
    text: str
    material: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """number: of the written notice; due: until when; items: as listed. An empty list is the partner's omission, never a guess of ours."""

    items: tuple[NoticeItem, ...]
    number: str | None = None
    due: datetime | None = None
