"""Platforms that send messages, the people who moderate them, and their API tokens."""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.functional import cached_property

from review.models.visibility import SourceQuerySet
from review.models.vocabulary import Role


class User(AbstractUser):
    """A person. An instance admin is a superuser; everybody else sees what a membership gives."""

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="one_username_in_any_case",
                violation_error_message="There is somebody of that name, perhaps in other letters.",
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


class Source(models.Model):
    """A platform or community that sends messages."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    backlog_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Messages that may wait to be judged before this source's are turned away; empty: a million.",
    )

    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36_500)],
        help_text="Days after which texts and authors of this source are erased; empty: they are kept.",
    )
    erased_up_to = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="The message up to which retention has gone."
    )

    objects = SourceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do in one source, or in all of them where `source` is empty."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "source"], nulls_distinct=False, name="one_membership_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.source or 'all sources'}"


class Scope(models.TextChoices):
    INGEST = "ingest", "Send messages"
    READ = "read", "Read verdicts and outcomes"
    METRICS = "metrics", "Read how the whole instance is"
    SCORE = "score", "Ask for scores through another API's endpoints, and nothing else"


def digest_of_token(token: str) -> bytes:
    """SHA-256 of a token. The token has 256 random bits, so no salt or stretching is needed."""
    return hashlib.sha256(token.encode()).digest()


class ApiToken(models.Model):
    """A source's key to the API. Only its digest is kept; the token itself is shown once."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.BinaryField(unique=True, max_length=32, editable=False)
    hint = models.CharField(max_length=12, editable=False, help_text="The first characters, to tell tokens apart.")
    scopes = ArrayField(models.CharField(max_length=12, choices=Scope))
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)
    messages_a_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Messages that it may send a minute; empty: any number.",
    )
    text_a_minute = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Bytes of text that it may send a minute; empty: any number.",
    )
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @classmethod
    def issue(cls, source: Source, name: str, scopes: list[str]) -> str:
        """Store a new token and return it, for the only time."""
        token = f"md_{secrets.token_urlsafe(32)}"
        cls.objects.create(source=source, name=name, scopes=scopes, digest=digest_of_token(token), hint=token[:8])
        return token
