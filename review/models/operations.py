"""How the instance has been: a row a minute, and what went wrong from when to when."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.sources import Source


class OperationsSample(models.Model):
    """What beat counted in one minute, for the charts: pages never count."""

    at = models.DateTimeField(primary_key=True, help_text="The minute.")
    judged = models.PositiveIntegerField(help_text="Messages since the sample before.")
    pending = models.PositiveIntegerField(help_text="Messages that wait to be judged, counted up to a limit.")
    oldest_seconds = models.FloatField(help_text="How long the first of them has waited.")
    open_cases = models.PositiveIntegerField(help_text="Cases that wait for people, counted up to a limit.")
    workers = models.PositiveSmallIntegerField(help_text="Workers of the model that were alive.")
    ms_a_message = models.FloatField(null=True, help_text="What judging a message takes; None where nobody said.")
    newest_score = models.BigIntegerField(help_text="The score up to which `judged` goes.")
    undelivered = models.PositiveIntegerField(db_default=0, help_text="Events that wait, counted up to a limit.")
    redis_bytes = models.BigIntegerField(null=True, help_text="Memory that Redis holds; None while it is away.")
    database_bytes = models.BigIntegerField(null=True, help_text="What the database takes on its disk.")
    free_bytes = models.BigIntegerField(null=True, help_text="What is free on the disk of MODDOG_HOME.")

    def __str__(self) -> str:
        return f"sample of {self.at:%Y-%m-%d %H:%M}"


class LoadHour(models.Model):
    """What came to a source's people in one hour, and what they did: rolled up by beat, for the charts of load."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="load_hours")
    hour = models.DateTimeField(help_text="Its start.")
    opened = models.PositiveIntegerField(help_text="Cases that came.")
    decided = models.PositiveIntegerField(help_text="Cases that people decided.")
    backlog = models.PositiveIntegerField(help_text="Cases that waited when it was last counted.")
    wait_median = models.FloatField(null=True, help_text="Seconds from opening to decision, of those decided.")
    wait_p90 = models.FloatField(null=True)
    work_median = models.FloatField(null=True, help_text="Seconds that a person held a case until the decision.")
    severe = models.PositiveIntegerField(db_default=0, help_text="Decisions for a severe category.")
    second_opinions = models.PositiveIntegerField(db_default=0, help_text="Of `backlog` those that wait for one.")
    adjudications = models.PositiveIntegerField(db_default=0, help_text="Of `backlog` those that wait for a senior.")
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "hour"], name="one_row_a_source_and_hour")]

    def __str__(self) -> str:
        return f"load of {self.source_id} at {self.hour:%Y-%m-%d %H:00}"


class PageHour(models.Model):
    """How long one page took to answer in one hour, of all processes: they add to the row about once a minute."""

    hour = models.DateTimeField(help_text="Its start.")
    page = models.CharField(max_length=100, help_text="Method and route.")
    requests = models.PositiveIntegerField()
    slow = models.PositiveIntegerField(help_text="Those of them that took longer than a person waits without noticing.")
    total_ms = models.FloatField()
    slowest_ms = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "page"], name="one_row_an_hour_and_page")]

    def __str__(self) -> str:
        return f"{self.page} at {self.hour:%Y-%m-%d %H:00}"


class Incident(models.Model):
    """Something that admins have to see to, from when it began until it ended; told once."""

    class Kind(models.TextChoices):
        PROMISE = "promise", gettext_lazy("A promise is not kept")
        BACKLOG = "backlog", gettext_lazy("More cases wait than the target")
        DEAD_LETTERS = "dead_letters", gettext_lazy("Events could not be delivered")
        WORKER = "worker", gettext_lazy("A worker is gone")

    kind = models.CharField(max_length=12, choices=Kind)
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, help_text="Empty: the whole instance.")
    about = models.CharField(max_length=200, blank=True, help_text="Which alarm, which kind of worker, or which one.")
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When mail was sent, or was not wanted.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source", "about"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
                name="one_open_incident",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
