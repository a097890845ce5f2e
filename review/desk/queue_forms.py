"""What may be asked of the queue's list, and kept under a name."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from review.desk.queue import Filters
from review.language_names import code_of
from review.models import Case, Category, Queue, Reason, Source, User
from review.registry.rules import rules_in


class QueueForm(forms.Form):
    """The filters and the order of the list. What is not given, or makes no sense, falls back to the default."""

    BLIND = "blind"
    ORDERS = (
        ("priority", gettext_lazy("Most urgent")),
        ("oldest", gettext_lazy("Oldest")),
        ("likeliest", gettext_lazy("Likeliest")),
        ("reports", gettext_lazy("Most reported")),
    )
    STATES = ((Case.State.OPEN, gettext_lazy("Waiting")), (Case.State.DECIDED, gettext_lazy("Decided")))
    AGES = (
        ("", gettext_lazy("Any time")),
        ("1", gettext_lazy("Over an hour")),
        ("4", gettext_lazy("Over 4 hours")),
        ("24", gettext_lazy("Over a day")),
        ("72", gettext_lazy("Over 3 days")),
    )
    REASONS = (("", gettext_lazy("Any reason")), *Reason.choices, (BLIND, gettext_lazy("Blind")))

    state = forms.ChoiceField(choices=STATES, required=False, label=gettext_lazy("State"))
    source = forms.ModelChoiceField(
        Source.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("Any community"),
        label=gettext_lazy("Community"),
    )
    reason = forms.ChoiceField(choices=REASONS, required=False, label=gettext_lazy("Reason"))
    order = forms.ChoiceField(choices=ORDERS, required=False, label=gettext_lazy("Order"))
    mine = forms.BooleanField(required=False, label=gettext_lazy("Mine only"))
    queue: Any = forms.ModelChoiceField(
        Queue.objects.none(), required=False, empty_label=gettext_lazy("Any queue"), label=gettext_lazy("Queue")
    )

    category = forms.ChoiceField(
        choices=(("", gettext_lazy("Any category")), *Category.choices), required=False, label=gettext_lazy("Category")
    )
    rule = forms.TypedChoiceField(coerce=int, required=False, label=gettext_lazy("Rule"))
    reports = forms.IntegerField(min_value=1, max_value=1000, required=False, label=gettext_lazy("Reports, at least"))
    least = forms.FloatField(min_value=0, max_value=100, required=False, label=gettext_lazy("Likely from, %"))
    most = forms.FloatField(min_value=0, max_value=100, required=False, label=gettext_lazy("Likely to, %"))
    waited = forms.TypedChoiceField(choices=AGES, coerce=int, required=False, label=gettext_lazy("Waiting"))
    channel = forms.CharField(max_length=200, required=False, label=gettext_lazy("Channel"))
    author = forms.CharField(max_length=200, required=False, label=gettext_lazy("Author"))
    language = forms.CharField(
        max_length=60,
        required=False,
        label=gettext_lazy("Language"),
        widget=forms.TextInput(attrs={"list": "languages", "placeholder": gettext_lazy("Any language")}),
    )

    FIRST = ("state", "source", "queue", "reason", "order", "mine")

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        source = self.fields["source"]
        assert isinstance(source, forms.ModelChoiceField)  # noqa: S101  (narrows the type)
        source.queryset = Source.objects.visible_to(user).order_by("name")
        # Read as they are shown: Django's own iterator would open a cursor in the database for each of the two.
        source.choices = [("", source.empty_label or ""), *source.queryset.values_list("slug", "name")]
        queue = self.fields["queue"]
        assert isinstance(queue, forms.ModelChoiceField)  # noqa: S101  (narrows the type)
        queue.queryset = Queue.objects.visible_to(user).filter(ended_at=None).order_by("name", "pk")
        if queues := [(each.pk, str(each)) for each in queue.queryset]:
            queue.choices = [("", queue.empty_label or ""), *queues]
        else:
            del self.fields["queue"]
        rules = self.fields["rule"]
        assert isinstance(rules, forms.ChoiceField)  # noqa: S101  (narrows the type)
        books = rules_in(source.queryset)
        rules.choices = [("", gettext("Any rule")), *((each.rule_id, each.name) for each in books)]

    def clean_language(self) -> str:
        """By its name or code: a list of a hundred to choose from would be a third of the work of the page."""
        try:
            return code_of(asked) if (asked := self.cleaned_data["language"]) else ""
        except KeyError:
            raise forms.ValidationError(gettext("No language is called that.")) from None

    @property
    def first(self) -> list[forms.BoundField]:
        """What stands in the first row."""
        return [self[name] for name in self.FIRST if name in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        """What is one press away."""
        return [field for field in self.visible_fields() if field.name not in self.FIRST]

    @property
    def filters(self) -> Filters:
        """What is asked; what makes no sense is left at its default, so that the list is never an error page."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value or value == 0.0}
        given |= {name: given[name] / 100 for name in ("least", "most") if name in given}
        return Filters(**given)

    @property
    def query(self) -> str:
        """The filters as they stand in an address, for a view that is saved."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})


class SaveViewForm(forms.Form):
    """A name for the filters in `query`, and whether all of a source see it."""

    name = forms.CharField(max_length=60, label=gettext_lazy("Name"))
    query = forms.CharField(max_length=1000, required=False, widget=forms.HiddenInput)
    share: Any = forms.ModelChoiceField(
        Source.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("only me"),
        label=pgettext_lazy("who sees a view", "For"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["share"].queryset = Source.objects.visible_to(user).order_by("name")  # type: ignore[attr-defined]
