import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0047_erasure_requests")]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="second_opinion_percent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of what is decided in it, so much is judged by somebody else too; empty: as in the whole source.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
            ),
        ),
    ]
