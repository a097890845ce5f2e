"""Triggers as forms: one or many, a line each."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from review.models import Action, Category, Source, Trigger
from review.numbers import number
from review.registry.rules import rules_of
from review.triggers.matcher import problem_with

MOST_LINES = 10_000
LONGEST = 500
EFFECTS: dict[str, str | Promise] = {
    Action.REVIEW: gettext_lazy("To people"),
    Action.HIDE: gettext_lazy("Hide"),
    Action.REMOVE: gettext_lazy("Remove"),
    Action.ALLOW: gettext_lazy("Allow"),
}
MODES: dict[str, str | Promise] = {
    Trigger.Mode.ON: gettext_lazy("On"),
    Trigger.Mode.SHADOW: gettext_lazy("In shadow"),
    Trigger.Mode.OFF: gettext_lazy("Off"),
}
CATEGORIES = [choice for choice in Category.choices if choice[0] != Category.BENIGN]
SELF_HARM_TO_PEOPLE = gettext_lazy(
    "Self-harm always goes to people first. Nobody is helped by a message that disappears."
)


class TriggerForm(forms.Form):
    """Triggers that are alike in all but their text, a line each. An edited one is a single line."""

    kind = forms.ChoiceField(choices=Trigger.Kind.choices, label=gettext_lazy("What it is"))
    texts = forms.CharField(
        max_length=MOST_LINES * 60,
        label=gettext_lazy("Triggers, one a line"),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "spellcheck": "false"}),
    )
    effect = forms.ChoiceField(choices=list(EFFECTS.items()), label=gettext_lazy("What happens"))
    category = forms.ChoiceField(choices=CATEGORIES, label=gettext_lazy("Category"), initial=Category.SPAM)
    rule = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=gettext_lazy("By the rule"))
    mode = forms.ChoiceField(choices=list(MODES.items()), label=gettext_lazy("In force"), initial=Trigger.Mode.SHADOW)
    note = forms.CharField(max_length=300, required=False, label=gettext_lazy("What changes, and why"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, source: Source, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book = [(version.rule_id, f"{version.rule.position}. {version.name}") for version in rules_of(source)]
        self.fields["rule"].choices = [("", gettext("No rule")), *book]  # type: ignore[attr-defined]
        self.has_rules = bool(book)

    def clean_texts(self) -> list[str]:
        """The lines, each once, without those that are empty."""
        written = [line.strip() for line in str(self.cleaned_data["texts"]).splitlines()]
        lines = list(dict.fromkeys(line for line in written if line))
        if not lines:
            raise forms.ValidationError(gettext("Write at least one."))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(gettext("Up to %(most)s lines at once.") % {"most": number(MOST_LINES)})
        for line in lines:
            if len(line) > LONGEST:
                raise forms.ValidationError(
                    gettext("“%(line)s…” is longer than %(most)s characters.") % {"line": line[:40], "most": LONGEST}
                )
            if problem := problem_with(self.cleaned_data.get("kind", ""), line):
                raise forms.ValidationError(f"“{line[:80]}”: {problem}" if len(lines) > 1 else problem)
        return lines

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("category") == Category.SELF_HARM and data.get("effect") in (
            Action.HIDE,
            Action.REMOVE,
            Action.ALLOW,
        ):
            self.add_error("effect", SELF_HARM_TO_PEOPLE)
        return data

    def triggers(self) -> list[Trigger]:
        """What the valid form asks for. What is allowed has no category: it is benign."""
        data = self.cleaned_data
        category = Category.BENIGN if data["effect"] == Action.ALLOW else data["category"]
        return [
            Trigger(
                kind=data["kind"],
                text=text,
                category=category,
                effect=data["effect"],
                rule_id=data["rule"],
                mode=data["mode"],
            )
            for text in data["texts"]
        ]

    @property
    def choices(self) -> list[forms.BoundField]:
        """The fields that are chosen from, in the order in which they are read."""
        names = ["kind", "effect", "category", "mode", *(["rule"] if self.has_rules else [])]
        return [self[name] for name in names]

    @property
    def made_from(self) -> int:
        """The version that the form says it was made from; -1, which nothing was, where it says none."""
        return -1 if "version" in self.errors else int(self.cleaned_data["version"])


def showing(trigger: Trigger, version: int) -> TriggerForm:
    """The form filled with a trigger, made from `version`."""
    fields = ("kind", "effect", "category", "mode")
    values = {field: getattr(trigger, field) for field in fields}
    values |= {"texts": trigger.text, "version": version, "rule": trigger.rule_id}
    if trigger.effect == Action.ALLOW:
        values["category"] = Category.SPAM
    return TriggerForm(trigger.source, initial=values)
