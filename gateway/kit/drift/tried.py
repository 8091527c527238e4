"""A folder's examples, tried under another description: what no comparison of places tells, such as the conditions of a choice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gateway.kit.bench import Bench
from gateway.kit.examples import read_examples
from gateway.mapping import Folder, MappingError

from .changes import Change


def tried(folder: Folder, place: Path, broken: frozenset[str]) -> Iterator[Change]:
    """Examples whose message fits today and would not fit the description in place/schemas; broken: operations of which that is known.

    Nothing for a description with which no message can be made: its flaws tell of that.
    """
    try:
        today, then = Bench(folder), Bench(replace(folder, path=place))
    except MappingError:
        return
    for example in read_examples(folder)[0]:
        mapping = folder.matters.get(example.facts.matter)
        step = mapping.steps.get(example.step) if mapping is not None else None
        if step is None or step.key in broken or today.prepare(example):
            continue
        for fault in then.prepare(example):
            zh, en = f"示例 {example.name} 不再能发出：{fault.zh}", f"the example {example.name} can no longer be sent: {fault.en}"
            yield Change(step.key, "request", "", zh, en, True, False, (step.name,), (example.facts.matter,))
            break
