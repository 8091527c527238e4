"""Which step of which matter a request is, and which case it is about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mock_partners.simulator.answers import request_of
from mock_partners.simulator.messages import Place, Tree, leaves
from mock_partners.simulator.paper import CASE_NUMBER, PARTNER_NUMBER, Paper, Way


@dataclass(frozen=True)
class _Spot:
    """Where a number stands: the place, and what stands before and behind it in the same text."""

    place: Place
    before: str = ""
    behind: str = ""

    def read(self, said: dict[Place, str]) -> str | None:
        """The number in these leaves."""
        text = said.get(self.place)
        if text is None or not (text.startswith(self.before) and text.endswith(self.behind)):
            return None
        return text[len(self.before) : len(text) - len(self.behind)] or None


class Requests:
    """Recognises the requests of one folder: by the texts that its steps always send, and by where its examples have the numbers."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._ours = {step: self._spots(step, CASE_NUMBER) for step in {way.step for way in paper.ways}}
        self._theirs = {step: self._spots(step, PARTNER_NUMBER) for step in {way.step for way in paper.ways}}

    def way(self, keys: Iterable[str], content: Tree, matter_of: Callable[[str | None, str | None], str | None]) -> Way:
        """The step of a request with one of these keys; `matter_of` knows the matter of a case that is in hand."""
        wanted = set(keys)
        said = dict(leaves(content))
        ways = [way for way in self._paper.ways if way.key in wanted]
        fitting = [way for way in ways if not self._contradicted(way, said)] or ways
        texts = set(said.values())

        known = {step: matter_of(*self._numbers(step, said)) for step in {way.step for way in fitting}}

        def rank(way: Way) -> tuple[int, bool, bool]:
            matter_file = known[way.step] or way.matter_file
            return -sum(place in said for place in way.sends), way.matter_file != matter_file, way.matter not in texts

        return min(fitting, key=rank)

    def blind(self) -> tuple[str, ...]:
        """The steps of which neither an example nor what they send shows where a number stands."""
        return tuple(sorted(step for step, spots in self._ours.items() if not spots and not self._theirs[step]))

    def numbers(self, step: str, content: Tree) -> tuple[str | None, str | None]:
        """Our number and the partner's, as far as the request names them."""
        return self._numbers(step, dict(leaves(content)))

    def _numbers(self, step: str, said: dict[Place, str]) -> tuple[str | None, str | None]:
        ours = (spot.read(said) for spot in self._ours[step])
        theirs = (spot.read(said) for spot in self._theirs[step])
        return next(filter(None, ours), None), next(filter(None, theirs), None)

    def _contradicted(self, way: Way, said: dict[Place, str]) -> bool:
        """Whether a text that this step always sends is another one here."""
        fixed = ((place, text) for place, text in way.sends.items() if text not in (CASE_NUMBER, PARTNER_NUMBER))
        return any(said.get(place, text) != text for place, text in fixed)

    def _spots(self, step: str, wanted: str) -> tuple[_Spot, ...]:
        found: dict[_Spot, None] = {}
        for example in self._paper.examples:
            number = example.ours if wanted == CASE_NUMBER else example.theirs
            sent = request_of(example) if example.step == step and number else None
            for place, text in leaves(sent) if sent is not None else ():
                before, hit, behind = text.partition(number)
                if hit:
                    found[_Spot(place, before, behind)] = None
        for way in self._paper.ways:
            if way.step == step:
                found.update({_Spot(place): None for place, text in way.sends.items() if text == wanted})
        return tuple(found)
