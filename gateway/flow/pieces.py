"""Reading content piece by piece without holding the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator


async def stream(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a blocking iterator, each read in a thread."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
