"""The API tokens of a source."""

import hashlib
import secrets

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.sources import Source


class Scope(models.TextChoices):
    INGEST = "ingest", gettext_lazy("Send messages")
    READ = "read", gettext_lazy("Read verdicts and outcomes")
    METRICS = "metrics", gettext_lazy("Read how the whole instance is")
    SCORE = "score", gettext_lazy("Ask for scores through another API's endpoints, and nothing else")


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
