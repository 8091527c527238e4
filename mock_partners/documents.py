"""Files: telling what a received one is, and making the electronic results."""

from dataclasses import dataclass

from mock_partners.cases import Case, Milestone
from mock_partners.life import Stage

_MAGIC = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "ofd": b"PK\x03\x04"}
MEDIA_TYPES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "application/ofd": "ofd"}


def begins_as(kind: str, content: bytes) -> bool:
    """Whether the content begins as a file of this kind (pdf, png, jpg, ofd) does."""
    return content.startswith(_MAGIC[kind])


@dataclass(frozen=True)
class Result:
    """What an authority hands out at the end: a licence or the letter that refuses it."""

    name: str
    number: str
    file_name: str
    content: bytes


def result_of(case: Case, milestone: Milestone) -> Result | None:
    """The electronic result that came with this milestone, the same bytes each time; None before the decision."""
    if milestone.stage not in (Stage.APPROVED, Stage.DENIED):
        return None
    approved = milestone.stage is Stage.APPROVED
    name = f"{case.submission.item_name[:180]}（{'电子证照' if approved else '不予许可决定书'}）"
    number = f"{'DZ' if approved else 'JD'}{case.number[2:]}"
    lines = (name, f"编号 {number}", f"办件 {case.outer}", f"{milestone.when:%Y年%m月%d日}")
    return Result(name, number, f"{number}.pdf", pdf(lines))


def opinion_of(milestone: Milestone) -> str | None:
    """What the authority wrote to its decision, or to its notice."""
    if milestone.reason is not None:
        return milestone.reason.value
    return {
        Stage.SUPPLEMENT: "申请材料不齐全或者不符合法定形式，请按补正告知一次补齐",
        Stage.APPROVED: "准予",
        Stage.WITHDRAWN: "申请人申请撤件，准予撤回",
    }.get(milestone.stage)


def pdf(lines: tuple[str, ...]) -> bytes:
    """A one-page PDF 1.5 with the lines in the standard Chinese font, which readers bring along."""
    shown = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines)
    page = f"BT /F1 16 Tf 72 740 Td 28 TL {shown} ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 5 >> /DW 1000 >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    )
    out = bytearray(b"%PDF-1.5\n%\xe4\xb8\xad\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
