"""The role `simulate` of `python -m mock_partners`: its options, and the application that they ask for."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from mock_partners.simulator import Options

_LOOPBACK: Final = ("127.0.0.1", "localhost")


class BrokenError(Exception):
    """What keeps a simulation from starting, in a line. status: what the process ends with."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that only this role has."""
    parser.add_argument("folder", type=Path, help="对接方文件夹 / the partner's folder")
    parser.add_argument("--scenario", type=Path, help="故障与进度场景 / scenario of faults and progress")
    parser.add_argument(
        "--secrets", type=Path, help="密钥文件，缺省则不校验签名 / JSON file of secrets; without it proofs are not verified"
    )
    parser.add_argument("--push-to", help="状态推送地址，仅限本机 / URL that statuses are pushed to, loopback only")


def application(arguments: argparse.Namespace) -> web.Application:
    """The application of a folder; says on standard error what it serves. Raises BrokenError."""
    # The validators take a good part of a second to import, which only this role should spend.
    from mock_partners.simulator import FolderError, ScenarioError, SecretMissingError, SimulatedPartner, read_paper

    try:
        partner = SimulatedPartner(read_paper(arguments.folder), _options(arguments))
    except FolderError as error:
        raise BrokenError(3, f"{arguments.folder.name}/{error}") from None
    except ScenarioError as error:
        raise BrokenError(2, f"{arguments.scenario}:{error}") from None
    except SecretMissingError as error:
        raise BrokenError(2, f"密钥文件缺少 {error} / the secrets file lacks {error}") from None
    except OSError as error:
        raise BrokenError(2, _unreadable(error)) from None
    except ValueError as error:
        raise BrokenError(2, str(error)) from None
    except RecursionError:
        raise BrokenError(3, f"{arguments.folder.name}: 嵌套过深 / it is nested too deep") from None
    for line in partner.introduction():
        _log(line)
    return partner.app()


def _options(arguments: argparse.Namespace) -> "Options":
    from mock_partners.simulator import Options, Scenario, read_scenario

    if arguments.push_to and (urlsplit(arguments.push_to).scheme != "http" or urlsplit(arguments.push_to).hostname not in _LOOPBACK):
        raise ValueError("推送地址须为 http://127.0.0.1:… / pushes go to http://127.0.0.1:… only")
    return Options(
        seed=arguments.seed,
        scenario=read_scenario(arguments.scenario) if arguments.scenario else Scenario(),
        secrets=_secrets(arguments.secrets) if arguments.secrets else None,
        push_to=arguments.push_to,
        journal=arguments.journal,
        log=_log,
    )


def _unreadable(error: OSError) -> str:
    name = error.filename
    if isinstance(error, FileNotFoundError):
        return f"没有文件 {name} / there is no file {name}"
    return f"无法读写 {name}：{error.strerror} / {name} cannot be read or written: {error.strerror}"


def _secrets(file: Path) -> dict[str, str]:
    try:
        values = json.loads(file.read_bytes())
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise ValueError(f"{file.name}：应为名称与文本的 JSON 对象 / a JSON object of texts is expected")
    return values


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
