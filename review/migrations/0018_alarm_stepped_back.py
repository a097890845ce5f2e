"""An alarm may say later that moddog stepped back: whoever switches that on while it waits has it done at once."""

from django.db import migrations

SET_BEFORE = "answered_by_id", "answered_at"


def may_change(*columns):
    """SQL that lets these columns of an alarm be written, and no other."""
    arguments = ", ".join(f"'{column}'" for column in columns)
    return (
        "DROP TRIGGER append_only ON review_alarm; "
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON review_alarm "
        f"FOR EACH ROW EXECUTE FUNCTION moddog_append_only({arguments})"
    )


class Migration(migrations.Migration):
    dependencies = [("review", "0017_joined_cases")]

    operations = [migrations.RunSQL(may_change(*SET_BEFORE, "stepped_back"), may_change(*SET_BEFORE))]
