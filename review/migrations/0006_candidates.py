"""Candidates: what they were fine-tuned from and on, and which one runs in shadow."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0005_scoring'),
    ]

    operations = [
        migrations.AddField(
            model_name='languagemodel',
            name='base',
            field=models.ForeignKey(blank=True, help_text='What it was fine-tuned from.', null=True, on_delete=django.db.models.deletion.PROTECT, to='review.languagemodel'),
        ),
        migrations.AddField(
            model_name='languagemodel',
            name='in_shadow',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='languagemodel',
            name='taught',
            field=models.ManyToManyField(help_text='What it was fine-tuned on: these labels say nothing of how well it judges.', related_name='+', to='review.label'),
        ),
        migrations.AddField(
            model_name='languagemodel',
            name='training',
            field=models.JSONField(default=dict, help_text='How it was fine-tuned, and what that came to.'),
        ),
        migrations.AddConstraint(
            model_name='languagemodel',
            constraint=models.UniqueConstraint(condition=models.Q(('in_shadow', True)), fields=('in_shadow',), name='one_shadow_model'),
        ),
        migrations.AddConstraint(
            model_name='languagemodel',
            constraint=models.CheckConstraint(condition=models.Q(('is_active', False), ('in_shadow', False), _connector='OR'), name='active_is_no_shadow'),
        ),
    ]
