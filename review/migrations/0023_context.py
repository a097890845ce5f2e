"""Earlier messages in the prompt: a policy chooses how many, and each number is a version of the model."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0022_reports'),
    ]

    operations = [
        migrations.AddField(
            model_name='modelversion',
            name='earlier_messages',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='That its prompt puts before a message; part of the prompt form.'),
        ),
        migrations.AddField(
            model_name='policy',
            name='earlier_messages',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='That stand before a message in the prompt: another version of the model.'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(('is_active', False), ('earlier_messages', 0), _connector='OR'), name='active_is_without_context'),
        ),
    ]
