"""Logs: one line an event on stderr, as JSON or as text; event names (`case.received`), not sentences.

Whatever a library logs goes through the same chain. The redactor is the last step before a line is written, so nothing can pass behind it.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from gateway.errors import TongbanError

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
TALKATIVE = (
    "zeep",
    "httpx",
    "httpcore",
    "aiohttp",
    "urllib3",
    "requests",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "uvicorn.access",
    "multipart",
)
"""Libraries that log what they carry when they are asked for detail (zeep writes whole envelopes): never below WARNING."""


def configure_logs(
    redactor: Processor, *, level: Literal["debug", "info", "warning", "error"], form: Literal["json", "text"], stream: TextIO | None = None
) -> None:
    """Set up logging for this process, ours and the libraries'. redactor: masks personal data in an event. stream: stderr unless given."""
    target = sys.stderr if stream is None else stream
    stamped: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        describe_exception,
    ]
    written: list[Processor] = [redactor, _renderer(form)]
    structlog.configure(
        processors=[*stamped, *written],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_foreign, *stamped],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def describe_exception(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: an exception becomes its types and places, the cause first.

    The text of an exception is kept only for ours, which hold no personal data, and for errno; a library's text may quote what it was given
    (zeep's holds the whole reply, a KeyError the key).
    """
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given else None
    if error is not None:
        event["exception"] = " → ".join(_described(one) for one in reversed(list(_causes(error))))
    return event


def _renderer(form: Literal["json", "text"]) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.KeyValueRenderer(key_order=["at", "level", "event"])


def _foreign(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's record: its logger's name stands beside its text."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    present: BaseException | None = error
    while present is not None and id(present) not in seen:
        seen.add(id(present))
        yield present
        present = present.__cause__ or (None if present.__suppress_context__ else present.__context__)


def _described(error: BaseException) -> str:
    text = (
        f": {error}" if isinstance(error, TongbanError) else f": errno {error.errno}" if isinstance(error, OSError) and error.errno else ""
    )
    return f"{type(error).__name__}{text} at {_places(error.__traceback__)}"


def _places(trace: TracebackType | None) -> str:
    """file:line function, innermost last."""
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return ", ".join(places) or "nowhere"
