"""Load folders: read every file, check everything, compile every expression; all findings at once, or folders that can be used."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.model import BLOB, FACTS_SCHEMA, INSTANT, ON_DEMAND, SUPPLEMENT, WITHDRAW, Schedule

from .codes import CodeTable, read_table
from .documents import Documents
from .expressions import Around, compile_expression, compile_text
from .files import Files
from .findings import Findings, MappingError, Place, nearest
from .folder import AuthSpec, Folder, Limits, MatterMapping, PushSpec, StepMapping, Track, VerdictRow
from .forms import MATTER, OVERLAY, PARTNER, STEP, STEP_NAME, STEPS, Fields, no_secrets_in, secrets_in
from .nodes import Level, Node, compose, decode, from_values, laid_over
from .outline import Outline
from .reading import build_reading
from .route import Route, check_route
from .shapes import ANY, BYTES, contains, placed
from .template import CONTROLS, Piece, Template, build

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
QUERY: Final = "query"
_STEPS_FACTS: Final = {"supplement": SUPPLEMENT, "withdrawal": WITHDRAW}
"""Facts that are there in one step only."""
_FOLDER: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")


def load(folder: Path, overlay: Mapping[str, Any] | None = None, *, documents: Documents | None = None, name: str | None = None) -> Folder:
    """One partner. Raises MappingError with all findings.

    overlay: an installation's own retry, track, limits and endpoint. documents: what reads documents inside a text; a folder that
    does so cannot be loaded without. name: the partner's, where its directory is called otherwise.
    """
    findings = Findings()
    loaded = _Loader(folder, overlay or {}, documents, findings, name or folder.name).run()
    if findings or loaded is None:
        raise MappingError(findings.all())
    return loaded


def load_all(root: Path, overlay: Mapping[str, Any] | None = None, *, documents: Documents | None = None) -> dict[str, Folder]:
    """Every folder below root that has a partner.yaml, by name. overlay: by folder. Raises MappingError with the findings of all."""
    findings, loaded, overlays = Findings(), {}, dict(overlay or {})
    for path in sorted(path.parent for path in root.glob("*/partner.yaml")):
        folder = _Loader(path, overlays.pop(path.name, None) or {}, documents, findings, path.name).run()
        if folder is not None:
            loaded[path.name] = folder
    for name in overlays:
        findings.add(Place("overlay"), "overlay.folder", name=name, hint=nearest(name, loaded))
    _rivals(loaded, findings)
    if findings:
        raise MappingError(findings.all())
    return loaded


class _Loader:
    def __init__(self, path: Path, overlay: Mapping[str, Any], documents: Documents | None, findings: Findings, name: str) -> None:
        self._path = path
        self._documents = documents
        self._name = name
        self._overlay = overlay
        self._findings = findings
        self._files = Files(path, findings)
        self._tables: dict[str, CodeTable] = {}
        self._soap = False
        self._shared: dict[str, dict[str, StepMapping]] = {}

    def run(self) -> Folder | None:
        """The folder, or None when there are too many findings to make one."""
        before = len(self._findings)
        if not _FOLDER.fullmatch(self._name):
            self._findings.add(Place(self._name), "folder.name")
        self._tables = {name: self._table(name, file) for name, file in self._files.named("codes", "csv").items()}
        root = self._partner()
        values = PARTNER(root, self._findings) if root is not None else {}
        self._soap = values.get("transport") == "soap"
        parts = self._answers(values)
        push = self._push(root, values)
        matters = self._matters()
        if root is not None:
            self._together(root, values, matters)
        if len(self._findings) > before:
            return None
        limits, retry, track = values["limits"], values["retry"], values["track"]
        return Folder(
            name=self._name, path=self._path, content_hash=self._files.content_hash(self._overlay), regions=values["regions"],
            transport=values["transport"], endpoint=values["endpoint"], auth=_auth(values["auth"], _place_of(root, "auth")), push=push,
            resend=values["resend"],
            limits=Limits(**({"max_answer_bytes": MAX_ANSWER_BYTES} | limits)),
            retry=Schedule(retry["schedule"], retry["jitter"], retry["give_up_after"]),
            track=Track(track.get("poll", ()), track.get("push") == "true"), codes=self._tables, matters=matters, **parts,
        )  # fmt: skip

    def _table(self, name: str, file: str) -> CodeTable:
        if not STEP_NAME.fullmatch(name):
            self._findings.add(self._place(file), "codes.name")
        text = decode(self._place(file).file, self._files.content[file], self._findings)
        return CodeTable(name, {}, {}) if text is None else read_table(name, self._place(file).file, text, self._findings)

    def _partner(self) -> Node | None:
        root = self._yaml("partner.yaml")
        if root is None:
            return None
        secrets_in(root, self._name, self._findings)
        over = from_values(f"{self._path.name}/(overlay)", self._overlay)
        if not isinstance(root, Level) or not isinstance(over, Level):
            return root
        for name, (key, _) in over.entries.items():
            if name not in OVERLAY:
                self._findings.add(key.place, "overlay.key", key=name, hint=nearest(name, OVERLAY))
        secrets_in(over, self._name, self._findings)
        return laid_over(root, Level({name: entry for name, entry in over.entries.items() if name in OVERLAY}, over.place))

    def _answers(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What an answer means: the success rule and the verdict rows."""
        around = self._around(ANY)
        rows = []
        for row in values.get("verdicts", ()):
            if "when" in row and "is" in row:
                when = compile_expression(row["when"], around)
                message = compile_text(row["message"], around) if "message" in row else None
                competent = compile_expression(row["competent"], around) if "competent" in row else None
                rows.append(VerdictRow(when, row["is"], row.get("reason"), message, competent))
                for beside, code in (("reason", "verdict.reason"), ("competent", "verdict.competent")):
                    if row.get(beside) is not None and row["is"] != "refused":
                        self._findings.add(row["when"].place, code)
        if "success" not in values:
            return {}
        return {"success": compile_expression(values["success"], around), "verdicts": tuple(rows)}

    def _push(self, root: Node | None, values: Mapping[str, Any]) -> PushSpec | None:
        push = values.get("push")
        if not push or not {"auth", "read", "reply"} <= push.keys():
            return None
        place = root.entries["push"][0].place if isinstance(root, Level) else Place(self._path.name)
        if self._soap != ("operation" in push):
            self._findings.add(place, "step.operation" if self._soap else "step.soap-only", step="push")
        read = build_reading(push["read"], self._around(ANY), pushed=True)
        if "code" not in read.names:
            self._findings.add(push["read"].place, "form.missing", key="code")
        reply = self._message(push["reply"], self._around({"now": INSTANT}))
        return PushSpec(_auth(push["auth"], place), push.get("operation"), read, reply)

    def _matters(self) -> dict[str, MatterMapping]:
        shared = {name: self._level(file, STEPS) for name, file in self._files.named("steps", "yaml").items()}
        matters: dict[str, MatterMapping] = {}
        for file in self._files.named("matters", "yaml").values():
            values = self._level(file, MATTER)
            steps = self._steps_of(file, values, shared)
            code = values.get("matter")
            if code in matters:
                self._findings.add(self._place(file), "matter.twice", code=code)
            elif code is not None:
                matters[code] = MatterMapping(code, steps)
        if not matters:
            self._findings.add(self._place("matters"), "matter.none")
        for name, values in shared.items():  # a shared file that no matter uses is checked all the same
            self._shared_steps(name, values)
        return matters

    def _steps_of(self, file: str, values: Mapping[str, Any], shared: Mapping[str, dict[str, Any]]) -> dict[str, StepMapping]:
        base, own = values.get("extends"), values.get("steps")
        if base is None:
            if own is None and "matter" in values:
                self._findings.add(self._place(file), "form.missing", key="steps")
            return {} if own is None else self._steps(own)
        if base not in shared:
            self._findings.add(self._place(file), "matter.extends", name=base, hint=nearest(base, shared))
            return {}
        if own is None:
            return self._shared_steps(base, shared[base])
        below = shared[base].get("steps")
        if not isinstance(below, Level) or not isinstance(own, Level):
            self._findings.add(own.place, "form.level")
            return {}
        self._hits(below, own)
        return self._steps(laid_over(below, own))

    def _shared_steps(self, name: str, values: Mapping[str, Any]) -> dict[str, StepMapping]:
        """A shared file's steps, compiled once for all the matters that use them as they are."""
        if name not in self._shared:
            self._shared[name] = self._steps(values["steps"]) if "steps" in values else {}
        return self._shared[name]

    def _hits(self, base: Level, over: Level) -> None:
        for name, (key, node) in over.entries.items():
            below = base.get(name)
            if below is None:
                self._findings.add(key.place, "overlay.key", key=name, hint=nearest(name, base.entries))
            elif isinstance(below, Level) and isinstance(node, Level):
                self._hits(below, node)

    def _steps(self, node: Node) -> dict[str, StepMapping]:
        if not isinstance(node, Level) or not node.entries:
            self._findings.add(node.place, "form.level")
            return {}
        steps = {}
        for name, (key, below) in node.entries.items():
            if not STEP_NAME.fullmatch(name):
                self._findings.add(key.place, "step.name")
            steps[name] = self._step(name, key.place, below)
        return {name: step for name, step in steps.items() if step is not None}

    def _step(self, name: str, place: Place, node: Node) -> StepMapping | None:
        values = STEP(node, self._findings)
        needed, foreign = ({"operation"}, {"path", "method"}) if self._soap else ({"path"}, {"operation"})
        for key in needed - values.keys():
            self._findings.add(place, f"step.{key}", step=name)
        for _ in foreign & values.keys():
            self._findings.add(place, "step.rest-only" if self._soap else "step.soap-only", step=name)
        if not {"send", "read"} <= values.keys():
            return None
        method = None if self._soap else values.get("method", "POST")
        if name in ON_DEMAND and values.get("changes") == "false":
            self._findings.add(place, "step.unchanging", step=name)
        send = self._message(values["send"], self._around(placed(FACTS_SCHEMA, _STEPS_FACTS, name), sending=True))
        read = build_reading(values["read"], self._around(ANY))
        route = Route(values["path"]) if values.get("path") and not self._soap else None
        if route is not None:
            check_route(route, str(method), send.outline, place, self._findings)
        return StepMapping(name, values.get("operation"), method, route, send, read, values.get("changes") != "false")

    def _message(self, node: Node, around: Around) -> Template:
        if not isinstance(node, Level) or CONTROLS & node.entries.keys():
            self._findings.add(node.place, "message.root")
            return Template(Piece(lambda _scope, _rendering: {}, Outline((), node.place, node.place)))
        return Template(build(node, around))

    def _around(self, shape: Any, *, sending: bool = False) -> Around:
        refuses = [(lambda given: contains(given, BLOB), "message.content"), (lambda given: contains(given, BYTES), "message.bytes")]
        if not self._soap:
            refuses.append((lambda given: contains(given, INSTANT), "message.moment"))
        return Around(self._tables, shape, self._findings, tuple(refuses) if sending else (), self._documents)

    def _together(self, root: Node, values: Mapping[str, Any], matters: Mapping[str, MatterMapping]) -> None:
        """What only the whole folder shows."""
        track = values.get("track", {})
        if (track.get("push") == "true") != ("push" in values):
            self._findings.add(root.place, "track.push")
        if track and not track.get("poll") and track.get("push") != "true":
            self._findings.add(root.place, "track.none")
        if self._soap and not self._files.having("schemas", ".wsdl"):
            self._findings.add(self._place("schemas"), "schemas.wsdl")
        asks = values.get("resend") == QUERY or bool(track.get("poll"))
        for matter in matters.values():
            if asks and matter.steps and not _asks(matter.steps.get(QUERY)):
                self._findings.add(root.place, "step.query", matter=matter.code)

    def _level(self, file: str, form: Fields) -> dict[str, Any]:
        root = self._yaml(file)
        if root is None:
            return {}
        no_secrets_in(root, self._findings)
        return form(root, self._findings)

    def _yaml(self, file: str) -> Node | None:
        place = self._place(file)
        if file not in self._files.content:
            self._findings.add(place, "file.missing")
            return None
        text = decode(place.file, self._files.content[file], self._findings)
        return None if text is None else compose(place.file, text, self._findings)

    def _place(self, file: str) -> Place:
        return Place(f"{self._path.name}/{file}")


def _asks(step: StepMapping | None) -> bool:
    return step is not None and not step.changes and "code" in step.read.names


def _auth(options: Mapping[str, str], place: Place | None) -> AuthSpec:
    return AuthSpec(options.get("scheme", ""), {name: value for name, value in options.items() if name != "scheme"}, place)


def _place_of(root: Node | None, key: str) -> Place | None:
    return root.entries[key][0].place if isinstance(root, Level) and key in root.entries else None


def _rivals(loaded: Mapping[str, Folder], findings: Findings) -> None:
    """Two folders that answer for one region and matter: nothing would say which of them gets a case."""
    first: dict[tuple[str, str], str] = {}
    for name, folder in loaded.items():
        for region in folder.regions:
            shared = sorted(matter for matter in folder.matters if first.setdefault((region, matter), name) != name)
            if shared:
                place, other = Place(f"{name}/partner.yaml"), first[(region, shared[0])]
                findings.add(place, "folder.rival", other=other, region=region, matters=", ".join(shared))
