"""Celery only wakes workers: what is to be done stands in the database, so a lost or doubled task harms nothing."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moddog_site.settings")

app = Celery("moddog")


def beat_entry(task: str, every: float, **options: Any) -> dict[str, Any]:
    """Send `task` every so many seconds; one that waited longer than that is dropped, its successor does the work."""
    return {"task": task, "schedule": every, "options": {"expires": every, **options}}


MODEL_TASKS = [
    f"review.judging.tasks.{task}" for task in ("classify_pending", "explain_cases", "score_in_shadow", "heartbeat")
]
"""What only a worker that holds the model can do."""

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Sweeps: what a lost nudge left behind is found here.
    "judge": beat_entry("review.judging.tasks.classify_pending", 10),
    "explain": beat_entry("review.judging.tasks.explain_cases", 20),
    "shadow": beat_entry("review.judging.tasks.score_in_shadow", 3),
    "heartbeat-inference": beat_entry("review.judging.tasks.heartbeat", 15),
    "heartbeat-default": beat_entry("review.insight.tasks.heartbeat", 15),
    "seal-audit": beat_entry("review.insight.tasks.seal_audit", 5),
    "sample-operations": beat_entry("review.insight.tasks.sample_operations", 60),
    "roll-up-load": beat_entry("review.insight.tasks.roll_up_load", 60),
    "look-for-incidents": beat_entry("review.insight.tasks.look_for_incidents", 60),
    "reroute": beat_entry("review.judging.tasks.reroute", 10),
    "reprice": beat_entry("review.judging.tasks.reprice", 10),
    "figures": beat_entry("review.calibration.tasks.count_figures", 15),
    "compare-models": beat_entry("review.candidates.tasks.compare_models", 15),
    "files": beat_entry("review.intake.tasks.take_in_files", 15),
    "sweep-outbox": beat_entry("review.enforcement.tasks.sweep_outbox", 60),
    "refit": beat_entry("review.calibration.tasks.refit_if_due", 60),
    "resolve-reports": beat_entry("review.enforcement.tasks.resolve_reports", 5),
    "resolve-appeals": beat_entry("review.enforcement.tasks.resolve_appeals", 5),
    "settle-authors": beat_entry("review.enforcement.tasks.settle_authors", 5),
    "count-outcomes": beat_entry("review.enforcement.tasks.count_outcomes", 60),
    "expire-proposals": beat_entry("review.desk.tasks.expire_proposals", 30),
    "follow-queues": beat_entry("review.desk.tasks.follow_queues", 10),
    "check-decisions": beat_entry("review.quality.tasks.check_decisions", 5),
    "count-agreement": beat_entry("review.quality.tasks.count_agreement", 300),
    "write-words": beat_entry("review.search.tasks.write_words", 5),
    "index-vectors": beat_entry("review.similar.tasks.index_vectors", 15),
    "drop-vectors": beat_entry("review.similar.tasks.drop_vectors", 300),
    "retention": beat_entry("review.erasure.tasks.carry_out_retention", 300),
    "erase-authors": beat_entry("review.erasure.tasks.carry_out_requests", 30),
    "sweep-scratch": beat_entry("review.intake.tasks.sweep_scratch", 30),
    "sum-up-answered": beat_entry("review.intake.tasks.sum_up_answered", 300),
    "roll-up-margins": beat_entry("review.policy.tasks.roll_up_margins", 60),
    "certify": beat_entry("review.policy.tasks.attempt_certifications", 300),
    "watch": beat_entry("review.policy.tasks.check_risk_targets", 600),
    "chatter": beat_entry("review.demo.tasks.chatter", 20),
}

app.conf.update(
    broker_url=settings.REDIS.kombu,
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "global_keyprefix": "moddog:",
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_publish_retry=False,
    task_ignore_result=True,
    task_default_queue="default",
    task_routes={task: {"queue": "inference"} for task in MODEL_TASKS},
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    timezone="UTC",
    beat_schedule=BEAT_SCHEDULE,
)
app.autodiscover_tasks(
    [
        f"review.{part}"
        for part in (
            "intake",
            "judging",
            "policy",
            "desk",
            "calibration",
            "candidates",
            "enforcement",
            "search",
            "similar",
            "erasure",
            "insight",
            "quality",
            "demo",
        )
    ]
)
