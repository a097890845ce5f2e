"""An unchanged deployment goes on as it was after an upgrade: its model, its certificates, its watchdog's level."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from inference.scoring.identity import Identity
from review.models import Certificate, ModelVersion, Policy, Rubric
from review.registry.certificates import ladders_in_force
from review.registry.model_versions import register

WEIGHTS = "a" * 64


@pytest.fixture
def earlier(transactional_db):
    """The database as it was before the migration, and its models; afterwards it is as it should be."""
    graph = MigrationExecutor(connection).loader.graph
    migration = next(node for node in graph.nodes if node[1].endswith("_safety_loop"))
    before = [parent.key for parent in graph.node_map[migration].parents if parent.key[0] == "review"]
    executor = MigrationExecutor(connection)
    executor.migrate(before)
    yield executor.loader.project_state(before).apps
    upgrade()


def upgrade():
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def make_certified(apps):
    """A model that judges, and a certificate in force for it, as an earlier version stored them."""

    def make(kind, /, **fields):
        return apps.get_model("review", kind).objects.create(**fields)

    model = make("ModelVersion", name="nano", location="nano", weights_hash=WEIGHTS, is_active=True)
    rubric = make("Rubric", version=1, text="Be fair.", is_active=True)
    source = make("Source", slug="arcade", name="Arcade")
    target = make("RiskTarget", source=source, kind="wrong_removals", action="hide", risk=0.1)
    figures = {"messages": 9, "cohort": 9, "labels": 9, "errors": 0.0, "share": 0.1, "missing": 0, "margin": 2.0}
    attempt = make(
        "CertificationAttempt",
        **figures,
        target=target,
        model=model,
        rubric=rubric,
        number=1,
        delta=0.03,
        method="binomial",
        reason="",
    )
    certified = {"margin": 2.0, "model": WEIGHTS, "rubric": 1, "attempt": attempt.pk}
    hide = {"at": 0.9, "action": "hide", "supervised": True, "certified": certified}
    ladders = {"default": [{"at": 0.0, "action": "allow"}, hide]}
    make("Policy", source=source, version=1, ladders=ladders, audit_rate=0.1, default_actions={"default": "hide"})
    watched = {"outcomes": 1, "judged": 1, "wrong": 0.0, "value": 1.0, "level": 9.0, "per_week": 100.0}
    make("Watch", target=target, since=timezone.now(), **watched)
    make("Switch", name="explain_everything", is_on=True, since_score=7)


def test_nothing_that_is_in_force_is_lost(earlier):
    make_certified(earlier)
    upgrade()
    loaded = Identity(WEIGHTS, "float32", "form", "1")
    setup = register("nano", "nano", loaded, Rubric.objects.get(), None)
    assert (setup.model.precision, setup.model.explains_all_after) == ("float32", 7)
    rung = ladders_in_force(Policy.objects.get()).default.of("hide")
    assert rung.in_force(setup.key).margin == 2.0
    assert Certificate.objects.get().per_year == pytest.approx(5218)
    assert ModelVersion.objects.count() == 1
