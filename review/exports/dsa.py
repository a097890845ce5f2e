"""Statements of reasons as the EU's transparency database takes them: `manage.py export --format dsa-v2`.

Names, limits and which fields belong together are those of version 2 of its interface (July 2025). A statement holds no
personal data: facts are what the record says, never what a moderator wrote, and nothing of a message or its author.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models.functions import Now

from review.enforcement.author_statements import author_facts, reasons_of
from review.enforcement.statements import (
    RESTRICTS,
    STATEMENT_NEEDS,
    automated_decision,
    category_of,
    found_by_of,
    plain_facts,
    rule_json,
)
from review.exports.rows import Export, Row, RowFilter
from review.models import Action, AuthorAction, AuthorOutcome, Category, Outcome, Report, RuleVersion

GROUND, EXPLANATION, FACTS = 500, 2_000, 5_000  # characters that the interface takes
SCOPE = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
    *("LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)
"""The European Economic Area: an outcome holds wherever a community is read."""
VISIBILITY = {
    Action.HIDE: "DECISION_VISIBILITY_CONTENT_DISABLED",
    Action.REMOVE: "DECISION_VISIBILITY_CONTENT_REMOVED",
}
ACCOUNT = {AuthorAction.MUTE: "DECISION_ACCOUNT_SUSPENDED", AuthorAction.BAN: "DECISION_ACCOUNT_TERMINATED"}
OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
CATEGORY: dict[str, tuple[str, ...]] = {
    Category.HATE_SPEECH: ("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "KEYWORD_HATE_SPEECH"),
    Category.HARASSMENT: ("STATEMENT_CATEGORY_CYBER_VIOLENCE", "KEYWORD_CYBER_HARASSMENT"),
    Category.SEXUAL_CONTENT: (OTHER, "KEYWORD_ADULT_SEXUAL_MATERIAL"),
    Category.VIOLENCE: ("STATEMENT_CATEGORY_VIOLENCE",),
    Category.SELF_HARM: ("STATEMENT_CATEGORY_SELF_HARM",),
}
"""The category, and what narrows it; for all others OTHER."""
AUTOMATED = {
    "fully": "AUTOMATED_DECISION_FULLY",
    "partially": "AUTOMATED_DECISION_PARTIALLY",
    "not": "AUTOMATED_DECISION_NOT_AUTOMATED",
}


def _outcomes(row_filter: RowFilter, after: int, last: int) -> Iterator[Row]:
    """Of each outcome that restricts a message, once it is in effect; of those taken back in time there is none."""
    found = Outcome.objects.filter(pk__gt=after, pk__lte=last, action__in=RESTRICTS, withdrawn_at=None)
    found = found.filter(effective_at__lte=Now()).order_by("pk")
    found = row_filter.narrow(found, "message__source", "effective_at")
    outcomes = list(found.select_related("message__source", *STATEMENT_NEEDS))
    noticed = _noticed([outcome.message_id for outcome in outcomes])
    for outcome in outcomes:
        found_by, automated = found_by_of(outcome), automated_decision(outcome)
        yield {
            "decision_visibility": [VISIBILITY[Action(outcome.action)]],
            **_ground(outcome, plain := plain_facts(outcome, found_by, automated)),
            **_common(category_of(outcome), outcome.effective_at),
            "content_date": outcome.message.sent_at.date().isoformat(),
            "decision_facts": plain[:FACTS],
            "source_type": _source_type(outcome, found_by, noticed),
            "automated_detection": "Yes" if found_by == "automation" else "No",
            "automated_decision": AUTOMATED[automated],
            "puid": f"{outcome.message.source.slug}-{outcome.pk}",
        }


def _authors(row_filter: RowFilter, after: int, last: int) -> Iterator[Row]:
    """Of each step that mutes or bans an author, also where it takes the place of a harsher one that was reversed."""
    found = AuthorOutcome.objects.filter(pk__gt=after, pk__lte=last, action__in=ACCOUNT).order_by("pk")
    steps = list(row_filter.narrow(found, "source", "created_at").select_related("source", "policy"))
    all_reasons = reasons_of(steps)
    noticed = _noticed([each.decided.message_id for each in all_reasons.values() if each.decided])
    for step in steps:
        reasons = all_reasons[step.pk]
        decided, facts = reasons.decided, author_facts(step, reasons, plain=True)
        yield {
            "decision_account": ACCOUNT[AuthorAction(step.action)],
            **(_ground(decided, facts) if decided else _strikes(step, facts)),
            **_common(category_of(decided) if decided else Category.TOXICITY, step.effective_at),
            "decision_facts": facts[:FACTS],
            "source_type": _source_type(decided, reasons.found_by, noticed) if decided else "SOURCE_VOLUNTARY",
            "automated_detection": "Yes" if reasons.found_by == "automation" else "No",
            "automated_decision": AUTOMATED[reasons.automated_decision],
            "puid": f"{step.source.slug}-author-{step.pk}",
        }


def _strikes(step: AuthorOutcome, facts: str) -> Row:
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"Strikes ({step.policy})",
        "incompatible_content_explanation": facts,
    }


STATEMENTS = (Export(Outcome, {}, _outcomes, 500), Export(AuthorOutcome, {}, _authors, 500))
"""Of messages, and then of authors. Their rows have no columns in common: they are for JSON lines alone."""


def _ground(outcome: Outcome, facts: str) -> Row:
    rule, text = outcome.rule, rule_json(outcome)["text"]
    if rule and rule.ground == RuleVersion.Ground.LAW:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": (rule.legal_ground or rule.name)[:GROUND],
            "illegal_content_explanation": f"{text}. {facts}"[:EXPLANATION],
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": (rule.name if rule else text)[:GROUND],
        "incompatible_content_explanation": f"{text}. {facts}"[:EXPLANATION],
    }


def _common(category: Category, applied_at: datetime) -> Row:
    name, *narrower = CATEGORY.get(category, (OTHER,))
    return {
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": name,
        "category_specification": narrower,
        "territorial_scope": list(SCOPE),
        "application_date": applied_at.date().isoformat(),
    }


def _source_type(outcome: Outcome, found_by: str, noticed: set[int]) -> str:
    """A report that says that something is against the law is a notice of Article 16."""
    if found_by != "report":
        return "SOURCE_VOLUNTARY"
    return "SOURCE_ARTICLE_16" if outcome.message_id in noticed else "SOURCE_TYPE_OTHER_NOTIFICATION"


def _noticed(messages: list[int]) -> set[int]:
    """Which of the messages (ids) were reported as against the law."""
    return set(Report.objects.filter(message__in=messages, illegal=True).values_list("message", flat=True))
