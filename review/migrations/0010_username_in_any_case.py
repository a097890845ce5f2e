"""Names of people are unique whatever their case: somebody who is called as another could not sign in."""

import django.db.models.functions.text
from django.db import migrations, models


def tell_apart(apps, schema_editor):
    """Of names that differ by case alone the oldest stays; the others get a number, and can sign in again."""
    User = apps.get_model("review", "User")
    taken = set()
    for user in User.objects.order_by("pk").only("pk", "username"):
        name, number = user.username, 1
        while name.lower() in taken:
            number += 1
            name = f"{user.username[:140]}-{number}"
        if name != user.username:
            while User.objects.filter(username__iexact=name).exists():
                number += 1
                name = f"{user.username[:140]}-{number}"
            User.objects.filter(pk=user.pk).update(username=name)
        taken.add(name.lower())


class Migration(migrations.Migration):

    dependencies = [
        ("review", "0009_lease_holder"),
    ]

    operations = [
        migrations.RunPython(tell_apart, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"),
                name="one_username_in_any_case",
                violation_error_message="There is somebody of that name, perhaps in other letters.",
            ),
        ),
    ]
