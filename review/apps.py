"""Registers the one Django app of moddog."""

from django.apps import AppConfig
from django.utils.translation import gettext

from inference import words
from review.numbers import number


class ReviewConfig(AppConfig):
    name = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What charts say is said in the language of whoever looks."""
        words.speak(gettext, number)
