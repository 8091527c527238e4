"""A folder simulated over REST: what its examples show, with the numbers and moments of the call."""

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mock_requests import Json, changed, interfere, look, post, submission, supplement, tif_headers, withdrawal
from simulator_parts import OUTER, REST, copied, replaced, scenario_of, simulated

from mock_partners.cases import BEIJING
from mock_partners.simulator.schemas_rest import RestSchemas

CLAIMS = "examples/household-move-spouse"


async def submit(client: Any, outer: str = OUTER) -> str:
    """Hand in a case; the partner's number."""
    status, answer = await post(client, "/api/matter/submit", submission(outer))
    assert (status, answer["code"]) in ((200, 0), (200, "0"))
    return str(answer["data"]["bizNo"])


async def query(client: Any, outer: str = OUTER) -> Json:
    """What the partner says of a case."""
    return (await post(client, "/api/matter/query", {"outerNo": outer}))[1]


async def test_a_submit_gives_a_number_in_the_example_s_shape(serve: Any) -> None:
    """With today in the place of the example's day, and the status that the example shows."""
    client = await serve(simulated(REST))
    status, answer = await post(client, "/api/matter/submit", submission())
    today = f"{datetime.now(BEIJING):%Y%m%d}"
    assert status == 200
    assert re.fullmatch(f"HC{today}[0-9]{{6}}", answer["data"]["bizNo"])
    assert answer["data"]["status"] == "1"


async def test_the_same_number_submitted_again_is_the_same_case(serve: Any) -> None:
    """Another number is another case."""
    client = await serve(simulated(REST))
    first, again, other = await submit(client), await submit(client), await submit(client, OUTER.replace("1A", "2B"))
    assert first == again != other
    assert [row["number"] for row in (await look(client, "cases"))["cases"]] == [OUTER, OUTER.replace("1A", "2B")]


async def test_numbers_depend_on_the_seed_and_the_case_alone(serve: Any) -> None:
    """Not on the order of arrival."""
    other = OUTER.replace("1A", "2B")
    one, two, third = [await serve(simulated(REST, seed=seed)) for seed in (1, 1, 2)]
    forth = [await submit(one), await submit(one, other)]
    back = [await submit(two, other), await submit(two)]
    assert forth == back[::-1]
    assert await submit(third) != forth[0]


async def test_every_status_is_told_as_its_example_shows_it(serve: Any) -> None:
    """With the numbers of the case and the moment it was reached; a status that no example shows has its name from the table."""
    client = await serve(simulated(REST))
    number = await submit(client)
    told = {}
    for code in ("3", "6", "7", "8", "11", "13", "14"):
        assert await interfere(client, "advance", {"number": OUTER, "code": code}) == 200
        data = (await query(client))["data"]
        assert (data["bizNo"], data["outerNo"], data["status"]) == (number, OUTER, code)
        at = datetime.strptime(data["handleTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        assert abs(datetime.now(BEIJING) - at) < timedelta(minutes=2)
        told[code] = data
    assert [told[code]["statusName"] for code in ("3", "8", "14")] == ["已受理", "审批中", "已撤件"]
    assert told["6"]["notice"]["noticeNo"] == f"BZ{number[2:]}-1"
    assert told["6"]["notice"]["dueTime"] > told["6"]["handleTime"]
    assert told["13"]["result"]["certNo"] == f"JD{number[2:]}"
    assert told["13"]["reasonCode"] == "CLBYZ"


async def test_a_case_that_goes_well_moves_on_by_itself(serve: Any, tmp_path: Path) -> None:
    """Through the statuses that examples show, without any scenario's progress; the pace is the scenario's. It waits for its supplement."""
    client = await serve(simulated(REST, scenario_of(tmp_path, "pace: 0s")))
    number = await submit(client)
    await query(client)
    said = await query(client)
    assert (await look(client, "cases"))["cases"][0]["history"] == ["1", "3", "6"]
    await post(client, "/api/matter/supplement", supplement(OUTER, number, said["data"]["notice"]))
    await query(client)
    assert (await look(client, "cases"))["cases"][0]["history"] == ["1", "3", "6", "7", "8", "11"]


async def test_a_folder_that_shows_no_supplement_taken_is_not_asked_for_one(serve: Any, tmp_path: Path) -> None:
    """A case that nobody could answer for would wait for ever."""
    root = copied(tmp_path, REST, lambda folder: shutil.rmtree(folder / CLAIMS / "a-supplement-answers-every-item"))
    client = await serve(simulated(REST, scenario_of(tmp_path, "pace: 0s"), root=root))
    await submit(client)
    await query(client)
    assert (await look(client, "cases"))["cases"][0]["history"] == ["1", "3", "8", "11"]


async def test_progress_is_the_scenario_s(serve: Any, tmp_path: Path) -> None:
    """By canonical status, by the partner's code, known to the table or not, and by an example."""
    progress = """
progress:
  - {status: "50", after: 0s}
  - {code: "9", after: 0ms}
  - {example: a-reason-that-no-table-knows-stays-in-their-own-words, after: 0}
"""
    client = await serve(simulated(REST, scenario_of(tmp_path, progress)))
    await submit(client)
    await query(client)
    data = (await query(client))["data"]
    assert (await look(client, "cases"))["cases"][0]["history"] == ["1", "3", "9", "13"]
    assert data["reasonCode"] == "GHTZ"


async def test_a_case_nobody_handed_in_is_unknown_as_the_example_shows(serve: Any) -> None:
    """Of a query by either number."""
    client = await serve(simulated(REST))
    assert await post(client, "/api/matter/query", {"outerNo": OUTER}) == (200, {"code": "1404", "msg": "查无此件", "data": None})
    number = await submit(client)
    assert (await post(client, "/api/matter/query", {"outerNo": OUTER}))[1]["data"]["bizNo"] == number
    assert (await post(client, "/api/matter/query", {"outerNo": OUTER.replace("1A", "9A")}))[1]["code"] == "1404"


async def test_a_supplement_is_taken_while_it_is_waited_for_and_refused_otherwise(serve: Any) -> None:
    """As the two examples show; the case goes on when it was taken."""
    client = await serve(simulated(REST))
    number = await submit(client)
    await interfere(client, "advance", {"number": OUTER, "status": "40"})
    notice = (await query(client))["data"]["notice"]
    taken = await post(client, "/api/matter/supplement", supplement(OUTER, number, notice))
    assert taken == (200, {"code": "0", "msg": "", "data": {"bizNo": number, "status": "7"}})
    assert (await query(client))["data"]["status"] == "7"
    again = await post(client, "/api/matter/supplement", supplement(OUTER, number, notice))
    assert again[1]["code"] == "1012"


async def test_a_case_that_waits_for_a_supplement_does_not_move_by_itself(serve: Any, tmp_path: Path) -> None:
    """It goes on when the supplement has come."""
    scenario = scenario_of(tmp_path, 'progress:\n  - {status: "40", after: 0}\n  - {status: "70", after: 0}\n')
    client = await serve(simulated(REST, scenario))
    number = await submit(client)
    notice = (await query(client))["data"]["notice"]
    assert (await query(client))["data"]["status"] == "6"
    await post(client, "/api/matter/supplement", supplement(OUTER, number, notice))
    await query(client)
    assert (await look(client, "cases"))["cases"][0]["history"] == ["1", "6", "7", "11"]


async def test_a_withdrawal_is_confirmed_unless_the_case_is_decided(serve: Any, tmp_path: Path) -> None:
    """Taken first, and told by a status later; refused after the decision."""
    client = await serve(simulated(REST, scenario_of(tmp_path, "pace: 0\nprogress: []")))
    number = await submit(client)
    assert (await post(client, "/api/matter/withdraw", withdrawal(OUTER, number)))[1]["code"] == "0"
    await query(client)
    assert (await query(client))["data"]["status"] == "14"
    other = OUTER.replace("1A", "2B")
    number = await submit(client, other)
    await interfere(client, "advance", {"number": other, "status": "70"})
    assert (await post(client, "/api/matter/withdraw", withdrawal(other, number)))[1]["code"] == "1013"


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        (("itemCode",), ..., "/itemCode (required)"),
        (("applicant", "mobile"), "13800000000x", "/applicant/mobile (pattern)"),
        (("files", 0, "size"), "303", "/files/0/size (type)"),
        (("files", 0, "content"), "=?", "/files/0/content (format)"),
        (("more",), "1", "/more (additionalProperties)"),
        (("applicant", "certType"), "99", "/applicant/certType (enum)"),
    ],
)
async def test_what_does_not_fit_the_description_is_refused_with_its_path(
    serve: Any, tmp_path: Path, path: Any, value: Any, finding: str
) -> None:
    """In the answer, where no example shows such a refusal, and in a header; the value stands nowhere, and no case is made."""
    lines: list[str] = []
    root = copied(tmp_path, REST, lambda folder: shutil.rmtree(folder / CLAIMS / "a-wrong-field-is-refused"))
    client = await serve(simulated(REST, root=root, log=lines.append))
    body = json.dumps(changed(submission(), path, value))
    async with client.post("/api/matter/submit", data=body, headers=tif_headers()) as answer:
        said = await answer.json()
        assert (answer.status, said["error"], said["path"]) == (400, "field-invalid", finding)
        assert answer.headers["X-Simulator-Finding"] == finding
    assert any(line.endswith(finding) for line in lines)
    if isinstance(value, str) and len(value) > 4:
        assert not any(value in line for line in (*lines, json.dumps(said)))
    assert (await look(client, "cases"))["cases"] == []


@pytest.mark.parametrize("raw", [b"{", b'{"a": 1, "a": 1}', b"\xff", b"[" * 100_000, b"NaN"])
async def test_what_is_no_json_is_refused(serve: Any, raw: bytes) -> None:
    """Whatever it is."""
    client = await serve(simulated(REST))
    assert (await post(client, "/api/matter/submit", raw))[0] == 400


async def test_other_paths_are_not_there(serve: Any) -> None:
    """And other methods neither."""
    client = await serve(simulated(REST))
    assert (await post(client, "/api/matter/none", {}))[0] == 404
    async with client.get("/api/matter/submit") as answer:
        assert answer.status == 404


async def test_a_signature_is_checked_where_secrets_are_given(serve: Any) -> None:
    """Without secrets only its presence; nothing is done for a caller who is not let in."""
    strict, lax = await serve(simulated(REST)), await serve(simulated(REST, secrets=None))
    wrong = {**tif_headers(), "x-tif-signature": "0" * 64}
    assert [(await post(client, "/api/matter/submit", submission(), wrong))[0] for client in (strict, lax)] == [401, 200]
    assert [(await post(client, "/api/matter/submit", submission(), {}))[0] for client in (strict, lax)] == [401, 401]
    assert (await look(strict, "cases"))["cases"] == []


async def test_what_was_done_outlives_the_process(serve: Any, tmp_path: Path) -> None:
    """A journal brings back numbers, statuses and the wish to withdraw."""
    journal = tmp_path / "effects.jsonl"
    client = await serve(simulated(REST, journal=journal))
    number = await submit(client)
    await interfere(client, "advance", {"number": OUTER, "status": "40"})
    await client.close()
    again = await serve(simulated(REST, journal=journal))
    data = (await query(again))["data"]
    assert (data["bizNo"], data["status"]) == (number, "6")
    assert await submit(again) == number


async def test_the_doors_refuse_what_they_do_not_know(serve: Any) -> None:
    """With 400, and change nothing."""
    client = await serve(simulated(REST))
    unknown = {"number": "x", "status": "50"}
    wishes: tuple[tuple[str, Any], ...] = (("advance", unknown), ("fault", {"next": "thunder"}), ("advance", []), ("fault", {"next": 1}))
    assert [await interfere(client, door, wish) for door, wish in wishes] == [400] * 4


@pytest.mark.parametrize("version", ["3.1.0", "3.0.3", "2.0"])
@pytest.mark.parametrize(
    ("inside", "finding"),
    [
        ({"no": "12", "page": "3"}, None),
        ({"no": "12", "page": "3", "open": "true", "other": "x"}, None),
        ({"no": "12"}, "/page (required)"),
        ({"no": "12345", "page": "3"}, "/no (schema)"),
        ({"no": "12", "page": "0"}, "/page (schema)"),
        ({"no": "12", "page": "three"}, "/page (schema)"),
    ],
)
def test_what_stands_in_a_url_is_held_against_the_description(tmp_path: Path, version: str, inside: Json, finding: str | None) -> None:
    """Parameters of a path and of its methods, followed through references; of 2.0 the parameter is its own schema."""
    old = version == "2.0"

    def parameter(name: str, where: str, schema: Json) -> Json:
        return {"name": name, "in": where, "required": name != "open", **(schema if old else {"schema": schema})}

    kept = {"Page": parameter("page", "query", {"type": "integer", "minimum": 1})}
    where = "parameters" if old else "components/parameters"
    own = [{"$ref": f"#/{where}/Page"}, parameter("open", "query", {"type": "boolean"})]
    path = {"parameters": [parameter("no", "path", {"type": "string", "maxLength": 4})], "get": {"parameters": own, "responses": {}}}
    document = {"swagger" if old else "openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/c/{no}": path}}
    document |= {"parameters": kept} if old else {"components": {"parameters": kept}}
    (tmp_path / "api.json").write_text(json.dumps(document), "utf-8")
    schemas = RestSchemas(tmp_path)
    assert "GET /c/{no}" in schemas
    assert (schemas.unfit_url("GET /c/{no}", inside), schemas.broken) == (finding, {})


async def test_what_is_written_out_goes_before_what_is_left_open(serve: Any, tmp_path: Path) -> None:
    """A number in the path, percent-encoded; `/matter/query` is no `/matter/{no}`; another path is none."""
    open_path = replaced(
        "steps/common.yaml",
        "    path: /api/matter/withdraw\n    send:\n",
        "    path: /api/matter/{no}\n    send:\n      no: ${case.number}\n",
    )
    client = await serve(simulated(REST, root=copied(tmp_path, REST, open_path)))
    await submit(client)
    assert (await query(client))["code"] in (0, "0")
    answers = [await post(client, path, {}) for path in ("/api/matter/KS%2F1", "/api/matter/a/b")]
    assert [answer.get("error") == "no-such-path" for _, answer in answers] == [False, True]


@pytest.mark.parametrize("secrets", [None, {"key": "k-1"}])
async def test_a_key_in_a_header_is_asked_for(serve: Any, tmp_path: Path, secrets: dict[str, str] | None) -> None:
    """With secrets the right one, without them any; once, and under the name that the folder says."""

    def change(folder: Path) -> None:
        text = (folder / "partner.yaml").read_text("utf-8")
        before, _, behind = text.partition("auth:\n")
        auth = "auth:\n  scheme: api-key\n  header: Authorization\n  word: Bearer\n  key: secret:harbin-changchun/key\n"
        (folder / "partner.yaml").write_text(before + auth + behind[behind.index("resend:") :], "utf-8")

    client = await serve(simulated(REST, root=copied(tmp_path, REST, change), secrets=secrets))
    found = []
    for headers in ({}, {"Authorization": "Bearer k-2"}, {"Authorization": "Bearer k-1"}):
        answer = await client.post("/api/matter/query", json={"outerNo": OUTER}, headers=headers)
        found.append("signature" not in (await answer.text()) and answer.status != 401)
    assert found == [False, secrets is None, True]
