"""Steps on authors in the feed of outcomes, and appeals against them.

A trigger writes the row of the feed with the step, as for outcomes on messages. The steps from before are published as
what comes next: no reader has met them.
"""

import django.db.models.deletion
from django.db import migrations, models

STEPS = """
CREATE FUNCTION moddog_feed_author_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_authoroutcomefeed (outcome_id, source_id) SELECT n.id, n.source_id FROM inserted n;
    RETURN NULL;
END $$;
CREATE TRIGGER feed_author_outcomes AFTER INSERT ON review_authoroutcome
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION moddog_feed_author_outcomes()
"""
OLD = """
INSERT INTO review_authoroutcomefeed (outcome_id, source_id) SELECT id, source_id FROM review_authoroutcome
"""


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0041_model_comparison'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuthorOutcomeFeed',
            fields=[
                ('outcome', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='feed', serialize=False, to='review.authoroutcome')),
                ('seq', models.BigIntegerField(null=True, unique=True)),
            ],
        ),
        migrations.AddField(
            model_name='appeal',
            name='author_outcome',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeal', to='review.authoroutcome'),
        ),
        migrations.AlterField(
            model_name='appeal',
            name='case',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeal', to='review.case'),
        ),
        migrations.AlterField(
            model_name='appeal',
            name='message',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='review.message'),
        ),
        migrations.AlterField(
            model_name='appeal',
            name='outcome',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='appeals', to='review.outcome'),
        ),
        migrations.AlterField(
            model_name='outcomecount',
            name='found',
            field=models.CharField(help_text='The reason of its case; `copy`, `model` or `trigger` where none was.', max_length=16),
        ),
        migrations.AddIndex(
            model_name='authoroutcome',
            index=models.Index(fields=['source', 'created_at'], name='author_outcome_by_age'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('author_outcome__isnull', True), ('case__isnull', False), ('message__isnull', False), ('outcome__isnull', False)), models.Q(('author_outcome__isnull', False), ('case__isnull', True), ('message__isnull', True), ('outcome__isnull', True)), _connector='OR'), name='an_appeal_is_about_a_message_or_an_author'),
        ),
        migrations.AddField(
            model_name='authoroutcomefeed',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='review.source'),
        ),
        migrations.AddIndex(
            model_name='authoroutcomefeed',
            index=models.Index(fields=['source', 'seq'], name='author_feed_of_source'),
        ),
        migrations.AddIndex(
            model_name='authoroutcomefeed',
            index=models.Index(condition=models.Q(('seq', None)), fields=['outcome'], name='author_feed_unpublished'),
        ),
        migrations.RunSQL(STEPS, "DROP FUNCTION moddog_feed_author_outcomes() CASCADE"),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
    ]
