"""A rule of the book as `GET rules` shows it."""

from typing import Any

from review.models import RuleVersion


def rule_in_force(version: RuleVersion) -> dict[str, Any]:
    """The rule with its number in the book; `version.rule` is read."""
    return {
        "id": version.rule_id,
        "version": version.version,
        "position": version.rule.position,
        "locale": version.locale,
        "wording": version.wording,
        "category": version.category,
        "action": version.action,
        "note_to_author": version.note_template,
        "ground": version.ground,
        "legal_ground": version.legal_ground,
    }
