"""Settings: one table. Every setting is an environment variable TONGBAN_<NAME>; secrets are files of a folder and never settings.

The table is the class `Settings` itself: each field carries its default and an `About` with what it is for and what it takes.
docs/settings.md lists the same, and a test holds the two together.
"""

import difflib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import SettingsError

PREFIX = "TONGBAN_"
SECRET_PREFIX = "TONGBAN_SECRET_"  # noqa: S105 - the name of a family of variables
MEBIBYTE = 1024 * 1024
_SQLITE = "sqlite:///"
_SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}(?:/[a-z0-9][a-z0-9._-]{0,63})+")
_MAX_SECRET_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class About:
    """A setting's text for people. takes: what a value must look like. secret: the print and the docs never show the value."""

    zh: str
    en: str
    takes_zh: str
    takes_en: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. default: as a person would write it, "" when there is none."""

    name: str
    default: str
    about: About

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


def _database_url(url: str) -> str:
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE) and ":memory:" not in url:
        return url
    if url.startswith("postgresql://") and urlsplit(url).path.strip("/"):
        return url
    raise ValueError("neither a SQLite file nor a PostgreSQL database")


def _networks(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _packaged_mappings() -> Path:
    return Path(str(resources.files("gateway"))).parent / "mappings"


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
_BYTES = ("正整数(字节)", "a positive number of bytes")
_FILE = ("文件路径", "the path of a file")
_FOLDER = ("文件夹路径", "the path of a folder")
_SECONDS = ("大于 0 的秒数", "a number of seconds above 0")


class Settings(BaseSettings):
    """Everything a process of ours is told from outside. Frozen; `Settings.load` is the way in."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    # fmt: off
    # A table: one setting a paragraph, as in docs/settings.md.
    database_url: Annotated[str, AfterValidator(_database_url), About(
        "数据库:SQLite 文件,或 PostgreSQL。", "The database: a SQLite file, or PostgreSQL.",
        "sqlite:///文件路径 或 postgresql://用户:口令@主机/库名", "sqlite:///path or postgresql://user:password@host/name", secret=True,
    )] = "sqlite:///tongban.db"
    attachments: Annotated[Path | None, About(
        "SQLite 时材料密文所在的文件夹;默认在数据库旁。",
        "With SQLite, the folder of the sealed materials; default: beside the database.", *_FOLDER,
    )] = None
    key_file: Annotated[Path | None, About(
        "封存个人信息的密钥文件(权限 0600);默认在数据库旁。",
        "The file of the keys that seal personal data (mode 0600); default: beside the database.", *_FILE,
    )] = None
    host: Annotated[str, Field(min_length=1), About(
        "监听地址。", "The address to listen on.", "IP 地址或主机名", "an IP address or a host name",
    )] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535), About(
        "监听端口;0 为任取空闲端口。", "The port to listen on; 0 takes a free one.", "0 至 65535 的整数", "an integer from 0 to 65535",
    )] = 8080
    mappings: Annotated[Path | None, About(
        "对接方文件夹的所在;默认用随软件安装的。", "Where the partners' folders are; default: those installed with the software.", *_FOLDER,
    )] = None
    overlay: Annotated[Path | None, About(
        "叠加在各 partner.yaml 之上的 YAML 文件。", "A YAML file laid over every partner.yaml.", *_FILE,
    )] = None
    secrets: Annotated[Path, About(
        "对接方的密钥:名为 a/b 的密钥是此文件夹下的文件 a/b,仅属主可读。",
        "Partners' secrets: the secret a/b is the file a/b in this folder, readable by its owner only.", *_FOLDER,
    )] = Path("secrets")
    outbound_networks: Annotated[Networks, About(
        "除公网地址外允许外呼的网段。", "Networks that may be called beside public addresses.",
        "以逗号分隔的网段,如 10.20.0.0/16,fd00::/8", "networks separated by commas, such as 10.20.0.0/16,fd00::/8",
    )] = ()
    outbound_ca_file: Annotated[Path | None, About(
        "外呼时额外信任的 CA 证书文件(PEM)。", "A file of CA certificates (PEM) trusted for outbound calls beside the system's.", *_FILE,
    )] = None
    max_body_bytes: Annotated[int, Field(gt=0), About(
        "JSON 请求体的上限。", "The largest JSON body that is accepted.", *_BYTES,
    )] = 8 * MEBIBYTE
    max_material_bytes: Annotated[int, Field(gt=0), About(
        "单份材料的上限。", "The largest material that is accepted.", *_BYTES,
    )] = 100 * MEBIBYTE
    worker: Annotated[bool, About(
        "本进程是否同时处理待办任务。", "Whether this process also works on the jobs that are due.", "true 或 false", "true or false",
    )] = True
    lease_seconds: Annotated[float, Field(gt=0), About(
        "任务租约的时长;进程失联后,其任务在此之后由别的进程接手。",
        "How long a job is leased; another process takes over a lost process's jobs after that.", *_SECONDS,
    )] = 60.0
    poll_idle_seconds: Annotated[float, Field(gt=0), About(
        "空闲时多久查看一次到期任务。", "How often an idle worker looks for due jobs.", *_SECONDS,
    )] = 1.0
    shutdown_seconds: Annotated[float, Field(gt=0), About(
        "停机时留给在途工作的时间。", "The time that work in hand is given when the process stops.", *_SECONDS,
    )] = 10.0
    log_level: Annotated[Literal["debug", "info", "warning", "error"], About(
        "日志级别。", "The level of the log.", "debug、info、warning 或 error", "debug, info, warning or error",
    )] = "info"
    log_format: Annotated[Literal["json", "text"], About(
        "日志格式:每行一个 JSON 对象,或供人阅读的文本。", "The form of the log: one JSON object a line, or text for people.",
        "json 或 text", "json or text",
    )] = "json"
    # fmt: on

    @classmethod
    def load(cls, **given: Any) -> Self:
        """The settings of the environment, those given by name first. Raises SettingsError that names every variable at fault."""
        refuse_unknown(os.environ)
        try:
            return cls(**given)
        except ValidationError as error:
            names = dict.fromkeys(
                str(problem["loc"][0]) for problem in error.errors(include_url=False, include_context=False, include_input=False)
            )
        rows = [row for row in table() if row.name in names]
        raise SettingsError(
            "settings.invalid",
            "配置无效。" + "".join(f"{row.variable} 应为{row.about.takes_zh}。" for row in rows),
            "Invalid settings." + "".join(f" {row.variable} takes {row.about.takes_en}." for row in rows),
        )

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, or None on PostgreSQL."""
        return Path(self.database_url.removeprefix(_SQLITE).partition("?")[0]) if self.database_url.startswith(_SQLITE) else None

    @property
    def attachments_folder(self) -> Path | None:
        """Where sealed materials lie; None on PostgreSQL, which keeps them itself."""
        return None if self.sqlite_file is None else self.attachments or _beside(self.sqlite_file, ".materials")

    @property
    def sealing_keys(self) -> Path:
        """The file of the sealing keys."""
        return self.key_file or (Path("tongban.keys") if self.sqlite_file is None else _beside(self.sqlite_file, ".keys"))

    @property
    def mappings_folder(self) -> Path:
        """Where the partners' folders are."""
        return self.mappings or _packaged_mappings()

    def masked(self) -> list[str]:
        """The whole table as it stands, one line a setting, secrets masked: what a process prints when it starts."""
        lines = []
        for row in table():
            value = getattr(self, row.name)
            text = _mask_password(value) if row.about.secret else _text(value)
            source = "" if row.name in self.model_fields_set else " (default)"
            lines.append(f"{row.variable}={text}{source}")
        return lines


def table() -> tuple[Setting, ...]:
    """Every setting, in the order of the class."""
    return tuple(
        Setting(name, _text(field.default), next(note for note in field.metadata if isinstance(note, About)))
        for name, field in Settings.model_fields.items()
    )


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """Raises SettingsError for a TONGBAN_ variable that nobody reads, naming the nearest setting: a typo must not become a default."""
    known = [row.variable for row in table()]
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in known)
    if not unknown:
        return
    near = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0] for name in unknown}
    raise SettingsError(
        "settings.unknown",
        "".join(f"没有 {name} 这个配置项,最接近的是 {nearest}。" for name, nearest in near.items()),
        " ".join(f"There is no setting {name}; the nearest is {nearest}." for name, nearest in near.items()),
    )


class FolderSecrets:
    """Secrets by name, read each time, so that a rotated secret is used at once. Environment variables stand in for absent files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str:
        """The secret of that name ("<folder>/<name>"). Raises SettingsError that says what to do; the value is never in a message."""
        if not _SECRET_NAME.fullmatch(name):
            raise SettingsError(
                "secret.name",
                "密钥名称应形如 对接方/名称,只含小写字母、数字、点、横线和下划线。",
                "A secret's name has the form partner/name, of lower-case letters, digits, dots, hyphens and underscores.",
            )
        content = self._read(name)
        if content is None:
            content = os.environ.get(variable_of(name))
        if not content:
            raise SettingsError(
                "secret.missing",
                f"没有密钥 {name}。请把它写入密钥文件夹(TONGBAN_SECRETS)下的文件 {name},权限 0600;或设置环境变量 {variable_of(name)}。",
                f"There is no secret {name}. Write it to the file {name} in the folder of secrets (TONGBAN_SECRETS), mode 0600, "
                f"or set {variable_of(name)}.",
                detail=f"looked in {self._folder}",
            )
        return content

    def _read(self, name: str) -> str | None:
        try:
            with (self._folder / name).open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
                    raise SettingsError(
                        "secret.exposed",
                        f"密钥文件 {name} 可被其他用户读写。请执行 chmod 600 后重试。",
                        f"The file of the secret {name} is open to other users. Set its mode to 600 (chmod 600) and try again.",
                    )
                content = file.read(_MAX_SECRET_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(name, f"errno {error.errno}") from None
        if len(content) > _MAX_SECRET_BYTES:
            raise _unreadable(name, "over 64 KiB")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise _unreadable(name, "not UTF-8") from None
        return text.removesuffix("\n").removesuffix("\r")


def variable_of(secret: str) -> str:
    """The environment variable that may hold a secret: "some-place/token" → TONGBAN_SECRET_SOME_PLACE__TOKEN."""
    return SECRET_PREFIX + re.sub(r"[^A-Z0-9]", "_", secret.upper().replace("/", "__"))


def _unreadable(name: str, detail: str) -> SettingsError:
    return SettingsError(
        "secret.unreadable",
        f"无法读取密钥文件 {name}。它应是本进程可读的 UTF-8 文本文件,不超过 64 KiB。",
        f"The file of the secret {name} cannot be read. It must be a text file in UTF-8, readable by this process, of at most 64 KiB.",
        detail=detail,
    )


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mask_password(url: str) -> str:
    head, separator, tail = url.partition("?")
    head = re.sub(r"^([a-z]+://)(?:[^/]*@)", r"\1***@", head)
    return head + (separator + "***" if tail else "")
