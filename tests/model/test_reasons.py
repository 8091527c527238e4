"""The closed list of reasons, its page and the rules it points at."""

import re
from pathlib import Path

from gateway.model import FAULTS, RAW, REASONS

PAGE = (Path(__file__).parents[2] / "docs" / "reasons.md").read_text(encoding="utf-8")


def test_every_reason_points_at_rules_that_exist() -> None:
    """What would have prevented it is a fault that the pre-check can say, and each reason speaks both languages."""
    for code, reason in REASONS.items():
        assert [rule for rule in reason.prevented_by if rule not in FAULTS] == []
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert re.search(r"[\u4e00-\u9fff]", reason.zh)
        assert not re.search(r"[\u4e00-\u9fff]", reason.en)
    assert RAW not in REASONS


def test_the_page_lists_every_reason_with_its_rules_and_no_other() -> None:
    """One line a reason, in the order of the list."""
    listed = [line for line in PAGE.splitlines() if re.match(r"\| `[a-z-]+` \|", line)]
    assert listed == [
        f"| `{code}` | {r.zh} | {r.en} | {', '.join(f'`{rule}`' for rule in r.prevented_by) or '无 / none'} |"
        for code, r in REASONS.items()
    ]
