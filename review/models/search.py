"""The words of messages, for searching them."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from review.models.messages import Message
from review.models.sources import Source


class SearchEntry(models.Model):
    """The words of one message, as the dictionary of its source's language has them; none once it is erased.

    A narrow table of its own, written behind the intake: messages are neither rewritten nor taken in more slowly.
    """

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="search_entry")
    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="search_words")]

    def __str__(self) -> str:
        return f"words of {self.message_id}"
