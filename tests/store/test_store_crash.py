"""What was acknowledged outlives the process, however it ends."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.store import Store, StoreError

ROOT = Path(__file__).parents[2]
ROUNDS = 3
WRITER = """
import asyncio, hashlib, sys
from gateway.model import Region
from gateway.store import Store

async def write(store, n):
    address = hashlib.sha256(str(n).encode()).hexdigest()
    await asyncio.to_thread(store.attachments.put, [b"content %d" % n], address)
    await store.write(lambda tx: tx.catalogue.put_region(Region(f"{n:06d}", address)))
    print(n, flush=True)

async def main(url, start):
    store = Store.open(url)
    async with asyncio.TaskGroup() as group:
        for lane in range(8):
            group.create_task(serve(store, start + lane * 10_000))

async def serve(store, n):
    while True:
        await write(store, n)
        n += 1

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.long
def test_kill_9_after_an_acknowledgement_loses_nothing(store_url: str) -> None:
    """A process killed in the middle of concurrent writes leaves every acknowledged row and its content, round after round."""
    acknowledged: set[int] = set()
    for round_ in range(ROUNDS):
        arguments = [sys.executable, "-c", WRITER, store_url, str(round_ * 100_000)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
            assert writer.stdout is not None
            for _ in range(25 + round_):
                acknowledged.add(int(writer.stdout.readline()))
            writer.kill()
            acknowledged.update(int(line) for line in writer.stdout if line.endswith("\n"))
    kept, contents = asyncio.run(_read_back(store_url))
    assert acknowledged <= kept
    assert len(acknowledged) >= ROUNDS * 25
    assert contents == {n: b"content %d" % n for n in kept}


async def _read_back(url: str) -> tuple[set[int], dict[int, bytes]]:
    store = Store.open(url)
    regions = await store.read(lambda tx: tx.catalogue.regions())
    contents = {int(region.code): b"".join(store.attachments.open(region.name)) for region in regions}
    await store.close()
    return {int(region.code) for region in regions}, contents


def _is_free(store: Store) -> bool:
    try:
        with store.serve_lock():
            return True
    except StoreError:
        return False


@pytest.mark.parametrize(("body", "free"), [("with store.serve_lock(): hold()", False), ("hold()", True)], ids=["serving", "only open"])
def test_a_dead_servers_lock_is_free(sqlite_url: str, body: str, free: bool) -> None:
    """The lock goes with its process, even by kill -9; a process that only opened the file does not hold it."""
    script = f"""
import sys
from gateway.store import Store
def hold():
    print("ready", flush=True); sys.stdin.read()
store = Store.open(sys.argv[1])
{body}
"""
    other = Store.open(sqlite_url)
    with subprocess.Popen(
        [sys.executable, "-c", script, sqlite_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        assert _is_free(other) is free
        server.kill()
    assert _is_free(other)
    asyncio.run(other.close())
