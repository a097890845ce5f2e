"""What a policy calls heavy: decisions of which nothing comes before a second person has confirmed them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Heavy:
    """Actions on messages and on authors, and how many cases one person may decide at a stroke; 0: as many as fit."""

    actions: frozenset[str] = frozenset()
    author_actions: frozenset[str] = frozenset()
    bulk: int = 0

    def covers(self, action: str, author_action: str, together: int = 1) -> bool:
        """Whether a decision is heavy, where it is one of so many at a stroke."""
        return action in self.actions or author_action in self.author_actions or 0 < self.bulk < together


def parse_heavy(stored: Mapping[str, Any]) -> Heavy:
    """As a policy stores it; nothing is heavy where it says nothing."""
    return Heavy(
        frozenset(stored.get("actions", ())), frozenset(stored.get("author_actions", ())), stored.get("bulk", 0)
    )
