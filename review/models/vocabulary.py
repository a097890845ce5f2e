"""The closed sets of words that rows may hold."""

from django.db import models


class Category(models.TextChoices):
    """What a reviewer may rule. The model itself knows the first six."""

    BENIGN = "benign", "Benign"
    TOXICITY = "toxicity", "Toxicity"
    HARASSMENT = "harassment", "Harassment"
    HATE_SPEECH = "hate_speech", "Hate speech"
    SEXUAL_CONTENT = "sexual_content", "Sexual content"
    VIOLENCE = "violence", "Violence"
    SPAM = "spam", "Spam"
    SELF_HARM = "self_harm", "Self-harm"


class Action(models.TextChoices):
    """What happens to a message. `review` is a route only: it never becomes an outcome."""

    ALLOW = "allow", "Allow"
    REVIEW = "review", "Review"
    HIDE = "hide", "Hide"
    REMOVE = "remove", "Remove"

    @property
    def rank(self) -> int:
        """How much it restricts, from nothing on."""
        return list(Action).index(self)


class AuthorAction(models.TextChoices):
    """What happens to an author, from nothing to the harshest."""

    NONE = "none", "Nothing"
    WARN = "warn", "Warned"
    MUTE = "mute", "Muted"
    BAN = "ban", "Banned"

    @property
    def rank(self) -> int:
        return list(AuthorAction).index(self)


class Reason(models.TextChoices):
    """Why a case waits for people."""

    BORDERLINE = "borderline", "Borderline"
    AUDIT = "audit", "Audit"
    TRIGGER = "trigger", "Trigger"
    REPORT = "report", "Report"
    APPEAL = "appeal", "Appeal"
    FAILURE = "failure", "Failure"
    SECOND_OPINION = "second_opinion", "Second opinion"
    IMPORT = "import", "Imported"
    REVERSAL = "reversal", "Reversal"
    ADJUDICATION = "adjudication", "Adjudication"
    GOLD = "gold", "Gold"


COMPARED = (Reason.SECOND_OPINION, Reason.GOLD)
"""Cases that are judged only to be compared with another decision: nothing is done to a message because of them."""


class Role(models.TextChoices):
    MODERATOR = "moderator", "Moderator"
    SENIOR = "senior", "Senior moderator"
    ADMIN = "admin", "Admin"

    @property
    def includes(self) -> list[str]:
        """This role and every role above it: who may do what this role may."""
        order = list(Role)
        return [role.value for role in order[order.index(self) :]]
