"""The errors of this room, with the texts of all their codes. A text never repeats what a row says."""

from typing import Final

from gateway.errors import TongbanError

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "store.address": ("附件地址无效。", "This is not an attachment address."),
    "store.already-serving": (
        "已有一个服务进程在使用此数据库文件；一个 SQLite 文件只能由一个服务进程使用。",
        "Another process already serves this database file; one SQLite file has one serving process.",
    ),
    "store.attachment-changed": (
        "附件内容与登记的摘要不符，请从备份恢复。",
        "The attachment's content differs from its recorded hash; restore it from a backup.",
    ),
    "store.attachment-missing": ("附件内容不存在，请从备份恢复。", "The attachment's content is missing; restore it from a backup."),
    "store.busy": ("数据库忙，未写入，请稍后重试。", "The database is busy; nothing was written, try again."),
    "store.closed": ("存储已关闭。", "The store is closed."),
    "store.commit-failed": ("提交失败，未保存。", "The commit failed; nothing was saved."),
    "store.commit-unknown": (
        "提交时与数据库的连接中断，是否已保存未知，请按编号查询后再重试。",
        "The connection was lost during the commit; whether it was saved is unknown. Look it up before trying again.",
    ),
    "store.conflict": ("与已有记录冲突，未保存。", "This conflicts with a record that exists; nothing was saved."),
    "store.durability": (
        "数据库的设置不能保证已确认的数据不丢失，拒绝启动；请恢复数据库的默认设置。",
        "The database is set so that acknowledged data could be lost; it is refused. Restore its default settings.",
    ),
    "store.failed": ("数据库操作失败，未保存。", "The database could not do this; nothing was saved."),
    "store.fenced": ("任务已被其他进程接管，结果未写入。", "Another worker has taken this job over; nothing was written."),
    "store.full": ("磁盘空间不足，未保存；请清理空间后重试。", "The disk is full; nothing was saved. Free some space and try again."),
    "store.newer": (
        "数据库由更新的版本建立，请使用新版本程序。",
        "The database was written by a newer version of this program; use that version.",
    ),
    "store.not-migrated": ("数据库结构不是最新，请先运行 tongban migrate。", "The database needs a migration: run tongban migrate."),
    "store.read-only": ("只读事务中不能写入。", "A read cannot write."),
    "store.sqlite-version": (
        "SQLite 版本存在 WAL 重置缺陷，可能丢失已确认的数据，拒绝启动；请安装 pysqlite3 0.6.1 或以上版本。",
        "This SQLite has the WAL-reset bug, which can lose acknowledged data; it is refused. Install pysqlite3 0.6.1 or newer.",
    ),
    "store.unreachable": (
        "无法连接数据库，请检查地址、权限和数据库是否运行。",
        "The database cannot be reached; check its address, rights and state.",
    ),
    "store.unknown-case": ("没有这个办件。", "There is no such case."),
    "store.url": (
        "数据库地址应为 sqlite:////目录/文件.db 或 postgresql://…。",
        "A database address reads sqlite:////folder/file.db or postgresql://host/name.",
    ),
}


class StoreError(TongbanError):
    """The store cannot do what was asked. Unless the code is store.commit-unknown, nothing of the unit was saved.

    code: a key of TEXTS.
    """

    def __init__(self, code: str, *, detail: str | None = None) -> None:
        super().__init__(code, *TEXTS[code], detail=detail)


class Fenced(StoreError):  # noqa: N818 - a state of the job, and the word of the queue
    """The job belongs to another worker by now; raised inside a unit, it undoes what a zombie would have written."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__("store.fenced", detail=detail)
