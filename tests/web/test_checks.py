"""POST /api/v1/checks as an integrator meets it."""

from typing import Any

import httpx
import pytest
from flow.harness import MATTER, draft, dump

from gateway.web.check_documents import CheckAnswer

JSON = {"Content-Type": "application/json"}


async def ask(hall: httpx.AsyncClient, body: dict[str, Any] | bytes) -> httpx.Response:
    content = body if isinstance(body, bytes) else dump(body)
    return await hall.post("/api/v1/checks", content=content, headers=JSON)


@pytest.mark.parametrize(
    "body",
    [draft(), draft(materials=[], visits=[]), {"matter": MATTER, "destination": "220100"}, {"matter": "x", "destination": "220100"}, {}],
)
async def test_every_answer_has_the_described_shape(hall: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """200 whether or not there are faults; no Idempotency-Key is asked for, and none of it becomes a case."""
    answer = await ask(hall, body)
    assert answer.status_code == 200
    told = CheckAnswer.model_validate_json(answer.content)
    assert told.acceptable is (told.faults == [])
    assert (await hall.get("/api/v1/cases")).json()["cases"] == []


async def test_a_faulty_draft_has_the_faults_of_the_refusal_it_would_get(hall: httpx.AsyncClient) -> None:
    """The same fault documents as in the 422 of a submission."""
    body = draft(form={}, materials=[])
    refused = await hall.post("/api/v1/cases", content=dump(body), headers=JSON | {"Idempotency-Key": "k"})
    assert refused.status_code == 422
    assert (await ask(hall, body)).json()["faults"] == refused.json()["errors"]


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b"", 400), (b" " * 200_001, 413)])
async def test_what_is_no_draft_at_all_is_a_problem(hall: httpx.AsyncClient, body: bytes, status: int) -> None:
    """Malformed and oversized bodies are refused as everywhere."""
    answer = await ask(hall, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_nothing_of_the_applicant_comes_back(hall: httpx.AsyncClient) -> None:
    """The answer tells of the destination, not of the person."""
    text = (await ask(hall, draft(form={}))).text
    assert "990101199003071237" not in text
    assert "13800000000" not in text
