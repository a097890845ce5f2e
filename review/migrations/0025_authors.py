"""Strikes, and what is done to authors.

A trigger notes with each outcome what it means for its author, whoever writes it. An outcome that restricts nothing
changes a record all the same where it supersedes one that does. Outcomes from before count as strikes, and bring
nothing about by themselves.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

STRIKES = """
CREATE FUNCTION moddog_note_strikes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_strike (source_id, author, outcome_id)
    SELECT m.source_id, m.author, n.id FROM inserted n JOIN review_message m ON m.id = n.message_id
     WHERE n.action IN ('hide', 'remove') AND m.author <> '';
    INSERT INTO review_pendingauthor (source_id, author, due_at)
    SELECT DISTINCT m.source_id, m.author, n.effective_at FROM inserted n JOIN review_message m ON m.id = n.message_id
     WHERE (n.action IN ('hide', 'remove') OR n.seq > 1) AND m.author <> '';
    RETURN NULL;
END $$;
CREATE TRIGGER note_strikes AFTER INSERT ON review_outcome
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION moddog_note_strikes()
"""
OLD = """
INSERT INTO review_strike (source_id, author, outcome_id)
SELECT m.source_id, m.author, o.id FROM review_outcome o JOIN review_message m ON m.id = o.message_id
 WHERE o.action IN ('hide', 'remove') AND m.author <> ''
"""


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0024_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='rule',
            field=models.ForeignKey(blank=True, help_text='The one that it names.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='review.rule'),
        ),
        migrations.AddField(
            model_name='policy',
            name='strikes',
            field=models.JSONField(blank=True, db_default={}, default=dict, help_text='{"half_life": days, "weights": {action: ...}, "factors": {category: ...}, "steps": {step: ...}}'),
        ),
        migrations.CreateModel(
            name='AuthorOutcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author', models.CharField(blank=True, help_text='Empty once erased.', max_length=200)),
                ('seq', models.PositiveIntegerField()),
                ('action', models.CharField(choices=[('none', 'Nothing'), ('warn', 'Warned'), ('mute', 'Muted'), ('ban', 'Banned')], max_length=4)),
                ('strikes', models.FloatField()),
                ('why', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='review.policy')),
                ('reverses', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='review.authoroutcome')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='author_outcomes', to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', '-id'], name='author_outcome_lately')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('author', ''), _negated=True), fields=('source', 'author', 'seq'), name='one_author_outcome_a_step')],
            },
        ),
        migrations.CreateModel(
            name='PendingAuthor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author', models.CharField(max_length=200)),
                ('due_at', models.DateTimeField()),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='author_due')],
            },
        ),
        migrations.CreateModel(
            name='Strike',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author', models.CharField(blank=True, help_text='Empty once erased.', max_length=200)),
                ('outcome', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='strike', to='review.outcome')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='strikes', to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'author', '-id'], name='strike_by_author')],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_authoroutcome "
            "FOR EACH ROW EXECUTE FUNCTION moddog_append_only()",
            "DROP TRIGGER append_only ON review_authoroutcome",
        ),
        migrations.RunSQL(
            STRIKES, "DROP TRIGGER note_strikes ON review_outcome; DROP FUNCTION moddog_note_strikes()"
        ),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
    ]
