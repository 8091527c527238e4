"""What the tests against the simulated partners share: a case's message as our adapter makes it, changed in one place and signed anew."""

import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

import aiohttp
from aiohttp import web
from lxml import etree
from partner_parts import MAPPINGS, SECRETS, Desk, DictSecrets, StandingClock, connected, facts, folder_of, material, sole_trader

from gateway.model import CaseFacts
from partners import auth

Serve = Callable[[web.Application], Awaitable[str]]
EX = "{http://exchange.example.gov/matter/2020}"
SOAP_PATH = "/services/MatterExchange"
REST, SOAP = "harbin-changchun", "guizhou-province"


class Chance:
    """Entropy as in production."""

    def token(self, nbytes: int) -> bytes:
        return token_bytes(nbytes)


def whole_case(destination: str) -> CaseFacts:
    """A case that fills every field the two messages have."""
    applicant = sole_trader() | {"address": "示例路1号"}
    return facts("000117001001", destination, applicant=applicant, materials=(material(), material("photo", "照片.pdf")))


@dataclass
class Office:
    """A simulated partner, our way to it, and the request our adapter made."""

    name: str
    url: str
    session: aiohttp.ClientSession
    headers: dict[str, str]
    body: bytes
    scheme: auth.Scheme

    async def post(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        async with self.session.post(self.url, headers=headers, data=body) as answer:
            return answer.status, await answer.read()

    async def cases(self) -> int:
        base = self.url.partition("/api")[0].partition(SOAP_PATH)[0]
        async with self.session.get(f"{base}/_mock/cases") as answer:
            return len((await answer.json())["cases"])

    async def signed(self, message: bytes | etree._Element, moment: datetime | None = None) -> tuple[dict[str, str], bytes]:
        """The message under a fresh proof of our own making."""
        plain = {name: value for name, value in self.headers.items() if not name.startswith("x-tif-")}
        parts = auth.Parts("POST", self.url, tuple(plain.items()), message, {})
        done = await self.scheme.sign(parts, moment or datetime.now(UTC), Chance())
        return dict(done.headers), done.rendered()


@asynccontextmanager
async def office_of(name: str, app: web.Application, serve: Serve, path: str, destination: str) -> AsyncIterator[Office]:
    base = await serve(app)
    headers, body = await captured(name, "submit", whole_case(destination), serve)
    async with aiohttp.ClientSession() as session:
        yield Office(name, base + path, session, headers, body, scheme_of(name))


async def captured(name: str, step: str, case: CaseFacts, serve: Serve) -> tuple[dict[str, str], bytes]:
    """The request that our adapter makes for a step: the headers that are its own, and the body."""
    desk = Desk()
    capture = await serve(desk.app())
    desk.says(500)
    async with connected(name, capture + (SOAP_PATH if name == SOAP else "")) as partner:
        await partner.run(step, case)
    (seen,) = desk.seen
    kept = ("content-type", "accept", "soapaction")
    return {key: value for key, value in seen.headers.items() if key in kept or key.startswith("x-tif-")}, seen.body


def scheme_of(name: str) -> auth.Scheme:
    """How we sign for a partner."""
    return auth.scheme(folder_of(MAPPINGS / name).auth, DictSecrets(SECRETS))


class RealClock(StandingClock):
    """The clock the simulated partners go by."""

    def now(self) -> datetime:
        return datetime.now(UTC)


Path = tuple[str | int, ...]


def paths_of(tree: Any, path: Path = ()) -> Iterator[Path]:
    """Every named place of a JSON tree; of a list, its first entry's."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield (*path, name)
            yield from paths_of(value, (*path, name))
    elif isinstance(tree, list) and tree:
        yield from paths_of(tree[0], (*path, 0))


def changed(tree: Any, path: Path, change: Callable[[Any, str | int], None]) -> bytes:
    tree = copy.deepcopy(tree)
    at = tree
    for part in path[:-1]:
        at = at[part]
    change(at, path[-1])
    return json.dumps(tree, ensure_ascii=False).encode()


def drop(at: Any, name: str | int) -> None:
    del at[name]


def to_null(at: Any, name: str | int) -> None:
    at[name] = None


def to_other_type(at: Any, name: str | int) -> None:
    at[name] = str(at[name]) if isinstance(at[name], int) else 7


def beside(at: Any, name: str | int) -> None:
    at[f"{name}X"] = "x"


def fields_changed(tree: Any, optional: Set[Path], opened: Set[Path] = frozenset()) -> Iterator[tuple[str, bytes]]:
    """Each field dropped, emptied, mistyped, or joined by a stranger. optional: may be dropped; opened: levels with names of their own."""
    for path in paths_of(tree):
        inside_open = path[:-1] in opened
        for change in (drop, to_null, to_other_type, beside):
            tolerated = (change is drop and (path in optional or inside_open)) or (change is beside and inside_open)
            if not tolerated:
                yield f"{change.__name__} {'.'.join(map(str, path))}", changed(tree, path, change)


def bare(body: bytes) -> etree._Element:
    """The envelope without its security header."""
    root = etree.fromstring(body)
    for header in root.findall("{*}Header"):
        root.remove(header)
    return root


def elements_changed(body: bytes, optional: Set[str]) -> Iterator[tuple[str, etree._Element]]:
    """Each element dropped, emptied, moved out of its namespace, or joined by a stranger. optional: may be dropped."""
    places = [element.getroottree().getpath(element) for element in bare(body).find("{*}Body").iter()][2:]

    def at(path: str) -> tuple[etree._Element, etree._Element]:
        root = bare(body)
        return root, root.getroottree().xpath(path, namespaces={key: value for key, value in nsmap.items() if key})[0]

    nsmap = {**bare(body).nsmap, **bare(body).find("{*}Body")[0].nsmap}
    for path in places:
        root, element = at(path)
        name = etree.QName(element).localname
        if element.tag not in optional:
            element.getparent().remove(element)
            yield f"drop {path}", root
        root, element = at(path)
        element.addnext(etree.Element(f"{EX}{name}X"))
        yield f"stranger beside {path}", root
        root, element = at(path)
        element.set("stranger", "1")
        yield f"stranger in {path}", root
        root, element = at(path)
        element.tag = name
        yield f"out of its namespace {path}", root
        root, element = at(path)
        if len(element) == 0 and element.tag != f"{EX}Item" and element.text:
            element.text = ""
            yield f"emptied {path}", root
