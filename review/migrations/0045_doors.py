"""Thresholds that scores were anchored at are kept: those of each source so far are its first."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

SO_FAR = """
INSERT INTO review_anchorversion (source_id, version, thresholds)
SELECT source_id, 1, anchors FROM review_clientsettings
"""


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0044_queues'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnchorVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('thresholds', models.JSONField(help_text="Action to the client's threshold for it.")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='anchor_versions', to='review.source')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'version'), name='one_anchors_a_version')],
            },
        ),
        migrations.RunSQL(SO_FAR, migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_anchorversion "
            "FOR EACH ROW EXECUTE FUNCTION moddog_append_only()",
            "DROP TRIGGER append_only ON review_anchorversion",
        ),
    ]
