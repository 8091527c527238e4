"""The report of a conformance run: one canonical JSON document, its detached signature, and the same for people as one HTML file.

conformance.json      keys sorted, no spaces, UTF-8; names the public key that has signed it
conformance.json.sig  the Ed25519 signature (RFC 8032) of exactly these bytes, in Base64, one line
conformance.html      the same checks, in one file that asks for nothing else; it is not signed, and names the hash of the JSON file
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from gateway.errors import TongbanError
from gateway.model import iso
from gateway.security import ReportKey, fingerprint, has_signed
from gateway.wire import WireError, parse_json

from .run import Conformance

FORMAT: Final = "tongban-conformance/1"
JSON, SIGNATURE, HTML = "conformance.json", "conformance.json.sig", "conformance.html"
_MAX_BYTES: Final = 16 << 20
_MAX_SIGNATURE: Final = 1024
SECRETS: Final[Mapping[str, str]] = {"stand-ins": "替身 / stand-ins", "installed": "已安装的密钥 / installed"}
CAME: Final[Mapping[str, tuple[str, str]]] = {"passed": ("通过", "✓"), "failed": ("不通过", "✗"), "not shown": ("未出现", "–")}


class ReportError(TongbanError):
    """A report that nobody vouches for."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report whose signature fits. key: the fingerprint of the key that has signed it: compare it with the one you know."""

    document: Mapping[str, Any] = field(repr=False)
    key: str


def report_document(run: Conformance, public: bytes) -> dict[str, Any]:
    """The run as JSON values."""
    return {
        "format": FORMAT,
        "folder": {"name": run.folder, "content_hash": run.content_hash, "transport": run.transport, "matters": list(run.matters)},
        "gateway": {"version": version("tongban")},
        "endpoint": {"origin": run.origin, "secrets": "stand-ins" if run.stand_ins else "installed"},
        "run": {"at": iso(run.at), "seconds": run.seconds, "calls": run.calls, "answered": run.answered, "seed": run.seed},
        "signed_by": {"algorithm": "Ed25519", "public_key": base64.b64encode(public).decode("ascii"), "fingerprint": fingerprint(public)},
        "summary": {"passed": run.count("passed"), "failed": run.count("failed"), "not_shown": run.count("not shown"), "holds": run.holds},
        "checks": [asdict(check) for check in run.checks],
    }


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a report: keys sorted, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def write_report(folder: Path, run: Conformance, key: ReportKey) -> tuple[Path, ...]:
    """The three files in the folder, which is made when there is none. Raises OSError."""
    document = report_document(run, key.public)
    data = canonical(document)
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        JSON: data,
        SIGNATURE: base64.b64encode(key.sign(data)) + b"\n",
        HTML: html(document, hashlib.sha256(data).hexdigest()).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in files)


def verify_report(file: Path) -> SignedReport:
    """A report and the signature beside it (`<file>.sig`). Raises ReportError for what is no report or was changed, OSError."""
    with file.open("rb") as opened:
        data = opened.read(_MAX_BYTES + 1)
    with file.with_name(f"{file.name}.sig").open("rb") as opened:
        signature = opened.read(_MAX_SIGNATURE)
    try:
        document: Any = parse_json(data, max_bytes=_MAX_BYTES)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError
        public = base64.b64decode(document["signed_by"]["public_key"], validate=True)
        told = (document["folder"]["name"], document["folder"]["content_hash"], document["run"]["at"])
        counts = [document["summary"][name] for name in ("passed", "failed", "not_shown")]
        if not (all(isinstance(one, str) for one in told) and all(isinstance(one, int) for one in counts)):
            raise ValueError
    except (WireError, ValueError, KeyError, TypeError):
        raise ReportError(
            "report.unreadable", "该文件不是一致性报告，或已损坏。", "This is no conformance report, or it is damaged."
        ) from None
    try:
        fits = has_signed(public, base64.b64decode(signature.strip(), validate=True), data)
    except ValueError:
        fits = False
    if not fits:
        raise ReportError(
            "report.altered",
            "签名与报告不符：报告或签名被改动过。",
            "The signature does not fit the report: one of them was changed.",
        )
    return SignedReport(document, fingerprint(public))


def html(document: Mapping[str, Any], sha256: str) -> str:
    """The report for people: one page, Chinese first, nothing from outside. sha256: of the JSON file."""
    folder, run, summary = document["folder"], document["run"], document["summary"]
    passed, shown = summary["passed"], summary["passed"] + summary["failed"]
    facts = {
        "对接方 / partner": folder["name"],
        "事项 / matters": ", ".join(folder["matters"]),
        "内容散列 / content hash": folder["content_hash"],
        "网关版本 / gateway": document["gateway"]["version"],
        "对方地址 / endpoint": document["endpoint"]["origin"],
        "密钥 / secrets": SECRETS[document["endpoint"]["secrets"]],
        "时间 / time": f"{run['at']} · {run['seconds']} 秒 / s",
        "调用 / calls": f"{run['calls']} 次，{run['answered']} 次有应答 / {run['calls']} calls, {run['answered']} answered",
        "种子 / seed": run["seed"],
        "签名公钥 / signed by": f"Ed25519 {document['signed_by']['fingerprint']}",
        "conformance.json": f"SHA-256 {sha256}",
    }
    about = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in facts.items())
    checks = "".join(_row(check) for check in document["checks"])
    return _PAGE.format(
        title=f"{escape(folder['name'])} {passed}/{shown}", passed=passed, shown=shown, unseen=summary["not_shown"], about=about,
        checks=checks, state="good" if summary["holds"] else "bad",
    )  # fmt: skip


def _row(check: Mapping[str, Any]) -> str:
    zh, mark = CAME[check["came"]]
    cells = (
        f"{mark} {zh}<br><small>{check['came']}</small>",
        f"{escape(check['zh'])}<br><small>{escape(check['en'])}</small><br><code>{escape(check['id'])}</code>",
        escape(check["expected"]),
        escape(check["seen"]),
        "" if check["ms"] is None else str(check["ms"]),
    )
    return f'<tr class="{check["came"].replace(" ", "-")}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


_PAGE: Final = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>一致性报告 {title}</title>
<style>
body {{ font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1a1a1a; }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0; }}
th, td {{ border-bottom: 1px solid #ddd; padding: .35rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }}
th {{ white-space: nowrap; }}
small, code {{ color: #555; }}
.good strong, .passed td:first-child {{ color: #116329; }}
.bad strong, .failed td:first-child {{ color: #a40e26; }}
.not-shown td {{ color: #666; }}
</style>
</head>
<body>
<h1>一致性报告 <small>Conformance report</small></h1>
<p class="{state}"><strong>通过 {passed}/{shown}</strong> · passes {passed}/{shown} · 未出现 {unseen} · not shown {unseen}</p>
<table>{about}</table>
<table>
<thead><tr><th>结果<br><small>came out</small></th><th>检查<br><small>check</small></th><th>应为<br><small>expected</small></th>
<th>实为<br><small>seen</small></th><th>ms</th></tr></thead>
<tbody>{checks}</tbody>
</table>
</body>
</html>
"""
