"""What /triggers/ shows: the triggers of a source and what they matched, a form for more, starter sets, versions."""

from typing import Any

from django.db import connection

from review.models import Source, Trigger, TriggerSet
from review.registry.rules import versions_of
from review.triggers.forms import TriggerForm
from review.triggers.highlight import excerpt
from review.triggers.in_force import in_force, newest
from review.triggers.starter_sets import SETS
from review.triggers.trial import tried

PAGE = 50
VERSIONS = 15
LIMIT = 10_000

_COUNTS = """
SELECT t.id, (SELECT count(*) FROM (SELECT FROM review_triggermatch m WHERE m.trigger_id = t.id LIMIT %s) AS counted)
  FROM unnest(%s::bigint[]) AS t(id)
"""


def context_of(source: Source, form: TriggerForm | None, asked: str, before: str) -> dict[str, Any]:
    """The page from the trigger before the id `before` on, of those with `asked` in their text."""
    version = newest(source)
    triggers = Trigger.objects.filter(source=source, removed_in=None)
    if asked:
        triggers = triggers.filter(text__icontains=asked[:100])
    if before.isdecimal() and len(before) < 19:
        triggers = triggers.filter(pk__lt=int(before))
    rows = list(triggers.order_by("-pk")[: PAGE + 1])
    counts = _matches([row.pk for row in rows[:PAGE]])
    rules = versions_of({row.rule_id for row in rows if row.rule_id})
    versions = TriggerSet.objects.filter(source=source).select_related("created_by").order_by("-version")
    return {
        "source": source,
        "version": version,
        "rows": [(row, counts[row.pk], rules.get(row.rule_id)) for row in rows[:PAGE]],
        "failed": any(each.failed for each in in_force([source.pk]).values()),
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "asked": asked,
        "form": form or TriggerForm(source, initial={"version": version}),
        "sets": SETS,
        "versions": versions[:VERSIONS],
    }


def trial_of(source: Source, form: TriggerForm) -> dict[str, Any]:
    """What the form's triggers would have matched, or what is wrong with them."""
    if not form.data.get("texts", "").strip():
        return {}
    form.full_clean()
    if "texts" in form.errors or "kind" in form.errors:
        return {"problem": (form.errors.get("texts") or form.errors["kind"])[0]}
    data = form.cleaned_data
    found = tried(source, [Trigger(kind=data["kind"], text=text) for text in data["texts"]])
    samples = [
        (message, excerpt(message.text, [(match.start, match.end) for match in matches]))
        for message, matches in found.samples
    ]
    return {"tried": found, "samples": samples}


def _matches(ids: list[int]) -> dict[int, int]:
    """How many messages each of the triggers matched; at most LIMIT + 1, which reads as "more than LIMIT"."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [LIMIT + 1, ids])
        return dict(cursor.fetchall())
