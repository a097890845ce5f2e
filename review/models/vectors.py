"""Where waiting cases lie in the model's own space, for finding those that are alike."""

from typing import Any

from django.db import models

from review.models.cases import Case
from review.models.model_versions import ModelVersion
from review.models.sources import Source

DIMENSIONS = 256
"""The same for every model: see `inference.scoring.text_vectors`."""


class HalfVectorField(models.Field):  # type: ignore[type-arg]
    """A column of pgvector in half precision. Read and written by SQL, as pgvector's own text."""

    def db_type(self, connection: Any) -> str:
        return f"halfvec({DIMENSIONS})"


class CaseVector(models.Model):
    """The vector of the text that a case's messages share, as one model version has it.

    Those of two versions cannot be compared. Blind cases have none. What came lately is in no index: adding to one
    takes longer than judging a message, so that is done behind the judging, and only where much waits.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="vector")
    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+", db_index=False)
    vector = HalfVectorField()
    is_indexed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["case"], condition=models.Q(is_indexed=False), name="vector_not_indexed")]

    def __str__(self) -> str:
        return f"vector of {self.case_id}"
