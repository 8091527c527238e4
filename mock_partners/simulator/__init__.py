"""A partner served from its folder's schemas and examples: `python -m mock_partners simulate`, docs/simulator.md.

What the examples show is answered with the numbers and moments of the call; what they cannot show, the simulator cannot serve.
"""

from mock_partners.simulator.desk import Options, SimulatedPartner
from mock_partners.simulator.guard import SecretMissingError
from mock_partners.simulator.paper import FolderError, Paper, read_paper
from mock_partners.simulator.scenario import Scenario, ScenarioError, read_scenario

__all__ = [
    "FolderError",
    "Options",
    "Paper",
    "Scenario",
    "ScenarioError",
    "SecretMissingError",
    "SimulatedPartner",
    "read_paper",
    "read_scenario",
]
