"""Rows that decided something are on record: the database itself refuses to change or delete them.

What may still be written on a row: an outcome may be withdrawn once, a rubric or a model switched on or off. The purge
of personal data, and nothing else, sets `moddog.purge` in its transaction and is let through.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION moddog_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := TG_ARGV;
BEGIN
    IF current_setting('moddog.purge', true) = 'on' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - free = to_jsonb(OLD) - free THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
TABLES = {
    "review_score": [],
    "review_verdict": [],
    "review_explanation": [],
    "review_policy": ["created_by_id"],
    "review_calibrator": [],
    "review_calibratoractivation": ["by_id"],
    "review_rubric": ["is_active", "created_by_id"],
    "review_outcome": ["withdrawn_at"],
}


def trigger(table: str, free: list[str]) -> migrations.RunSQL:
    arguments = ", ".join(f"'{column}'" for column in free)
    return migrations.RunSQL(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION moddog_append_only({arguments})",
        f"DROP TRIGGER append_only ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION moddog_append_only()"),
        *[trigger(table, free) for table, free in TABLES.items()],
    ]
