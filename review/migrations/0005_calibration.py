
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
    ]
