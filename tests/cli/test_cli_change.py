"""A folder that changes: what one version parked runs again on a command, and two versions are compared on another."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import partners
from gateway.cli import world
from gateway.mapping import load
from gateway.security import Keyring, Sealer
from gateway.settings import Settings
from gateway.store import HallRecord, JobKind, Tx

from .conftest import Run
from .test_cli_tickets import NOW, NUMBER, in_store, new_case, waiting

PARTNER, HASH = "harbin-changchun", "ab" * 32
MAPPINGS = Path(__file__).parents[2] / "mappings"
SINCE = ("--since", "2026-11-20", "--only-parked", "--by", "an")


@pytest.fixture
def refused(tongban: Run, sqlite_url: str) -> Callable[[str], None]:
    """One case that a version of a folder parked, its last submit with that verdict."""
    sealer = Sealer(Keyring.create(Settings.load().sealing_keys))
    _, draft = world.cases(5, 1, NOW)[0]
    draft = {**draft, "matter": "000109003000", "applicant": {**draft["applicant"], "name": "王小明"}}

    def make(verdict: str) -> None:
        def unit(tx: Tx) -> None:
            tx.halls.add(HallRecord("window", "示范大厅", "220100", NOW))
            case = tx.cases.insert(replace(new_case(sealer, draft), partner=PARTNER, mapping_hash=HASH))
            attempt = tx.attempts.begin(case, "submit", PARTNER, HASH, NOW, "worker")
            tx.attempts.finish(attempt, NOW, verdict, "field-invalid", 200, None, None)
            tx.jobs.enqueue(JobKind.DELIVER, case, PARTNER, NOW)
            (job,) = tx.jobs.claim(NOW, NOW + timedelta(minutes=1), "worker", 1)
            tx.jobs.park(job, f"{verdict}:field-invalid")
            tx.tickets.open(case, verdict, "field-invalid", NOW, {})

        in_store(sqlite_url, unit)

    return make


def copy_of(tmp_path: Path, **changes: str) -> Path:
    """A changed copy of the partner's folder."""
    folder = tmp_path / "next" / PARTNER
    shutil.copytree(MAPPINGS / PARTNER, folder)
    steps = folder / "steps" / "common.yaml"
    text = steps.read_text("utf-8")
    for old, new in changes.items():
        text = text.replace(old.replace("_", "."), new)
    steps.write_text(text, "utf-8")
    return folder


def test_replay_queues_the_window_again_and_says_so(tongban: Run, sqlite_url: str, refused: Callable[[str], None]) -> None:
    """A dry run first, which changes nothing; then the job is due, the ticket closed, and the act in the audit chain.

    The refusal was read by another version than the one in force: the partner will be asked first.
    """
    refused("refused")
    dry = tongban("replay", "--mapping", HASH[:8], *SINCE, "--dry-run")
    assert (dry.code, waiting(sqlite_url)) == (0, [])
    assert NUMBER in dry.out
    assert "1 case(s) would run again, 0 would be left" in dry.out
    (row,) = json.loads(tongban("replay", "--mapping", HASH.upper(), *SINCE, "--json").out)
    assert (row["case"], row["mapping"], row["runs"], row["asks_first"], row["left"]) == (NUMBER, HASH, True, True, None)
    assert (waiting(sqlite_url), json.loads(tongban("ticket", "list", "--json").out)) == (["deliver"], [])
    (record,) = json.loads(tongban("audit", "list", "--json").out)
    assert (record["actor"], record["action"], record["subject"]) == ("an", "case.replayed", NUMBER)
    assert record["detail"]["mapping"] == HASH
    assert len(record["detail"]["in_force"]) == 64
    again = tongban("replay", "--mapping", HASH, *SINCE)
    assert (again.code, f"No parked case has the hash {HASH}" in again.err) == (0, True)


def test_replay_asks_before_it_sends_a_lost_answer_again(tongban: Run, refused: Callable[[str], None]) -> None:
    """This partner can be asked; the table says that it will be."""
    refused("unsure")
    assert "the partner is asked first" in tongban("replay", "--mapping", HASH, *SINCE, "--dry-run").out


@pytest.mark.parametrize(
    "window",
    [
        ("--since", "2026-11-21"),
        ("--since", "2026-11-01", "--until", "2026-11-19"),
        ("--since", "2026-11-20T10:01"),
        ("--since", "2026-11-20", "--partner", "guizhou-province"),
    ],
)
def test_replay_leaves_what_is_outside_the_window(tongban: Run, refused: Callable[[str], None], window: tuple[str, ...]) -> None:
    """Days and moments are China's; the case was last tried at 10:00 there on 20 November."""
    refused("refused")
    outside = tongban("replay", "--mapping", HASH, *window, "--only-parked", "--json")
    assert json.loads(outside.out) == []
    assert "All 1 case(s) that this version parked lie outside" in outside.err


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-20T10:00", "2026-11-20"),
        ("20261120", "20261120"),
        ("20261120T1000", "20261120T1001"),
        ("2026-11-20 10:00", "2026-11-20T02:00:01Z"),
    ],
)
def test_a_day_is_included_however_it_is_written(tongban: Run, refused: Callable[[str], None], since: str, until: str) -> None:
    """With hyphens or without; a moment is that moment, in China unless it says where."""
    refused("refused")
    inside = tongban("replay", "--mapping", HASH, "--since", since, "--until", until, "--only-parked", "--dry-run", "--json")
    assert (inside.code, len(json.loads(inside.out)), inside.err) == (0, 1, "")


def test_a_hash_that_no_parked_case_has_is_said_to_be_one(tongban: Run, refused: Callable[[str], None]) -> None:
    """A typo looks like an empty window otherwise."""
    refused("refused")
    said = tongban("replay", "--mapping", "cd" * 6, *SINCE, "--dry-run")
    assert (said.code, f"No parked case has the hash {'cd' * 6}." in said.err) == (0, True)


def test_the_version_in_force_is_named_when_its_own_cases_run_again(tongban: Run, sqlite_url: str, refused: Callable[[str], None]) -> None:
    """The messages will be the same; of a case that waited for its folder to come back, nothing of the kind is said."""
    refused("refused")
    in_force = load(MAPPINGS / PARTNER, documents=partners.DOCUMENTS).content_hash

    def made_by_it(tx: Tx) -> None:
        tx.cases.set_mapping(1, in_force)
        attempt = tx.attempts.begin(1, "submit", PARTNER, in_force, NOW, "worker")
        tx.attempts.finish(attempt, NOW, "refused", "field-invalid", 200, None, None)

    in_store(sqlite_url, made_by_it)
    note = f"the folder {PARTNER} in force is still that version"
    assert note in tongban("replay", "--mapping", in_force, *SINCE, "--dry-run").err

    def gone(tx: Tx) -> None:
        tx.jobs.unpark(JobKind.DELIVER, 1, NOW)
        (job,) = tx.jobs.claim(NOW, NOW + timedelta(minutes=1), "worker", 1)
        tx.jobs.park(job, "partner-gone")

    in_store(sqlite_url, gone)
    said = tongban("replay", "--mapping", in_force, *SINCE, "--dry-run")
    assert ("1 case(s) would run again" in said.out, note in said.err) == (True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mapping", HASH, "--since", "2026-11-20"),
        ("--mapping", HASH[:7], *SINCE),
        ("--mapping", "not-a-hash", *SINCE),
        ("--mapping", HASH, "--since", "yesterday", "--only-parked"),
        ("--mapping", HASH, "--since", "2026-13-01", "--only-parked"),
        ("--since", "2026-11-20", "--only-parked"),
        ("--mapping", HASH, *SINCE, "--until", ""),
        ("--mapping", HASH, *SINCE, "--until", "2026-11-19"),
        ("--mapping", HASH, *SINCE, "--until", "2026-11-20T00:00"),
        ("--mapping", HASH, "--since", "2026-W47", "--only-parked"),
    ],
)
def test_a_wrong_command_line_ends_with_2(tongban: Run, arguments: tuple[str, ...]) -> None:
    """Only what is parked can be meant, and a hash must be one."""
    said = tongban("replay", *arguments)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_replay_knows_a_partner_that_is_not_there(tongban: Run) -> None:
    """A typo is no empty window."""
    said = tongban("replay", "--mapping", HASH, *SINCE, "--partner", "harbin-changchum")
    assert (said.code, "harbin-changchun" in said.err) == (1, True)


def test_a_case_shows_the_hash_of_the_folder(tongban: Run, refused: Callable[[str], None]) -> None:
    """Its own and each attempt's; as much of it in the table as replay takes."""
    refused("refused")
    document = json.loads(tongban("case", "show", NUMBER, "--json").out)
    assert (document["case"]["mapping"], document["attempts"][0]["mapping"]) == (HASH, HASH)
    shown = tongban("case", "show", NUMBER).out
    assert shown.count(HASH[:12]) == 2
    assert HASH not in shown


def test_diff_ends_with_0_without_differences(tongban: Run, tmp_path: Path) -> None:
    """A partner's name, or a path."""
    said = tongban("partner", "diff", PARTNER, str(copy_of(tmp_path)))
    assert (said.code, said.err) == (0, "")
    assert "No difference in" in said.out


def test_diff_tells_what_differs_and_ends_with_1(tongban: Run, tmp_path: Path) -> None:
    """Examples that differ alike are told once."""
    said = tongban("partner", "diff", str(MAPPINGS / PARTNER), str(copy_of(tmp_path, applicant_phone="reception.window")))
    assert said.code == 1
    assert "~ sent" in said.out or "+ faults" in said.out
    document = json.loads(tongban("partner", "diff", PARTNER, str(tmp_path / "next" / PARTNER), "--json").out)
    assert document["old"]["mapping"] != document["new"]["mapping"]
    assert document["examples"]
    assert all(one["differences"] for one in document["examples"])


def test_recent_cases_are_compared_and_never_shown(tongban: Run, tmp_path: Path, refused: Callable[[str], None]) -> None:
    """The case's name is another source's now: that is told, the name is not."""
    refused("refused")
    new = copy_of(tmp_path, applicant_name="applicant.certificate.number")
    said = tongban("partner", "diff", PARTNER, str(new), "--recent", "5", "--json")
    document: dict[str, Any] = json.loads(said.out)
    assert document["compared"]["recent"] == 1
    (case,) = [one for one in document["recent"] if one["step"] == "submit"]
    assert (case["case"], case["differences"][0]["part"]) == (NUMBER, "sent")
    plain = tongban("partner", "diff", PARTNER, str(new), "--recent", "5")
    assert (said.code, plain.code) == (1, 1)
    assert "王" not in said.out + said.err + plain.out + plain.err


def test_cases_are_the_installed_partners_whatever_the_copy_is_called(tongban: Run, tmp_path: Path, refused: Callable[[str], None]) -> None:
    """Of a name and a path, and of two paths in either order; whose they are is said."""
    refused("refused")
    new = copy_of(tmp_path, applicant_name="applicant.certificate.number").rename(tmp_path / "renamed")
    partner = new / "partner.yaml"
    partner.write_text(partner.read_text("utf-8").replace(f"secret:{PARTNER}/", "secret:renamed/"), "utf-8")
    for pair in ((PARTNER, str(new)), (str(MAPPINGS / PARTNER), str(new)), (str(new), str(MAPPINGS / PARTNER)), (str(new), PARTNER)):
        said = tongban("partner", "diff", *pair, "--recent", "5")
        assert f"and 1 case(s) of {PARTNER}." in said.out
        document = json.loads(tongban("partner", "diff", *pair, "--recent", "5", "--json").out)
        assert (document["recent_of"], document["compared"]["recent"]) == (PARTNER, 1)
    nobodys = tongban("partner", "diff", str(new), str(new), "--recent", "5")
    assert "0 case(s) of renamed" in nobodys.out
    assert "case(s)" not in tongban("partner", "diff", str(new), str(new)).out


def test_what_keeps_a_folder_from_loading_is_told_of_the_side_it_is_on(tongban: Run, tmp_path: Path) -> None:
    """Both are called alike: the side and the path tell them apart."""
    one, other = copy_of(tmp_path / "one"), copy_of(tmp_path / "other")
    for folder in (one, other):
        (folder / "partner.yaml").write_text("language: 1\n", "utf-8")
    said = tongban("partner", "diff", str(one), str(other))
    assert said.code == 3
    assert f"OLD {one}/partner.yaml:1:1: form.missing" in said.err
    assert f"NEW {other}/partner.yaml:1:1: form.missing" in said.err


def test_a_folder_that_does_not_load_ends_with_3(tongban: Run, tmp_path: Path) -> None:
    """With its findings; a name that nobody has with 1."""
    folder = copy_of(tmp_path)
    (folder / "partner.yaml").write_text("language: 1\n", "utf-8")
    said = tongban("partner", "diff", PARTNER, str(folder))
    assert (said.code, "form.missing" in said.err) == (3, True)
    assert tongban("partner", "diff", PARTNER, "nobody").code == 1


def test_moments_are_aware() -> None:
    """The window is compared with moments of the store."""
    from gateway.cli.replay import _moment

    assert _moment("2026-11-20", "--since") == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert _moment("2026-11-20", "--until", end=True) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert _moment("2026-11-20T10:30+00:00", "--since") == datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def test_what_an_installation_lays_over_a_folder_is_no_difference(tongban: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The overlay of the partner that is named lies over both versions; over two paths none does."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(f"partner: {{{PARTNER}: {{limits: {{per_second: 1}}}}}}", "utf-8")
    monkeypatch.setenv("TONGBAN_OVERLAY", str(overlay))
    new = copy_of(tmp_path)
    assert tongban("partner", "diff", PARTNER, str(new)).code == 0
    assert tongban("partner", "diff", str(MAPPINGS / PARTNER), str(new)).code == 0
    document = json.loads(tongban("partner", "diff", PARTNER, "guizhou-province", "--json").out)
    assert {"part": "conduct", "path": "limits.per_second", "old": "1", "new": "50"} in document["conduct"]
