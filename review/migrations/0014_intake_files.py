import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0013_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name='IntakeFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('arriving', 'On its way'), ('ready', 'Waits to be started'), ('running', 'Being taken in'), ('done', 'Taken in'), ('broken', 'Broke off')], default='arriving', max_length=8)),
                ('bytes', models.PositiveBigIntegerField(default=0)),
                ('fields', models.JSONField(blank=True, default=dict, help_text='Which field of a message each column holds.')),
                ('label_column', models.CharField(blank=True, max_length=200)),
                ('drawn', models.FloatField(blank=True, help_text='The rate at which labelled rows were drawn.', null=True)),
                ('relabel', models.BooleanField(default=False, help_text='Labels that differ from earlier ones correct them.')),
                ('problem', models.TextField(blank=True, help_text='Why it broke off.')),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('bytes_done', models.PositiveBigIntegerField(default=0)),
                ('accepted', models.PositiveBigIntegerField(default=0)),
                ('duplicates', models.PositiveBigIntegerField(default=0)),
                ('rejected', models.PositiveBigIntegerField(default=0)),
                ('ruled', models.PositiveBigIntegerField(default=0)),
                ('corrected', models.PositiveBigIntegerField(default=0)),
                ('differing', models.PositiveBigIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='Times it was taken up since it last came further.')),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='review.source')),
            ],
        ),
        migrations.CreateModel(
            name='IntakePart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('sent', 'Sent'), ('rejected', 'Rejected')], max_length=8)),
                ('number', models.PositiveBigIntegerField()),
                ('data', models.BinaryField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='review.intakefile')),
            ],
        ),
        migrations.AddIndex(
            model_name='intakefile',
            index=models.Index(fields=['source', '-id'], name='file_by_source'),
        ),
        migrations.AddIndex(
            model_name='intakefile',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='file_running'),
        ),
        migrations.AddConstraint(
            model_name='intakepart',
            constraint=models.UniqueConstraint(fields=('file', 'kind', 'number'), name='one_part_a_number'),
        ),
    ]
