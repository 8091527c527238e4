"""The simulated partner itself: a request in, the answer that the folder's examples show out."""

import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from mock_partners.cases import BEIJING
from mock_partners.journal import Journal
from mock_partners.signing import SignatureRefusedError
from mock_partners.simulator.answers import PUSH, Answers, NotShownError
from mock_partners.simulator.cases import WAITING, Case, Cases
from mock_partners.simulator.doors import doors
from mock_partners.simulator.examples import Example, body_of
from mock_partners.simulator.fronts import FRONTS, NOT_SHOWN, Asked, UnfitError
from mock_partners.simulator.guard import Guard, PushSigner, Secrets
from mock_partners.simulator.life import life_of
from mock_partners.simulator.messages import leaves
from mock_partners.simulator.numbers import Telling, new_number, retold
from mock_partners.simulator.paper import CONVERSATION, Paper, Way
from mock_partners.simulator.pushing import FIRST_INTERVAL, Post, Pusher
from mock_partners.simulator.requests import Requests
from mock_partners.simulator.scenario import Scenario, ScenarioError
from mock_partners.simulator.weather import Answer, Call, WeatherStation

MAX_BODY_BYTES: Final = 96 * 2**20


@dataclass(frozen=True)
class Options:
    """How a folder is simulated. secrets None: proofs are not verified; push_to: where statuses are pushed, None for nowhere.

    log: told one line of what happens at a time, without personal data.
    """

    seed: int = 0
    scenario: Scenario = field(default_factory=Scenario)
    secrets: Mapping[str, str] | None = None
    push_to: str | None = None
    journal: Path | None = None
    first_interval: float = FIRST_INTERVAL
    log: Callable[[str], None] = lambda line: None


class SimulatedPartner:
    """One folder served; `app()` is the application.

    Raises FolderError, ScenarioError, SecretMissingError, or ValueError when the folder cannot be served as wished.
    """

    def __init__(self, paper: Paper, options: Options) -> None:
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._paper = paper
        self._options = options
        self._skew = options.scenario.clock_skew
        self._answers = Answers(paper)
        self._requests = Requests(paper)
        self._front = FRONTS[paper.transport](paper)
        self._weather = WeatherStation(options.seed, options.scenario)
        secrets = None if options.secrets is None else Secrets(paper.name, options.secrets)
        self.guard = Guard(paper.auth, secrets, self._clock)
        self.life = life_of(paper, self._answers, options.scenario)
        self._check_scenario(options.scenario)
        post = self._post(secrets) if options.push_to else None
        self._journal = Journal(options.journal)
        self._pusher: Pusher | None = None
        try:
            self._cases = Cases(self.life, self._journal, reached=self._reached)
        except ValueError:
            self._journal.close()
            raise
        self.pushes = dict.fromkeys(("sent", "acknowledged", "late", "repeated", "out_of_order", "not_shown"), 0)
        if post is not None:
            self._pusher = Pusher(post, self._cases, options.scenario.pushes, options.seed, self.pushes)

    def app(self) -> web.Application:
        """The application with the partner's operations and the doors for looking in."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                *doors(self._paper, self.life, self._cases, self._weather, self._figures),
                web.route("*", "/{anything:.*}", self._serve),
            ]
        )
        app.cleanup_ctx.append(self._open_hours)
        return app

    def introduction(self) -> tuple[str, ...]:
        """What is served, what is made of other examples, and what is not checked: a line each."""
        lines = [f"{self.guard.zh} / {self.guard.en}"]
        if unchecked := self._front.unchecked():
            named = ", ".join(unchecked)
            lines.append(f"描述文件未载明，不作校验：{named} / not described, so not validated: {named}")
        if blind := self._requests.blind():
            named = ", ".join(blind)
            lines.append(f"看不出办件编号在何处，每份报文算一件：{named} / no case number is shown, so each message is a case: {named}")
        way = " → ".join(f"{stage.code} ({stage.status or '?'}, {stage.after:g} s)" for stage in self.life.stages)
        lines.append(f"进度 / progress: {self.life.first.code} → {way or '…'}")
        telling = Telling("0" * 30, "0" * 16, self._now())
        for step in sorted({way.step for way in self._paper.ways if self._answers.tells(way.step)} | ({PUSH} if self._pusher else set())):
            matter_file = self._paper.ways[0].matter_file
            found = {code: self._answers.source(step, matter_file, code, telling) for code in self._paper.codes}
            sources = " ".join(f"{code}={source or 'none'}" for code, source in found.items())
            lines.append(f"状态来源 / statuses from examples, {step}: {sources}")
        return tuple(lines)

    async def _open_hours(self, _app: web.Application) -> AsyncIterator[None]:
        if self._pusher is not None:
            self._pusher.start()
        self._cases.start()
        yield
        self._cases.stop()
        if self._pusher is not None:
            await self._pusher.stop()
        self._journal.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        try:
            asked = self._front.read(request, raw)
        except UnfitError as error:
            self.refused["unreadable"] += 1
            self._options.log(f"?: {error}")
            return error.answer.response()
        way = self._requests.way(asked.keys, asked.content, self._matter_of)
        ours, theirs = self._numbers(way, asked)
        case = self._cases.find(ours, theirs)
        call = self._weather.arrival(way.step, case.number if case else ours or theirs or hashlib.sha256(raw).hexdigest()[:32])
        self.calls[way.step] += 1
        await self._weather.wait(call)
        kind = self._weather.fault(call)
        self._options.log(f"{way.step} {call.key} #{call.count}" + (f": {kind}" if kind else ""))
        if kind == "expired_token":
            return self._not_let_in("wsse:MessageExpired", "令牌已过期", asked.version).response()
        return await self._weather.do(request, kind, call, lambda: self._process(request, way, asked, call))

    def _process(self, request: web.Request, way: Way, asked: Asked, call: Call) -> Answer:
        try:
            self.guard.check(request.headers, asked.header)
        except SignatureRefusedError as error:
            self.refused["signature"] += 1
            return self._not_let_in(error.code, error.message, asked.version)
        finding = self._front.unfit(asked, way.key)
        if why := self._front.broken().get(way.key):
            self._options.log(f"描述文件有误，不作校验 / the description is no schema, so not validated: {way.key} ({why})")
        if finding:
            self.refused["unfit"] += 1
            self._options.log(f"{way.step} {call.key}: {finding}")
            return self._unfit(way, asked, finding)
        try:
            return self._act(way, asked, call)
        except NotShownError as error:
            self.refused["not-shown"] += 1
            self._options.log(f"示例未载明 / no example shows: {error}")
            return self._front.say(501, NOT_SHOWN, f"示例未载明 / no example shows: {error}", version=asked.version)

    def _act(self, way: Way, asked: Asked, call: Call) -> Answer:
        ours, theirs = self._numbers(way, asked)
        case = self._cases.find(ours, theirs)
        if name := self._weather.named(call):
            example = self._answers.example(name)
            assert example is not None  # looked up when the scenario was read
            return self._show(example, case, ours)
        if way.changes and way.step not in CONVERSATION:
            return self._proceed(way, case, ours or call.key)
        if case is None:
            return self._unknown(way, ours, asked.version)
        if way.step == "supplement":
            return self._converse(way, case, case.now.status in WAITING, self._cases.supplement)
        if way.step == "withdraw":
            return self._converse(way, case, not case.decided, self._cases.withdraw)
        if not self._answers.tells(way.step):
            return self._show(self._answers.taken(way.step, way.matter_file), case, ours)
        chosen = self._answers.told(way.step, case.matter_file, case.now.code, self._telling(case), case.now.example)
        return self._front.write(chosen.http, chosen.tree)

    def _proceed(self, way: Way, case: Case | None, ours: str) -> Answer:
        """A step that brings a case in: the first makes it, the last lets it go on its way."""
        procedure = self._paper.procedure(way.matter_file)
        example = self._answers.taken(way.step, way.matter_file)
        if case is None and way.step != procedure[0]:
            return self._unknown(way, ours, "")
        if case is None:
            number = new_number(example, self._now(), self._options.seed, ours, self._cases.numbers)
            case = self._cases.create(ours, number, way.matter_file)
        if way.step == procedure[-1]:
            self._cases.begin(case)
        return self._show(example, case, ours)

    def _converse(self, way: Way, case: Case, fitting: bool, act: Callable[[Case], None]) -> Answer:
        refusal = None if fitting else self._answers.refused(way.step, case.matter_file)
        if refusal is not None:
            self.refused[way.step] += 1
            return self._show(refusal, case, case.number)
        example = self._answers.taken(way.step, case.matter_file)
        if fitting:
            act(case)
        return self._show(example, case, case.number)

    def _unknown(self, way: Way, ours: str | None, version: str) -> Answer:
        self.refused["unknown-case"] += 1
        example = self._answers.refused(way.step, way.matter_file, "unknown-case")
        return self._show(example, None, ours) if example else self._front.say(404, "unknown-case", "查无此件", version=version)

    def _unfit(self, way: Way, asked: Asked, finding: str) -> Answer:
        example = self._answers.refused(way.step, way.matter_file, "field-invalid")
        own = self._front.say(400, "field-invalid", "报文不合数据结构定义", finding, asked.version)
        if example is None:
            return own
        shown = self._show(example, None, None)
        return Answer(shown.status, shown.body, shown.content_type, own.headers)

    def _not_let_in(self, code: str, words: str, version: str) -> Answer:
        """As an example shows it, but where WS-Security has a code of its own for it."""
        example = self._answers.held()
        if version or example is None:
            return self._front.say(401, code, words, version=version)
        return self._show(example, None, None)

    def _show(self, example: Example, case: Case | None, ours: str | None) -> Answer:
        telling = Telling(ours or example.ours, case.theirs if case else example.theirs, self._now())
        return self._front.write(example.http, retold(example, example.reply, telling))

    def _telling(self, case: Case, place: int = -1) -> Telling:
        at = datetime.fromtimestamp(case.history[place].at + self._skew, BEIJING)
        return Telling(case.number, case.theirs, at)

    def _numbers(self, way: Way, asked: Asked) -> tuple[str | None, str | None]:
        """The numbers that a request names; where no example names any, whatever text is the number of a case in hand."""
        ours, theirs = self._requests.numbers(way.step, asked.content)
        if ours or theirs:
            return ours, theirs
        found = next((case for _, text in leaves(asked.content) if (case := self._cases.known(text))), None)
        return (found.number, found.theirs) if found else (None, None)

    def _matter_of(self, ours: str | None, theirs: str | None) -> str | None:
        case = self._cases.find(ours, theirs)
        return case.matter_file if case else None

    def _clock(self) -> float:
        return time.time() + self._skew

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), BEIJING)

    def _reached(self, case: Case) -> None:
        self._options.log(f"{case.number} → {case.now.code} ({case.now.status or '?'})")
        if self._pusher is not None:
            self._pusher.notice(case)

    def _post(self, secrets: Secrets | None) -> Post:
        push = self._paper.push
        if push is None:
            raise ValueError("该文件夹不推送状态 / this folder does not push")
        if secrets is None:
            raise ValueError("推送须有密钥文件 / pushing needs a secrets file")
        thanks = next((e.sent for e in self._paper.examples if e.step == PUSH and e.sent is not None), None)
        action = self._front.action(str(push.get("operation", "")))
        named = {"SOAPAction": f'"{action}"'} if action is not None else {}
        signer = PushSigner(push.get("auth") or {}, secrets, self._clock)
        assert self._options.push_to is not None
        return Post(
            url=self._options.push_to,
            render=self._push,
            headers=lambda body: {**named, **signer.headers(body)},
            thanks={} if thanks is None else dict(leaves(body_of(thanks))),
            first_interval=self._options.first_interval,
        )

    def _push(self, case: Case, place: int) -> Answer | None:
        milestone = case.history[place]
        try:
            chosen = self._answers.told(PUSH, case.matter_file, milestone.code, self._telling(case, place), milestone.example)
        except NotShownError:
            return None
        return self._front.write(200, chosen.tree)

    def _check_scenario(self, scenario: Scenario) -> None:
        known = {way.step for way in self._paper.ways}
        for step, weather in scenario.steps.items():
            if step not in known:
                raise ScenarioError(weather.line, f"没有步骤 {step}；有：{', '.join(sorted(known))}", f"there is no step {step}")
            for name, said in weather.answers.items():
                example = self._answers.example(name)
                if example is None or example.step != step or example.reply is None:
                    raise ScenarioError(said.line, f"步骤 {step} 没有带应答的示例 {name}", f"{step} has no example {name} with a reply")

    def _figures(self) -> dict[str, Any]:
        return {"calls": self.calls, "faults": self._weather.injected, "refused": self.refused, "pushes": self.pushes}
