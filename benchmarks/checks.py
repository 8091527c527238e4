"""How long a pre-check takes: whole drafts of the demo's world against the real partners' folders, over the app in this process.

    python benchmarks/checks.py [--count 500] [--material-bytes 200000]

Prints the time from the request to the whole answer, on a SQLite file and without a socket: median, 95th and 99th percentile, worst, for
whole drafts and for enquiries. Nothing is asserted: what it prints depends on the machine.
"""

import argparse
import asyncio
import base64
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from gateway import wiring
from gateway.cli import world
from gateway.cli.demo.administration import administer
from gateway.cli.demo.stage import set_stage
from gateway.web import create_app

LIMIT_MS = 200


async def measure(count: int, material_bytes: int, folder: Path) -> dict[str, list[float]]:
    """Seconds of every answer, by kind of question. Every answer is 200, and the drafts' are without a fault."""
    stage = set_stage(folder)
    halls = await administer(stage)
    told: dict[str, list[float]] = {"draft": [], "route": []}
    settings = stage.settings.model_copy(update={"log_level": "warning"})
    async with wiring.build(settings, serve=False) as application:
        transport = httpx.ASGITransport(create_app(application.ctx, settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            for hall, draft in world.cases(1, count, datetime.now(UTC)):
                whole = _inline(draft, material_bytes)
                enquiry = {"matter": draft["matter"], "destination": draft["destination"]}
                for document in (whole, enquiry):
                    answer, seconds = await _ask(client, halls.keys[hall], document)
                    if not answer["acceptable"]:
                        raise SystemExit(f"a sound draft has faults: {answer['faults']}")
                    told[answer["checked"]].append(seconds)
    return told


async def _ask(client: httpx.AsyncClient, key: str, document: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
    body = json.dumps(document).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    began = time.perf_counter()
    answer = await client.post("/api/v1/checks", content=body, headers=headers)
    seconds = time.perf_counter() - began
    answer.raise_for_status()
    return answer.json(), seconds


def _inline(draft: Mapping[str, Any], material_bytes: int) -> dict[str, Any]:
    """The draft with every material inside, padded behind its end to about that size; an OFD is a ZIP and ends where it ends."""
    materials = []
    for material in draft["materials"]:
        content = material["upload"] if "upload" in material else base64.b64decode(material["content"])
        padding = 0 if material["name"].endswith(".ofd") else max(0, material_bytes - len(content))
        padded = content + bytes(padding)
        materials.append({"code": material["code"], "name": material["name"], "content": base64.b64encode(padded).decode()})
    return {**draft, "materials": materials}


def figures(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: median, 95th and 99th percentile, worst."""
    cuts = statistics.quantiles(seconds, n=100)
    return {"median": statistics.median(seconds) * 1e3, "p95": cuts[94] * 1e3, "p99": cuts[98] * 1e3, "worst": max(seconds) * 1e3}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--material-bytes", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(measure(options.count, options.material_bytes, Path(folder)))
    for kind, seconds in told.items():
        shown = ", ".join(f"{name} {value:.1f} ms" for name, value in figures(seconds).items())
        sys.stdout.write(f"{kind}: {len(seconds)} answers, {shown} (limit {LIMIT_MS} ms)\n")


if __name__ == "__main__":
    main()
