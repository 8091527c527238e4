"""A line of the log is one event; nothing passes behind the redactor, not even what a library logs."""

import io
import json
import logging
from typing import Any

import pytest
import structlog

from gateway.errors import TongbanError
from gateway.security import redact_event
from gateway.telemetry import configure_logs


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def configured(**given: Any) -> io.StringIO:
    stream = io.StringIO()
    configure_logs(redact_event, **({"level": "info", "form": "json"} | given), stream=stream)
    return stream


def test_an_event_is_one_json_line_with_its_bound_context() -> None:
    """Name, level, moment in UTC and what was bound stand in one object; Chinese is readable; a line break does not break the line."""
    stream = configured()
    structlog.contextvars.bind_contextvars(case="KS2201002301002024060100000013")
    structlog.get_logger().info("case.received", region="长春\nx")
    (line,) = written(stream)
    assert line["event"] == "case.received"
    assert line["level"] == "info"
    assert line["case"] == "KS2201002301002024060100000013"
    assert line["region"] == "长春\nx"
    assert line["at"].endswith("Z")
    assert "长春" in stream.getvalue()


def test_the_redactor_has_the_last_word() -> None:
    """Numbers in any field are masked and names dropped, in ours and in a library's lines."""
    stream = configured()
    structlog.get_logger().warning("intake.refused", detail="990101199003074477", name="张㛃")
    logging.getLogger("somelibrary").warning("bad value %s", "990101199003074477")
    assert "990101199003074477" not in stream.getvalue()
    assert "张㛃" not in stream.getvalue()
    ours, theirs = written(stream)
    assert ours["detail"] == "990*************77"
    assert theirs["logger"] == "somelibrary"


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_exception_is_written_without_what_it_quotes(form: str) -> None:
    """The types and places of an exception and its cause are written; a library's text, which may quote a name, is not; ours is."""
    stream = configured(form=form)
    try:
        try:
            {}["张㛃"]
        except KeyError as missing:
            raise TongbanError("store.failed", "失败", "it failed") from missing
    except TongbanError:
        structlog.get_logger().exception("worker.failed")
    try:
        raise ValueError("住在某街某号")
    except ValueError:
        logging.getLogger("somelibrary").exception("failed")
    text = stream.getvalue()
    assert "张㛃" not in text
    assert "某街" not in text
    assert "KeyError at test_logs.py:" in text
    assert "TongbanError: store.failed: it failed at test_logs.py:" in text
    assert "ValueError at test_logs.py:" in text
    assert len(text.splitlines()) == 2


def test_an_operating_system_error_keeps_its_number() -> None:
    """errno tells a full disk from a missing file; the path, which may be a person's file, is left out."""
    stream = configured()
    try:
        raise FileNotFoundError(2, "No such file", "张㛃.pdf")
    except OSError as error:
        structlog.get_logger().error("upload.failed", exc_info=error)
    (line,) = written(stream)
    assert line["exception"].startswith("FileNotFoundError: errno 2 at ")
    assert "张㛃" not in stream.getvalue()


def test_the_level_holds_and_talkative_libraries_stay_quiet() -> None:
    """Below the level nothing is written; zeep, httpx and their like never write detail, whatever the level."""
    stream = configured(level="debug")
    logging.getLogger("zeep.transports").debug("<Envelope>")
    logging.getLogger("httpx").info("GET https://…")
    structlog.get_logger().debug("tick")
    logging.getLogger("zeep.transports").warning("trouble")
    assert [line["event"] for line in written(stream)] == ["tick", "trouble"]
    quiet = configured(level="error")
    structlog.get_logger().warning("unheard")
    logging.getLogger("somelibrary").warning("unheard")
    assert quiet.getvalue() == ""


def test_text_lines_cannot_be_forged() -> None:
    """In the form for people, too, a value with a line break stays in its line."""
    stream = configured(form="text")
    structlog.get_logger().info("case.received", region="x\nevent='forged'")
    assert len(stream.getvalue().splitlines()) == 1
    assert "case.received" in stream.getvalue()
