"""The example messages of every partner folder, run as tests by the runner that an integrator has: `tongban partner test`.

What an example is made of stands in gateway/kit/examples.py.
"""

from functools import lru_cache
from pathlib import Path

import pytest
from partner_parts import MAPPINGS, folder_of

from gateway.kit import Bench, Example, example_findings, read_examples
from gateway.model import ON_DEMAND

FOLDERS = sorted(path.parent for path in MAPPINGS.glob("*/partner.yaml"))
EXAMPLES = [example for folder in FOLDERS for example in read_examples(folder_of(folder))[0]]


@lru_cache
def bench_of(folder: Path) -> Bench:
    """The folder's adapter, its schemas read once."""
    return Bench(folder_of(folder))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.folder}/{example.name}")
async def test_the_example_holds(example: Example) -> None:
    """What is sent, what is judged and what is read are what the example says."""
    trial = await bench_of(MAPPINGS / example.folder).run(example)
    assert trial.differences == ()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_example_can_be_read(folder: Path) -> None:
    """Each is whole, belongs to a matter of its folder by its file's name and its case's code; and each of the kinds is shown.

    A success, a refusal, an unknown status, a lost answer, and a case that must not leave.
    """
    assert [str(finding) for finding in example_findings(folder_of(folder))] == []
    assert len(list(folder.glob("examples/*/*/expect.yaml"))) == sum(example.folder == folder.name for example in EXAMPLES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_a_folder_can_say_is_shown(folder: Path) -> None:
    """Where there is such a step: a supplement and a withdrawal taken and refused, a notice with and without its list, a withdrawal
    confirmed; where a row names another office: a case that is told whose it is."""
    loaded = folder_of(folder)
    steps = {name for matter in loaded.matters.values() for name in matter.steps} & ON_DEMAND
    needed: set[object] = {(step, verdict) for step in steps for verdict in ("received", "refused")}
    needed |= {("40", True), ("40", False), ("30", False)} if "supplement" in steps else set()
    needed |= {("91", False)} if "withdraw" in steps else set()
    needed |= {"competent"} if any(row.competent for row in loaded.verdicts) else set()
    for example in (example for example in EXAMPLES if example.folder == folder.name and not example.expected.get("faults")):
        said = example.expected
        if "report" in said:
            needed.discard((said["report"]["status"], "notice" in said["report"]))
        else:
            needed.discard((example.step, said["verdict"]["is"]))
            needed -= said["verdict"].keys()
    assert needed == set()
