"""The command line: `python -m mock_partners rest | soap | hall | simulate`.

Secrets files are JSON objects of strings:
rest {"paasid", "token"} · soap {"username", "password", "push_key", "push_secret"} · hall {hall id: "whsec_…"}
· simulate {the names that the folder gives its secrets}.

Ends with 0 when told to, 1 when the port is taken, 2 for a wrong command line or scenario, 3 for a folder that cannot be served.
"""

import argparse
import asyncio
import json
import re
import sys
from pathlib import Path

from aiohttp import web

from mock_partners import rest, simulate, soap
from mock_partners.hall import HallReceiver
from mock_partners.office import Options
from mock_partners.push import Callback
from mock_partners.serving import serve


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mock_partners", description="模拟对接方与大厅 / simulated partners and halls")
    process = argparse.ArgumentParser(add_help=False)
    process.add_argument("--port", type=int, default=0, help="本机端口，0 为自动 / loopback port, 0 for a free one")
    process.add_argument("--seed", type=int, default=0, help="随机种子 / seed of all that is drawn")
    process.add_argument("--journal", type=Path, help="效果日志 / file of effects, reloaded on start")
    process.add_argument("--parent-pid", type=int, help="父进程结束即退出 / end when this parent ends")
    process.add_argument("--until-stdin-closes", action="store_true", help="标准输入关闭即退出 / end when stdin ends")
    common = argparse.ArgumentParser(add_help=False, parents=[process])
    common.add_argument("--secrets", type=Path, required=True, help="密钥文件 / JSON file of secrets")
    partner = argparse.ArgumentParser(add_help=False)
    partner.add_argument("--pace", type=float, default=1.0, help="状态间平均秒数 / mean seconds between stages")
    partner.add_argument("--transient", type=_share, default=0.0, help="处理前失败的比例 / share failing before processing")
    partner.add_argument("--lost-answer", type=_share, default=0.0, help="应答丢失的比例 / share of answers lost")
    partner.add_argument("--refuse", type=_share, default=0.0, help="不予办理的比例 / share not accepted or denied")
    partner.add_argument("--supplement", type=_share, default=0.0, help="要求补正的比例 / share asked for a supplement")
    partner.add_argument("--second-notice", type=_share, default=0.0, help="其中再次要求补正的比例 / share of those asked twice")
    partner.add_argument("--elsewhere", type=_share, default=0.0, help="答复属他地职权的比例 / share told to be another place's")
    partner.add_argument(
        "--competent",
        type=_regions,
        action="extend",
        default=[],
        metavar="CODE",
        help="他地区划代码，六位，可多个 / codes of those places, six digits, comma-separated or given again",
    )
    partner.add_argument("--areas", type=_codes, help="辖区代码，逗号分隔 / area codes, comma-separated")
    partner.add_argument("--items", type=_codes, help="事项编码，缺省为全部 / matter codes, all when left out")
    roles = parser.add_subparsers(dest="role", required=True)
    roles.add_parser("rest", parents=[common, partner], help="REST 对接方 / a REST partner")
    soap_role = roles.add_parser("soap", parents=[common, partner], help="SOAP 对接方 / a SOAP partner")
    soap_role.add_argument("--schemas", type=Path, required=True, help="WSDL 与 XSD 所在目录 / folder of WSDL and XSD")
    soap_role.add_argument("--callback", required=True, help="状态推送地址 / URL that statuses are pushed to")
    hall_role = roles.add_parser("hall", parents=[common], help="大厅的回传接收端 / a hall's webhook receiver")
    hall_role.add_argument("--fail", type=_share, default=0.0, help="失败的比例 / share of calls that fail")
    simulate.add_arguments(roles.add_parser("simulate", parents=[process], help="按文件夹模拟对接方 / a partner from its folder"))
    return parser


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _regions(text: str) -> tuple[str, ...]:
    codes = _codes(text)
    for code in codes:
        if not re.fullmatch("[0-9]{6}", code):
            raise ValueError(code)
    return codes


def _application(arguments: argparse.Namespace) -> web.Application:
    """The application of the chosen role; KeyError names a secret that is missing."""
    if arguments.role == "simulate":
        return simulate.application(arguments)
    secrets: dict[str, str] = json.loads(arguments.secrets.read_text("utf-8"))
    if arguments.role == "hall":
        return HallReceiver(secrets, seed=arguments.seed, fail=arguments.fail, journal=arguments.journal).app()
    role = rest if arguments.role == "rest" else soap
    options = Options(
        areas=arguments.areas or role.DEFAULT_AREAS,
        items=frozenset(arguments.items) if arguments.items else None,
        seed=arguments.seed,
        pace=arguments.pace,
        transient=arguments.transient,
        lost_answer=arguments.lost_answer,
        refuse=arguments.refuse,
        supplement=arguments.supplement,
        second_notice=arguments.second_notice,
        elsewhere=arguments.elsewhere,
        competent=tuple(arguments.competent),
        journal=arguments.journal,
    )
    if arguments.role == "rest":
        return rest.RestPartner(rest.Credentials(secrets["paasid"], secrets["token"]), options).app()
    callback = Callback(arguments.callback, secrets["push_key"], secrets["push_secret"])
    credentials = soap.Credentials(secrets["username"], secrets["password"])
    return soap.SoapPartner(credentials, callback, arguments.schemas, options).app()


def main() -> None:
    """Serve one role until told to end; a bad command line or unreadable file ends with status 2 and one line why."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.role in ("rest", "soap") and arguments.elsewhere and not arguments.competent:
        parser.error("--elsewhere 须与 --competent 同用 / --elsewhere needs --competent")
    try:
        app = _application(arguments)
    except simulate.BrokenError as error:
        print(error, file=sys.stderr)
        sys.exit(error.status)
    except KeyError as error:
        parser.error(f"密钥文件缺少 {error} / the secrets file lacks {error}")
    except (OSError, ValueError) as error:
        parser.error(f"文件无法读取 / cannot read a file: {error}")
    serving = serve(
        app,
        role=arguments.role,
        port=arguments.port,
        parent=arguments.parent_pid,
        until_stdin_closes=arguments.until_stdin_closes,
    )
    try:
        asyncio.run(serving)
    except OSError as error:
        print(f"无法监听端口 {arguments.port} / cannot listen on port {arguments.port}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
