"""JSON Schemas (draft 2020-12) of a folder's files, for editors that complete and explain while a folder is written.

They say the same as forms.py and the language; a test holds both against each other. What needs more than one file is `check`'s to say.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

EDITOR_FILES: Final[Mapping[str, str]] = {
    "partner.schema.json": "*/partner.yaml",
    "steps.schema.json": "*/steps/*.yaml",
    "matter.schema.json": "*/matters/*.yaml",
    "expect.schema.json": "*/examples/*/*/expect.yaml",
}
"""Each schema's file, and which files below the folders' root it speaks of."""


def editor_schemas() -> dict[str, bytes]:
    """The schemas by file name."""
    folder = files(__package__ or "") / "schemas"
    return {name: (folder / name).read_bytes() for name in EDITOR_FILES}
