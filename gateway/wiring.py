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

import structlog

import partners
from gateway.errors import SettingsError
from gateway.flow import Context, Pair, Rules, Shadow, Worker, ledger_state, store_state
from gateway.mapping import Finding, Findings, Folder, MappingError, Place, load, load_all, nearest, read_values
from gateway.model import RELAY_SCHEDULE, Partner, Schedule, duration
from gateway.outbound import AddressRules, Answer, Origin, Outbound, Request
from gateway.security import Sealer, installed_keyring, redact_event
from gateway.settings import FolderSecrets, Settings
from gateway.store import Store
from gateway.telemetry import Metrics, configure_logs

log = structlog.get_logger()

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
    folders = load_all(settings.mappings_folder, overlay.get("partner"), documents=partners.DOCUMENTS)
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
            adapters = _adapters(folders, settings, clients)
            metrics = Metrics(lambda: store_state(store, adapters, clock.now()), lambda: ledger_state(store))
            pairs = _shadowed(folders, settings, overlay.get("shadow", {})) if serve and settings.worker else {}
            shadow = Shadow(pairs, metrics) if pairs else None
            if shadow is not None:
                locks.callback(shadow.close)
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
                shadow=shadow,
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
    """The overlay: `partner.<folder>` is laid over its partner.yaml, `relay.schedule` replaces the relay's, `hold` the rest after a Hold,
    `shadow.<folder>` is the path of another version of it, from the overlay's own folder.

    Raises MappingError, SettingsError.
    """
    if path is None:
        return {}
    overlay = read_values(path)
    relay, shadow = overlay.get("relay", {}), overlay.get("shadow", {})
    sound = (
        set(overlay) <= {"partner", "relay", "hold", "shadow"}
        and isinstance(overlay.get("partner", {}), dict)
        and all(isinstance(laid_over, dict) for laid_over in overlay.get("partner", {}).values())
        and isinstance(relay, dict)
        and set(relay) <= {"schedule"}
        and _are_durations(relay.get("schedule", ["1s"]))
        and _are_durations([overlay.get("hold", "1s")])
        and isinstance(shadow, dict)
        and all(isinstance(given, str) and given for given in shadow.values())
    )
    if not sound:
        raise SettingsError(
            "settings.overlay",
            "叠加文件(TONGBAN_OVERLAY)只能有 partner: {对接方: {…}}、relay: {schedule: [5s, 1m]}、hold: 15m 和 shadow: {对接方: 路径}。",
            "The overlay (TONGBAN_OVERLAY) may hold partner: {folder: {…}}, relay: {schedule: [5s, 1m]}, hold: 15m and "
            "shadow: {folder: path}, nothing else.",
        )
    return overlay


def check_partners(settings: Settings) -> Mapping[str, Folder]:
    """Every folder, loaded and built as a serving process would, without a store. Raises MappingError, SettingsError."""
    folders = load_all(settings.mappings_folder, read_overlay(settings.overlay).get("partner"), documents=partners.DOCUMENTS)
    _built(folders, FolderSecrets(settings.secrets), {})
    return folders


def _adapters(folders: Mapping[str, Folder], settings: Settings, clients: list[Outbound]) -> Mapping[str, Partner]:
    """The partners, each with a pool of its own and only to its own origin; the pools are added to `clients` to be closed."""
    secrets = FolderSecrets(settings.secrets)
    rules = AddressRules(networks=settings.outbound_networks)
    pools = {}
    for folder in folders.values():
        origin = partners.required_origin(folder, secrets)
        limit = max(1, folder.limits.in_flight)
        pools[folder.name] = Outbound(origins=frozenset({origin}), rules=rules, ca_file=settings.outbound_ca_file, limit=limit)
        clients.append(pools[folder.name])
    return _built(folders, secrets, pools)


def _shadowed(folders: Mapping[str, Folder], settings: Settings, paths: Mapping[str, str]) -> dict[str, Pair]:
    """The partners that have a shadow that can be used; one that cannot must not keep cases from going out, and the log says why.

    Each pair has adapters of its own, so that comparing shares nothing with delivering. Raises MappingError for an unknown partner.
    """
    findings = Findings()
    for name in paths.keys() - folders.keys():
        findings.add(Place("overlay"), "overlay.folder", name=name, hint=nearest(name, folders))
    if findings:
        raise MappingError(findings.all())
    secrets, pairs = FolderSecrets(settings.secrets), {}
    for name, given in paths.items():
        path = (settings.overlay.parent if settings.overlay else Path()) / given
        try:
            # Whatever its directory is called, it is this partner's, and so are the secrets it names.
            shadow = _built({name: load(path, documents=partners.DOCUMENTS, name=name)}, secrets, {})[name]
            pairs[name] = Pair(_built({name: folders[name]}, secrets, {})[name], shadow)
        except MappingError as error:
            log.error("shadow.unusable", partner=name, findings=len(error.findings), first=str(error.findings[0]))
        else:
            log.info("shadow.on", partner=name, mapping=shadow.mapping_hash)
    return pairs


def _built(folders: Mapping[str, Folder], secrets: FolderSecrets, pools: Mapping[str, Outbound]) -> dict[str, partners.HttpPartner]:
    """The adapters; what is wrong with a folder's auth or schemas is a finding at its place, all of them at once."""
    adapters: dict[str, partners.HttpPartner] = {}
    findings = []
    clock, chance = SystemClock(), SystemChance()
    for folder in folders.values():
        try:
            adapters[folder.name] = partners.build(
                folder, secrets=secrets, clock=clock, entropy=chance, outbound=pools.get(folder.name, _Unconnected())
            )
        except partners.BuildError as error:
            place = error.place or Place(f"{folder.name}/schemas")
            findings.append(Finding(place.file, place.line, place.column, error.code, error.zh, error.en, error.detail or ""))
    if findings:
        raise MappingError(findings)
    return adapters


class _Unconnected:
    """Stands in for a pool where nothing is called."""

    async def call(self, request: Request, *, deadline_seconds: float, max_bytes: int) -> Answer:
        """Never."""
        raise RuntimeError("a check called a partner")


def _are_durations(texts: Any) -> bool:
    try:
        return isinstance(texts, list) and bool(texts) and all(duration(text) > timedelta(0) for text in texts)
    except (TypeError, ValueError, AttributeError):
        return False


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
