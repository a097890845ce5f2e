"""A decision is what a moderator decided: its constraint is named so, and prose follows."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0007_words'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='decision',
            name='a_ruling_is_an_action',
        ),
        migrations.AlterField(
            model_name='calibrationsetting',
            name='prior',
            field=models.FloatField(help_text='Share of violations that a provisional calibrator assumes.'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('action', 'review'), _negated=True), name='a_decision_is_an_action'),
        ),
    ]
