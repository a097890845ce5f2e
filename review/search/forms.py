"""What may be asked of the search."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from review.models import Action, Source, User
from review.search.finding import NO_OUTCOME, SearchQuery

OUTCOMES = (
    ("", gettext_lazy("Any outcome")),
    *((a.value, a.label) for a in (Action.ALLOW, Action.HIDE, Action.REMOVE)),
    (NO_OUTCOME, gettext_lazy("None yet")),
)


class SearchForm(forms.Form):
    """What is not given, or makes no sense, is left out, and said beside its field."""

    words = forms.CharField(
        required=False,
        max_length=500,
        label=gettext_lazy("Words"),
        help_text=gettext_lazy('All of them; "in this order"; one or another; -without'),
    )
    source: Any = forms.ModelChoiceField(
        Source.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("Any community"),
        label=gettext_lazy("Community"),
    )
    author = forms.CharField(required=False, max_length=200, label=gettext_lazy("Author"))
    channel = forms.CharField(required=False, max_length=200, label=gettext_lazy("Channel"))
    outcome = forms.ChoiceField(choices=OUTCOMES, required=False, label=gettext_lazy("Outcome"))
    since = forms.DateField(
        required=False, label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        required=False, label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    external_id = forms.CharField(required=False, max_length=200, label=gettext_lazy("The platform’s id"), strip=False)  # noqa: RUF001

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, label_suffix="")
        self.fields["source"].queryset = Source.objects.visible_to(user).order_by("name")  # type: ignore[attr-defined]

    @property
    def query(self) -> SearchQuery:
        """What is asked; days are whole, of UTC."""
        given = self.cleaned_data
        named = {name: given.get(name) or "" for name in ("words", "author", "channel", "outcome", "external_id")}
        since, until = given.get("since"), given.get("until")
        return SearchQuery(
            **named,
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
        )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
