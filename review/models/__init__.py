"""What moddog remembers, one file for each aggregate."""

from review.models.appeals import Appeal
from review.models.authors import AuthorOutcome, PendingAuthor, Strike
from review.models.calibration import CalibrationFigures, CalibrationSetting, ModelComparison
from review.models.calibrators import CalibratorActivation, CalibratorVersion, Refit
from review.models.cascades import Cascade
from review.models.cases import Case, CaseMember, Decision, Label, Skip
from review.models.clients import AnchorVersion, AnsweredCount, ClientError, ClientSettings, ScratchText, Suggestion
from review.models.erasure import ErasureRequest
from review.models.feeds import AuthorOutcomeFeed, Delivery, Endpoint, Event, OutcomeFeed, VerdictFeed
from review.models.files import IntakeFile, IntakePart
from review.models.margin_counts import MarginCount, MarginDelta
from review.models.messages import Lane, Message, Pending
from review.models.model_versions import ModelVersion, Rubric, RubricTrial
from review.models.notes import Mention, Note, Referral
from review.models.operations import Incident, LoadHour, OperationsSample, PageHour
from review.models.outcomes import Outcome
from review.models.people import OneTimeLink, SignInRules
from review.models.policies import Policy
from review.models.proposals import Proposal
from review.models.quality import Care, GoldItem, GoldShowing, QualityFigures, QualityRates, SecondOpinion
from review.models.queues import Queue
from review.models.records import AuditEntry, AuditSeal, Heartbeat, Simulator
from review.models.reports import Report, Reporter
from review.models.rerouting import HeldCase, Repricing, Rerouting
from review.models.risk_targets import Alarm, Certificate, CertificationAttempt, RiskTarget, Watch
from review.models.rules import Rule, RuleVersion
from review.models.saved_views import SavedView
from review.models.scores import Explanation, Score
from review.models.search import SearchEntry
from review.models.sources import Membership, SearchLanguage, Source
from review.models.tokens import ApiToken, Scope, digest_of_token
from review.models.transparency import CountedOutcomes, OutcomeCount
from review.models.triggers import Trigger, TriggerMatch, TriggerSet
from review.models.users import User
from review.models.vectors import CaseVector
from review.models.verdicts import Verdict
from review.models.vocabulary import COMPARED, Action, AuthorAction, Category, Reason, Role

__all__ = [
    "COMPARED",
    "Action",
    "Alarm",
    "AnchorVersion",
    "AnsweredCount",
    "ApiToken",
    "Appeal",
    "AuditEntry",
    "AuditSeal",
    "AuthorAction",
    "AuthorOutcome",
    "AuthorOutcomeFeed",
    "CalibrationFigures",
    "CalibrationSetting",
    "CalibratorActivation",
    "CalibratorVersion",
    "Care",
    "Cascade",
    "Case",
    "CaseMember",
    "CaseVector",
    "Category",
    "Certificate",
    "CertificationAttempt",
    "ClientError",
    "ClientSettings",
    "CountedOutcomes",
    "Decision",
    "Delivery",
    "Endpoint",
    "ErasureRequest",
    "Event",
    "Explanation",
    "GoldItem",
    "GoldShowing",
    "Heartbeat",
    "HeldCase",
    "Incident",
    "IntakeFile",
    "IntakePart",
    "Label",
    "Lane",
    "LoadHour",
    "MarginCount",
    "MarginDelta",
    "Membership",
    "Mention",
    "Message",
    "ModelComparison",
    "ModelVersion",
    "Note",
    "OneTimeLink",
    "OperationsSample",
    "Outcome",
    "OutcomeCount",
    "OutcomeFeed",
    "PageHour",
    "Pending",
    "PendingAuthor",
    "Policy",
    "Proposal",
    "QualityFigures",
    "QualityRates",
    "Queue",
    "Reason",
    "Referral",
    "Refit",
    "Report",
    "Reporter",
    "Repricing",
    "Rerouting",
    "RiskTarget",
    "Role",
    "Rubric",
    "RubricTrial",
    "Rule",
    "RuleVersion",
    "SavedView",
    "Scope",
    "Score",
    "ScratchText",
    "SearchEntry",
    "SearchLanguage",
    "SecondOpinion",
    "SignInRules",
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
