import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0010_username_in_any_case"),
    ]

    operations = [
        migrations.AlterField(
            model_name='apitoken',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('ingest', 'Send messages'), ('read', 'Read verdicts and outcomes'), ('metrics', 'Read how the whole instance is')], max_length=12), size=None),
        ),
    ]
