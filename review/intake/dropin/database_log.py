"""Whether the database writes into its own log what is to be kept nowhere: an external server is set up by others."""

from django.db import connection

_MAY_HOLD_VALUES = """
SELECT current_setting('log_parameter_max_length') <> '0'
       AND (current_setting('log_statement') IN ('mod', 'all')
            OR current_setting('log_min_duration_statement') <> '-1'
            OR current_setting('log_min_duration_sample') <> '-1'
            OR current_setting('log_transaction_sample_rate')::float > 0)
    OR current_setting('log_parameter_max_length_on_error') <> '0'
    OR coalesce(nullif(current_setting('auto_explain.log_min_duration', true), ''), '-1') <> '-1'
       AND coalesce(nullif(current_setting('auto_explain.log_parameter_max_length', true), ''), '-1') <> '0'
    OR coalesce(current_setting('pgaudit.log_parameter', true), '') = 'on'
"""


def may_hold_values() -> bool:
    """Whether statements are logged with the values that are bound to them, as texts are that are kept nowhere.

    Only a superuser may change these settings, so moddog can only say so.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MAY_HOLD_VALUES)
        return bool(cursor.fetchone()[0])
