"""Wake-ups across processes, on PostgreSQL."""

import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg

from .bell import Bell

_CHANNEL = "tongban_wake"
_RECONNECT_SECONDS = 5.0


class PostgresBell(Bell):
    """Wake-ups across processes by NOTIFY on a connection of its own: inside the transactions it would halve their rate."""

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        super().__init__()
        self._connect = connect
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._signal, self._alarm = os.pipe()
        os.set_blocking(self._alarm, False)
        os.set_blocking(self._signal, False)

    def listen(self, callback: Callable[[], None]) -> None:
        super().listen(callback)
        self._start()

    def ring(self) -> None:
        super().ring()
        self._due.set()
        self._start()
        self._rouse()

    def close(self) -> None:
        """Send what is due and stop."""
        super().close()
        self._stopping.set()
        self._rouse()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        os.close(self._alarm)
        os.close(self._signal)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="tongban-bell", daemon=True)
                self._thread.start()

    def _rouse(self) -> None:
        with suppress(BlockingIOError):  # the pipe is full of alarms already
            os.write(self._alarm, b"!")

    def _run(self) -> None:
        while True:
            try:
                with self._connect() as connection:
                    self._serve(connection)
                return
            except (psycopg.Error, OSError):
                if self._stopping.wait(_RECONNECT_SECONDS):
                    return

    def _serve(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        # Whatever was told while nobody listened here.
        super().ring()
        while True:
            if self._due.is_set():
                self._due.clear()
                connection.execute(f"NOTIFY {_CHANNEL}")
            if self._stopping.is_set():
                return
            select.select([connection.fileno(), self._signal], [], [])
            with suppress(BlockingIOError):
                os.read(self._signal, 4096)
            if any(notice.pid != connection.info.backend_pid for notice in connection.notifies(timeout=0)):
                super().ring()
