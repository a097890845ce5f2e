import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0012_declared_labels"),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='messages_a_minute',
            field=models.PositiveIntegerField(blank=True, help_text='Messages that it may send a minute; empty: any number.', null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='text_a_minute',
            field=models.PositiveBigIntegerField(blank=True, help_text='Bytes of text that it may send a minute; empty: any number.', null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='source',
            name='backlog_limit',
            field=models.PositiveIntegerField(blank=True, help_text="Messages that may wait to be judged before this source's are turned away; empty: a million.", null=True, validators=[django.core.validators.MinValueValidator(1)]),
        ),
    ]
