"""What moddog remembers, one file for each aggregate."""

from review.models.calibration import CalibrationFigures, CalibrationSetting
from review.models.cases import Case, CaseMember, Decision, Label, Skip
from review.models.clients import AnsweredCount, ClientError, ClientSettings, ScratchText, Suggestion
from review.models.goals import Alarm, Derivation, Goal, Watch
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
from review.models.margins import MarginCount, MarginDelta
from review.models.messages import Lane, Message, Pending
from review.models.outcomes import Outcome
from review.models.policies import Policy
from review.models.records import AuditEntry, Heartbeat, Simulator, Switch
from review.models.rerouting import HeldCase, Rerouting
from review.models.sources import ApiToken, Membership, Scope, Source, User, digest_of_token
from review.models.vocabulary import Action, Category, Reason, Role

__all__ = [
    "Action",
    "Alarm",
    "AnsweredCount",
    "ApiToken",
    "AuditEntry",
    "CalibrationFigures",
    "CalibrationSetting",
    "Calibrator",
    "CalibratorActivation",
    "Case",
    "CaseMember",
    "Category",
    "ClientError",
    "ClientSettings",
    "Decision",
    "Derivation",
    "Explanation",
    "Goal",
    "Heartbeat",
    "HeldCase",
    "Label",
    "Lane",
    "LanguageModel",
    "MarginCount",
    "MarginDelta",
    "Membership",
    "Message",
    "Outcome",
    "Pending",
    "Policy",
    "Reason",
    "Refit",
    "Rerouting",
    "Role",
    "Rubric",
    "Scope",
    "Score",
    "ScratchText",
    "Simulator",
    "Skip",
    "Source",
    "Suggestion",
    "Switch",
    "User",
    "Verdict",
    "Watch",
    "digest_of_token",
]
