"""A trigger may stand for a rule of its source."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0025_authors'),
    ]

    operations = [
        migrations.AddField(
            model_name='trigger',
            name='rule',
            field=models.ForeignKey(blank=True, db_index=False, help_text='What its outcomes are by, as it reads then.', null=True, on_delete=django.db.models.deletion.PROTECT, to='review.rule'),
        ),
    ]
