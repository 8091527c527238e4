"""A shipped folder copied to be damaged, and its examples on the bench."""

import shutil
from collections.abc import Callable
from pathlib import Path

from gateway.kit import Bench, Example, Trial, open_folder, read_examples

MAPPINGS = Path(__file__).parents[2] / "mappings"
MATTER = "household-move-spouse"
Change = Callable[[str], str]


def copied(to: Path, name: str, keep: tuple[str, ...] | None = None) -> Path:
    """A copy of the folder. keep: claims of the one matter whose examples stay; None for all."""
    folder = to / name
    shutil.copytree(MAPPINGS / name, folder)
    if keep is not None:
        for example in folder.glob("examples/*/*"):
            if (example.parent.name, example.name) not in {(MATTER, claim) for claim in keep}:
                shutil.rmtree(example)
    return folder


def claim_of(folder: Path, claim: str) -> Path:
    """Where an example of the one matter stands."""
    return folder / "examples" / MATTER / claim


def edited(file: Path, *changes: tuple[str, str]) -> None:
    """Replace texts in a file; each must be there."""
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


def example_of(folder: Path, claim: str) -> Example:
    """The example of the one matter with this claim."""
    return next(example for example in read_examples(open_folder(folder))[0] if example.name == f"{MATTER}/{claim}")


async def tried(folder: Path, claim: str) -> Trial:
    """What comes of it."""
    return await Bench(open_folder(folder)).run(example_of(folder, claim))
