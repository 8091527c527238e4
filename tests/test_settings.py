"""Settings: one table, in the code and in docs/settings.md; faults name the variable; secrets are never shown."""

import ipaddress
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.errors import SettingsError
from gateway.settings import FolderSecrets, Setting, Settings, refuse_unknown, table, variable_of

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine reaches a test."""
    for name in [name for name in os.environ if name.startswith("TONGBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def row(setting: Setting) -> str:
    """The page's line for a setting."""
    about, default = setting.about, f"`{setting.default}`" if setting.default else "—"
    return f"| `{setting.variable}` | {default} | {about.zh}<br>{about.en} | {about.takes_zh}<br>{about.takes_en} |"


def test_the_page_lists_every_setting_with_its_default() -> None:
    """docs/settings.md and the table say the same, in the same order."""
    listed = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `TONGBAN_")]
    assert listed == [row(setting) for setting in table()]


def test_without_any_variable_everything_has_its_default() -> None:
    """A fresh installation starts on a SQLite file in its own folder, loopback only, with what lies beside it."""
    settings = Settings.load()
    assert (settings.host, settings.port, settings.worker) == ("127.0.0.1", 8080, True)
    assert settings.sqlite_file == Path("tongban.db")
    assert settings.attachments_folder == Path("tongban.db.materials")
    assert settings.sealing_keys == Path("tongban.db.keys")
    assert settings.outbound_networks == ()
    assert settings.max_body_bytes == 8 * 1024 * 1024
    assert settings.max_material_bytes == 100 * 1024 * 1024


def test_the_packaged_mappings_are_found() -> None:
    """The default folder of mappings exists wherever the process was started."""
    assert Settings.load().mappings_folder.is_dir()


def test_variables_set_what_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, switches, lists and paths are read; what is given by name goes first; an empty variable is as good as none."""
    monkeypatch.setenv("TONGBAN_PORT", "9000")
    monkeypatch.setenv("TONGBAN_WORKER", "false")
    monkeypatch.setenv("TONGBAN_OUTBOUND_NETWORKS", "10.20.0.0/16, fd00::/8")
    monkeypatch.setenv("TONGBAN_DATABASE_URL", "sqlite:////var/lib/tongban/a.db")
    monkeypatch.setenv("TONGBAN_KEY_FILE", "")
    settings = Settings.load(host="127.0.0.2")
    assert (settings.port, settings.worker, settings.host) == (9000, False, "127.0.0.2")
    assert settings.outbound_networks == (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8"))
    assert settings.attachments_folder == Path("/var/lib/tongban/a.db.materials")
    assert settings.sealing_keys == Path("/var/lib/tongban/a.db.keys")


def test_on_postgresql_nothing_lies_beside_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL keeps materials itself, and the key file is in the working folder unless it is set."""
    monkeypatch.setenv("TONGBAN_DATABASE_URL", "postgresql://u:p@db/tongban")
    settings = Settings.load()
    assert settings.sqlite_file is None
    assert settings.attachments_folder is None
    assert settings.sealing_keys == Path("tongban.keys")


def test_settings_cannot_be_changed_later() -> None:
    """What a process was started with stays."""
    with pytest.raises(ValidationError):
        Settings.load().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "a lot"),
        ("WORKER", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("OUTBOUND_NETWORKS", "10.0.0.0/8,intranet"),
        ("OUTBOUND_NETWORKS", "10.0.0.1/8"),
        ("DATABASE_URL", "mysql://db/x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "postgresql://u:hush@db"),
        ("LEASE_SECONDS", "0"),
        ("MAX_BODY_BYTES", "-1"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The error names the variable and what it takes, in both languages, and does not repeat the value."""
    monkeypatch.setenv(f"TONGBAN_{name}", value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    about = next(setting.about for setting in table() if setting.variable == f"TONGBAN_{name}")
    assert caught.value.code == "settings.invalid"
    assert f"TONGBAN_{name}" in caught.value.zh
    assert about.takes_zh in caught.value.zh
    assert about.takes_en in caught.value.en
    assert "hush" not in str(caught.value) + caught.value.zh


def test_all_values_at_fault_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start a process three times to find three faults."""
    monkeypatch.setenv("TONGBAN_PORT", "x")
    monkeypatch.setenv("TONGBAN_LOG_FORMAT", "y")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert "TONGBAN_PORT" in caught.value.en
    assert "TONGBAN_LOG_FORMAT" in caught.value.en


def test_a_misspelt_variable_is_an_error_that_names_the_nearest() -> None:
    """A typo does not silently become a default; secrets and other programs' variables are left alone."""
    with pytest.raises(SettingsError) as caught:
        refuse_unknown({"TONGBAN_DATABSE_URL": "x", "PATH": "y", "TONGBAN_SECRET_A__B": "z"})
    assert caught.value.code == "settings.unknown"
    assert "TONGBAN_DATABSE_URL" in caught.value.zh
    assert "TONGBAN_DATABASE_URL" in caught.value.zh
    assert "SECRET" not in caught.value.en
    refuse_unknown({"PATH": "y", "TONGBAN_SECRET_A__B": "z", "TONGBAN_SECRETS": "s", "TONGBAN_PORT": "1"})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://user:hush@db:5432/tongban?sslkey=hush", "postgresql://***@db:5432/tongban?***"),
        ("postgresql://user:h@ush@db/tongban", "postgresql://***@db/tongban"),
        ("sqlite:////var/lib/a@b.db", "sqlite:////var/lib/a@b.db"),
    ],
)
def test_the_print_at_start_masks_the_password(url: str, shown: str) -> None:
    """One line a setting, defaults marked, and the database's password in none of them."""
    lines = Settings.load(database_url=url).masked()
    assert len(lines) == len(table())
    assert f"TONGBAN_DATABASE_URL={shown}" in lines
    assert "TONGBAN_PORT=8080 (default)" in lines
    assert "hush" not in "".join(lines)


def _write(folder: Path, name: str, content: bytes, mode: int = 0o600) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


@pytest.mark.parametrize(
    ("content", "secret"), [(b"abc\n", "abc"), (b"abc", "abc"), (b"abc\r\n", "abc"), (b" a \n\n", " a \n"), ("密\n".encode(), "密")]
)
def test_a_secret_is_its_file_without_one_line_end(tmp_path: Path, content: bytes, secret: str) -> None:
    """Only the line end that an editor adds is taken off."""
    _write(tmp_path, "some-place/token", content)
    assert FolderSecrets(tmp_path).get("some-place/token") == secret


def test_a_rotated_secret_is_used_at_once(tmp_path: Path) -> None:
    """The file is read each time; no restart is needed."""
    secrets = FolderSecrets(tmp_path)
    _write(tmp_path, "a/b", b"one")
    assert secrets.get("a/b") == "one"
    _write(tmp_path, "a/b", b"two")
    assert secrets.get("a/b") == "two"


def test_a_variable_stands_in_for_an_absent_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TONGBAN_SECRET_SOME_PLACE__TOKEN serves while there is no file, and the file goes first."""
    assert variable_of("some-place/token") == "TONGBAN_SECRET_SOME_PLACE__TOKEN"
    monkeypatch.setenv("TONGBAN_SECRET_SOME_PLACE__TOKEN", "from the environment")
    assert FolderSecrets(tmp_path).get("some-place/token") == "from the environment"
    _write(tmp_path, "some-place/token", b"from the file")
    assert FolderSecrets(tmp_path).get("some-place/token") == "from the file"


@pytest.mark.parametrize("content", [None, b"", b"\n"])
def test_a_missing_secret_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    """Absent or empty, the error names the secret, the folder's setting and the variable."""
    if content is not None:
        _write(tmp_path, "a/b", content)
    with pytest.raises(SettingsError) as caught:
        FolderSecrets(tmp_path).get("a/b")
    assert caught.value.code == "secret.missing"
    for text in (caught.value.zh, caught.value.en):
        assert "a/b" in text
        assert "TONGBAN_SECRETS" in text
        assert "TONGBAN_SECRET_A__B" in text
        assert str(tmp_path) not in text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_secret_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """A file that other users can read or write is not used, and its content is not told."""
    _write(tmp_path, "a/b", b"hush", mode)
    with pytest.raises(SettingsError) as caught:
        FolderSecrets(tmp_path).get("a/b")
    assert caught.value.code == "secret.exposed"
    assert "hush" not in str(caught.value) + caught.value.zh


@pytest.mark.parametrize("content", [b"\xff\xfehush", b"h" * (64 * 1024 + 1)])
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, content: bytes) -> None:
    """Neither binary nor boundless files are read as secrets."""
    _write(tmp_path, "a/b", content)
    with pytest.raises(SettingsError) as caught:
        FolderSecrets(tmp_path).get("a/b")
    assert caught.value.code == "secret.unreadable"
    assert caught.value.__cause__ is None


def test_a_folder_in_the_place_of_a_secret_is_refused(tmp_path: Path) -> None:
    """What cannot be read as a file is one clear error."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(SettingsError) as caught:
        FolderSecrets(tmp_path).get("a/b")
    assert caught.value.code == "secret.unreadable"


@pytest.mark.parametrize("name", ["", "token", "../x/y", "a/../b", "/etc/passwd", "a/b\n", "A/b", "a//b", "a/.b", "密/钥"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Only names of the form partner/name are looked up."""
    with pytest.raises(SettingsError) as caught:
        FolderSecrets(tmp_path).get(name)
    assert caught.value.code == "secret.name"
