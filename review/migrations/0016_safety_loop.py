"""What keeps the safety loop closed: when a target was watched, what its watchdog was given, what a model version is.

Nothing that is in force is lost: a stored model keeps its weights' hash as its fingerprint, by which ladders name it,
and the parts that were not stored are filled in by the worker that loads the same weights next. Targets count as
watched at the time of the migration, and certificates in force keep the level that their watchdog had.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

WEEKS = 52.18
SET_BEFORE = "applies_itself", "steps_back", "asked_by_id", "asked_at", "created_by_id", "ended_by_id", "ended_at"
SET_NOW = *SET_BEFORE, "watched_at", "failed_at", "failure"
EXPLAINS_ALL = """
UPDATE review_modelversion SET explains_all_after = s.since_score FROM review_switch s
 WHERE s.name = 'explain_everything' AND s.is_on AND is_active
"""


def may_change(columns):
    """SQL that lets these columns of a risk target be written, and no other."""
    arguments = ", ".join(f"'{column}'" for column in columns)
    return (
        "DROP TRIGGER append_only ON review_risktarget; "
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_risktarget "
        f"FOR EACH ROW EXECUTE FUNCTION moddog_append_only({arguments})"
    )


def keep_levels(apps, schema_editor):
    Policy, Attempt, Watch, Certificate = (
        apps.get_model("review", name) for name in ("Policy", "CertificationAttempt", "Watch", "Certificate")
    )
    for policy in Policy.objects.order_by("source", "-version").distinct("source"):
        rungs = [rung for ladder in policy.ladders.values() for rung in ladder if rung.get("certified")]
        for attempt in Attempt.objects.filter(pk__in=[rung["certified"]["attempt"] for rung in rungs]):
            if watch := Watch.objects.filter(target=attempt.target_id).first():
                values = {"per_year": max(watch.per_week, 1.0) * WEEKS, "created_at": watch.since}
                Certificate.objects.get_or_create(attempt=attempt, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("review", "0015_drop_in_clients")]
    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="explains_all_after",
            field=models.BigIntegerField(
                blank=True,
                help_text="It explains every score after this one; empty: those that people read.",
                null=True,
            ),
        ),
        migrations.RunSQL(EXPLAINS_ALL, migrations.RunSQL.noop),
        migrations.DeleteModel(name="Switch"),
        migrations.AddField(
            model_name="modelversion",
            name="fingerprint",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.RunSQL("UPDATE review_modelversion SET fingerprint = weights_hash", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="modelversion",
            name="fingerprint",
            field=models.CharField(
                help_text="Of all that moves a margin: what calibrators and certificates belong to.",
                max_length=64,
                unique=True,
            ),
        ),
        migrations.AlterField(
            model_name="modelversion", name="weights_hash", field=models.CharField(max_length=64)
        ),
        migrations.AddField(
            model_name="modelversion",
            name="normaliser",
            field=models.CharField(blank=True, db_default="", help_text="Version of the normaliser.", max_length=20),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="precision",
            field=models.CharField(blank=True, db_default="", help_text="Of the weights, as loaded.", max_length=20),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="prompt_form",
            field=models.CharField(blank=True, db_default="", help_text="How it is asked and answers.", max_length=64),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="location",
            field=models.CharField(help_text="Folder that the workers load, or hub id@commit.", max_length=500),
        ),
        migrations.AddField(
            model_name="rerouting",
            name="failed_at",
            field=models.DateTimeField(blank=True, help_text="When a step of it last failed.", null=True),
        ),
        migrations.AddField(
            model_name="risktarget",
            name="failed_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when its checks fail; empty: they do not.", null=True
            ),
        ),
        migrations.AddField(
            model_name="risktarget",
            name="failure",
            field=models.CharField(
                blank=True, db_default="", help_text="Which check, and with what.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="risktarget",
            name="watched_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the watchdog last went over it, or its certificate came in force.",
                null=True,
            ),
        ),
        migrations.RunSQL(may_change(SET_NOW), may_change(SET_BEFORE)),
        migrations.RunSQL(
            "UPDATE review_risktarget SET watched_at = statement_timestamp() WHERE ended_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="watch",
            name="level",
            field=models.FloatField(
                help_text="At this value it raises an alarm: 20 times the certificate's outcomes of a year."
            ),
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="certificate",
                        serialize=False,
                        to="review.certificationattempt",
                    ),
                ),
                (
                    "per_year",
                    models.FloatField(
                        help_text="Outcomes of a year beyond the margin, or cohort draws, as they were then."
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), help_text="When it first came in force."
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("per_year__gt", 0)), name="some_outcomes_a_year"
            ),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_certificate "
            "FOR EACH ROW EXECUTE FUNCTION moddog_append_only()",
            "DROP TRIGGER append_only ON review_certificate",
        ),
        migrations.RunPython(keep_levels, migrations.RunPython.noop),
    ]
