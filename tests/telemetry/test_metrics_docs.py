"""docs/metrics.md lists the metrics as they are."""

from pathlib import Path

from gateway.telemetry import TABLE, Declared

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def row(metric: Declared) -> str:
    """The page's line for a metric."""
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "—"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.zh}<br>{metric.en} |"


def test_the_page_lists_every_metric_and_no_other() -> None:
    """Each scope's table on the page is the table in the code, in its order."""
    listed = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `tongban_")]
    assert listed == [row(metric) for scope in ("process", "ledger") for metric in TABLE if metric.scope == scope]
