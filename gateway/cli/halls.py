"""`tongban hall`: the halls, their keys and their webhooks. A key or secret is printed once and kept only as a digest or sealed."""

import re
from typing import Annotated

import typer

from gateway.cli.desk import Action, AsJson, By, Desk, at_desk
from gateway.cli.speech import Column, show, tell
from gateway.cli.trouble import CommandError
from gateway.model import iso
from gateway.outbound import Origin
from gateway.security import new_hall_key, new_webhook_secret
from gateway.sheets import UnfitError, fields
from gateway.store import HallRecord, Tx

app = typer.Typer(help="大厅及其密钥 / halls and their keys", no_args_is_help=True)

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
HallId = Annotated[str, typer.Argument(metavar="ID", help="大厅标识：小写字母、数字和横线 / id: lower-case letters, digits, hyphens")]
COLUMNS = (
    Column("大厅", "hall"),
    Column("名称", "name"),
    Column("地区", "region"),
    Column("回传地址", "webhook"),
    Column("登记时间", "added at"),
)


@app.command("add")
def add_command(
    hall_id: HallId,
    name: Annotated[str, typer.Option("--name", help="名称 / name")],
    region: Annotated[str, typer.Option("--region", help="所在地区代码 / code of its region")],
    by: By = None,
) -> None:
    """登记大厅 / add a hall"""
    at_desk(lambda desk: add_hall(desk, hall_id, name, region), by=by)
    tell(f"已登记大厅 {hall_id}。下一步：tongban hall key {hall_id}", f"Added the hall {hall_id}. Next: tongban hall key {hall_id}")


async def add_hall(desk: Desk, hall_id: str, name: str, region: str) -> None:
    """Add a hall. CommandError for a bad id or name, an unknown region, or a hall that exists."""
    if not _ID.fullmatch(hall_id):
        raise CommandError(
            "cli.hall-id",
            "大厅标识只含小写字母、数字和横线，不超过 40 个。",
            "A hall's id has lower-case letters, digits and hyphens, at most 40.",
        )
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise CommandError("cli.hall-name", "大厅名称应为 1 至 60 个可见字符。", "A hall's name has 1 to 60 printable characters.")
    try:
        code = fields.region(region)
    except UnfitError as unfit:
        raise CommandError("cli.region", f"{region!r} {unfit.zh}。", f"{region!r} is {unfit.en}.") from None

    def unit(tx: Tx) -> None:
        if tx.catalogue.region(code) is None:
            raise CommandError(
                "cli.region", f"目录中没有地区 {code}，请先导入目录。", f"The catalogue has no region {code}; import the catalogue first."
            )
        if not tx.halls.add(HallRecord(id=hall_id, name=name, region=code, created_at=desk.now())):
            raise CommandError("cli.hall-exists", f"大厅 {hall_id} 已存在。", f"The hall {hall_id} exists.")
        desk.record(tx, Action.HALL_ADDED, hall_id, {"region": code})

    await desk.store.write(unit)


@app.command("key")
def key_command(
    hall_id: HallId,
    revoke: Annotated[
        str | None, typer.Option("--revoke", metavar="PREFIX", help="停用此前缀的密钥 / revoke the key of this prefix")
    ] = None,
    by: By = None,
) -> None:
    """发放一把新密钥（只显示这一次），或停用一把 / make a key, printed this once, or revoke one"""
    if revoke is not None:
        at_desk(lambda desk: revoke_key(desk, hall_id, revoke), by=by)
        tell("密钥已停用。", "The key is revoked.")
        return
    text = at_desk(lambda desk: make_key(desk, hall_id), by=by)
    tell("密钥只显示这一次，请立即保存：", "The key is shown this once; keep it now:", stderr=True)
    print(text)


async def make_key(desk: Desk, hall_id: str) -> str:
    """A new key of the hall; only its digest is kept. CommandError when there is no such hall."""
    key = new_hall_key()

    def unit(tx: Tx) -> None:
        _hall(tx, hall_id)
        tx.halls.add_key(hall_id, key.prefix, key.digest, desk.now())
        desk.record(tx, Action.HALL_KEY_MADE, hall_id, {"prefix": key.prefix})

    await desk.store.write(unit)
    return key.text


async def revoke_key(desk: Desk, hall_id: str, prefix: str) -> None:
    """Revoke one key of the hall. CommandError when the hall has no such key, or no longer."""

    def unit(tx: Tx) -> None:
        _hall(tx, hall_id)
        key = tx.halls.key(prefix)
        if key is None or key.hall_id != hall_id or not tx.halls.revoke_key(prefix, desk.now()):
            raise CommandError("cli.hall-key", "该大厅没有这个前缀的有效密钥。", "The hall has no key in force with this prefix.")
        desk.record(tx, Action.HALL_KEY_REVOKED, hall_id, {"prefix": prefix})

    await desk.store.write(unit)


@app.command("webhook")
def webhook_command(
    hall_id: HallId,
    url: Annotated[str, typer.Argument(metavar="URL", help="接收回传的地址 / where the hall is told")],
    by: By = None,
) -> None:
    """设置回传地址并换发签名密钥（只显示这一次） / set the webhook and a new signing secret, printed this once"""
    secret = at_desk(lambda desk: set_webhook(desk, hall_id, url), by=by)
    tell("签名密钥只显示这一次，请立即保存：", "The signing secret is shown this once; keep it now:", stderr=True)
    print(secret)


async def set_webhook(desk: Desk, hall_id: str, url: str) -> str:
    """The new signing secret of the hall's webhook. OutboundError for a URL that could not be called."""
    origin = Origin.of(url)
    secret = new_webhook_secret()
    sealed = desk.sealer().seal(secret.encode(), f"hall:{hall_id}:webhook")

    def unit(tx: Tx) -> None:
        _hall(tx, hall_id)
        tx.halls.set_webhook(hall_id, url, sealed)
        desk.record(tx, Action.HALL_WEBHOOK_SET, hall_id, {"origin": str(origin)})

    await desk.store.write(unit)
    return secret


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """列出大厅 / list the halls"""
    halls = at_desk(lambda desk: desk.store.read(lambda tx: tx.halls.all()))
    rows = [
        {
            "hall": hall.id,
            "name": hall.name,
            "region": hall.region,
            "webhook": str(Origin.of(hall.webhook_url)) if hall.webhook_url else None,
            "added_at": iso(hall.created_at),
        }
        for hall in halls
    ]
    show(("大厅", "halls"), COLUMNS, rows, as_json=as_json)


def _hall(tx: Tx, hall_id: str) -> HallRecord:
    hall = tx.halls.get(hall_id)
    if hall is None:
        raise CommandError("cli.hall-unknown", f"没有大厅 {hall_id}。", f"There is no hall {hall_id}.")
    return hall
