"""Every route: who may use it, and what /openapi.json says of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from gateway.model import MEDIA_TYPES, CaseDraft, DraftVisit
from gateway.web.guard import hall as hall_dependency

OPEN = {"/livez", "/readyz", "/metrics", "/openapi.json", "/push/v1/{partner}"}
"""Routes that take no hall's key: probes, scrapes, the description, and partners, who prove themselves in their own manner."""


def calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls(inner)


def routes(app: FastAPI) -> list[Any]:
    return list(iter_route_contexts(app.routes))


def test_every_route_asks_for_a_hall_or_is_open_on_purpose(app: FastAPI) -> None:
    """A route that neither depends on a hall's key nor stands on the short list does not exist; a new one cannot forget it."""
    closed = {route.path for route in routes(app) if hall_dependency in calls(route.dependant)}
    assert {route.path for route in routes(app)} - closed == OPEN
    assert len(closed) == 12


async def test_without_a_key_every_closed_route_is_401(app: FastAPI, nobody: httpx.AsyncClient) -> None:
    """No closed route answers anything but 401 to nobody, whatever else is wrong with the request."""
    for route in routes(app):
        for method in route.methods if route.path not in OPEN else ():
            answer = await nobody.request(method, re.sub(r"\{.*?\}", "x", route.path), params={"limit": "abc"}, content=b"{")
            assert (route.path, answer.status_code) == (route.path, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.fixture
async def described(nobody: httpx.AsyncClient) -> dict[str, Any]:
    """The description as it is served."""
    document: dict[str, Any] = (await nobody.get("/openapi.json")).json()
    return document


async def test_the_description_is_openapi_31_and_whole(app: FastAPI, described: dict[str, Any]) -> None:
    """Every route is described, in both languages, with a schema for what it takes and gives, and problem documents for what it refuses."""
    assert described["openapi"].startswith("3.1")
    listed = {(path, method.upper()) for path, operations in described["paths"].items() for method in operations}
    assert listed == {(route.path, method) for route in routes(app) for method in route.methods if route.path != "/openapi.json"}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert re.search(r"[\u4e00-\u9fff].* / [A-Z]", operation["summary"]), path
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert method == "get" or operation["requestBody"]["content"], path
            success = [response for status, response in operation["responses"].items() if status.startswith("2")]
            assert all(next(iter(response["content"].values()))["schema"] for response in success), path
            assert ("security" in operation) == (path not in OPEN)


async def test_no_reference_of_the_description_is_broken(described: dict[str, Any]) -> None:
    """Every $ref leads to a schema that is there."""
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(described)))
    assert references <= set(described["components"]["schemas"])
    assert {"CaseDraft", "DraftVisit", "Problem", "CaseFull", "EventDocument"} <= references


async def test_the_description_has_key_header_scheme_and_webhook(described: dict[str, Any]) -> None:
    """Integrators find the Idempotency-Key, the Bearer scheme and the webhook's event."""
    submit = described["paths"]["/api/v1/cases"]["post"]
    assert [(p["name"], p["required"]) for p in submit["parameters"]] == [("Idempotency-Key", True)]
    assert described["components"]["securitySchemes"]["hallKey"]["scheme"] == "bearer"
    event = described["webhooks"]["case.event"]["post"]
    assert {p["name"] for p in event["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    material = described["components"]["schemas"]["DraftMaterial"]["properties"]["content"]
    assert {"type": "string", "contentEncoding": "base64"} in material["anyOf"]


async def test_the_examples_are_valid(described: dict[str, Any]) -> None:
    """What an integrator copies from the description would be read without a fault."""
    paths = described["paths"]
    body = paths["/api/v1/cases"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert CaseDraft.model_validate(body).destination == "520200"
    visit = paths["/api/v1/cases/{number}/visits"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert DraftVisit.model_validate(visit).purpose == "collect"


async def test_no_page_fetches_from_elsewhere(nobody: httpx.AsyncClient) -> None:
    """The framework's documentation pages, which load scripts from the internet, are not served."""
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert (await nobody.get(path)).status_code == 404


async def test_the_description_names_every_form_that_a_result_and_a_push_are_answered_in(described: dict[str, Any]) -> None:
    """A result has one of the materials' types or is plain bytes; a refused push is a line of text: both stand in the description."""
    result = described["paths"]["/api/v1/cases/{number}/results/{result_id}"]["get"]["responses"]["200"]["content"]
    assert set(result) == {*MEDIA_TYPES.values(), "application/octet-stream"}
    push = described["paths"]["/push/v1/{partner}"]["post"]["responses"]
    assert all("text/plain" in push[status]["content"] for status in ("401", "404", "422"))
    assert "application/problem+json" in push["404"]["content"]
