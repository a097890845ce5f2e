"""The closed sets of words that rows may hold."""

from django.db import models
from django.utils.translation import gettext_lazy


class Category(models.TextChoices):
    """What a reviewer may rule. The model itself knows the first six."""

    BENIGN = "benign", gettext_lazy("Benign")
    TOXICITY = "toxicity", gettext_lazy("Toxicity")
    HARASSMENT = "harassment", gettext_lazy("Harassment")
    HATE_SPEECH = "hate_speech", gettext_lazy("Hate speech")
    SEXUAL_CONTENT = "sexual_content", gettext_lazy("Sexual content")
    VIOLENCE = "violence", gettext_lazy("Violence")
    SPAM = "spam", gettext_lazy("Spam")
    SELF_HARM = "self_harm", gettext_lazy("Self-harm")


class Action(models.TextChoices):
    """What happens to a message. `review` is a route only: it never becomes an outcome."""

    ALLOW = "allow", gettext_lazy("Allow")
    REVIEW = "review", gettext_lazy("Review")
    HIDE = "hide", gettext_lazy("Hide")
    REMOVE = "remove", gettext_lazy("Remove")

    @property
    def rank(self) -> int:
        """How much it restricts, from nothing on."""
        return list(Action).index(self)


class AuthorAction(models.TextChoices):
    """What happens to an author, from nothing to the harshest."""

    NONE = "none", gettext_lazy("Nothing")
    WARN = "warn", gettext_lazy("Warned")
    MUTE = "mute", gettext_lazy("Muted")
    BAN = "ban", gettext_lazy("Banned")

    @property
    def rank(self) -> int:
        return list(AuthorAction).index(self)


class Reason(models.TextChoices):
    """Why a case waits for people."""

    BORDERLINE = "borderline", gettext_lazy("Borderline")
    AUDIT = "audit", gettext_lazy("Audit")
    TRIGGER = "trigger", gettext_lazy("Trigger")
    REPORT = "report", gettext_lazy("Report")
    APPEAL = "appeal", gettext_lazy("Appeal")
    FAILURE = "failure", gettext_lazy("Failure")
    SECOND_OPINION = "second_opinion", gettext_lazy("Second opinion")
    IMPORT = "import", gettext_lazy("Imported")
    REVERSAL = "reversal", gettext_lazy("Reversal")
    ADJUDICATION = "adjudication", gettext_lazy("Adjudication")
    GOLD = "gold", gettext_lazy("Gold")


COMPARED = (Reason.SECOND_OPINION, Reason.GOLD)
"""Cases that are judged only to be compared with another decision: nothing is done to a message because of them."""


class Role(models.TextChoices):
    MODERATOR = "moderator", gettext_lazy("Moderator")
    SENIOR = "senior", gettext_lazy("Senior moderator")
    ADMIN = "admin", gettext_lazy("Admin")

    @property
    def includes(self) -> list[str]:
        """This role and every role above it: who may do what this role may."""
        order = list(Role)
        return [role.value for role in order[order.index(self) :]]
