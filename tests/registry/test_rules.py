"""The rule book: versions that stay, an order, and nothing over what was not seen."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from review.models import AuditEntry, Category, Rule, RuleVersion
from review.registry import rule_changes
from review.registry.rule_changes import NotInTheBook, Overtaken, TooMany
from review.registry.rules import rule_books, rules_of, state_of
from tests.rows import make_rule, make_source

pytestmark = pytest.mark.django_db
WORDS = {
    "locale": "en",
    "wording": {"en": {"name": "Be kind", "text": "To all."}, "de": {"name": "Sei nett", "text": "Zu allen."}},
    "category": "toxicity",
    "action": "hide",
    "note_template": {"en": "That was not kind."},
    "ground": "terms",
    "legal_ground": "",
}


@pytest.fixture
def source():
    return make_source()


def names(source):
    return [each.name for each in rules_of(source)]


def now(source):
    return state_of(rules_of(source))


def test_a_rule_is_in_its_main_language_whatever_else_it_is_written_in(source, dana):
    rule_changes.write(source, dana, WORDS, made_from=now(source))
    found = rules_of(source)[0]
    assert (found.name, found.text, found.note) == ("Be kind", "To all.", "That was not kind.")


def test_new_rules_come_last_and_new_versions_stay_where_they_are(source, dana, django_assert_num_queries):
    first, second = make_rule(source, "One"), make_rule(source, "Two")
    new = rule_changes.reword(source, dana, first.rule_id, WORDS, made_from=now(source))
    rule_changes.write(source, dana, WORDS | {"category": "spam"}, made_from=now(source))
    with django_assert_num_queries(1):
        found = rules_of(source)
        assert [(each.version, each.name, each.rule.position) for each in found] == [
            (2, "Be kind", 1),
            (1, "Two", 2),
            (1, "Be kind", 3),
        ]
    assert new.version == 2 and second in found
    assert RuleVersion.objects.get(pk=first.pk).name == "One"  # decisions that name it still say what it said


def test_the_same_words_make_no_version(source, dana):
    rule_changes.write(source, dana, WORDS, made_from=now(source))
    old = rules_of(source)[0]
    assert rule_changes.reword(source, dana, old.rule_id, WORDS, made_from=now(source)) == old
    assert RuleVersion.objects.count() == 1


def test_versions_are_never_edited(source):
    version = make_rule(source)
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).update(action="allow")


@pytest.mark.parametrize("steps, order", [(-1, "ACB"), (-9, "CAB"), (1, "ABC")])
def test_a_rule_moves_no_further_than_the_ends(source, dana, steps, order):
    *_, last = [make_rule(source, name) for name in "ABC"]
    rule_changes.move(source, dana, last.rule_id, steps, made_from=now(source))
    assert "".join(names(source)) == order
    assert [each.rule.position for each in rules_of(source)] == [1, 2, 3]


def test_a_retired_rule_leaves_the_book_and_the_others_close_up(source, dana):
    first, *_ = [make_rule(source, name) for name in "ABC"]
    rule_changes.retire(source, dana, first.rule_id, made_from=now(source))
    assert [(each.name, each.rule.position) for each in rules_of(source)] == [("B", 1), ("C", 2)]
    assert RuleVersion.objects.filter(rule=first.rule_id).count() == 2
    with pytest.raises(NotInTheBook):
        rule_changes.retire(source, dana, first.rule_id, made_from=now(source))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target, entry.target_id, entry.source) == ("retired rule", "rule", first.rule_id, source)


def test_nothing_is_changed_over_what_was_not_seen(source, dana):
    rule = make_rule(source)
    seen = now(source)
    rule_changes.write(source, dana, WORDS, made_from=seen)
    for late in (
        lambda: rule_changes.write(source, dana, WORDS, made_from=seen),
        lambda: rule_changes.reword(source, dana, rule.rule_id, WORDS, made_from=seen),
        lambda: rule_changes.move(source, dana, rule.rule_id, 1, made_from=seen),
        lambda: rule_changes.retire(source, dana, rule.rule_id, made_from=seen),
        lambda: rule_changes.add_starter_set(source, dana, made_from=seen),
    ):
        with pytest.raises(Overtaken):
            late()
    assert names(source) == ["No personal attacks", "Be kind"]


def test_the_starter_set_has_one_rule_for_each_of_six_categories(source, dana):
    rule_changes.add_starter_set(source, dana, made_from=now(source))
    found = rules_of(source)
    assert [each.category for each in found] == [
        Category.TOXICITY,
        Category.HARASSMENT,
        Category.HATE_SPEECH,
        Category.SEXUAL_CONTENT,
        Category.VIOLENCE,
        Category.SPAM,
    ]
    assert all(each.name and each.text and each.note for each in found)


def test_a_book_has_as_many_rules_as_the_desk_has_keys(source, dana):
    for number in range(rule_changes.MOST - 5):
        make_rule(source, f"Rule {number}")
    with pytest.raises(TooMany):
        rule_changes.add_starter_set(source, dana, made_from=now(source))
    assert Rule.objects.count() == rule_changes.MOST - 5


def test_a_category_names_a_rule_where_exactly_one_has_it(source, django_assert_num_queries):
    other = make_source("book-club")
    alone = make_rule(source, category="spam")
    make_rule(source), make_rule(source)
    elsewhere = make_rule(other)
    with django_assert_num_queries(1):
        found = rule_books({source.pk, other.pk}).by_category
    assert found == {(source.pk, "spam"): alone, (other.pk, "harassment"): elsewhere}


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_to_look_again(source, dana):
    seen, outcomes, together = now(source), [], threading.Barrier(2)

    def write():
        together.wait()
        try:
            outcomes.append(rule_changes.write(source, dana, WORDS, made_from=seen).version)
        except Overtaken:
            outcomes.append("overtaken")
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(map(str, outcomes)) == ["1", "overtaken"]
    assert names(source) == ["Be kind"]
