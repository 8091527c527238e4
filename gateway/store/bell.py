"""Wake-ups: after a commit, whoever waits for work is told once. Only a hint: those who poll miss nothing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class _Listener:
    """One callback on its own event loop; rings that come before it ran are one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._pending = False

    def ring(self) -> None:
        if self._pending:
            return
        self._pending = True
        with suppress(RuntimeError):  # the loop has closed: nobody is there to be told
            self._loop.call_soon_threadsafe(self._run)

    def _run(self) -> None:
        # Cleared first: a commit while the callback runs must be told again.
        self._pending = False
        self._callback()


class Bell:
    """Wake-ups within one process."""

    def __init__(self) -> None:
        self._listeners: list[_Listener] = []

    def listen(self, callback: Callable[[], None]) -> None:
        """Call it on the running event loop after commits that wake. Raises RuntimeError outside one."""
        self._listeners.append(_Listener(asyncio.get_running_loop(), callback))

    def ring(self) -> None:
        """Tell the listeners; from any thread."""
        for listener in self._listeners:
            listener.ring()

    def close(self) -> None:
        """Tell nobody any more."""
        self._listeners.clear()
