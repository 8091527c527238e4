"""`tongban keys`: the keys that seal personal data."""

import typer

from gateway.cli.speech import tell
from gateway.cli.trouble import CommandError
from gateway.security import Keyring
from gateway.settings import Settings

app = typer.Typer(help="封存密钥 / the keys that seal personal data", no_args_is_help=True)


@app.command("create")
def create_command() -> None:
    """新建密钥文件，同一数据库的所有进程共用；已有则拒绝 / make the key file that all processes of a database share; never twice"""
    path = Settings.load().sealing_keys
    if path.exists():
        raise CommandError(
            "cli.keys-exist", f"密钥文件 {path.name} 已存在，未作改动。", f"The key file {path.name} exists; nothing was changed."
        )
    Keyring.create(path)
    tell(
        f"已新建密钥文件 {path.name}。请与数据库分开备份；丢失后已封存的内容无法打开。",
        f"Made the key file {path.name}. Back it up apart from the database; without it nothing that was sealed can be opened.",
    )
