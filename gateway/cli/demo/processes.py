"""The demo's processes: started with a pipe as standard input, so that they end when we do, however we end."""

import asyncio
import contextlib
import random
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.cli.trouble import CommandError

HOST = "127.0.0.1"
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
LOG_TAIL_LINES = 15
_BELOW_EPHEMERAL = range(20_000, 32_000)
"""Ports that the system does not hand to outgoing calls: a caller that tries a port nobody listens on cannot meet itself there."""


def free_ports(count: int) -> list[int]:
    """Different loopback ports that nobody listens on. CommandError when there are not that many."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_BELOW_EPHEMERAL, 500):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            found.append(port)
        if len(found) == count:
            return found
    raise CommandError("demo.port", "找不到足够的空闲本机端口。", "Not enough free loopback ports were found.")


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started. log: where its standard error goes."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path


@dataclass(slots=True)
class Child:
    """A running process. ready: the one line it printed once it served."""

    command: Command
    process: asyncio.subprocess.Process
    ready: str = ""

    async def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once: SIGKILL, no goodbyes."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@dataclass(slots=True)
class Family:
    """All processes of a demo, as an async context manager: none outlives it. `failure` ends when one dies that was not told to."""

    failure: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _children: dict[str, Child] = field(default_factory=dict)
    _watchers: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> "Family":
        return self

    async def __aexit__(self, *_: object) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*(child.stop() for child in self._children.values()))
        if self.failure.done():
            self.failure.exception()  # seen, whether or not somebody waited for it

    async def start(self, command: Command) -> Child:
        """Start a process and wait until it serves. CommandError with the end of its log when it does not come up."""
        child = await self.spawn(command)
        await self.ready(child)
        return child

    async def spawn(self, command: Command) -> Child:
        """Start a process, and do not wait."""
        with command.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command.arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=dict(command.environment),
                # Ctrl-C at the terminal is for the demo alone; it ends its children in order.
                start_new_session=True,
            )
        child = Child(command, process)
        self._children[command.name] = child
        return child

    async def ready(self, child: Child) -> None:
        """Wait for its ready line, and watch over it from then on. CommandError when it does not come up."""
        process = child.process
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_SECONDS):
                line = await process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line.endswith(b"\n"):
            raise did_not_start(child.command)
        child.ready = line.decode().strip()
        watcher = asyncio.create_task(self._watch(child))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def restart(self, name: str) -> Child:
        """kill -9, and the same command again."""
        child = self._children.pop(name)
        await child.kill()
        return await self.start(child.command)

    async def _watch(self, child: Child) -> None:
        await child.process.wait()
        if self._children.get(child.command.name) is child and not self.failure.done():
            self.failure.set_exception(died(child.command))


def did_not_start(command: Command) -> CommandError:
    """What is said of a process that never got ready."""
    return CommandError(
        "demo.start",
        f"进程 {command.name} 未能启动。\n{_tail(command.log)}",
        f"The process {command.name} did not start; the end of its log is above.",
    )


def died(command: Command) -> CommandError:
    """What is said of a process that ended by itself."""
    return CommandError(
        "demo.died",
        f"进程 {command.name} 意外结束。\n{_tail(command.log)}",
        f"The process {command.name} ended unexpectedly; the end of its log is above.",
    )


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:])
