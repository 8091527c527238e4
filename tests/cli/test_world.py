"""The demo's world holds together: every case made over it is one that the gateway takes in."""

import base64
import csv
import io
import struct
import tomllib
import zipfile
import zlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import world
from gateway.cli.world.files import MAKERS, ofd, pdf, png
from gateway.model import (
    MEDIA_TYPES,
    Agreement,
    ApplicantClass,
    BaselineMethod,
    CaseDraft,
    Mode,
    Necessity,
    china_day,
    choose,
    completeness,
    covers,
    inconsistencies,
    normalize_region,
)
from gateway.security import sniff
from gateway.wire import parse_json

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DESTINATIONS = {"220100", "230100", "520200", "520199"}
UPLOADED = "mat_" + "0" * 32


def catalogue() -> dict[str, Any]:
    document = parse_json(world.file("catalogue.json").read_bytes(), max_bytes=2**20)
    assert isinstance(document, dict)
    return document


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(world.file(name).read_text("utf-8"))))


def agreements() -> list[Agreement]:
    return [
        Agreement(
            row["document_number"],
            row["origin"],
            row["destination"],
            row["matter"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in rows("agreements.csv")
    ]


def content(material: dict[str, Any]) -> bytes:
    return bytes(material["upload"]) if "upload" in material else base64.b64decode(material["content"])


def posted(draft: Any) -> dict[str, Any]:
    """The draft as it is posted once its uploads are done."""
    materials = [
        {"code": material["code"], "name": material["name"], "material": UPLOADED} if "upload" in material else material
        for material in draft["materials"]
    ]
    return {**draft, "materials": materials}


def test_the_regions_are_the_provinces_the_cities_and_three_zones() -> None:
    """Thirty-one provinces; every code in canonical form and once; every hall and destination among them; a city's province as well."""
    regions = catalogue()["regions"]
    codes = [region["code"] for region in regions]
    assert len(set(codes)) == len(codes)
    assert sum(code.endswith("0000") for code in codes) == 31
    assert all(normalize_region(code) == code and code[:2] + "0000" in codes for code in codes)
    assert {region["code"] for region in regions if region["zone"]} == {"520199", "370171", "370871"}
    assert {hall.region for hall in world.halls()} | DESTINATIONS <= set(codes)


def test_ten_matters_are_offered_by_each_of_five_destinations() -> None:
    """Modes and applicants are the same wherever a matter is offered; each asks for materials in formats that we recognise."""
    matters = world.matters()
    assert Counter(matter.code for matter in matters) == dict.fromkeys({matter.code for matter in matters}, 5)
    assert len(matters) == 50
    assert {matter.destination for matter in matters} == DESTINATIONS | world.passed_on()
    for code in {matter.code for matter in matters}:
        same = [matter for matter in matters if matter.code == code]
        assert len({(matter.name, matter.mode, matter.applicants) for matter in same}) == 1
    for matter in matters:
        assert matter.materials
        assert len({requirement.code for requirement in matter.materials}) == len(matter.materials)
        assert all(set(requirement.formats) <= set(MEDIA_TYPES) for requirement in matter.materials)
        assert 1 <= len(matter.form) <= 3
        assert completeness(matter).filled == 16
        assert inconsistencies(matter) == ()


def test_every_hall_has_an_agreement_for_every_matter_with_every_other_destination() -> None:
    """No pair of hall and destination is left without a route, none is listed twice, and there are three documents."""
    listed = agreements()
    day = china_day(NOW)
    for hall in world.halls():
        for matter in world.matters():
            found = choose(listed, hall.region, matter.destination, matter.code, day)
            assert (found is None) == (hall.region == matter.destination)
    assert len({(one.origin, one.destination, one.matter) for one in listed}) == len(listed)
    assert len({one.document_number for one in listed}) == 3


def test_every_matter_has_one_baseline_for_each_class_of_applicant() -> None:
    """Baselines are whole: destination, matter and class find exactly one row, with a source, and long visits are part of all visits."""
    listed = rows("baselines.csv")
    for row in listed:
        assert 0 <= int(row["long_trips"]) <= int(row["trips"])
        assert BaselineMethod(row["method"])
        assert row["source"]
    for matter in world.matters():
        for kind in matter.applicants:
            fitting = [
                row
                for row in listed
                if covers(row["destination"], matter.destination)
                and row["matter"] == matter.code
                and row["applicant_class"] in ("", kind.value)
            ]
            assert len(fitting) == 1
            assert int(fitting[0]["trips"]) == 1 or matter.mode is not Mode.FULL_ONLINE


def test_cases_are_valid_drafts_with_all_that_their_matter_asks_for() -> None:
    """Each draft passes the model; its materials and form are exactly of the matter's; its files are what their names say."""
    regions = {hall.id: hall.region for hall in world.halls()}
    offered = {(matter.code, matter.destination): matter for matter in world.matters()}
    for hall, body in world.cases(7, 240, NOW):
        draft = CaseDraft.model_validate(posted(body))
        matter = offered[draft.matter, draft.destination]
        assert draft.destination != regions[hall]
        assert draft.applicant.kind in matter.applicants
        asked = {requirement.code: requirement for requirement in matter.materials}
        given = [material["code"] for material in body["materials"]]
        assert set(given) <= set(asked)
        assert len(set(given)) == len(given)
        assert {code for code, requirement in asked.items() if requirement.necessity is Necessity.REQUIRED} <= set(given)
        for material in body["materials"]:
            extension = sniff(content(material))
            assert extension in asked[material["code"]].formats
            assert material["name"].endswith(f".{extension}")
            assert 0 < len(content(material)) < 10_000
        fields = {field.code: field for field in matter.form}
        assert draft.form.keys() == fields.keys()
        assert all(0 < len(value) <= fields[code].max_length for code, value in draft.form.items())
        assert all(not fields[code].values or value in fields[code].values for code, value in draft.form.items())


def test_the_place_that_others_pass_cases_on_to_has_no_hall_and_no_cases_of_its_own() -> None:
    """No hall stands there, or a case could be passed on to where it was taken in; halls hand in nothing for it."""
    assert len(world.passed_on()) == 1
    assert not world.passed_on() & {hall.region for hall in world.halls()}
    assert {body["destination"] for _, body in world.cases(1, 200, NOW)} == DESTINATIONS


def test_cases_cover_the_world() -> None:
    """Two hundred cases are every hall × destination × matter once, with every class of applicant, permit holders and rare characters."""
    made = world.cases(1, 200, NOW)
    assert len({(hall, body["destination"], body["matter"]) for hall, body in made}) == 200
    applicants = [body["applicant"] for _, body in made]
    assert {applicant["class"] for applicant in applicants} == {kind.value for kind in ApplicantClass}
    assert {"111", "516", "001"} == {applicant["certificate"]["type"] for applicant in applicants}
    names = "".join(applicant["name"] for applicant in applicants)
    assert all(char in names for char in "㛃𠮷䶮")
    formats = {material["name"].rpartition(".")[2] for _, body in made for material in body["materials"]}
    assert formats == {"pdf", "png", "ofd"}


def test_identity_numbers_are_nobody_s() -> None:
    """Every identity number and credit code lies on the region prefix that does not exist."""
    people = [
        party
        for _, body in world.cases(3, 200, NOW)
        for party in (body["applicant"], body["applicant"].get("representative"), body.get("agent"))
        if party
    ]
    numbers = [party["certificate"] for party in people]
    assert len(numbers) > 200
    assert all(one["number"].startswith("990101") for one in numbers if one["type"] == "111")
    assert all(one["number"][2:8] == "990101" for one in numbers if one["type"] == "001")


def test_organisation_codes_within_credit_codes_have_their_own_check_character() -> None:
    """Positions 9 to 17 satisfy GB 11714 as well, which some systems verify."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    codes = [body["applicant"]["certificate"]["number"] for _, body in world.cases(4, 200, NOW) if body["applicant"]["class"] != "natural"]
    assert codes
    for code in codes:
        rest = 11 - sum(int(char, 36) * weight for char, weight in zip(code[8:16], weights, strict=True)) % 11
        assert code[16] == {10: "X", 11: "0"}.get(rest, str(rest))


@pytest.mark.parametrize("now", [NOW, datetime(2026, 11, 19, 16, 5, tzinfo=UTC)])
def test_a_window_case_has_its_visit_today_and_an_online_case_has_none(now: datetime) -> None:
    """Proxy and joint cases: one visit to apply, at the hall, today in China and within the last hour, even shortly after midnight."""
    regions = {hall.id: hall.region for hall in world.halls()}
    modes = {matter.code: matter.mode for matter in world.matters()}
    for hall, body in world.cases(5, 200, now):
        visits = CaseDraft.model_validate(posted(body)).visits
        assert len(visits) == (0 if modes[body["matter"]] is Mode.FULL_ONLINE else 1)
        for visit in visits:
            assert (visit.purpose, visit.place) == ("apply", regions[hall])
            assert now - timedelta(hours=1) <= visit.at <= now
            assert china_day(visit.at) == china_day(now)


def test_every_fourth_case_has_one_material_to_upload() -> None:
    """Both ways in are used: the first material of every fourth case is uploaded apart, all others stand in the body."""
    for index, (_, body) in enumerate(world.cases(6, 40, NOW)):
        apart = [position for position, material in enumerate(body["materials"]) if "upload" in material]
        assert apart == ([0] if index % 4 == 0 else [])


def test_the_same_seed_makes_the_same_cases() -> None:
    """A run can be repeated exactly; another seed gives others."""
    assert world.cases(9, 30, NOW) == world.cases(9, 30, NOW)
    assert world.cases(9, 30, NOW) != world.cases(10, 30, NOW)


def test_more_cases_than_ways_go_round_again_with_other_persons_and_files() -> None:
    """Beyond the two hundredth case the ways repeat, the content does not."""
    made = world.cases(2, 400, NOW)
    assert made[0][1]["matter"] == made[200][1]["matter"]
    contents = [content(material) for _, body in made for material in body["materials"]]
    assert len(set(contents)) == len(contents)


def test_the_pdf_is_whole() -> None:
    """Every place in the cross-reference table is that of its object, and the trailer finds the table."""
    document = pdf("demo 1")
    start = int(document.rpartition(b"startxref\n")[2].split(b"\n")[0])
    lines = document[start:].split(b"\n")
    assert lines[0] == b"xref"
    for number, line in enumerate(lines[3 : 2 + int(lines[1].split()[1])], start=1):
        assert document[int(line.split()[0]) :].startswith(b"%d 0 obj" % number)
    assert document.endswith(b"%%EOF\n")


def test_the_png_is_whole() -> None:
    """Every chunk has its length and checksum, and the picture has all its rows."""
    picture, place, chunks = png("demo 1"), 8, {}
    while place < len(picture):
        (length,) = struct.unpack_from(">I", picture, place)
        kind, data = picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", picture, place + 8 + length)[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (width + 1)


def test_the_ofd_is_a_package_whose_parts_find_each_other() -> None:
    """OFD.xml names the document, the document its page, and both are in the package."""
    package = zipfile.ZipFile(io.BytesIO(ofd("demo 1")))
    assert package.testzip() is None
    assert b"Doc_0/Document.xml" in package.read("OFD.xml")
    assert b"Pages/Page_0/Content.xml" in package.read("Doc_0/Document.xml")
    assert "Doc_0/Pages/Page_0/Content.xml" in package.namelist()


def test_files_are_made_again_byte_for_byte_and_differ_by_label() -> None:
    """A repeated run sends the same bytes."""
    for make in MAKERS.values():
        assert make("one") == make("one") != make("two")


def test_the_data_is_installed_with_the_package() -> None:
    """Every file of the world fits a pattern of the package data."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    names = [path.name for path in world.file("").iterdir() if path.is_file() and path.suffix != ".py"]
    assert {"catalogue.json", "halls.json", "agreements.csv", "baselines.csv", "samples.json"} <= set(names)
    assert all(any(fnmatch(name, pattern) for pattern in patterns) for name in names)
