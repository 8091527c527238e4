"""A new partner's folder out of its WSDL or OpenAPI description: it loads, and it says aloud what was guessed and what is still open."""

from .folder import Made, ScaffoldError, Wanted, scaffold
from .received import ReceivedError, copy, flaw_findings, place_in
from .todo import todo_findings

__all__ = ["Made", "ReceivedError", "ScaffoldError", "Wanted", "copy", "flaw_findings", "place_in", "scaffold", "todo_findings"]
