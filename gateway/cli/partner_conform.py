"""`tongban partner conform` and `verify-report`: a folder's whole procedure against a test endpoint, and its signed report."""

import asyncio
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.desk import AsJson
from gateway.cli.folders import OneName, opened, unwritable
from gateway.cli.speech import print_json, tell
from gateway.cli.trouble import CommandError
from gateway.errors import TongbanError
from gateway.settings import FolderSecrets, Settings

if TYPE_CHECKING:
    from gateway.kit import Conformance
    from gateway.mapping import Folder
    from gateway.outbound import AddressRules, Origin

app = typer.Typer()

MARKS: Mapping[str, str] = {"passed": "✓", "failed": "✗", "not shown": "–"}
SECRET = "secret:"  # noqa: S105 - how a folder names one
LOOPBACK = ("127.0.0.0/8", "::1/128")
Against = Annotated[str, typer.Option("--against", metavar="URL", help="模拟器或测试环境的地址 / of a simulator or a test endpoint")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FOLDER", help="报告所在，缺省 conformance-NAME / where the report goes")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="办件编号的种子，每次运行应不同 / of the case numbers; a new one each run")]
StandIns = Annotated[bool, typer.Option("--stand-in-secrets", help="密钥用替身，对模拟器 / stand-ins for secrets, for a simulator")]
EveryMatter = Annotated[bool, typer.Option("--all-matters", help="每个有成功示例的事项 / every matter that shows a success")]
Patience = Annotated[float, typer.Option("--patience", min=0.0, max=3600.0, help="每次等待状态的秒数 / seconds to wait for a status")]
ReportFile = Annotated[Path, typer.Argument(metavar="FILE", help="conformance.json")]
OfKey = Annotated[str | None, typer.Option("--key", metavar="FINGERPRINT", help="须由此公钥签名 / the key that must have signed it")]


@app.command("conform")
def conform_command(
    name: OneName,
    against: Against,
    output: Output = None,
    seed: Seed = None,
    stand_in_secrets: StandIns = False,
    all_matters: EveryMatter = False,
    patience: Patience = 30.0,
    as_json: AsJson = False,
) -> None:
    """对模拟器或测试环境走完全程，写出签名的报告 / drive the whole procedure against a partner and write a signed report"""
    from gateway.kit import Patience, StandIns, Terms, conform, new_seed, report_document, write_report
    from gateway.security import ReportKey, report_key_file

    settings, folder = Settings.load(), opened(name)
    rules = _rules(settings, _origin(against))
    secrets = StandIns() if stand_in_secrets else _installed(settings, folder)
    key = ReportKey.create(report_key_file(settings))
    terms = Terms(new_seed() if seed is None else seed, Patience(seconds=patience), every_matter=all_matters)
    run = asyncio.run(
        conform(folder, against, terms, secrets=secrets, stand_ins=stand_in_secrets, rules=rules, ca_file=settings.outbound_ca_file)
    )
    place = output or Path(f"conformance-{name}")
    try:
        files = write_report(place, run, key)
    except OSError as error:
        raise unwritable(place, error) from None
    if as_json:
        print_json(report_document(run, key.public))
    else:
        _print(run)
        tell(f"报告：{files[0]}、{files[-1].name}，已签名。", f"report: {files[0]} and {files[-1].name}, signed.")
    raise typer.Exit(0 if run.holds else 1)


@app.command("verify-report")
def verify_command(file: ReportFile, key: OfKey = None, as_json: AsJson = False) -> None:
    """核对一致性报告的签名 / verify the signature of a conformance report"""
    from gateway.kit import verify_report
    from gateway.security import ReportKey, report_key_file

    try:
        report = verify_report(file)
    except OSError as error:
        raise CommandError("cli.unreadable", f"无法读取 {error.filename}。", f"{error.filename} cannot be read.") from None
    if key is not None and key.lower() != report.key:
        raise CommandError(
            "cli.report-key",
            f"报告由另一公钥 {report.key} 签名。",
            f"The report was signed by another key, {report.key}.",
        )
    own = report_key_file(Settings.load())
    ours = own.exists() and _fingerprint(ReportKey.load(own).public) == report.key
    document, summary = report.document, report.document["summary"]
    if as_json:
        print_json({"valid": True, "key": report.key, "ours": ours, "folder": document["folder"], "summary": summary})
        return
    whose = ("本装置", "this installation's") if ours else ("非本装置，请与对方核对", "not this installation's; compare it with its owner")
    tell(f"签名有效，公钥指纹 {report.key}（{whose[0]}）。", f"The signature fits; key {report.key} ({whose[1]}).")
    shown = summary["passed"] + summary["failed"]
    print(f"{document['folder']['name']}  {document['folder']['content_hash'][:12]}  {document['run']['at']}")
    tell(
        f"通过 {summary['passed']}/{shown}，未出现 {summary['not_shown']}",
        f"passes {summary['passed']}/{shown}, not shown {summary['not_shown']}",
    )


def _origin(url: str) -> "Origin":
    """Whom the URL names. A wrong command line when it is none, or has a query, which an endpoint has not."""
    from gateway.outbound import Origin

    if "?" in url:
        raise typer.BadParameter("地址不带查询参数 / without a query", param_hint="--against")
    try:
        return Origin.of(url)
    except TongbanError as error:
        raise typer.BadParameter(f"{error.zh} / {error.en}", param_hint="--against") from None


def _rules(settings: Settings, origin: "Origin") -> "AddressRules":
    """As serve has them; this machine itself may be called when the command names it."""
    from gateway.outbound import AddressRules

    own = tuple(ipaddress.ip_network(network) for network in LOOPBACK) if origin.host in ("127.0.0.1", "::1", "localhost") else ()
    return AddressRules(networks=(*settings.outbound_networks, *own))


def _installed(settings: Settings, folder: "Folder") -> FolderSecrets:
    """The installation's secrets. Raises SettingsError when one that signs requests is missing, before anything is called."""
    secrets = FolderSecrets(settings.secrets)
    for value in folder.auth.options.values():
        if value.startswith(SECRET):
            secrets.get(value.removeprefix(SECRET))
    return secrets


def _fingerprint(public: bytes) -> str:
    from gateway.security import fingerprint

    return fingerprint(public)


def _print(run: "Conformance") -> None:
    if run.silent:
        tell(f"{run.origin} 无人应答：{run.calls} 次调用无一得到应答。", f"No call was answered: 0 of {run.calls} at {run.origin}.")
    print(f"{run.folder}  {run.content_hash[:12]}  {run.origin}  种子 / seed {run.seed}")
    for check in run.checks:
        took = "" if check.ms is None else f"  {check.ms} ms"
        print(f"  {MARKS[check.came]} {check.id}  {check.zh} / {check.en}{took}")
        if check.came == "failed":
            print(f"      应为 / expected  {check.expected}")
            print(f"      实为 / seen      {check.seen}")
        elif check.came == "not shown":
            print(f"      未出现 / not shown  {check.seen}")
    passed, unseen = run.count("passed"), run.count("not shown")
    shown = passed + run.count("failed")
    tell(f"通过 {passed}/{shown}，未出现 {unseen}", f"passes {passed}/{shown}, not shown {unseen}")
