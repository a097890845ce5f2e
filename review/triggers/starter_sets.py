"""Triggers that ship: lists to start from, a line each. A line that begins with # says something about the next."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from review.models import Action, Category, Source, Trigger

FOLDER = Path(__file__).parent / "starter"


@dataclass(frozen=True)
class StarterSet:
    """A list by its name, which is also that of its files: one for each kind, `<name>.<kind>.txt`."""

    name: str
    label: str | Promise
    about: str | Promise
    category: Category
    effect: Action = Action.REVIEW

    def triggers(self, mode: str) -> list[Trigger]:
        """What is on the list, not stored yet."""
        return [
            Trigger(kind=kind, text=line, category=self.category, effect=self.effect, mode=mode)
            for kind in Trigger.Kind.values
            for line in _lines(FOLDER / f"{self.name}.{kind}.txt")
        ]


SETS = (
    StarterSet(
        "spam",
        gettext_lazy("Spam"),
        gettext_lazy("Gifts, quick money, followers for sale, wallets to be unlocked."),
        Category.SPAM,
    ),
    StarterSet(
        "shorteners",
        gettext_lazy("Link shorteners"),
        gettext_lazy("Domains that hide where a link leads."),
        Category.SPAM,
    ),
    StarterSet(
        "self_harm",
        gettext_lazy("Self-harm"),
        gettext_lazy("Words of people who may be in danger, or who send others there. They always go to people first."),
        Category.SELF_HARM,
    ),
)


def in_shadow(source: Source, chosen: StarterSet) -> list[int]:
    """Those of the list (ids) that the source has in shadow: what is to make room where the list is switched on."""
    listed = {(each.kind, each.text) for each in chosen.triggers(Trigger.Mode.ON)}
    present = Trigger.objects.filter(source=source, removed_in=None, mode=Trigger.Mode.SHADOW)
    return [pk for pk, kind, text in present.values_list("pk", "kind", "text") if (kind, text) in listed]


def named(name: str) -> StarterSet | None:
    return next((each for each in SETS if each.name == name), None)


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    written = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in written if line and not line.startswith("#")]
