"""The form of a named queue."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from review import language_names
from review.access import administered_by, people_of
from review.models import Category, Queue, Reason, Source, User
from review.verdicts import priority
from review.versioned_form import VersionedForm

OFFERED = (Reason.BORDERLINE, Reason.TRIGGER, Reason.REPORT, Reason.APPEAL, Reason.FAILURE, Reason.ADJUDICATION)
"""What a case may come by and a queue may ask for: the other reasons are those of blind cases, or of none that wait."""


class NamedQueueForm(VersionedForm):
    """What a queue of one source takes, how soon, and who works on it first. Nothing chosen is any."""

    categories = forms.MultipleChoiceField(
        choices=[each for each in Category.choices if each[0] != Category.BENIGN],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=gettext_lazy("Categories"),
    )
    reasons = forms.MultipleChoiceField(
        choices=[(each.value, each.label) for each in OFFERED],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=gettext_lazy("Reasons"),
    )
    languages = forms.MultipleChoiceField(
        choices=language_names.choices,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        required=False,
        label=gettext_lazy("Languages"),
    )

    members: Any = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label=gettext_lazy("Who works on it first"),
    )

    class Meta:
        model = Queue
        fields = ("name", "position", "categories", "reasons", "languages", "target_minutes", "second_opinion_percent")
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "position": gettext_lazy("Turn: a case goes to the first queue that it fits"),
            "target_minutes": gettext_lazy("Longest wait, in minutes"),
            "second_opinion_percent": gettext_lazy("Second opinions, in percent of what is decided in it"),
        }

    def __init__(self, source: Source, user: User, *args: Any, **kwargs: Any) -> None:
        """How much is judged again, and so costs people time, only an admin of the source says."""
        super().__init__(*args, label_suffix="", **kwargs)
        if not administered_by(user).filter(pk=source.pk).exists():
            del self.fields["second_opinion_percent"]
        self.instance.source = source
        self.fields["members"].queryset = people_of(source.pk).order_by("username")  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["members"] = list(self.instance.members.values_list("pk", flat=True))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Queue.objects.filter(source=self.instance.source, name=name, ended_at=None)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(gettext("There is a queue of that name already."))
        return name

    def save(self, commit: bool = True) -> Queue:
        minutes = self.cleaned_data["target_minutes"]
        self.instance.raised = priority.raised_by(None if minutes is None else minutes / 60)
        queue: Queue = super().save(commit)
        queue.members.set(self.cleaned_data["members"])
        return queue
