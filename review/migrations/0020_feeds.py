"""Feeds, and webhooks out of an outbox.

Triggers write the row of a feed with what is fed, whoever writes that. What was there before is numbered in the order
of its ids, and told to nobody.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import review.models.feeds
from django.db import migrations, models

OUTCOMES = """
CREATE FUNCTION moddog_feed_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_outcomefeed (outcome_id, source_id, effective_at)
    SELECT n.id, m.source_id, n.effective_at FROM inserted n JOIN review_message m ON m.id = n.message_id
     WHERE n.withdrawn_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_outcomes AFTER INSERT ON review_outcome
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION moddog_feed_outcomes()
"""
VERDICTS = """
CREATE FUNCTION moddog_feed_verdicts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_verdictfeed (verdict_id, source_id)
    SELECT n.id, m.source_id FROM inserted n JOIN review_message m ON m.id = n.message_id;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_verdicts AFTER INSERT ON review_verdict
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION moddog_feed_verdicts()
"""
OLD = """
INSERT INTO review_outcomefeed (outcome_id, source_id, effective_at, seq)
SELECT o.id, m.source_id, o.effective_at,
       CASE WHEN o.effective_at <= now() THEN row_number() OVER (ORDER BY o.effective_at > now(), o.id) END
  FROM review_outcome o JOIN review_message m ON m.id = o.message_id WHERE o.withdrawn_at IS NULL;
INSERT INTO review_verdictfeed (verdict_id, source_id, seq)
SELECT v.id, m.source_id, row_number() OVER (ORDER BY v.id)
  FROM review_verdict v JOIN review_message m ON m.id = v.message_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0019_plain_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('outcome.created', 'An outcome on a message'), ('outcome.reversed', 'An outcome that supersedes one already told'), ('author.outcome', 'An outcome on an author'), ('report.resolved', 'A report was answered'), ('appeal.resolved', 'An appeal was answered'), ('alarm', 'A promise was found broken'), ('test', 'A test, sent by hand')], max_length=20), size=None)),
                ('secret', models.CharField(default=review.models.feeds.new_secret, max_length=80)),
                ('previous_secret', models.CharField(blank=True, help_text='Signs too, until `previous_until`.', max_length=80)),
                ('previous_until', models.DateTimeField(blank=True, null=True)),
                ('allows_private', models.BooleanField(default=False, help_text='An instance admin let it be a private address. Another host starts anew.')),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveIntegerField(default=0, help_text='In a row, until now.')),
                ('open_until', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='endpoints', to='review.source')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, help_text='What the receiver sees.', unique=True)),
                ('event', models.CharField(choices=[('outcome.created', 'An outcome on a message'), ('outcome.reversed', 'An outcome that supersedes one already told'), ('author.outcome', 'An outcome on an author'), ('report.resolved', 'A report was answered'), ('appeal.resolved', 'An appeal was answered'), ('alarm', 'A promise was found broken'), ('test', 'A test, sent by hand')], max_length=20)),
                ('ids', models.JSONField(db_default={}, default=dict, help_text='Of what else the event is about.')),
                ('state', models.CharField(choices=[('waiting', 'Waits'), ('delivered', 'Delivered'), ('dead', 'Dead')], db_default='waiting', default='waiting', max_length=10)),
                ('attempts', models.PositiveIntegerField(db_default=0, default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField(help_text='Dead from then on, if it was not delivered.')),
                ('token', models.UUIDField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, db_default='', max_length=200)),
                ('message', models.ForeignKey(null=True, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='review.message')),
                ('outcome', models.ForeignKey(null=True, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='review.outcome')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='review.endpoint')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['endpoint', 'due_at', 'id'], name='delivery_due'), models.Index(condition=models.Q(('state', 'waiting')), fields=['endpoint', 'message', 'id'], name='delivery_in_order'), models.Index(condition=models.Q(('state', 'dead')), fields=['endpoint', '-id'], name='delivery_dead'), models.Index(condition=models.Q(('state__in', ['delivered', 'dead'])), fields=['ended_at'], name='delivery_ended'), models.Index(condition=models.Q(('state', 'waiting')), fields=['expires_at'], name='delivery_expires')],
            },
        ),
        migrations.CreateModel(
            name='OutcomeFeed',
            fields=[
                ('outcome', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='feed', serialize=False, to='review.outcome')),
                ('effective_at', models.DateTimeField()),
                ('seq', models.BigIntegerField(null=True, unique=True)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'seq'], name='outcome_feed_of_source'), models.Index(condition=models.Q(('seq', None)), fields=['effective_at', 'outcome'], name='outcome_feed_unpublished')],
            },
        ),
        migrations.CreateModel(
            name='VerdictFeed',
            fields=[
                ('verdict', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='feed', serialize=False, to='review.verdict')),
                ('seq', models.BigIntegerField(null=True, unique=True)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'seq'], name='verdict_feed_of_source'), models.Index(condition=models.Q(('seq', None)), fields=['verdict'], name='verdict_feed_unpublished')],
            },
        ),
        migrations.RunSQL(OUTCOMES, "DROP FUNCTION moddog_feed_outcomes() CASCADE"),
        migrations.RunSQL(VERDICTS, "DROP FUNCTION moddog_feed_verdicts() CASCADE"),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
    ]
