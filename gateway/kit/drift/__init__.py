"""A newly obtained description beside the stored one: what changed, and which steps of which matters break by it."""

from .changes import Change
from .whole import Drift, drift, drift_from

__all__ = ["Change", "Drift", "drift", "drift_from"]
