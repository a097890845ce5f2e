"""Blind cases: nothing of the model's, nor why they came, shows until they are decided for good."""

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from review.models.cases import Case, Decision


def is_sealed(case: Case) -> bool:
    """Whether the model's part of `case` must stay hidden.

    A decision that can still be undone does not unseal: one could look, undo, and decide again.
    """
    if not case.blind or case.state == Case.State.OPEN:
        return case.blind
    return Case.objects.filter(sealed(), pk=case.pk).exists()


def sealed() -> Q:
    """Blind cases that wait for people, or whose decision is not in effect yet."""
    in_effect = Decision.objects.filter(case=OuterRef("pk"), undone_at=None, effective_at__lte=Now())
    awaiting = Q(state=Case.State.OPEN) | (Q(state=Case.State.DECIDED) & Q(~Exists(in_effect)))
    return Q(blind=True) & awaiting
