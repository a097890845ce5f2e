"""Words that people read: labels of a file, and the calibrator that a refit kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0018_alarm_stepped_back")]

    operations = [
        migrations.RenameField("intakefile", "ruled", "labels"),
        migrations.AlterField(
            "refit",
            "figures",
            models.JSONField(default=dict, help_text="The comparison of the candidate with the active calibrator."),
        ),
        migrations.AlterField(
            "refit",
            "result",
            models.CharField(
                choices=[("promoted", "Promoted"), ("kept", "Kept the active calibrator"), ("refused", "Refused")],
                max_length=10,
            ),
        ),
    ]
