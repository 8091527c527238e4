"""Shadow mode: what another version of a folder would have sent is prepared beside each delivery, told without content, and never sent."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from gateway.flow import Pair, Shadow, run_again
from gateway.flow.shadow import WAITING, Difference, compare
from gateway.model import CaseFacts, Exchange, Outcome, Preview, Refused, Retry, Status, Unsure, fault

from .harness import START, TAKEN, Desk, came_to

Tree = dict[str, Any]


@dataclass
class Version:
    """A version of a folder that makes a message of the facts."""

    make: Callable[[CaseFacts], Any]
    mapping_hash: str = "hash-2"
    asked: list[tuple[str, str, datetime]] = field(default_factory=list)

    def preview(self, step: str, facts: CaseFacts, now: datetime) -> Preview:
        self.asked.append((step, facts.number, now))
        made = self.make(facts)
        return made if isinstance(made, Preview) else Preview(made, repr(made).encode())


def names(facts: CaseFacts) -> Tree:
    """The message in force."""
    return {"name": facts.draft.applicant.name, "no": facts.number}


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What is logged meanwhile."""
    with structlog.testing.capture_logs() as lines:
        yield lines


async def counted(desk: Desk) -> dict[str, int]:
    """How many messages were compared, by result."""
    text = (await desk.ctx.metrics.render("process"))[0].decode()
    lines = [line for line in text.splitlines() if line.startswith("tongban_shadow_messages_total{")]
    return {line.partition('result="')[2].partition('"')[0]: int(float(line.rpartition(" ")[2])) for line in lines}


def shadowed(desk: Desk, other: Version) -> Shadow:
    """Let the desk deliver with a shadow beside it."""
    shadow = Shadow({desk.partner.name: Pair(Version(names, "hash-1"), other)}, desk.ctx.metrics)
    desk.ctx = replace(desk.ctx, shadow=shadow)
    return shadow


async def delivered(desk: Desk, *keys: str) -> list[str]:
    """Cases handed in and worked on."""
    numbers = [(await desk.submit(key=key)).number for key in keys]
    await desk.work()
    return numbers


async def test_a_difference_is_counted_each_time_and_told_once(desk: Desk, logged: list[Any]) -> None:
    """Its place and what both values look like; no name, no number of a person, and the partner is called as if nothing were."""
    shadow = shadowed(desk, Version(lambda facts: {"name": facts.draft.applicant.certificate.number, "no": facts.number}))
    numbers = await delivered(desk, "k-1", "k-2", "k-3")
    shadow.close()
    assert await counted(desk) == {"different": 3}
    (line,) = [line for line in logged if line["event"] == "shadow.different"]
    assert (line["partner"], line["step"], line["path"], line["how"]) == ("somewhere", "submit", "name", "changed")
    assert (line["sent"], line["shadow"], line["mapping"]) == ('"***"', '"' + "#" * 18 + '"', "hash-2")
    assert line["first_case"] in numbers
    assert sorted(desk.partner.said("submit")) == sorted(numbers)
    assert not any("张" in str(value) or "990101" in str(value) for line in logged for value in line.values())


async def test_a_folder_that_makes_the_same_message_is_only_counted(desk: Desk, logged: list[Any]) -> None:
    """Both versions are asked for the same step, case and moment, once the attempt is made."""
    other = Version(names)
    shadow = shadowed(desk, other)
    (number,) = await delivered(desk, "k-1")
    shadow.close()
    assert await counted(desk) == {"same": 1}
    assert other.asked == [("submit", number, START)]
    assert [line for line in logged if line["event"].startswith("shadow")] == []


async def test_a_shadow_that_fails_endangers_nothing(desk: Desk, logged: list[Any]) -> None:
    """An exception is counted and told by its kind alone, which may not quote what was rendered; the case is delivered."""

    def broken(facts: CaseFacts) -> Tree:
        raise ValueError(facts.draft.applicant.name)

    shadow = shadowed(desk, Version(broken))
    (number, _) = await delivered(desk, "k-1", "k-2")
    shadow.close()
    assert await counted(desk) == {"failed": 2}
    (line,) = [line for line in logged if line["event"] == "shadow.failed"]
    assert (line["error"], "张" in str(line)) == ("ValueError", False)
    assert (await desk.case(number)).status is Status.DISPATCHED


async def test_a_slow_shadow_holds_nothing_up_and_few_wait_for_it(desk: Desk) -> None:
    """While it hangs, cases go out; what no longer finds room is left out and counted; once it is closed nothing is asked of it."""
    going_on = threading.Event()

    def slow(facts: CaseFacts) -> Tree:
        going_on.wait(60)
        return names(facts)

    shadow = shadowed(desk, Version(slow))
    (number,) = await delivered(desk, "k-1")
    assert (await desk.case(number)).status is Status.DISPATCHED
    facts = desk.partner.calls[0][1]
    for _ in range(WAITING + 5):
        shadow.beside("somewhere", "submit", facts, START)
    assert await counted(desk) == {"skipped": 6}
    going_on.set()
    shadow.close()
    shadow.beside("somewhere", "submit", facts, START)
    shadow.beside("elsewhere", "submit", facts, START)
    assert (await counted(desk))["skipped"] == 6


UNREACHED = Outcome(Retry("connect"), Exchange(b"sent", b"", None, perhaps_sent=False))


async def test_a_message_is_compared_once_and_only_when_it_perhaps_left(desk: Desk) -> None:
    """Not while the partner cannot be reached; then once, however often it is sent again."""
    other = Version(names)
    shadow = shadowed(desk, other)
    desk.partner.script["submit"] = [UNREACHED, UNREACHED, came_to(Retry("busy")), came_to(Unsure("reset")), UNREACHED, TAKEN]
    (number,) = await delivered(desk, "k-1")
    compared = []
    for _ in range(6):
        compared.append((await counted(desk)).get("same", 0))
        desk.clock.pass_(hours=1)
        await desk.work()
    shadow.close()
    assert len(desk.partner.said("submit")) == 6
    assert [about for _, about, _ in other.asked] == [number]
    assert (await counted(desk), compared[:2]) == ({"same": 1}, [0, 0])


async def test_what_is_made_anew_is_compared_anew(desk: Desk) -> None:
    """After a refusal somebody has mended something; by another version of the folder it is another message."""
    other = Version(names)
    shadow = shadowed(desk, other)
    desk.partner.script["submit"] = [came_to(Refused("field-invalid", "x")), came_to(Retry("busy")), TAKEN]
    await delivered(desk, "k-1")
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list(open_only=True))
    await desk.store.write(lambda tx: run_again(tx, ticket, desk.clock.now()))
    await desk.work()
    desk.partner.mapping_hash = "hash-3"
    desk.clock.pass_(hours=1)
    await desk.work()
    shadow.close()
    assert len(desk.partner.said("submit")) == len(other.asked) == 3


async def test_only_what_was_decided_to_send_is_compared(desk: Desk) -> None:
    """A refusal was sent and is compared; a query is not a message of the case, and a parked case makes none."""
    other = Version(names)
    shadow = shadowed(desk, other)
    desk.partner.script["submit"] = [came_to(Refused("field-invalid", "x"))]
    (number,) = await delivered(desk, "k-1")
    await desk.work()
    shadow.close()
    assert [(step, about) for step, about, _ in other.asked] == [("submit", number)]


def gone(facts: CaseFacts) -> Any:
    """The version no longer has the step."""
    raise KeyError("submit")


def faulty(code: str) -> Callable[[CaseFacts], Any]:
    """The version cannot make the message."""
    return lambda facts: Preview(None, None, (fault("mapping.code", "/form/kind", value="x", table=code),), ("kind",))


def lacks(*places: str) -> Preview:
    """The version has no source for these places of the message."""
    return Preview(None, None, tuple(fault("mapping.missing", target=place, source="schemas") for place in places), places)


@pytest.mark.parametrize(
    ("sent", "shadow", "expected"),
    [
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": 1}, [("a", "changed")]),
        ({"a": "1", "b": {"c": "x"}}, {"a": "1"}, [("b", "removed")]),
        ({"a": [{"b": "1"}, {"b": "2"}]}, {"a": [{"b": "x"}, {"b": "y"}, {"b": "2"}]}, [("a[].b", "changed"), ("a[]", "added")]),
        ({"a": None}, {"a": ""}, [("a", "changed")]),
        ({"a": True}, {"a": 1}, [("a", "changed")]),
        (gone, gone, []),
        ({"a": "1"}, gone, [("/", "removed")]),
        ({"a": "1"}, faulty("t"), [("fault mapping.code /form/kind", "added")]),
        (faulty("t"), faulty("u"), []),
        (lacks("a", "b.c"), lacks("a", "d"), [("fault mapping.missing b.c", "removed"), ("fault mapping.missing d", "added")]),
        ({"a": "1"}, lacks("d[0].e", "d[1].e"), [("fault mapping.missing d[].e", "added")]),
        (lacks(""), lacks(""), []),
        (Preview({"a": "1"}, b"POST /a"), Preview({"a": "1"}, b"POST /b"), [("/", "changed")]),
    ],
)
def test_differences_are_told_by_their_place(sent: Any, shadow: Any, expected: list[tuple[str, str]]) -> None:
    """By value and type, position in a list apart; faults by code and field, else by their place in the message.

    A step one side lacks, and what only the bytes show.
    """
    facts: Any = SimpleNamespace(number="N")
    pair = Pair(*(Version(made if callable(made) else lambda _, made=made: made) for made in (sent, shadow)))
    found = compare(pair, "submit", facts, START)
    assert sorted({one.kind for one in found}) == sorted(expected)


def test_a_value_is_told_by_its_looks_only() -> None:
    """The kind of a difference is the same whichever entry of a list it is in."""
    assert Difference("a[3].b[12]", "x", None).kind == ("a[].b[]", "removed")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("certNo", "certNo"),
        ("@type", "@type"),
        ("form.a-1", "form.a-1"),
        ("王小明", "***"),
        ("id 990101199003070015", "** ##################"),
        ("id990101199003070015", "**##################"),
    ],
)
def test_a_name_that_may_have_been_handed_in_is_told_by_its_looks(name: str, told: str) -> None:
    """A form that is sent whole brings its own names; a number hides in none of them."""
    facts: Any = SimpleNamespace(number="KS1")
    pair = Pair(Version(lambda _: {"a": {name: "1"}}), Version(lambda _: {"a": {}}))
    assert [one.path for one in compare(pair, "submit", facts, START)] == [f"a.{told}"]
