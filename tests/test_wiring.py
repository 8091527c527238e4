"""Wiring: what keeps a gateway from starting is said at its place."""

import shutil
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.kit import open_folder, read_examples
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
    assert set(check_partners(settings(tmp_path))) == {path.parent.name for path in MAPPINGS.glob("*/partner.yaml")}


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
     "relay: {schedul: [1s]}", "hold: soon", "partner: 5", "partner: {x: 5}", "shadow: x", "shadow: {x: [a]}", "other: 1"],
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


def overlaid(tmp_path: Path, text: str) -> Settings:
    """Settings with this overlay, in whose folder shadows are looked for."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(text, encoding="utf-8")
    return settings(tmp_path, overlay=overlay)


@pytest.mark.parametrize("name", ["harbin-changchun", "guizhou-province"])
@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize("directory", ["next/{}", "other/第2版"])
async def test_a_shadow_is_the_real_adapter_on_another_folder(tmp_path: Path, name: str, changed: bool, directory: str) -> None:
    """REST and SOAP, whatever the directory is called: an untouched copy makes the same message, one with another source does not.

    It needs no secret.
    """
    given = overlaid(tmp_path, f"shadow: {{{name}: {directory.format(name)}}}")
    copy = tmp_path / directory.format(name)
    shutil.copytree(MAPPINGS / name, copy)
    example = next(one for one in read_examples(open_folder(MAPPINGS / name))[0] if one.kind == "success")
    if changed:
        steps = copy / "steps" / "common.yaml"
        steps.write_text(steps.read_text("utf-8").replace("applicant.name", "applicant.certificate.number"), encoding="utf-8")
    async with build(given, serve=True) as application:
        shadow = application.ctx.shadow
        assert shadow is not None
        shadow.beside(name, example.step, example.facts, example.now)
        shadow.close()
        text = (await application.ctx.metrics.render("process"))[0].decode()
    result = "different" if changed else "same"
    assert f'tongban_shadow_messages_total{{partner="{name}",result="{result}",step="submit"}} 1.0' in text


async def test_a_shadow_that_cannot_be_used_keeps_nothing_from_starting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The log says why; an unknown partner is a typo, and stops the start like every other."""
    (tmp_path / "text").write_text("", encoding="utf-8")
    for path in ("nowhere/harbin-changchun", "mappings/guizhou-province", "text", "text/below", '"a\\0b"'):
        given = overlaid(tmp_path, f"shadow: {{harbin-changchun: {path}}}")
        async with build(given, serve=True) as application:
            assert application.ctx.shadow is None
        assert '"event": "shadow.unusable"' in capsys.readouterr().err, path
    with pytest.raises(MappingError) as caught:
        async with build(overlaid(tmp_path, "shadow: {harbin-changchum: x}"), serve=True):
            pass
    assert [finding.code for finding in caught.value.findings] == ["overlay.folder"]
