"""The doors under /_mock, for those who drive or test a simulation; a sender of cases never uses them."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from mock_partners.simulator.cases import Case, Cases, Life
from mock_partners.simulator.life import stage_of
from mock_partners.simulator.paper import Paper
from mock_partners.simulator.weather import WeatherStation


def doors(paper: Paper, life: Life, cases: Cases, weather: WeatherStation, figures: Callable[[], Mapping[str, Any]]) -> list[web.RouteDef]:
    """Looking at cases and figures, moving a case, and letting the next call meet a fault."""

    async def show_cases(_request: web.Request) -> web.Response:
        return web.json_response({"cases": [_row(case) for case in cases]})

    async def show_stats(_request: web.Request) -> web.Response:
        return web.json_response(figures())

    async def advance(request: web.Request) -> web.Response:
        wish = await _wish(request)
        case = cases.find(wish.get("number"), None)
        stage = stage_of(paper, status=wish.get("status"), code=wish.get("code"))
        if case is None or stage is None:
            raise web.HTTPBadRequest(text="no such case or status")
        places = [place for place, each in enumerate(life.stages) if each.code == stage.code and place >= case.place]
        cases.move(case, stage, places[0] + 1 if places else None)
        return web.json_response(_row(case))

    async def queue_fault(request: web.Request) -> web.Response:
        wish = await _wish(request)
        try:
            weather.queue(wish.get("next", ""), wish.get("step"))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.json_response({"queued": wish["next"]})

    return [
        web.get("/_mock/cases", show_cases),
        web.get("/_mock/stats", show_stats),
        web.post("/_mock/advance", advance),
        web.post("/_mock/fault", queue_fault),
    ]


async def _wish(request: web.Request) -> dict[str, str]:
    try:
        wish: Any = await request.json()
    except ValueError:
        wish = None
    if not isinstance(wish, dict) or not all(isinstance(value, str) for value in wish.values()):
        raise web.HTTPBadRequest(text="a JSON object of texts is wanted")
    return wish


def _row(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "partner_number": case.theirs,
        "matter": case.matter_file,
        "code": case.now.code,
        "status": case.now.status,
        "history": [milestone.code for milestone in case.history],
        "withdrawal_requested": case.withdrawal is not None,
        "told": sorted(case.told),
    }
