
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='HeldCase',
            fields=[
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='held_over', serialize=False, to='review.case')),
            ],
        ),
        migrations.CreateModel(
            name='Rerouting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(max_length=300)),
                ('cursor', models.BigIntegerField(default=0)),
                ('examined', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0, help_text='Cases that got a new verdict.')),
                ('closed', models.PositiveIntegerField(default=0, help_text='Cases that the policy now acts on by itself.')),
                ('overtaken', models.BooleanField(default=False, help_text='Ended by a newer pass.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('blind', False), ('reason', 'borderline'), ('state', 'open')), fields=['id'], name='case_open_to_reroute'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('blind', True), ('state', 'open')), fields=['-priority', 'id'], name='case_open_blind'),
        ),
        migrations.AddField(
            model_name='rerouting',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rerouting',
            name='source',
            field=models.ForeignKey(blank=True, help_text='Empty: all sources.', null=True, on_delete=django.db.models.deletion.CASCADE, to='review.source'),
        ),
        migrations.AddField(
            model_name='heldcase',
            name='rerouting',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='held', to='review.rerouting'),
        ),
        migrations.CreateModel(
            name='CalibrationFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.JSONField(help_text='Sources (null: all), category, days.')),
                ('scope_key', models.CharField(max_length=32)),
                ('state', models.CharField(blank=True, max_length=80)),
                ('data', models.JSONField(null=True)),
                ('seconds', models.FloatField(default=0.0, help_text='How long they took.')),
                ('computed_at', models.DateTimeField(null=True)),
                ('wanted_at', models.DateTimeField(null=True)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.languagemodel')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='review.rubric')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('wanted_at__isnull', False)), fields=['wanted_at'], name='figures_wanted')],
                'constraints': [models.UniqueConstraint(fields=('model', 'rubric', 'scope_key'), name='one_set_of_figures_a_scope')],
            },
        ),
        migrations.CreateModel(
            name='CalibrationSetting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('prior', models.FloatField(help_text='Share of violations that a provisional map assumes.')),
                ('kind', models.CharField(blank=True, help_text='The kind that every refit fits; empty: the best.', max_length=20)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('prior__gt', 0), ('prior__lt', 1)), name='prior_in_unit_interval')],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_calibrationsetting "
            "FOR EACH ROW EXECUTE FUNCTION moddog_append_only('by_id')",
            "DROP TRIGGER append_only ON review_calibrationsetting",
        ),
    ]
