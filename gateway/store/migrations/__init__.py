"""The schema's revisions, and how a database is brought to the newest."""

from .run import HEAD, bring_up_to_date

__all__ = ["HEAD", "bring_up_to_date"]
