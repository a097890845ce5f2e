"""What colleagues tell each other, whom a case waits for, what is done to authors beside, and a person's keys."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0032_queue'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name='authoroutcome',
            name='decision',
            field=models.ForeignKey(blank=True, help_text='That asked for it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='author_outcomes', to='review.decision'),
        ),
        migrations.AddField(
            model_name='case',
            name='reverses',
            field=models.ForeignKey(blank=True, help_text='The decision in effect that this one takes back.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='review.decision'),
        ),
        migrations.AddField(
            model_name='decision',
            name='author_action',
            field=models.CharField(choices=[('none', 'Nothing'), ('warn', 'Warned'), ('mute', 'Muted'), ('ban', 'Banned')], db_default='none', default='none', help_text='What is done to the authors beside, once it is in effect.', max_length=4),
        ),
        migrations.AddField(
            model_name='skip',
            name='why',
            field=models.CharField(blank=True, choices=[('language', 'Not in a language of mine'), ('unsure', 'I cannot tell'), ('near', 'I am too near to it'), ('heavy', 'It weighs on me')], default='', max_length=8),
        ),
        migrations.AlterField(
            model_name='case',
            name='reason',
            field=models.CharField(choices=[('borderline', 'Borderline'), ('audit', 'Audit'), ('trigger', 'Trigger'), ('report', 'Report'), ('appeal', 'Appeal'), ('failure', 'Failure'), ('second_opinion', 'Second opinion'), ('import', 'Imported'), ('reversal', 'Reversal')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'decided')), fields=('reverses',), name='one_reversal_a_decision'),
        ),
        migrations.AddField(
            model_name='mention',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='case',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='review.case'),
        ),
        migrations.AddField(
            model_name='note',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='review.source'),
        ),
        migrations.AddField(
            model_name='mention',
            name='note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='review.note'),
        ),
        migrations.AddField(
            model_name='referral',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='referral',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='referrals', to='review.case'),
        ),
        migrations.AddField(
            model_name='referral',
            name='note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='review.note'),
        ),
        migrations.AddField(
            model_name='referral',
            name='to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='note',
            index=models.Index(condition=models.Q(('case', None)), fields=['source', 'author', '-id'], name='note_by_author'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(condition=models.Q(('seen_at', None)), fields=['user', '-id'], name='mention_unseen'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('note', 'user'), name='one_mention_a_note'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(fields=['case', '-id'], name='referral_by_case'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('case',), name='one_referral_at_a_time'),
        ),
        migrations.AddField(
            model_name='pendingauthor',
            name='decision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='review.decision'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['id'], name='referral_open'),
        ),
        migrations.AddField(
            model_name='user',
            name='keys',
            field=models.JSONField(blank=True, db_default={}, default=dict, help_text='Those that were moved, by the usual one: {"T": "1"}.'),
        ),
        migrations.AddField(
            model_name='user',
            name='keys_enabled',
            field=models.BooleanField(db_default=True, default=True, help_text='Whether single keys press buttons.'),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_note "
            "FOR EACH ROW EXECUTE FUNCTION moddog_append_only()",
            "DROP TRIGGER append_only ON review_note",
        ),
    ]
