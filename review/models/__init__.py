"""What moddog remembers, one file for each aggregate."""

from review.models.cases import Case, CaseMember, Decision, Label, Skip
from review.models.judging import (
    Calibrator,
    CalibratorActivation,
    Explanation,
    LanguageModel,
    Refit,
    Rubric,
    Score,
    Verdict,
)
from review.models.messages import Lane, Message, Pending
from review.models.outcomes import Outcome
from review.models.policies import Policy
from review.models.records import AuditEntry, Heartbeat, Simulator, Switch
from review.models.sources import ApiToken, Membership, Scope, Source, User, digest_of_token
from review.models.vocabulary import Action, Category, Reason, Role

__all__ = [
    "Action",
    "ApiToken",
    "AuditEntry",
    "Calibrator",
    "CalibratorActivation",
    "Case",
    "CaseMember",
    "Category",
    "Decision",
    "Explanation",
    "Heartbeat",
    "Label",
    "Lane",
    "LanguageModel",
    "Membership",
    "Message",
    "Outcome",
    "Pending",
    "Policy",
    "Reason",
    "Refit",
    "Role",
    "Rubric",
    "Scope",
    "Score",
    "Simulator",
    "Skip",
    "Source",
    "Switch",
    "User",
    "Verdict",
    "digest_of_token",
]
