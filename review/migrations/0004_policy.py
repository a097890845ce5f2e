"""Goals, looks at them, their watchdog, and margins counted in bins."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


# Every verdict until now was drawn at its policy's one rate.
RATES = """
SET LOCAL moddog.purge = 'on';
UPDATE review_verdict v SET rate = p.audit_rate FROM review_policy p WHERE p.id = v.policy_id;
SET LOCAL moddog.purge = 'off';
"""
COUNTS = """
INSERT INTO review_margincount (source_id, model_id, rubric_id, category, day, bin, count)
SELECT m.source_id, s.model_id, s.rubric_id,
       CASE WHEN v.why = 'language' THEN '' ELSE
         (ARRAY['toxicity', 'harassment', 'hate_speech', 'sexual_content', 'violence'])[array_position(
           s.category_log_probs, (SELECT max(each) FROM unnest(s.category_log_probs) AS each))] END,
       (m.received_at AT TIME ZONE 'UTC')::date, greatest(-640, least(639, floor(s.margin * 32))), count(*)
  FROM review_score s
  JOIN review_message m ON m.id = s.message_id
  JOIN LATERAL (SELECT why FROM review_verdict WHERE score_id = s.id ORDER BY id LIMIT 1) v ON true
 GROUP BY 1, 2, 3, 4, 5, 6
"""
APPEND_ONLY = {
    "review_goal": ["applies_itself", "steps_back", "asked_by_id", "asked_at", "created_by_id", "ended_by_id", "ended_at"],
    "review_derivation": ["asked_by_id"],
    "review_alarm": ["answered_by_id", "answered_at"],
}


def trigger(table, free):
    arguments = ", ".join(f"'{column}'" for column in free)
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION moddog_append_only({arguments})",
        f"DROP TRIGGER append_only ON {table}",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0003_calibration'),
    ]

    operations = [
        migrations.CreateModel(
            name='Goal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('wrong_removals', 'Benign among what is acted on'), ('false_positives_per_benign', 'Benign messages that are acted on'), ('misses_per_allowed', 'Violations among what is allowed'), ('violations_allowed', 'Violations that are allowed')], max_length=32)),
                ('action', models.CharField(choices=[('allow', 'Allow'), ('review', 'Review'), ('hide', 'Hide'), ('remove', 'Remove')], help_text='The rung whose margin is derived.', max_length=8)),
                ('category', models.CharField(blank=True, choices=[('benign', 'Benign'), ('toxicity', 'Toxicity'), ('harassment', 'Harassment'), ('hate_speech', 'Hate speech'), ('sexual_content', 'Sexual content'), ('violence', 'Violence'), ('spam', 'Spam'), ('self_harm', 'Self-harm')], help_text='Empty: the common ladder.', max_length=16)),
                ('risk', models.FloatField(help_text='The share in (0, 1) to stay at or below.')),
                ('delta', models.FloatField(default=0.05, help_text='The chance that the promise is broken all the same.')),
                ('weeks', models.PositiveSmallIntegerField(default=8, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(104)])),
                ('applies_itself', models.BooleanField(default=False, help_text='A margin that certifies is put in force at once.')),
                ('steps_back', models.BooleanField(default=True, help_text='An alarm puts the rung under supervision at once.')),
                ('asked_at', models.DateTimeField(blank=True, help_text='Somebody wants a look now; empty once it is done.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='goals', to='review.source')),
            ],
        ),
        migrations.AddField(
            model_name='verdict',
            name='rate',
            field=models.FloatField(null=True, help_text='The share of messages like this one that is drawn into the cohort.'),
        ),
        migrations.RunSQL(RATES, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='verdict',
            name='rate',
            field=models.FloatField(help_text='The share of messages like this one that is drawn into the cohort.'),
        ),
        migrations.AlterField(
            model_name='policy',
            name='audit_rate',
            field=models.FloatField(help_text='Share drawn into the cohort where a rung names none of its own.'),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='why',
            field=models.CharField(choices=[('rung', 'A rung of the ladder'), ('supervised', 'A rung that people supervise until it is certified'), ('uncalibrated', 'No calibrator for this model and rubric yet'), ('language', 'A script that the model was not trained on')], default='rung', max_length=16),
        ),
        migrations.CreateModel(
            name='Derivation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('look', models.PositiveIntegerField(help_text='0 where too few labels were there to look at any.')),
                ('delta', models.FloatField(help_text='What this look spends: 6 delta / (pi^2 look^2).')),
                ('margin', models.FloatField(help_text='What certifies; empty where nothing does.', null=True)),
                ('messages', models.PositiveIntegerField(help_text='Distinct texts that it looked at, one for a text and a day.')),
                ('cohort', models.PositiveIntegerField(help_text='How many of them, drawn into the cohort, it could use.')),
                ('labels', models.PositiveIntegerField(help_text='Cohort labels beyond the margin, or where the look began.')),
                ('errors', models.FloatField()),
                ('bound', models.FloatField(help_text='Upper bound of the risk there.', null=True)),
                ('share', models.FloatField(help_text='Share of the messages beyond the margin.')),
                ('method', models.CharField(max_length=16)),
                ('check_bound', models.FloatField(help_text='The thinned, exact binomial bound that checks it.', null=True)),
                ('missing', models.PositiveIntegerField(help_text='Cohort labels that are missing where nothing certifies.')),
                ('reason', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='review.languagemodel')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='review.rubric')),
                ('goal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='derivations', to='review.goal')),
            ],
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('goal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='watch', serialize=False, to='review.goal')),
                ('since', models.DateTimeField(help_text='When the certificate that it watches came in force.')),
                ('outcomes', models.PositiveIntegerField()),
                ('judged', models.PositiveIntegerField(help_text='Of them, how many people have judged blind.')),
                ('wrong', models.FloatField()),
                ('value', models.FloatField()),
                ('level', models.FloatField(help_text='At this value it raises an alarm: 20 times the outcomes of a year.')),
                ('delays', models.JSONField(default=dict, help_text='Times the risk, to outcomes until an alarm: median and 90 %.')),
                ('per_week', models.FloatField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcomes', models.PositiveIntegerField(help_text='Automatic outcomes from the certificate until the alarm.')),
                ('judged', models.PositiveIntegerField()),
                ('wrong', models.FloatField()),
                ('value', models.FloatField()),
                ('level', models.FloatField()),
                ('stepped_back', models.BooleanField(help_text='moddog put the rung under supervision by itself.')),
                ('raised_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('derivation', models.ForeignKey(help_text='The certificate that was in force.', on_delete=django.db.models.deletion.PROTECT, to='review.derivation')),
                ('goal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='review.goal')),
            ],
        ),
        migrations.CreateModel(
            name='MarginCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(blank=True, choices=[('benign', 'Benign'), ('toxicity', 'Toxicity'), ('harassment', 'Harassment'), ('hate_speech', 'Hate speech'), ('sexual_content', 'Sexual content'), ('violence', 'Violence'), ('spam', 'Spam'), ('self_harm', 'Self-harm')], max_length=16)),
                ('day', models.DateField()),
                ('bin', models.SmallIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.languagemodel')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.rubric')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
        ),
        migrations.CreateModel(
            name='MarginDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(blank=True, choices=[('benign', 'Benign'), ('toxicity', 'Toxicity'), ('harassment', 'Harassment'), ('hate_speech', 'Hate speech'), ('sexual_content', 'Sexual content'), ('violence', 'Violence'), ('spam', 'Spam'), ('self_harm', 'Self-harm')], max_length=16)),
                ('day', models.DateField()),
                ('bin', models.SmallIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.languagemodel')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.rubric')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
        ),
        migrations.AddConstraint(
            model_name='goal',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('source', 'action', 'category'), name='one_standing_goal_a_rung'),
        ),
        migrations.AddConstraint(
            model_name='goal',
            constraint=models.CheckConstraint(condition=models.Q(('risk__gt', 0), ('risk__lt', 1)), name='goal_risk_in_unit_interval'),
        ),
        migrations.AddConstraint(
            model_name='goal',
            constraint=models.CheckConstraint(condition=models.Q(('delta__gt', 0), ('delta__lt', 1)), name='goal_delta_in_unit_interval'),
        ),
        migrations.AddConstraint(
            model_name='goal',
            constraint=models.CheckConstraint(condition=models.Q(('action', 'review'), _negated=True), name='people_have_no_goal'),
        ),
        migrations.AddConstraint(
            model_name='derivation',
            constraint=models.UniqueConstraint(condition=models.Q(('look__gt', 0)), fields=('goal', 'look'), name='one_derivation_a_look'),
        ),
        migrations.AddConstraint(
            model_name='alarm',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('goal',), name='one_standing_alarm_a_goal'),
        ),
        migrations.AddConstraint(
            model_name='margincount',
            constraint=models.UniqueConstraint(fields=('source', 'model', 'rubric', 'day', 'category', 'bin'), name='one_count_a_bin'),
        ),
        migrations.AddIndex(
            model_name='margindelta',
            index=models.Index(fields=['source', 'model', 'rubric'], name='margin_delta_of_source'),
        ),
        migrations.RunSQL(COUNTS, migrations.RunSQL.noop),
        *[trigger(table, free) for table, free in APPEND_ONLY.items()],
    ]
