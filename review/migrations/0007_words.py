"""Names of the field: model and calibrator versions, risk targets, certification attempts, default actions."""

import django.db.models.deletion
from django.db import migrations, models

RENAME_CERTIFICATES = """
ALTER TABLE review_policy DISABLE TRIGGER append_only;
UPDATE review_policy SET ladders = replace(ladders::text, '"{old}":', '"{new}":')::jsonb
 WHERE ladders::text LIKE '%"{old}":%';
ALTER TABLE review_policy ENABLE TRIGGER append_only;
"""


TARGETS = {
    "languagemodel": "modelversion",
    "calibrator": "calibratorversion",
    "goal": "risktarget",
    "derivation": "certificationattempt",
}
VERBS = {
    "set goal": "set risk target",
    "changed goal": "changed risk target",
    "ended goal": "ended risk target",
    "looked at goal": "attempted certification",
    "asked for a look": "asked for certification",
}


def rename_in_audit(column: str, old: str, new: str) -> migrations.RunSQL:
    """What the audit log calls a thing follows, so that one name finds all that was done to it."""
    update = f"UPDATE review_auditentry SET {column} = '%s' WHERE {column} = '%s'"
    return migrations.RunSQL(update % (new, old), update % (old, new))


def rename_in_ladders(old: str, new: str) -> str:
    """SQL that renames a key of the certificates within stored ladders; no action or category bears such a name."""
    return RENAME_CERTIFICATES.format(old=old, new=new)


class Migration(migrations.Migration):
    dependencies = [("review", "0006_candidates")]
    operations = [
        migrations.RunSQL(rename_in_ladders("derivation", "attempt"), rename_in_ladders("attempt", "derivation")),
        *[rename_in_audit("target", old, new) for old, new in TARGETS.items()],
        *[rename_in_audit("verb", old, new) for old, new in VERBS.items()],
        migrations.RemoveConstraint("alarm", "one_standing_alarm_a_goal"),
        migrations.RemoveConstraint("derivation", "one_derivation_a_look"),
        migrations.RemoveConstraint("goal", "one_standing_goal_a_rung"),
        migrations.RemoveConstraint("goal", "goal_risk_in_unit_interval"),
        migrations.RemoveConstraint("goal", "goal_delta_in_unit_interval"),
        migrations.RemoveConstraint("goal", "people_have_no_goal"),
        migrations.RenameModel("LanguageModel", "ModelVersion"),
        migrations.RenameModel("Calibrator", "CalibratorVersion"),
        migrations.RenameModel("Goal", "RiskTarget"),
        migrations.RenameModel("Derivation", "CertificationAttempt"),
        migrations.RenameField("certificationattempt", "goal", "target"),
        migrations.RenameField("certificationattempt", "look", "number"),
        migrations.RenameField("watch", "goal", "target"),
        migrations.RenameField("alarm", "goal", "target"),
        migrations.RenameField("alarm", "derivation", "attempt"),
        migrations.RenameField("policy", "rulings", "default_actions"),
        migrations.AlterField(
            model_name='certificationattempt',
            name='delta',
            field=models.FloatField(help_text='What this attempt spends: 6 delta / (pi^2 number^2).'),
        ),
        migrations.AlterField(
            model_name='certificationattempt',
            name='labels',
            field=models.PositiveIntegerField(help_text='Cohort labels beyond the margin, or where the search began.'),
        ),
        migrations.AlterField(
            model_name='certificationattempt',
            name='messages',
            field=models.PositiveIntegerField(help_text='Distinct texts that it went through, one for a text and a day.'),
        ),
        migrations.AlterField(
            model_name='certificationattempt',
            name='number',
            field=models.PositiveIntegerField(help_text='0 where too few labels were there to certify anything.'),
        ),
        migrations.AlterField(
            model_name='certificationattempt',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='review.risktarget'),
        ),
        migrations.AlterField(
            model_name='policy',
            name='default_actions',
            field=models.JSONField(help_text='{"default" or category: the action of a decision}'),
        ),
        migrations.AlterField(
            model_name='risktarget',
            name='action',
            field=models.CharField(choices=[('allow', 'Allow'), ('review', 'Review'), ('hide', 'Hide'), ('remove', 'Remove')], help_text='The rung whose margin is certified.', max_length=8),
        ),
        migrations.AlterField(
            model_name='risktarget',
            name='asked_at',
            field=models.DateTimeField(blank=True, help_text='Somebody wants an attempt now; empty once it is done.', null=True),
        ),
        migrations.AlterField(
            model_name='risktarget',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='review.source'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('target',), name='one_unanswered_alarm_a_target'),
        ),
        migrations.AddConstraint(
            model_name='certificationattempt',
            constraint=models.UniqueConstraint(condition=models.Q(('number__gt', 0)), fields=('target', 'number'), name='one_attempt_a_number'),
        ),
        migrations.AddConstraint(
            model_name='risktarget',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('source', 'action', 'category'), name='one_active_target_a_rung'),
        ),
        migrations.AddConstraint(
            model_name='risktarget',
            constraint=models.CheckConstraint(condition=models.Q(('risk__gt', 0), ('risk__lt', 1)), name='target_risk_in_unit_interval'),
        ),
        migrations.AddConstraint(
            model_name='risktarget',
            constraint=models.CheckConstraint(condition=models.Q(('delta__gt', 0), ('delta__lt', 1)), name='target_delta_in_unit_interval'),
        ),
        migrations.AddConstraint(
            model_name='risktarget',
            constraint=models.CheckConstraint(condition=models.Q(('action', 'review'), _negated=True), name='people_have_no_target'),
        ),
    ]
