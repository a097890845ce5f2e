from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0011_metrics_scope"),
    ]

    operations = [
        migrations.AddField(
            model_name="label",
            name="declared",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Drawn by somebody's word, with an import: never for certificates.",
            ),
        ),
    ]
