"""How many messages were judged at which margin: what previews are answered from, whatever the number of verdicts."""

from django.db import models

from review.models.model_versions import ModelVersion, Rubric
from review.models.sources import Source
from review.models.vocabulary import Category


class MarginBin(models.Model):
    """Messages of a day in a narrow bin of margins. `category` is the likeliest violation, empty where people decide
    whatever the margin."""

    source = models.ForeignKey(Source, models.CASCADE)
    model = models.ForeignKey(ModelVersion, models.CASCADE)
    rubric = models.ForeignKey(Rubric, models.CASCADE)
    category = models.CharField(max_length=16, choices=Category, blank=True)
    day = models.DateField()
    bin = models.SmallIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        abstract = True


class MarginDelta(MarginBin):
    """What one batch adds: appended while judging, so that no worker waits for another's row."""

    class Meta:
        indexes = [models.Index(fields=["source", "model", "rubric"], name="margin_delta_of_source")]

    def __str__(self) -> str:
        return f"{self.count} more in bin {self.bin}"


class MarginCount(MarginBin):
    """The sum of all deltas that were rolled up."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "model", "rubric", "day", "category", "bin"], name="one_count_a_bin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} in bin {self.bin}"
