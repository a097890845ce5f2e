"""The people who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from review.models.vocabulary import Role


class User(AbstractUser):
    """A person. An instance admin is a superuser; everybody else sees what a membership gives."""

    keys_enabled = models.BooleanField(default=True, db_default=True, help_text="Whether single keys press buttons.")
    keys = models.JSONField(
        default=dict, db_default={}, blank=True, help_text='Those that were moved, by the usual one: {"T": "1"}.'
    )
    language = models.CharField(
        max_length=10, blank=True, default="", db_default="", help_text="A code; empty: what the browser asks for."
    )
    last_seen_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="one_username_in_any_case",
                violation_error_message=gettext_lazy("There is somebody of that name, perhaps in other letters."),
            ),
        ]

    @property
    def is_instance_admin(self) -> bool:
        return self.is_active and self.is_superuser

    @cached_property
    def roles(self) -> dict[int | None, str]:
        """Source id, None meaning all sources, to role. Read once for each loaded user: a request sees one state."""
        return dict(self.memberships.values_list("source_id", "role"))

    def has_role(self, role: Role) -> bool:
        """Whether this person has at least `role` anywhere, also before there is a source to have it in."""
        return self.is_instance_admin or any(own in role.includes for own in self.roles.values())
