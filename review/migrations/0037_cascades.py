"""A cascade is a version made of two, and a score says which of the two spoke."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

trigger = import_module("review.migrations.0002_append_only").trigger


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0036_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='score',
            name='deferred',
            field=models.BooleanField(db_default=False, help_text='Of a cascade: the first model left it to the second, and this is what that said.'),
        ),
        migrations.CreateModel(
            name='Cascade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('low', models.FloatField(help_text='From this margin of the first on, up to `high`, the second speaks.')),
                ('high', models.FloatField()),
                ('slope', models.FloatField(help_text="slope * the second's margin + offset lies on the first's scale.")),
                ('offset', models.FloatField()),
                ('labels', models.PositiveIntegerField(help_text='That slope and offset were fitted on; 0 where they were given.')),
                ('first', models.ForeignKey(help_text='It reads every message.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.modelversion')),
                ('model', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cascade', to='review.modelversion')),
                ('second', models.ForeignKey(help_text='It reads what is deferred.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='review.modelversion')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('low__lt', models.F('high'))), name='cascade_band_is_wide'), models.CheckConstraint(condition=models.Q(('slope__gt', 0)), name='cascade_keeps_order')],
            },
        ),
        trigger("review_cascade", []),
    ]
