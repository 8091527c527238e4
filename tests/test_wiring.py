"""Wiring: what keeps a gateway from starting is said at its place."""

import shutil
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.mapping import MappingError
from gateway.settings import Settings
from gateway.wiring import build, check_partners, read_overlay

MAPPINGS = Path(__file__).parent.parent / "mappings"


def settings(tmp_path: Path, **about: object) -> Settings:
    """Settings of an empty installation with a copy of the shipped folders."""
    folders = tmp_path / "mappings"
    if not folders.exists():
        shutil.copytree(MAPPINGS, folders)
    return Settings(database_url=f"sqlite:///{tmp_path / 'tongban.db'}", mappings=folders, secrets=tmp_path / "secrets", **about)  # type: ignore[arg-type]


def test_the_shipped_folders_can_be_used(tmp_path: Path) -> None:
    """No secret is needed to know that."""
    assert set(check_partners(settings(tmp_path))) == {"guizhou-province", "harbin-changchun"}


@pytest.mark.parametrize(
    ("folder", "file", "before", "after", "code"),
    [
        ("harbin-changchun", "partner.yaml", "scheme: tif", "scheme: tiff", "partner.auth"),
        ("harbin-changchun", "partner.yaml", "prefix:", "prefx:", "partner.auth"),
        ("guizhou-province", "partner.yaml", "scheme: hmac-body", "scheme: tif", "partner.auth"),
        ("guizhou-province", "schemas/MatterExchange.wsdl", "<", "", "mapping.unusable"),
    ],
)
def test_what_only_building_shows_is_a_finding_with_its_place(
    tmp_path: Path, folder: str, file: str, before: str, after: str, code: str
) -> None:
    """An unknown scheme, a wrong option, a scheme that cannot vouch for pushes, a broken WSDL: before anything listens."""
    given = settings(tmp_path)
    path = tmp_path / "mappings" / folder / file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(before, after, 1) if file == "partner.yaml" else "not a WSDL", encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        check_partners(given)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert finding.file.startswith(folder)
    if code == "partner.auth":
        assert "auth:" in text.splitlines()[finding.line - 1] or "push:" in text.splitlines()[finding.line - 1]
        assert "[" not in finding.zh


def test_a_soap_folder_without_its_wsdl_does_not_start(tmp_path: Path) -> None:
    """The schemas are what its messages are made from."""
    given = settings(tmp_path)
    shutil.rmtree(tmp_path / "mappings" / "guizhou-province" / "schemas")
    with pytest.raises(MappingError) as caught:
        check_partners(given)
    assert [finding.file for finding in caught.value.findings] == ["guizhou-province/schemas"]


@pytest.mark.parametrize(
    "text",
    ["relay: [1s]", "relay: {schedule: [abc]}", "relay: {schedule: []}",
     "relay: {schedul: [1s]}", "hold: soon", "partner: 5", "partner: {x: 5}", "other: 1"],
)  # fmt: skip
def test_an_overlay_that_says_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    """A typo must not become the default, nor an internal error."""
    path = tmp_path / "overlay.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="overlay"):
        read_overlay(path)


async def test_keys_that_are_gone_are_not_replaced_in_silence(tmp_path: Path) -> None:
    """New keys would seal new cases beside old ones that nobody can open."""
    given = settings(tmp_path)
    async with build(given, serve=False):
        pass
    given.sealing_keys.unlink()
    with pytest.raises(SettingsError, match=r"key-file\.missing"):
        async with build(given, serve=False):
            pass
