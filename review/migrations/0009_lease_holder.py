from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0008_decision_words"),
    ]

    operations = [
        migrations.AddField(
            model_name='pending',
            name='holder',
            field=models.CharField(blank=True, db_default='', help_text='The worker that last leased it.', max_length=255),
        ),
    ]
