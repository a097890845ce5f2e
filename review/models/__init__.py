"""What moddog remembers, one file for each aggregate."""

from review.models.appeals import Appeal
from review.models.authors import AuthorOutcome, PendingAuthor, Strike
from review.models.calibration import CalibrationFigures, CalibrationSetting
from review.models.calibrators import CalibratorActivation, CalibratorVersion, Refit
from review.models.cases import Case, CaseMember, Decision, Label, Skip
from review.models.clients import AnsweredCount, ClientError, ClientSettings, ScratchText, Suggestion
from review.models.feeds import Delivery, Endpoint, Event, OutcomeFeed, VerdictFeed
from review.models.files import IntakeFile, IntakePart
from review.models.margin_counts import MarginCount, MarginDelta
from review.models.messages import Lane, Message, Pending
from review.models.model_versions import ModelVersion, Rubric
from review.models.outcomes import Outcome
from review.models.policies import Policy
from review.models.records import AuditEntry, Heartbeat, Simulator
from review.models.reports import Report, Reporter
from review.models.rerouting import HeldCase, Rerouting
from review.models.risk_targets import Alarm, Certificate, CertificationAttempt, RiskTarget, Watch
from review.models.rules import Rule, RuleVersion
from review.models.scores import Explanation, Score
from review.models.sources import ApiToken, Membership, Scope, Source, User, digest_of_token
from review.models.transparency import CountedOutcomes, OutcomeCount
from review.models.triggers import Trigger, TriggerMatch, TriggerSet
from review.models.verdicts import Verdict
from review.models.vocabulary import Action, AuthorAction, Category, Reason, Role

__all__ = [
    "Action",
    "Alarm",
    "AnsweredCount",
    "ApiToken",
    "Appeal",
    "AuditEntry",
    "AuthorAction",
    "AuthorOutcome",
    "CalibrationFigures",
    "CalibrationSetting",
    "CalibratorActivation",
    "CalibratorVersion",
    "Case",
    "CaseMember",
    "Category",
    "Certificate",
    "CertificationAttempt",
    "ClientError",
    "ClientSettings",
    "CountedOutcomes",
    "Decision",
    "Delivery",
    "Endpoint",
    "Event",
    "Explanation",
    "Heartbeat",
    "HeldCase",
    "IntakeFile",
    "IntakePart",
    "Label",
    "Lane",
    "MarginCount",
    "MarginDelta",
    "Membership",
    "Message",
    "ModelVersion",
    "Outcome",
    "OutcomeCount",
    "OutcomeFeed",
    "Pending",
    "PendingAuthor",
    "Policy",
    "Reason",
    "Refit",
    "Report",
    "Reporter",
    "Rerouting",
    "RiskTarget",
    "Role",
    "Rubric",
    "Rule",
    "RuleVersion",
    "Scope",
    "Score",
    "ScratchText",
    "Simulator",
    "Skip",
    "Source",
    "Strike",
    "Suggestion",
    "Trigger",
    "TriggerMatch",
    "TriggerSet",
    "User",
    "Verdict",
    "VerdictFeed",
    "Watch",
    "digest_of_token",
]
