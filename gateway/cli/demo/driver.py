"""The driver: hands in cases as halls do, over HTTP with each hall's own key, and again with the same key until they are acknowledged."""

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gateway.cli.demo.recount import Acknowledged, digest_of
from gateway.cli.trouble import CommandError
from gateway.outbound import Answer, Outbound, OutboundError, Request
from gateway.wire import Body, Json, dump_json

AT_ONCE = 16
DEADLINE_SECONDS = 15.0
MAX_ANSWER_BYTES = 4 * 2**20
AGAIN_SECONDS = 0.25
_TOO_MANY, _SERVER_ERROR, _CONFLICT = 429, 500, 409


class RefusedRequest(CommandError):  # noqa: N818 - a refusal is an answer, not a failure
    """The gateway's no. codes: of the faults it named."""

    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Submission:
    """A case to hand in. uploads: by place in the draft's materials, the file that is uploaded on its own first."""

    hall: str
    draft: Mapping[str, Any]
    uploads: Mapping[int, tuple[str, bytes]]

    @property
    def digest(self) -> str:
        """Of the matter, the applicant and all files."""
        inline = [base64.b64decode(material["content"]) for material in self.draft["materials"] if "content" in material]
        return digest_of(self.draft, [*inline, *(content for _, content in self.uploads.values())])


def submission(hall: str, draft: Mapping[str, Any]) -> Submission:
    """A case of the world, the files that are uploaded on their own set apart."""
    materials = [dict(material) for material in draft["materials"]]
    uploads = {place: (material["name"], material.pop("upload")) for place, material in enumerate(materials) if "upload" in material}
    return Submission(hall, {**draft, "materials": materials}, uploads)


@dataclass(slots=True)
class Driver:
    """Submits to one gateway. keys: by hall; acknowledged: what the gateway said it has; trouble: why a request was sent again last."""

    outbound: Outbound
    base: str
    keys: Mapping[str, str]
    acknowledged: list[Acknowledged] = field(default_factory=list)
    trouble: str = ""

    async def submit_all(
        self, submissions: Sequence[Submission], then: Callable[[int, Acknowledged], Awaitable[None]] | None = None
    ) -> None:
        """Hand them all in, a few at a time; of each that is acknowledged `then` hears, with its place among them.

        Raises RefusedRequest: the demo's cases are all sound.
        """
        waiting = iter(submissions)

        async def clerk() -> None:
            for submission in waiting:
                case = await self._submit(submission)
                self.acknowledged.append(case)
                if then is not None:
                    await then(len(self.acknowledged), case)

        async with asyncio.TaskGroup() as clerks:
            for _ in range(AT_ONCE):
                clerks.create_task(clerk())

    async def tell(self, hall: str, path: str, document: Mapping[str, Any], key: str | None) -> dict[str, Any]:
        """Hand in a document of a hall, under this Idempotency-Key, until it is taken; the answer. Raises RefusedRequest."""
        headers = (("Content-Type", "application/json"), *((("Idempotency-Key", key),) if key is not None else ()))
        return await self._until_taken("POST", hall, path, headers, dump_json(dict(document)))

    async def look(self, hall: str, path: str) -> dict[str, Any]:
        """What a hall may read. Raises RefusedRequest."""
        return await self._until_taken("GET", hall, path, (), b"")

    async def _submit(self, submission: Submission) -> Acknowledged:
        materials: list[Json] = []
        for place, material in enumerate(submission.draft["materials"]):
            uploaded = submission.uploads.get(place)
            reference = {} if uploaded is None else {"material": (await self._upload(submission.hall, *uploaded))["id"]}
            materials.append({**material, **reference})
        draft = {**submission.draft, "materials": materials}
        document = await self.tell(submission.hall, "/api/v1/cases", draft, secrets.token_hex(16))
        return Acknowledged(document["number"], submission.hall, draft["destination"], submission.digest)

    async def _upload(self, hall: str, name: str, content: bytes) -> dict[str, Any]:
        path = f"/api/v1/materials?name={quote(name, safe='')}"
        return await self._until_taken("POST", hall, path, (("Content-Type", "application/octet-stream"),), content)

    async def _until_taken(self, method: str, hall: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes) -> dict[str, Any]:
        """The answer's document, once it is 2xx. A lost answer, a busy or a stopped gateway only means: again."""
        request = Request(method, self.base + path, (("Authorization", f"Bearer {self.keys[hall]}"), *headers), Body.of(body))
        while True:
            try:
                answer = await self.outbound.call(request, deadline_seconds=DEADLINE_SECONDS, max_bytes=MAX_ANSWER_BYTES)
            except OutboundError as error:
                self.trouble = error.code
            else:
                if 200 <= answer.status < 300:
                    document: dict[str, Any] = json.loads(answer.body)
                    return document
                if not (answer.status >= _SERVER_ERROR or answer.status in (_TOO_MANY, _CONFLICT)):
                    raise _refused(path, answer)
                self.trouble = f"HTTP {answer.status}"
            await asyncio.sleep(AGAIN_SECONDS)


async def get_json(outbound: Outbound, url: str) -> Any:
    """What an inspection door of a simulated system answers. Raises OutboundError."""
    answer = await outbound.call(Request("GET", url), deadline_seconds=DEADLINE_SECONDS, max_bytes=2**30)
    return json.loads(answer.body)


def _refused(path: str, answer: Answer) -> RefusedRequest:
    text = answer.body.decode("utf-8", "replace")[:2000]
    refused = RefusedRequest(
        "demo.refused",
        f"网关拒绝了演示请求 {path.partition('?')[0]}（HTTP {answer.status}）：{text}",
        f"The gateway refused a request of the demo (HTTP {answer.status}).",
    )
    with contextlib.suppress(ValueError, LookupError, TypeError):
        refused.codes = frozenset(fault["code"] for fault in json.loads(answer.body)["errors"])
    return refused
