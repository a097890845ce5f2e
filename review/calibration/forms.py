"""What people ask of the calibration page, and what instance admins set there."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from inference.calibration.calibrators import KINDS
from inference.categories import CATEGORIES
from review.calibration.scope import Scope
from review.models import Category, ModelVersion, Role, Rubric, Score, Source, User
from review.models.visibility import reach_of
from review.registry.in_context import setup_of
from review.registry.scoring_setup import ScoringSetup, active_setup
from review.sentences import in_sentence

DAYS = (
    (0, gettext_lazy("all time")),
    (7, gettext_lazy("the last 7 days")),
    (30, gettext_lazy("the last 30 days")),
    (90, gettext_lazy("the last 90 days")),
)
KIND_NAMES = {
    "platt": "Platt",
    "beta": "Beta",
    "isotonic": gettext_lazy("Isotonic"),
    "venn_abers": "Venn-Abers",
    "histogram": gettext_lazy("Histogram"),
}


class ScopeForm(forms.Form):
    """Which figures to show. What makes no sense, or is out of sight, is left at its default: it is never an error."""

    source = forms.ModelChoiceField(
        Source.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("all yours"),
        label=gettext_lazy("Source"),
    )
    category = forms.ChoiceField(required=False, label=gettext_lazy("Category"))
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, required=False, label=gettext_lazy("Decided in"))
    model = forms.ChoiceField(required=False, label=gettext_lazy("Model"))

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, label_suffix="")
        self.user = user
        visible = Source.objects.visible_to(user).order_by("name")
        self.fields["source"].queryset = visible  # type: ignore[attr-defined]
        named = [(name, in_sentence(Category(name).label)) for name in CATEGORIES]
        self.fields["category"].choices = [("", gettext("any")), *named]  # type: ignore[attr-defined]
        self.setups = setups() if self.sees is None else {}
        self.fields["model"].choices = [  # type: ignore[attr-defined]
            ("", gettext("the one in use")),
            *((key, _named(setup)) for key, setup in self.setups.items()),
        ]
        self.is_valid()

    @property
    def setup(self) -> ScoringSetup | None:
        """The one that was chosen, or else the one in use: for one source that which its policy chooses."""
        if chosen := self.setups.get(self.cleaned_data.get("model", "")):
            return chosen
        source = self.cleaned_data.get("source")
        return setup_of(source) if source else active_setup()

    @property
    def scope(self) -> Scope:
        source = self.cleaned_data.get("source")
        return Scope(
            sources=(source.pk,) if source else self.sees,
            category=self.cleaned_data.get("category", ""),
            days=self.cleaned_data.get("days") or 0,
        )

    @cached_property
    def sees(self) -> tuple[int, ...] | None:
        """The ids of the sources that this person sees; None for all, candidates and other models included."""
        reach = reach_of(self.user, Role.MODERATOR)
        return None if reach is None else tuple(sorted(reach))


def setups() -> dict[str, ScoringSetup]:
    """Every model and rubric that have judged here: the newest first."""
    models, rubrics = ModelVersion.objects.order_by("-pk")[:10], Rubric.objects.order_by("-pk")[:10]
    pairs = [(model, rubric) for model in models for rubric in rubrics]
    if len(pairs) == 1:  # nothing to choose from, so nothing to look up
        pairs = []
    return {
        f"{model.pk}-{rubric.pk}": ScoringSetup(model, rubric)
        for model, rubric in pairs
        if Score.objects.filter(model=model, rubric=rubric).exists()
    }


def _named(setup: ScoringSetup) -> str:
    return gettext("%(model)s, rubric %(version)s") % {"model": setup.model.name, "version": setup.rubric.version}


class PromoteForm(forms.Form):
    why = forms.CharField(
        max_length=300,
        required=False,
        strip=True,
        label=gettext_lazy("Why"),
        error_messages={"max_length": gettext_lazy("Say it in 300 characters at most.")},
    )

    def __init__(self, *args: Any, needs_a_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = needs_a_reason
        self.fields["why"].error_messages["required"] = gettext("Say why: the gate did not let it through by itself.")


class PriorForm(forms.Form):
    """The share of violations in per cent."""

    percent = forms.FloatField(
        min_value=0.01,
        max_value=99.0,
        label=gettext_lazy("Violations among all messages, in %"),
        error_messages={
            "required": gettext_lazy("Give a share in per cent, such as 5."),
            "invalid": gettext_lazy("Give a number, such as 5."),
            "min_value": gettext_lazy("Give at least 0.01 per cent."),
            "max_value": gettext_lazy("Give at most 99 per cent."),
        },
    )
    why = forms.CharField(max_length=300, required=False, label=gettext_lazy("Why"))


class KindForm(forms.Form):
    kind = forms.ChoiceField(
        choices=[
            ("", gettext_lazy("The best by cross-fitted log-loss")),
            *((kind, KIND_NAMES[kind]) for kind in KINDS),
        ],
        required=False,
        label=gettext_lazy("Kind of calibrator that a refit fits"),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the list.")},
    )
    why = forms.CharField(max_length=300, required=False, label=gettext_lazy("Why"))
