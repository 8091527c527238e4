"""How the cases of a folder go: the scenario's progress, or what the examples show, in the partner's own codes."""

from mock_partners.simulator.answers import Answers
from mock_partners.simulator.cases import RESUBMITTED, WITHDRAWN, Life, Stage
from mock_partners.simulator.paper import FolderError, Paper
from mock_partners.simulator.scenario import Move, Scenario, ScenarioError

_RECEIVED = ("21", "20", "10", "50")


def life_of(paper: Paper, answers: Answers, scenario: Scenario) -> Life:
    """The life of every case; raises ScenarioError for a progress that the folder cannot tell, FolderError without any status."""
    first = _stage(paper, paper.code_of(*_RECEIVED) or next(iter(paper.codes), None), 0.0)
    if first is None:
        raise FolderError("codes/status.csv", "没有状态对照", "there are no statuses")
    if scenario.progress is None:
        stages = tuple(Stage(code, paper.codes[code].status, scenario.pace) for code in answers.straight_way())
    else:
        stages = tuple(_named(paper, answers, move, scenario.pace) for move in scenario.progress)
    return Life(
        first=first,
        stages=stages,
        withdrawn=_stage(paper, paper.code_of(*WITHDRAWN), scenario.pace),
        resubmitted=_stage(paper, paper.code_of(*RESUBMITTED), 0.0),
    )


def stage_of(paper: Paper, *, status: str | None, code: str | None) -> Stage | None:
    """The stage of a canonical status, or of one of the partner's codes, known or not; None when the table lacks the status."""
    return _stage(paper, code if code is not None else paper.code_of(status or ""), 0.0)


def _named(paper: Paper, answers: Answers, move: Move, pace: float) -> Stage:
    after = pace if move.after is None else move.after
    if move.example is not None:
        example = answers.example(move.example)
        if example is None or example.code is None:
            raise ScenarioError(move.line, f"没有这样的状态示例：{move.example}", f"no example that tells a status is named {move.example}")
        meaning = paper.codes.get(example.code)
        return Stage(example.code, meaning.status if meaning else "", after, example.name)
    code = move.code if move.code is not None else paper.code_of(move.status or "")
    stage = _stage(paper, code, after)
    if stage is None:
        raise ScenarioError(move.line, f"状态表没有 {move.status}", f"the table of statuses lacks {move.status}")
    return stage


def _stage(paper: Paper, code: str | None, after: float) -> Stage | None:
    if code is None:
        return None
    meaning = paper.codes.get(code)
    return Stage(code, meaning.status if meaning else "", after)
