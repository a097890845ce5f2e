import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import review.models.clients
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0014_intake_files"),
    ]

    operations = [
        migrations.AddField(
            model_name='apitoken',
            name='last_used_at',
            field=models.DateTimeField(blank=True, help_text='To the minute.', null=True),
        ),
        migrations.AlterField(
            model_name='apitoken',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('ingest', 'Send messages'), ('read', 'Read verdicts and outcomes'), ('metrics', 'Read how the whole instance is'), ('score', "Ask for scores through another API's endpoints, and nothing else")], max_length=12), size=None),
        ),
        migrations.CreateModel(
            name='ClientSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origins', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('scale', models.CharField(choices=[('calibrated', 'Calibrated: the probability itself'), ('anchored', "Anchored: the policy's rungs stand at the client's thresholds")], default='calibrated', max_length=12)),
                ('anchors', models.JSONField(default=review.models.clients.default_anchors, help_text="Action to the client's threshold for it.")),
                ('unsupported', models.CharField(choices=[('refuse', 'Refuse the request, as the original does'), ('leave_out', 'Leave it out of the answer')], default='refuse', max_length=12)),
                ('store', models.BooleanField(default=False, help_text='Texts are stored and routed like any message.')),
                ('trust_suggestions', models.BooleanField(default=False, help_text='Suggested scores are labels.')),
                ('coral_secrets', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('coral_wait_ms', models.PositiveIntegerField(default=800, validators=[django.core.validators.MinValueValidator(100), django.core.validators.MaxValueValidator(10000)])),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='client_settings', to='review.source')),
            ],
        ),
        migrations.CreateModel(
            name='AnsweredCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.CharField(blank=True, choices=[('benign', 'Benign'), ('toxicity', 'Toxicity'), ('harassment', 'Harassment'), ('hate_speech', 'Hate speech'), ('sexual_content', 'Sexual content'), ('violence', 'Violence'), ('spam', 'Spam'), ('self_harm', 'Self-harm')], max_length=16)),
                ('day', models.DateField()),
                ('bin', models.SmallIntegerField()),
                ('count', models.PositiveIntegerField()),
                ('door', models.CharField(max_length=12)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.modelversion')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.rubric')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'model', 'rubric', 'day'], name='answered_of_source')],
            },
        ),
        migrations.CreateModel(
            name='ClientError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('door', models.CharField(max_length=40)),
                ('status', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=60)),
                ('message', models.CharField(max_length=300)),
                ('times', models.PositiveIntegerField(default=1, help_text='How often since the last such row.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='client_errors', to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', '-id'], name='client_error_lately')],
            },
        ),
        migrations.CreateModel(
            name='ScratchText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request', models.UUIDField()),
                ('position', models.PositiveSmallIntegerField()),
                ('door', models.CharField(max_length=12)),
                ('is_part', models.BooleanField(default=False, help_text='A part of a text that has a row of its own: not counted.')),
                ('text', models.TextField()),
                ('verdict', models.JSONField(blank=True, null=True)),
                ('attempts', models.SmallIntegerField(db_default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['request'], name='scratch_by_request'), models.Index(condition=models.Q(('verdict__isnull', True)), fields=['id'], name='scratch_waiting')],
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text_digest', models.BinaryField(max_length=16)),
                ('client_token', models.CharField(blank=True, max_length=200)),
                ('community', models.CharField(blank=True, max_length=200)),
                ('scores', models.JSONField(help_text='Attribute, as the client names it, to the suggested value.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('message', models.ForeignKey(blank=True, help_text='Labelled by it, where the source trusts it.', null=True, on_delete=django.db.models.deletion.SET_NULL, to='review.message')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='review.source')),
            ],
            options={
                'indexes': [models.Index(fields=['source', '-id'], name='suggestion_lately')],
            },
        ),
        migrations.RunSQL(
            # Texts that are kept nowhere stay out of the database's log and its replicas, and dead rows do not linger.
            """
            ALTER TABLE review_scratchtext SET UNLOGGED;
            ALTER TABLE review_scratchtext SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
            """,
            migrations.RunSQL.noop,
        ),
    ]
