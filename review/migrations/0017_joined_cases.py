"""A case whose messages another one of the same text took over says which."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0016_safety_loop")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="joined",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="The case that took its messages over.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="review.case",
            ),
        ),
    ]
