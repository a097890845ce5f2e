"""Tables filled as a busy community would have them, by the database itself."""

from typing import Any

SOURCES = 4
IDENTITY = {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000}
EMPTY = "TRUNCATE review_source, review_modelversion, review_rubric, review_user, review_auditentry CASCADE"

# A few authors write much of it; half the messages are in threads. Every tenth of a thread's lines is a case's.
MESSAGES = """
INSERT INTO review_message (source_id, external_id, author, channel, thread, text, text_digest, draw, sent_at,
                            received_at, context, metadata)
SELECT %(first_source)s + i %% %(sources)s, 'm' || i, 'author-' || floor(power(random(), 3) * (20 + %(messages)s / 40)),
       'channel-' || i %% 31, CASE WHEN i %% 2 = 0 THEN 'thread-' || i / 12 ELSE '' END,
       'line ' || i || ' of a conversation that goes on about nothing in particular, as they do',
       decode(md5(i::text), 'hex'), random(), now() - (%(messages)s - i) * interval '1 second' * %(gap)s,
       now() - (%(messages)s - i) * interval '1 second' * %(gap)s, '[]', '{}'
  FROM generate_series(1, %(messages)s) AS i
"""
SCORES = """
INSERT INTO review_score (message_id, model_id, rubric_id, margin, category_log_probs, tokens, windows, worst_window,
                          created_at)
SELECT id, %(model)s, %(rubric)s, ln((draw + 0.01) / (1.02 - draw)), '{-1,-1.2,-2,-3,-2.5}', 40, 1, 0, sent_at
  FROM review_message
"""
VERDICTS = """
INSERT INTO review_verdict (message_id, score_id, calibrator_id, policy_id, probability, flag, category, categories,
                            route, why, rate, created_at)
SELECT s.message_id, s.id, %(calibrator)s, p.id, m.draw, m.draw >= 0.5,
       CASE WHEN m.draw >= 0.5 THEN 'toxicity' ELSE 'benign' END,
       jsonb_build_object('benign', 1 - m.draw, 'toxicity', m.draw * 0.5, 'harassment', m.draw * 0.3,
                          'hate_speech', m.draw * 0.1, 'sexual_content', m.draw * 0.05, 'violence', m.draw * 0.05),
       CASE WHEN s.id %% %(every)s = 0 THEN 'review' ELSE 'allow' END, 'rung', 0.05, m.sent_at
  FROM review_score s JOIN review_message m ON m.id = s.message_id JOIN review_policy p ON p.source_id = m.source_id
"""
CASES = """
INSERT INTO review_case (source_id, reason, state, blind, verdict_id, margin, text_digest, priority, opened_at)
SELECT m.source_id, CASE WHEN v.id %% 5 = 0 THEN 'audit' ELSE 'borderline' END, 'open', v.id %% 5 = 0, v.id,
       CASE WHEN v.id %% 5 = 0 THEN NULL ELSE s.margin END, m.text_digest, random(), m.sent_at
  FROM review_verdict v JOIN review_message m ON m.id = v.message_id JOIN review_score s ON s.id = v.score_id
 WHERE v.route = 'review'
"""
MEMBERS = """
INSERT INTO review_casemember (case_id, message_id, added_at)
SELECT c.id, v.message_id, c.opened_at FROM review_case c JOIN review_verdict v ON v.id = c.verdict_id
"""
EXPLANATIONS = """
INSERT INTO review_explanation (score_id, raw, reason, emitted_confidence, malformed, created_at)
SELECT score_id, '{"flag": true}', 'Mocks a team-mate.', 0.95, false, now() FROM review_verdict WHERE route = 'review'
"""
OUTCOMES = """
INSERT INTO review_outcome (message_id, seq, action, why, verdict_id, created_at, effective_at)
SELECT message_id, 1, CASE WHEN id %% 50 = 0 THEN 'hide' ELSE 'allow' END, 'rung', id, created_at, created_at
  FROM review_verdict WHERE route <> 'review'
"""


# Every blind case decided: what a cohort of that size says.
DECISIONS = """
INSERT INTO review_decision (case_id, by_id, category, action, note, note_to_author, created_at, effective_at)
SELECT c.id, %(person)s, CASE WHEN random() < v.probability THEN 'toxicity' ELSE 'benign' END, 'allow', '', '',
       now(), now()
  FROM review_case c JOIN review_verdict v ON v.id = c.verdict_id WHERE c.blind
"""
LABELS = """
INSERT INTO review_label (decision_id, source_id, message_id, violation, category, blind, cohort_rate, created_at)
SELECT d.id, c.source_id, v.message_id, d.category <> 'benign', d.category, true, 0.05, now()
  FROM review_decision d JOIN review_case c ON c.id = d.case_id JOIN review_verdict v ON v.id = c.verdict_id
"""
DECIDED = "UPDATE review_case SET state = 'decided', decided_at = now() WHERE blind"


def fill(messages: int, open_cases: int, sources: int = SOURCES, gap: float = 20.0) -> Any:
    """Empty the tables, and fill them anew, a message every `gap` seconds.

    A moderator of all sources, who sees them through a membership.
    """
    from django.db import connection

    from review.models import (
        CalibratorActivation,
        CalibratorVersion,
        Membership,
        ModelVersion,
        Policy,
        Role,
        Rubric,
        Source,
        User,
    )
    from review.registry.policy_versions import first_policy

    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
    made = [Source.objects.create(slug=f"source-{n}", name=f"Source {n}") for n in range(sources)]
    for source in made:
        first_policy(source)
    model = ModelVersion.objects.create(
        name="nano", location="nano", weights_hash="a" * 64, fingerprint="a" * 64, is_active=True
    )
    rubric = Rubric.objects.create(version=1, text="Be fair. " * 300, is_active=True)
    calibrator = CalibratorVersion.objects.create(
        model=model, rubric=rubric, version=1, kind="platt", parameters=IDENTITY
    )
    CalibratorActivation.objects.create(calibrator=calibrator, why="for a benchmark")
    assert Policy.objects.count() == sources
    values = {
        "first_source": made[0].pk,
        "sources": sources,
        "gap": gap,
        "messages": messages,
        "every": messages // open_cases,
        "model": model.pk,
        "rubric": rubric.pk,
        "calibrator": calibrator.pk,
    }
    with connection.cursor() as cursor:
        for statement in (MESSAGES, SCORES, VERDICTS, CASES, MEMBERS, EXPLANATIONS, OUTCOMES):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")  # else the samples share the disk with what the filling left to be written
    person = User.objects.create_user("moderator")
    Membership.objects.create(user=person, source=None, role=Role.MODERATOR)
    return person


def rule(person: Any) -> None:
    """Have `person` rule on every blind case."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in (DECISIONS, LABELS, DECIDED):
            cursor.execute(statement, {"person": person.pk})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
