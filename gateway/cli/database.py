"""`tongban migrate`: bring the database to this version's form."""

import typer

from gateway.cli.desk import at_desk
from gateway.cli.speech import tell

app = typer.Typer()


@app.command("migrate")
def migrate_command() -> None:
    """把数据库升级到本版本的结构 / bring the database to this version's schema"""

    async def opened(desk: object) -> None:
        """Opening a desk migrates."""

    at_desk(opened)
    tell("数据库结构已是最新。", "The database has this version's schema.")
