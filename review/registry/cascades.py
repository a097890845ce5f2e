"""The versions that are made of two, and the versions that they are made of."""

from dataclasses import asdict

from inference.scoring.cascade import Deferral
from inference.scoring.identity import CASCADE, form_of_cascade
from inference.scoring.prompt_form import prompt_form
from inference.scoring.verdict_format import format_names
from review.models import Cascade, ModelVersion


def cascade_of(model: ModelVersion) -> Cascade | None:
    """What a version is made of; None where it is one model."""
    if model.format != CASCADE:
        return None
    return Cascade.objects.select_related("first", "second").get(model=model)


def parts_of(model: ModelVersion) -> list[ModelVersion]:
    """The versions whose weights judge: the two of a cascade, or the model itself."""
    cascade = cascade_of(model)
    return [cascade.first, cascade.second] if cascade else [model]


def deferral_of(cascade: Cascade) -> Deferral:
    return Deferral(cascade.low, cascade.high, cascade.slope, cascade.offset)


def form_now(model: ModelVersion, earlier_messages: int | None = None) -> str:
    """The prompt form in which this code asks a version, with as many earlier messages as it has or as are given.

    Empty where this code has one of its formats no more.
    """
    number = model.earlier_messages if earlier_messages is None else earlier_messages
    forms = [prompt_form(number, part.format) if part.format in format_names() else "" for part in parts_of(model)]
    if not all(forms):
        return ""
    return forms[0] if len(forms) == 1 else form_of_cascade(*forms)


def copy_cascade(model: ModelVersion, to: ModelVersion) -> None:
    """Have another version of the same two, asked in another form, be made of them too."""
    if cascade := cascade_of(model):
        parts = {"first": cascade.first, "second": cascade.second, "labels": cascade.labels}
        Cascade.objects.get_or_create(model=to, defaults=parts | asdict(deferral_of(cascade)))
