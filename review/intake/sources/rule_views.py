"""The rule book of a source, for its admins: write, change, reorder, retire."""

from collections.abc import Callable

from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from review.access import source_admins_only
from review.intake.sources.rule_forms import RuleForm
from review.models import RuleVersion, Source, User
from review.registry import rule_changes
from review.registry.rule_changes import MOST, NotInTheBook, Overtaken, TooMany
from review.registry.rules import rules_of, state_of

COUNTED = 10_000
_USES = """
SELECT asked.id, (SELECT count(*) FROM (
           SELECT FROM review_outcome o JOIN review_ruleversion v ON v.id = o.rule_id
            WHERE v.rule_id = asked.id AND o.withdrawn_at IS NULL LIMIT %s) AS counted)
  FROM unnest(%s::bigint[]) AS asked (id)
"""


@source_admins_only
@require_safe
def show(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    return _page(request, source)


@source_admins_only
@require_POST
def write(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _page(request, source, form)
    try:
        new = rule_changes.write(source, user, form.words, made_from=form.cleaned_data["version"])
    except Overtaken:
        return _page(request, source, form, is_overtaken=True)
    except TooMany as error:
        form.add_error(None, str(error))
        return _page(request, source, form)
    messages.success(
        request, gettext("%(name)s is in the book. At the desk it has a key from now on.") % {"name": new.name}
    )
    return redirect("source-rules", source.slug)


@source_admins_only
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, source: Source, user: User, rule_id: int) -> HttpResponse:
    """One rule: a new version takes the place of the one in force."""
    rules = rules_of(source)
    rule = next((each for each in rules if each.rule_id == rule_id), None)
    if rule is None:
        raise Http404
    if request.method != "POST":
        return _one(request, source, rule, RuleForm(instance=rule, state=state_of(rules)))
    form = RuleForm(request.POST, instance=rule)
    if not form.is_valid():
        return _one(request, source, rule, form)
    try:
        new = rule_changes.reword(source, user, rule_id, form.words, made_from=form.cleaned_data["version"])
    except Overtaken:
        form.show_state(state_of(rules))
        return _one(request, source, rule, form, is_overtaken=True)
    messages.success(
        request, gettext("Version %(version)s of %(name)s is in force.") % {"version": new.version, "name": new.name}
    )
    return redirect("source-rules", source.slug)


@source_admins_only
@require_POST
def start(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """Add the rules that ship."""

    def press(made_from: str) -> str:
        added = rule_changes.add_starter_set(source, user, made_from=made_from)
        said = gettext("%(count)s rules are in the book. Change their words into your own.")
        return said % {"count": len(added)}

    return _pressed(request, source, press)


@source_admins_only
@require_POST
def move(request: HttpRequest, source: Source, user: User, rule_id: int) -> HttpResponse:
    """One place up, or down."""
    steps = {"up": -1, "down": 1}.get(request.POST.get("way", ""))
    if steps is None:
        raise Http404

    def press(made_from: str) -> str:
        moved = rule_changes.move(source, user, rule_id, steps, made_from=made_from)
        return gettext("%(name)s is rule %(number)s now.") % {"name": moved.name, "number": moved.rule.position}

    return _pressed(request, source, press)


@source_admins_only
@require_POST
def retire(request: HttpRequest, source: Source, user: User, rule_id: int) -> HttpResponse:
    def press(made_from: str) -> str:
        last = rule_changes.retire(source, user, rule_id, made_from=made_from)
        return gettext("%(name)s is retired. What was decided by it stays.") % {"name": last.name}

    return _pressed(request, source, press)


def _pressed(request: HttpRequest, source: Source, press: Callable[[str], str]) -> HttpResponse:
    """What a button does to the book that it was shown with, and the words for that; nothing where it is another."""
    try:
        messages.success(request, press(request.POST.get("version", "")))
    except Overtaken:
        return _page(request, source, is_overtaken=True)
    except TooMany as error:
        messages.error(request, str(error))
    except NotInTheBook:
        raise Http404 from None
    return redirect("source-rules", source.slug)


def _page(
    request: HttpRequest, source: Source, form: RuleForm | None = None, *, is_overtaken: bool = False
) -> HttpResponse:
    """The whole page, a form that was not saved as it was typed; 409 where the book was changed meanwhile."""
    rules = rules_of(source)
    state, uses = state_of(rules), _uses([each.rule_id for each in rules])
    if form and is_overtaken:
        form.show_state(state)
    context = {
        "here": "sources",
        "source": source,
        "rules": [(each, uses[each.rule_id]) for each in rules],
        "state": state,
        "most": MOST,
        "form": form or RuleForm(state=state),
        "is_overtaken": is_overtaken,
    }
    return render(request, "sources/rules.html", context, status=409 if is_overtaken else 200)


def _one(
    request: HttpRequest, source: Source, rule: RuleVersion, form: RuleForm, *, is_overtaken: bool = False
) -> HttpResponse:
    versions = RuleVersion.objects.filter(rule=rule.rule_id).select_related("created_by").order_by("-version")
    context = {
        "here": "sources",
        "source": source,
        "rule": rule,
        "form": form,
        "versions": versions[:20],
        "is_overtaken": is_overtaken,
    }
    return render(request, "sources/rule.html", context, status=409 if is_overtaken else 200)


def _uses(ids: list[int]) -> dict[int, int]:
    """On how many messages something was done by each rule; at most COUNTED + 1, which reads as "more than COUNTED"."""
    with connection.cursor() as cursor:
        cursor.execute(_USES, [COUNTED + 1, ids])
        return dict(cursor.fetchall())
