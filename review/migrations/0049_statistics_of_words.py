from django.db import migrations


class Migration(migrations.Migration):
    """Keep the ten thousand commonest words of messages as statistics, not a thousand.

    A rarer word is taken to be about as common as the rarest that is kept; taken for common, it is looked for in every
    message, the newest first, and not in the index.
    """

    dependencies = [("review", "0048_second_opinions_by_queue")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE review_searchentry ALTER COLUMN words SET STATISTICS 1000; ANALYZE review_searchentry",
            "ALTER TABLE review_searchentry ALTER COLUMN words SET STATISTICS -1",
        ),
    ]
