"""How far a long file has been read: a bar on a terminal, a line now and then elsewhere; always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.cli.speech import console, tell

LINE_EVERY = 50_000


@contextmanager
def reading(name: str) -> Iterator[Callable[[int, int, int], None]]:
    """Show progress while the block runs; it is told entries read, bytes read (0: cannot be told) and bytes in all."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[entries]}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=None, entries="")

        def show(entries: int, done: int, size: int) -> None:
            progress.update(task, total=size if done else None, completed=done, entries=f"{entries:,}")

        yield show


def _lines() -> Callable[[int, int, int], None]:
    told = 0

    def show(entries: int, done: int, size: int) -> None:
        nonlocal told
        if entries // LINE_EVERY > told:
            told = entries // LINE_EVERY
            part = f"（{100 * done // size}%）" if done and size else ""
            tell(f"已读 {entries:,} 条{part}", f"{entries:,} entries read", stderr=True)

    return show
