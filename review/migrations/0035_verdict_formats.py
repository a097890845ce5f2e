"""A model version names the verdict format in which it is asked; those that there are have moddog's own."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0034_quality"),
    ]

    operations = [
        migrations.AddField(
            model_name='modelversion',
            name='format',
            field=models.CharField(db_default='moddog', default='moddog', help_text='Verdict format: how it is asked and says its verdict; part of the prompt form.', max_length=40),
        ),
    ]
