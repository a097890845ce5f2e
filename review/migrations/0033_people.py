"""People come in by links, the audit log is chained, and how the instance was is kept.

The row of an entry in the chain is written by a trigger, whoever writes the entry; what was there before waits to be
sealed as new entries do. An entry is never changed, and a seal only once: when it gets its number and its digest.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


SEALS = """
CREATE FUNCTION moddog_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_auditseal (entry_id) SELECT id FROM inserted;
    RETURN NULL;
END $$;
CREATE TRIGGER await_seal AFTER INSERT ON review_auditentry
REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION moddog_await_seal()
"""
NO_SEALS = "DROP TRIGGER await_seal ON review_auditentry; DROP FUNCTION moddog_await_seal()"
OLD = "INSERT INTO review_auditseal (entry_id) SELECT id FROM review_auditentry ORDER BY id"
ONCE = """
CREATE FUNCTION moddog_sealed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.entry_id = OLD.entry_id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sealed_once BEFORE UPDATE OR DELETE ON review_auditseal
FOR EACH ROW EXECUTE FUNCTION moddog_sealed_once()
"""
NOT_ONCE = "DROP TRIGGER sealed_once ON review_auditseal; DROP FUNCTION moddog_sealed_once()"
APPEND_ONLY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_auditentry
FOR EACH ROW EXECUTE FUNCTION moddog_append_only()
"""


class Migration(migrations.Migration):

    dependencies = [
        ('review', '0029_appeals'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='seal', serialize=False, to='review.auditentry')),
                ('seq', models.BigIntegerField(null=True, unique=True)),
                ('digest', models.BinaryField(max_length=32, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('promise', 'A promise is not kept'), ('backlog', 'More cases wait than the target'), ('dead_letters', 'Events could not be delivered'), ('worker', 'A worker is gone')], max_length=12)),
                ('about', models.CharField(blank=True, help_text='Which alarm, or which kind of worker.', max_length=40)),
                ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, help_text='When mail was sent, or was not wanted.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OneTimeLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('setup', "The first account, an instance admin's"), ('invitation', 'An account with a role'), ('password', 'A new password')], max_length=12)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('name', models.CharField(blank=True, help_text='Who it is for, as the admin calls them.', max_length=150)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('role', models.CharField(blank=True, choices=[('moderator', 'Moderator'), ('senior', 'Senior moderator'), ('admin', 'Admin')], max_length=12)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='When it was used or taken back.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OperationsSample',
            fields=[
                ('at', models.DateTimeField(help_text='The minute.', primary_key=True, serialize=False)),
                ('judged', models.PositiveIntegerField(help_text='Messages since the sample before.')),
                ('pending', models.PositiveIntegerField(help_text='Messages that wait to be judged, counted up to a limit.')),
                ('oldest_seconds', models.FloatField(help_text='How long the first of them has waited.')),
                ('open_cases', models.PositiveIntegerField(help_text='Cases that wait for people, counted up to a limit.')),
                ('workers', models.PositiveSmallIntegerField(help_text='Workers of the model that were alive.')),
                ('ms_a_message', models.FloatField(help_text='What judging a message takes; None where nobody said.', null=True)),
                ('newest_score', models.BigIntegerField(help_text='The score up to which `judged` goes.')),
            ],
        ),
        migrations.CreateModel(
            name='SignInRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('second_factor_from', models.CharField(blank=True, choices=[('', 'nobody'), ('moderator', 'everybody who has a role'), ('senior', 'senior moderators and admins'), ('admin', 'admins')], default='', max_length=12, verbose_name='Two-factor sign-in is required of')),
            ],
        ),
        migrations.AddField(
            model_name='source',
            name='cases_target',
            field=models.PositiveIntegerField(blank=True, help_text='Cases that may wait for people before admins are told; empty: nobody is told.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)]),
        ),
        migrations.AddField(
            model_name='user',
            name='last_seen_at',
            field=models.DateTimeField(blank=True, help_text='To the minute.', null=True),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='actor',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='source',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='review.source'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='event',
            field=models.CharField(choices=[('outcome.created', 'An outcome on a message'), ('outcome.reversed', 'An outcome that supersedes one already told'), ('author.outcome', 'An outcome on an author'), ('report.resolved', 'A report was answered'), ('appeal.resolved', 'An appeal was answered'), ('alarm', 'A promise was found broken, or something stands still'), ('test', 'A test, sent by hand')], max_length=20),
        ),
        migrations.AlterField(
            model_name='endpoint',
            name='events',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('outcome.created', 'An outcome on a message'), ('outcome.reversed', 'An outcome that supersedes one already told'), ('author.outcome', 'An outcome on an author'), ('report.resolved', 'A report was answered'), ('appeal.resolved', 'An appeal was answered'), ('alarm', 'A promise was found broken, or something stands still'), ('test', 'A test, sent by hand')], max_length=20), size=None),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['source', '-id'], name='audit_of_source'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['actor', '-id'], name='audit_of_actor'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['verb', '-id'], name='audit_of_verb'),
        ),
        migrations.AddIndex(
            model_name='auditseal',
            index=models.Index(condition=models.Q(('seq', None)), fields=['entry'], name='audit_unsealed'),
        ),
        migrations.AddField(
            model_name='incident',
            name='source',
            field=models.ForeignKey(blank=True, help_text='Empty: the whole instance.', null=True, on_delete=django.db.models.deletion.CASCADE, to='review.source'),
        ),
        migrations.AddField(
            model_name='onetimelink',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='onetimelink',
            name='source',
            field=models.ForeignKey(blank=True, help_text='Empty: all sources.', null=True, on_delete=django.db.models.deletion.CASCADE, to='review.source'),
        ),
        migrations.AddField(
            model_name='onetimelink',
            name='user',
            field=models.ForeignKey(blank=True, help_text='Whose password.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='links', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='signinrules',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_row_of_sign_in_rules'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('kind', 'source', 'about'), name='one_open_incident', nulls_distinct=False),
        ),
        migrations.RunSQL(SEALS, NO_SEALS),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
        migrations.RunSQL(ONCE, NOT_ONCE),
        migrations.RunSQL(APPEND_ONLY, "DROP TRIGGER append_only ON review_auditentry"),
    ]
