"""Administration from the command line: all or nothing, two persons where two are wanted, and an audit record for every change."""

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.cli import world
from gateway.security import Keyring, Sealer, digest_of
from gateway.store import Store, Tx

from .conftest import Run

T = TypeVar("T")
AGREEMENT = "document_number,origin,destination,matter,valid_from,valid_to,receive,notify_once,verify_original,deliver\n"
BASELINE = "destination,matter,applicant_class,trips,long_trips,method,source,valid_from,valid_to\n"


def ask(url: str, question: Callable[[Tx], T]) -> T:
    """One reading of the database, beside the commands."""

    async def run() -> T:
        store = Store.open(url)
        try:
            return await store.read(question)
        finally:
            await store.close()

    return asyncio.run(run())


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def audited(run: Run) -> list[tuple[str, str, str]]:
    """(actor, action, subject), oldest first."""
    records = json.loads(run("audit", "list", "--json").out)
    return [(record["actor"], record["action"], record["subject"]) for record in reversed(records)]


def test_a_whole_set_up_is_done_by_commands_and_audited(tongban: Run) -> None:
    """Catalogue, agreements, baselines, a hall with key and webhook: each command works, and each leaves one record naming who did it."""
    for group, file in (("catalogue", "catalogue.json"), ("agreement", "agreements.csv"), ("baseline", "baselines.csv")):
        assert tongban(group, "import", world.file(file), "--by", "an").code == 0
    assert tongban("baseline", "approve", "1", "2", "--by", "bo").code == 0
    assert tongban("hall", "add", "window", "--name", "示范大厅", "--region", "2201", "--by", "an").code == 0
    assert tongban("hall", "key", "window", "--by", "an").code == 0
    assert tongban("hall", "webhook", "window", "https://hall.example/hooks", "--by", "an").code == 0
    assert audited(tongban) == [
        ("an", "catalogue.imported", "catalogue.json"),
        ("an", "agreement.imported", "agreements.csv"),
        ("an", "baseline.imported", "baselines.csv"),
        ("bo", "baseline.approved", "1"),
        ("bo", "baseline.approved", "2"),
        ("an", "hall.added", "window"),
        ("an", "hall.key-made", "window"),
        ("an", "hall.webhook-set", "window"),
    ]
    verified = tongban("audit", "verify")
    assert (verified.code, verified.out) == (0, "审计链完整，共 8 条。 / The audit chain is whole: 8 records.\n")


def test_a_changed_audit_record_is_noticed(catalogued: Run, sqlite_url: str) -> None:
    """Whoever edits the chain by hand is found out, and the command ends with 1."""
    import pysqlite3

    connection = pysqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("UPDATE audit SET actor = 'somebody else'")
    connection.commit()
    connection.close()
    said = catalogued("audit", "verify")
    assert said.code == 1
    assert "broken" in said.err


def test_without_by_the_operating_systems_user_is_named(tongban: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody acts without a name."""
    monkeypatch.setenv("LOGNAME", "operator")
    assert tongban("catalogue", "import", world.file("catalogue.json")).code == 0
    assert audited(tongban)[0][0] == "operator"


def test_an_empty_name_is_refused(tongban: Run) -> None:
    """`--by` with nothing in it is no name, and nothing is done."""
    assert tongban("catalogue", "import", world.file("catalogue.json"), "--by", " ").code == 1
    assert audited(tongban) == []


def test_a_catalogue_is_imported_whole_or_not_at_all(tongban: Run, tmp_path: Path, sqlite_url: str) -> None:
    """Every fault is told with its JSON pointer, and the sound entries beside it are not imported."""
    document = json.loads(world.file("catalogue.json").read_bytes())
    document["regions"][0]["code"] = "11"
    document["matters"][0]["mode"] = "by-pigeon"
    document["matters"][1]["colour"] = "red"
    del document["matters"][2]["name"]
    said = tongban("catalogue", "import", written(tmp_path / "bad.json", json.dumps(document)))
    assert said.code == 1
    places = [line.split(": ")[0] for line in said.err.splitlines()[2:]]
    assert places == ["bad.json:/regions/0/code", "bad.json:/matters/0/mode", "bad.json:/matters/1/colour", "bad.json:/matters/2/name"]
    assert ask(sqlite_url, lambda tx: tx.catalogue.regions()) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "bad.json:1:2"),
        ("[]", "bad.json:/"),
        ('{"regions": 1}', "bad.json:/"),
        ('{"other": []}', "bad.json:/"),
        ("{}", "bad.json:/"),
        ('{"regions": [{"code": "000000", "name": "x"}]}', "bad.json:/regions/0/code"),
        ('{"regions": [{"code": "220000", "name": "x"}, {"code": "220000", "name": "y"}]}', "bad.json:/regions/1"),
    ],
)
def test_what_is_no_catalogue_is_refused_with_its_place(tongban: Run, tmp_path: Path, text: str, place: str) -> None:
    """Malformed JSON, another document, an empty one, a code that is none, a repeated entry."""
    said = tongban("catalogue", "import", written(tmp_path / "bad.json", text))
    assert said.code == 1
    assert said.err.splitlines()[2].startswith(place + ": ")


def test_a_matter_of_an_unknown_region_is_refused(tongban: Run, tmp_path: Path) -> None:
    """A destination must be among the regions of the file or of the store."""
    matter = json.loads(world.file("catalogue.json").read_bytes())["matters"][0]
    said = tongban("catalogue", "import", written(tmp_path / "c.json", json.dumps({"matters": [matter]})))
    assert "c.json:/matters/0/destination: 目录中没有这个地区" in said.err


def test_importing_the_same_agreements_again_changes_nothing(catalogued: Run) -> None:
    """The second import of a file finds every row known."""
    first = catalogued("agreement", "import", world.file("agreements.csv"))
    second = catalogued("agreement", "import", world.file("agreements.csv"))
    assert (first.code, second.code) == (0, 0)
    assert "新增 0 行" in second.out
    assert "新增 0 行" not in first.out


def test_a_table_with_a_bad_row_imports_nothing(catalogued: Run, tmp_path: Path, sqlite_url: str) -> None:
    """Unknown region, unknown matter, reversed validity and a repeated row are all told, and the sound row waits for the mended file."""
    rows = (
        "甲1号,220100,230100,000109003000,2026-01-01,,true,,,\n"
        "甲1号,229900,230100,000109003000,2026-01-01,,,,,\n"
        "甲1号,220100,230100,999999999999,2026-01-01,,,,,\n"
        "甲1号,220100,230100,000117001001,2026-01-01,2025-01-01,,,,\n"
        "甲1号,220100,230100,000109003000,2026-01-01,,true,,,\n"
    )
    said = catalogued("agreement", "import", written(tmp_path / "a.csv", AGREEMENT + rows))
    assert said.code == 1
    places = {line.split(": ")[0] for line in said.err.splitlines()[2:]}
    assert places == {"a.csv:3:B(origin)", "a.csv:4:D(matter)", "a.csv:5:F(valid_to)", "a.csv:6:A(document_number)"}

    assert ask(sqlite_url, lambda tx: tx.agreements.between("220100", "230100", "000109003000")) == []


def test_who_imported_a_baseline_cannot_approve_it(catalogued: Run, tmp_path: Path) -> None:
    """The importer's approval is refused and says so; another person's stands; a second approval says that it was done."""
    row = "230100,000109003000,,3,3,process-derived,办事指南,2026-01-01,\n"
    catalogued("baseline", "import", written(tmp_path / "b.csv", BASELINE + row), "--by", "an")
    own = catalogued("baseline", "approve", "1", "--by", "an")
    assert own.code == 1
    assert "导入人不能审批" in own.err
    assert [pending["id"] for pending in json.loads(catalogued("baseline", "list", "--json").out)] == [1]
    assert catalogued("baseline", "approve", "1", "--by", "bo").code == 0
    assert json.loads(catalogued("baseline", "list", "--json").out) == []
    assert "approved before" in catalogued("baseline", "approve", "1", "--by", "bo").err


def test_baselines_are_approved_all_or_none(catalogued: Run, tmp_path: Path) -> None:
    """One id that cannot be approved, and none of the others is."""
    row = "230100,000109003000,,3,3,process-derived,办事指南,2026-01-01,\n"
    catalogued("baseline", "import", written(tmp_path / "b.csv", BASELINE + row), "--by", "an")
    said = catalogued("baseline", "approve", "1", "99", "--by", "bo")
    assert said.code == 1
    assert "99" in said.err
    assert len(json.loads(catalogued("baseline", "list", "--json").out)) == 1


def test_more_long_trips_than_trips_is_refused(catalogued: Run, tmp_path: Path) -> None:
    """A visit to another province is a visit."""
    row = "230100,000109003000,natural,1,2,process-derived,办事指南,2026-01-01,\n"
    said = catalogued("baseline", "import", written(tmp_path / "b.csv", BASELINE + row))
    assert "b.csv:2:E(long_trips): 多于 trips" in said.err


def test_a_halls_key_is_shown_once_and_kept_as_a_digest(a_hall: Run, sqlite_url: str) -> None:
    """The key is the only thing on standard output, its digest is stored, and the database does not hold the key."""
    text = a_hall("hall", "key", "window").out.strip()
    prefix = text.split("_")[1]
    key = ask(sqlite_url, lambda tx: tx.halls.key(prefix))
    assert key is not None
    assert key.digest == digest_of(text)
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    assert not any(text.encode() in file.read_bytes() for file in folder.iterdir() if file.is_file())


def test_a_revoked_key_is_revoked_once_and_by_its_own_hall(a_hall: Run) -> None:
    """Another hall's prefix is no key of this hall; a second revocation says that there is nothing to revoke."""
    prefix = a_hall("hall", "key", "window").out.split("_")[1]
    a_hall("hall", "add", "other", "--name", "另一大厅", "--region", "230100")
    assert a_hall("hall", "key", "other", "--revoke", prefix).code == 1
    assert a_hall("hall", "key", "window", "--revoke", prefix).code == 0
    assert a_hall("hall", "key", "window", "--revoke", prefix).code == 1


def test_a_webhooks_secret_is_shown_once_and_sealed(a_hall: Run, sqlite_url: str) -> None:
    """What is stored opens, with the key file, to the secret that was printed; the key file is its owner's alone."""
    secret = a_hall("hall", "webhook", "window", "https://hall.example/hooks").out.strip()
    hall = ask(sqlite_url, lambda tx: tx.halls.get("window"))
    keys = Path(sqlite_url.removeprefix("sqlite:///") + ".keys")
    assert hall is not None
    assert hall.webhook_secret_sealed is not None
    assert Sealer(Keyring.load(keys)).open(hall.webhook_secret_sealed, "hall:window:webhook").decode() == secret
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    (listed,) = json.loads(a_hall("hall", "list", "--json").out)
    assert listed["webhook"] == "https://hall.example:443"


@pytest.mark.parametrize("url", ["ftp://hall.example/", "https://user:pw@hall.example/", "hall.example", "http://127.1/"])
def test_a_webhook_that_could_not_be_called_is_refused(a_hall: Run, url: str) -> None:
    """Other schemes, credentials in the URL and odd hosts are refused when they are entered, not when the first event is due."""
    assert a_hall("hall", "webhook", "window", url).code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("hall", "add", "window", "--name", "又一个", "--region", "220100"),
        ("hall", "add", "Window!", "--name", "名称", "--region", "220100"),
        ("hall", "add", "new", "--name", " ", "--region", "220100"),
        ("hall", "add", "new", "--name", "名称", "--region", "xx"),
        ("hall", "add", "new", "--name", "名称", "--region", "659999"),
        ("hall", "key", "nobody"),
        ("hall", "webhook", "nobody", "https://hall.example/"),
        ("catalogue", "import", "no-such-file.json"),
        ("catalogue", "import", "."),
        ("partner", "resume", "nobody"),
        ("case", "show", "KS0"),
    ],
)
def test_what_cannot_be_done_is_said_in_two_lines(a_hall: Run, arguments: tuple[str, ...]) -> None:
    """Chinese, then English, on standard error; exit code 1; nothing on standard output, no record, no traceback."""
    before = audited(a_hall)
    said = a_hall(*arguments)
    chinese, english = said.err.splitlines()
    assert (said.code, said.out) == (1, "")
    assert not chinese.isascii()
    assert "Traceback" not in english
    assert audited(a_hall) == before


def test_a_wrong_command_line_ends_with_2(tongban: Run) -> None:
    """Usage errors are not failures of the work."""
    assert tongban("hall", "add").code == 2
    assert tongban("no-such-command").code == 2


def test_help_is_chinese_first_with_english_beside(tongban: Run) -> None:
    """Every group and command says in both languages what it is for."""
    text = tongban("--help").out
    for zh, en in (("通办", "Tongban"), ("大厅及其密钥", "halls and their keys"), ("审计记录", "the audit chain"), ("工单", "tickets")):
        assert text.index(zh) < text.index(en)


def test_an_unforeseen_error_is_told_in_words_without_its_content(tongban: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours ends with two lines that name kind and place, not with a traceback, and never with what was being read."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("某人 990101199001010015")

    monkeypatch.setattr("gateway.cli.halls.show", broken)
    said = tongban("hall", "list")
    assert said.code == 1
    assert "ValueError test_cli_admin.py" in said.err
    assert "9901" not in said.err


def test_a_setting_that_does_not_exist_is_named(tongban: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped variable ends the command and names the nearest setting."""
    monkeypatch.setenv("TONGBAN_DATABSE_URL", "sqlite:///x.db")
    said = tongban("hall", "list")
    assert said.code == 1
    assert "TONGBAN_DATABASE_URL" in said.err


def test_migrate_makes_a_database_from_nothing(tongban: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database of a new installation comes from one command, and again does nothing."""
    monkeypatch.setenv("TONGBAN_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert tongban("migrate").code == 0
    assert tongban("migrate").code == 0
    assert json.loads(tongban("hall", "list", "--json").out) == []


def test_keys_are_made_once(tongban: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call makes the key file, its owner's alone; a second one leaves it as it is and says so."""
    keys = tmp_path / "other.keys"
    monkeypatch.setenv("TONGBAN_KEY_FILE", str(keys))
    assert tongban("keys", "create").code == 0
    made = keys.read_bytes()
    assert tongban("keys", "create").code == 1
    assert keys.read_bytes() == made
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


def test_partners_are_listed_and_checked_from_their_folders(tongban: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped folders are sound, with advice where a reason stays raw; a broken one ends the check with 3, naming file and line."""
    checked = tongban("partner", "check")
    assert checked.code == 0
    assert ": advice: check.raw-reason: " in checked.out
    listed = json.loads(tongban("partner", "list", "--json").out)
    assert all(partner["matters"] > 0 and partner["paused_until"] is None for partner in listed)
    broken = tmp_path / "mappings" / "some-place"
    broken.mkdir(parents=True)
    (broken / "partner.yaml").write_text("language: 1\nregions: []\ncolour: red\n", "utf-8")
    monkeypatch.setenv("TONGBAN_MAPPINGS", str(tmp_path / "mappings"))
    said = tongban("partner", "check")
    assert said.code == 3
    assert "some-place/partner.yaml:3:1: error: form.unknown: " in said.out
    told = json.loads(tongban("partner", "check", "some-place", "--format", "json").out)
    assert ("some-place/partner.yaml", 3, 1, "error") in {(one["file"], one["line"], one["column"], one["level"]) for one in told}


@pytest.mark.parametrize("line", [("baseline", "approve"), ("ticket", "retry")])
@pytest.mark.parametrize("id_", ["0", "99999999999999999999"])
def test_an_id_that_no_database_has_is_a_wrong_command_line(tongban: Run, line: tuple[str, str], id_: str) -> None:
    """An id outside a database's numbers is refused as usage (2), not told as an internal error."""
    said = tongban(*line, id_, "--by", "an")
    assert said.code == 2
    assert "cli.unexpected" not in said.err
    assert "内部错误" not in said.err
