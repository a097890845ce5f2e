"""The language that a person chose for pages and mail."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0045_doors'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', help_text='A code; empty: what the browser asks for.', max_length=10),
        ),
    ]
