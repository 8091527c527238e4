"""Puts the rooms together: the only place that knows partners' adapters, and hands everybody what they work with."""

import os
import random
import secrets as entropy
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import partners
from gateway.errors import SettingsError
from gateway.flow import Context, Rules, Worker, ledger_state, store_state
from gateway.mapping import Folder, load_all, read_values
from gateway.model import RELAY_SCHEDULE, Partner, Schedule, duration
from gateway.outbound import AddressRules, Answer, Origin, Outbound, Request
from gateway.security import Sealer, installed_keyring, redact_event
from gateway.settings import FolderSecrets, Settings
from gateway.store import Store
from gateway.telemetry import Metrics, configure_logs

HOLD = timedelta(minutes=15)
RELAY_TIMEOUT_SECONDS = 20.0
MAX_IN_FLIGHT = 128
WEBHOOK_CONNECTIONS = 64


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)


class SystemChance:
    """The machine's randomness."""

    def random(self) -> float:
        """In [0, 1)."""
        return random.random()  # noqa: S311 - spreads retries, guards nothing

    def token(self, size: int) -> bytes:
        """Unguessable bytes."""
        return entropy.token_bytes(size)


class HallWebhooks:
    """Calls to the webhooks that an administrator registered: each origin is allow-listed by that act, addresses stay under the rules."""

    def __init__(self, rules: AddressRules, ca_file: Path | None) -> None:
        self._rules = rules
        self._ca_file = ca_file
        self._clients: dict[Origin, Outbound] = {}

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        """As Outbound.call, through a pool of its own for every origin, so that one silent hall takes no other's connections."""
        origin = Origin.of(request.url)
        client = self._clients.get(origin)
        if client is None:
            client = Outbound(origins=frozenset({origin}), rules=self._rules, ca_file=self._ca_file, limit=WEBHOOK_CONNECTIONS)
            self._clients[origin] = client
        return await client.call(request, deadline_seconds=deadline_seconds, max_bytes=max_bytes)

    async def aclose(self) -> None:
        """Close every pool."""
        for client in self._clients.values():
            await client.aclose()


@dataclass(frozen=True, slots=True)
class Application:
    """A gateway that is put together. worker None: this process only takes in."""

    ctx: Context
    worker: Worker | None


@asynccontextmanager
async def build(settings: Settings, *, serve: bool) -> AsyncIterator[Application]:
    """Open the store, load every partner's folder and make the clients; close all of it at the end.

    serve: take the store for this process (one serving process a SQLite file), and give back the leases of one that died.
    Raises SettingsError, StoreError, and MappingError with the findings of all folders.
    """
    configure_logs(redact_event, level=settings.log_level, form=settings.log_format)
    overlay = read_overlay(settings.overlay)
    folders = load_all(settings.mappings_folder, overlay.get("partner"))
    secrets = FolderSecrets(settings.secrets)
    rules = AddressRules(networks=settings.outbound_networks)
    clock, chance = SystemClock(), SystemChance()
    sealer = Sealer(installed_keyring(settings))
    store = Store.open(settings.database_url, attachments=settings.attachments_folder)
    clients: list[Outbound] = []
    webhooks = HallWebhooks(rules, settings.outbound_ca_file)
    with ExitStack() as locks:
        try:
            if serve:
                locks.enter_context(store.serve_lock())
            adapters: dict[str, Partner] = {}
            for folder in folders.values():
                client = _client(folder, secrets, settings, rules)
                clients.append(client)
                adapters[folder.name] = partners.build(folder, secrets=secrets, clock=clock, entropy=chance, outbound=client)
            metrics = Metrics(lambda: store_state(store, adapters, clock.now()), lambda: ledger_state(store))
            ctx = Context(
                store=store,
                sealer=sealer,
                partners=adapters,
                clock=clock,
                chance=chance,
                metrics=metrics,
                webhooks=webhooks,
                rules=_rules(settings, overlay),
                process=f"{os.uname().nodename}-{os.getpid()}-{entropy.token_hex(4)}",
            )
            worker = None
            if serve and settings.worker:
                worker = Worker(ctx)
                store.listen(worker.wake)
                if store.dialect == "sqlite":
                    # The lock says that no other process serves this file: whoever held these leases is dead.
                    await store.write(lambda tx: tx.jobs.release_all(clock.now(), None))
            yield Application(ctx, worker)
        finally:
            for client in clients:
                await client.aclose()
            await webhooks.aclose()
            await store.close()


def read_overlay(path: Path | None) -> Mapping[str, Any]:
    """The overlay: `partner.<folder>` is laid over its partner.yaml, `relay.schedule` replaces the relay's, `hold` the rest after a Hold.

    Raises MappingError, SettingsError.
    """
    if path is None:
        return {}
    overlay = read_values(path)
    unknown = set(overlay) - {"partner", "relay", "hold"}
    if unknown:
        raise SettingsError(
            "settings.overlay", f"叠加文件中有不认识的项:{', '.join(sorted(unknown))}。", f"Unknown keys in the overlay: {sorted(unknown)}."
        )
    return overlay


def _client(folder: Folder, secrets: FolderSecrets, settings: Settings, rules: AddressRules) -> Outbound:
    """A pool of its own for every partner, and only to that partner."""
    origin = partners.required_origin(folder, secrets)
    return Outbound(origins=frozenset({origin}), rules=rules, ca_file=settings.outbound_ca_file, limit=max(1, folder.limits.in_flight))


def _rules(settings: Settings, overlay: Mapping[str, Any]) -> Rules:
    relay = RELAY_SCHEDULE
    texts = overlay.get("relay", {}).get("schedule")
    if texts:
        relay = Schedule(tuple(duration(text) for text in texts), RELAY_SCHEDULE.jitter, RELAY_SCHEDULE.give_up_working_days)
    return Rules(
        max_body_bytes=settings.max_body_bytes,
        max_material_bytes=settings.max_material_bytes,
        hold=duration(overlay["hold"]) if "hold" in overlay else HOLD,
        relay=relay,
        relay_timeout_seconds=RELAY_TIMEOUT_SECONDS,
        lease=timedelta(seconds=settings.lease_seconds),
        idle=timedelta(seconds=settings.poll_idle_seconds),
        max_in_flight=MAX_IN_FLIGHT,
    )
