"""The scenario file: every key is read, every wrong one is named with its line, and docs/simulator.md tells of all."""

import random
from pathlib import Path

import pytest
from simulator_parts import REST, scenario_of, simulated

from mock_partners.simulator import Scenario, ScenarioError
from mock_partners.simulator.scenario import _WEATHER, Drip, Latency, Move, Named, Pushes

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
EVERYTHING = """\
latency: {lognormal: {median: 120ms, sigma: 0.6, cap: 3s}}
errors: 0.02
reset_before: 0.01
reset_after: 0.01
drip: {share: 0.01, over: 5s}
wrong_charset: 0.01
duplicate_answer: 0.01
expired_token: 0.005
garbage: 0.01
clock_skew: -90s
pace: 500ms
progress:
  - {status: "50", after: 1s}
  - {code: "9"}
  - {example: a-denial-says-why, after: 1m}
pushes: {late: {share: 0.1, by: 10s}, repeated: 0.1, out_of_order: 0.05}
steps:
  submit: {latency: {uniform: [10ms, 20ms]}, answers: {a-wrong-check-digit-is-refused: 0.1}}
  query: {latency: 1s, drip: 0.5, garbage: 0}
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    """A step has its own weather over the general one."""
    scenario = scenario_of(tmp_path, EVERYTHING)
    assert scenario.weather.latency == Latency("lognormal", 0.12, 3.0, 0.6)
    assert (scenario.weather.errors, scenario.weather.drip, scenario.clock_skew, scenario.pace) == (0.02, Drip(0.01, 5.0), -90.0, 0.5)
    assert scenario.pushes == Pushes(0.1, 10.0, 0.1, 0.05)
    assert scenario.progress == (Move(13, 1.0, status="50"), Move(14, None, code="9"), Move(15, 60.0, example="a-denial-says-why"))
    submit, query = scenario.of("submit"), scenario.of("query")
    assert (submit.latency, submit.errors) == (Latency("uniform", 0.01, 0.02), 0.02)
    assert submit.answers == {"a-wrong-check-digit-is-refused": Named(0.1, 18)}
    assert (query.latency, query.drip.share, query.garbage) == (Latency("fixed", 1.0), 0.5, 0.0)
    assert scenario.of("withdraw") == scenario.weather


def test_an_empty_file_is_fair_weather(tmp_path: Path) -> None:
    """As is no file."""
    assert scenario_of(tmp_path, "# nothing\n") == Scenario()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("erors: 0.1", "1: .*erors is unknown"),
        ("pace: 1s\nsteps:\n  submit: {error: 1}", "3: .*error is unknown"),
        ("errors: 2", "1: .*from 0 to 1"),
        ("errors: .nan", "1: .*from 0 to 1"),
        ("errors: -0.1", "1: .*from 0 to 1"),
        ("errors: {}", "1: .*one value"),
        ("errors: 0.1\nerrors: 0.2", "2?: .*(twice|YAML)"),
        ("latency: 2 minutes", "1: .*duration"),
        ("latency: -1s", "1: .*duration"),
        ("latency: {uniform: [2s, 1s]}", "1: .*shortest"),
        ("latency: {uniform: 2s}", "1: .*list"),
        ("latency: {fixed: 1s, uniform: [1s, 2s]}", "1: .*exactly one"),
        ("latency: {lognormal: {median: 1s, sigma: 1}}", "1: .*cap is missing"),
        ("drip: {over: 1s}", "1: .*share is missing"),
        ("pushes: {late: 0.1}", "1: .*names with values"),
        ("progress:\n  - {after: 1s}", "2: .*exactly one"),
        ("progress:\n  - {status: '50', code: '3'}", "2: .*exactly one"),
        ("progress: 50", "1: .*list"),
        ("- 1", "1: .*names with values"),
        ("a: [", ".*not valid YAML"),
        ("a: !!python/object:os.system x", "1: .*a is unknown"),
        ("a: &x [1]\nb: *x", "1: .*a is unknown"),
        ("\tpace: 1s", ".*not valid YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """In both languages, and without what was written there where that may be a value."""
    with pytest.raises(ScenarioError, match=said):
        scenario_of(tmp_path, text)


def test_a_scenario_in_another_encoding_or_too_large_is_refused(tmp_path: Path) -> None:
    """Before anything of it is used."""
    from mock_partners.simulator import read_scenario

    file = tmp_path / "scenario.yaml"
    for content in ("pace: 1s # 节奏".encode("gb18030"), b"#" * 300_000):
        file.write_bytes(content)
        with pytest.raises(ScenarioError):
            read_scenario(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pace: 1s\nprogress:\n  - {status: '99'}", "3: .*lacks 99"),
        ("progress:\n  - {example: a-submit-gives-their-number}", "2: .*no example"),
        ("progress:\n  - {example: none-such}", "2: .*no example"),
        ("steps:\n  pay: {errors: 1}", "2: .*no step pay"),
        ("steps:\n  query:\n    answers: {a-wrong-check-digit-is-refused: 1}", "3: .*no example"),
        ("steps:\n  submit:\n    answers: {a-lost-answer-leaves-us-unsure: 1}", "3: .*no example"),
    ],
)
def test_what_the_folder_cannot_serve_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """A status, an example or a step that it lacks."""
    with pytest.raises(ScenarioError, match=said):
        simulated(REST, scenario_of(tmp_path, text))


def test_latencies_lie_where_they_should() -> None:
    """Between the bounds, at the point, below the cap."""
    chance = random.Random(1)
    uniform = [Latency("uniform", 1.0, 2.0).draw(chance) for _ in range(1000)]
    lognormal = [Latency("lognormal", 1.0, 3.0, 1.0).draw(chance) for _ in range(1000)]
    assert (Latency("fixed", 0.5).draw(chance), Latency().draw(chance)) == (0.5, 0.0)
    assert 1.0 <= min(uniform) < 1.1 < 1.9 < max(uniform) <= 2.0
    assert max(lognormal) == 3.0
    assert 0.9 < sorted(lognormal)[500] < 1.1


def test_every_key_is_documented() -> None:
    """And the page's own example can be read."""
    page = PAGE.read_text("utf-8")
    keys = {*_WEATHER, "clock_skew", "pace", "progress", "pushes", "steps", "answers", "late", "repeated", "out_of_order"}
    keys |= {"fixed", "uniform", "lognormal", "median", "sigma", "cap", "share", "over", "by", "status", "code", "example", "after"}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def test_the_page_s_example_is_a_scenario_of_the_shipped_folder(tmp_path: Path) -> None:
    """Word for word."""
    text = PAGE.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert text
    simulated(REST, scenario_of(tmp_path, text))
