"""Triggers and their versions, what they matched, and what copies need: decided cases by their text.

Triggers decide, so they are on record: a row may only be given the version in which it was removed.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


GUARDED = {"review_triggerset": ["created_by_id"], "review_trigger": ["removed_in_id"], "review_triggermatch": []}


def append_only(table, free):
    arguments = ", ".join(f"'{column}'" for column in free)
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION moddog_append_only({arguments})",
        f"DROP TRIGGER append_only ON {table}",
    )


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0020_feeds"),
    ]

    operations = [
        migrations.CreateModel(
            name='Trigger',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('phrase', 'Word or phrase'), ('pattern', 'Pattern'), ('link', 'Link to a domain')], max_length=8)),
                ('text', models.CharField(max_length=500)),
                ('category', models.CharField(choices=[('benign', 'Benign'), ('toxicity', 'Toxicity'), ('harassment', 'Harassment'), ('hate_speech', 'Hate speech'), ('sexual_content', 'Sexual content'), ('violence', 'Violence'), ('spam', 'Spam'), ('self_harm', 'Self-harm')], max_length=16)),
                ('effect', models.CharField(choices=[('allow', 'Allow'), ('review', 'Review'), ('hide', 'Hide'), ('remove', 'Remove')], help_text='`review` is: to people.', max_length=8)),
                ('mode', models.CharField(choices=[('on', 'On'), ('shadow', 'In shadow: counts its matches and does nothing'), ('off', 'Off')], default='on', max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name='TriggerMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='TriggerSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('added_count', models.PositiveIntegerField(default=0)),
                ('removed_count', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='case',
            name='one_open_case_a_text',
        ),
        migrations.AlterField(
            model_name='verdict',
            name='why',
            field=models.CharField(choices=[('rung', 'A rung of the ladder'), ('supervised', 'A rung that people supervise until it is certified'), ('uncalibrated', 'No calibrator for this model and rubric yet'), ('language', 'A script that the model was not trained on'), ('windows', 'Longer than the model reads at once, so its worst part has no calibrated probability'), ('trigger', 'A trigger of this community'), ('triggers_failed', 'The triggers could not be matched, so nothing is decided alone')], default='rung', max_length=16),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state', 'decided')), fields=['source', 'text_digest'], name='case_decided_by_text'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('reason__in', ['borderline', 'audit', 'trigger']), ('state', 'open')), fields=('source', 'text_digest', 'blind'), name='one_open_case_a_text'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='triggers', to='review.source'),
        ),
        migrations.AddField(
            model_name='verdict',
            name='trigger',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The one that chose the route.', null=True, on_delete=django.db.models.deletion.PROTECT, to='review.trigger'),
        ),
        migrations.AddField(
            model_name='triggermatch',
            name='message',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trigger_matches', to='review.message'),
        ),
        migrations.AddField(
            model_name='triggermatch',
            name='trigger',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='matches', to='review.trigger'),
        ),
        migrations.AddField(
            model_name='triggerset',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='triggerset',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trigger_sets', to='review.source'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='added_in',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='added', to='review.triggerset'),
        ),
        migrations.AddField(
            model_name='trigger',
            name='removed_in',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='removed', to='review.triggerset'),
        ),
        migrations.AddConstraint(
            model_name='triggermatch',
            constraint=models.UniqueConstraint(fields=('message', 'trigger'), name='one_match_a_message'),
        ),
        migrations.AddConstraint(
            model_name='triggerset',
            constraint=models.UniqueConstraint(fields=('source', 'version'), name='one_trigger_set_a_version'),
        ),
        migrations.AddIndex(
            model_name='trigger',
            index=models.Index(condition=models.Q(('removed_in', None)), fields=['source', '-id'], name='trigger_in_force'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_in', None)), fields=('source', 'kind', 'text'), name='one_trigger_a_text'),
        ),
        migrations.AddConstraint(
            model_name='trigger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', 'self_harm'), _negated=True), ('effect', 'review'), _connector='OR'), name='self_harm_goes_to_people'),
        ),
        *[append_only(table, free) for table, free in GUARDED.items()],
    ]
