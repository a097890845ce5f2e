"""Every page, read by axe-core as it is for each role, light and dark: nothing that it calls serious or critical."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.utils import timezone

from review.desk import claims
from review.desk.recording import record_decision
from review.models import Case
from tests.rows import make_case, make_message, make_source, make_verdict
from tests.site.test_reach import MAY, address, people, values  # noqa: F401 - fixtures: a page without a row fails there

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # axe is put into the page, which its Content-Security-Policy forbids; colours that fade in would be read midway.
    pytest.mark.browser_context_args(bypass_csp=True, reduced_motion="reduce"),
]
ALLAUTH = ["/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/sessions/"]
OF_NOBODY = ["/accounts/login/", "/accounts/password/reset/"]
READ = """async ([part, colours]) => {
  const found = await axe.run(part, colours ? {runOnly: ["color-contrast"]} : {resultTypes: ["violations"]});
  return found.violations.filter(each => ["serious", "critical"].includes(each.impact)).flatMap(each =>
    each.nodes.map(node => `${each.id}: ${node.html.slice(0, 200)} (${node.any.map(any => any.message).join("; ")})`));
}"""


@pytest.fixture
def community(people):  # noqa: F811
    """Talk of the arcade: what waits, what was decided, and what a person at the desk has before them."""
    arcade = make_source()
    for number in range(12):
        message = make_message(arcade, f"words of number {number}, \u202eturned round", author="kestrel", thread="late")
        verdict = make_verdict(message, number / 12, number / 2 - 3)
        made = make_case(arcade, message, verdict=verdict, priority=-number, blind=number % 5 == 1)
        if number % 3 == 0:
            Case.objects.filter(pk=made.pk).update(state=Case.State.DECIDED, decided_at=timezone.now())
            record_decision(made, people["senior"], "toxicity", made_at=message.sent_at, effective_at=message.sent_at)


@pytest.fixture
def pages(community, people, values):  # noqa: F811
    """`pages(role)`: who has that role, with a case at the desk, and the addresses that answer them with
    a page of its own, and no fragment or file.
    """

    def are_for(role):
        client = Client()
        if people[role]:
            client.force_login(people[role])
            claims.take_next(people[role])
        addresses = [address(name, values) for name, who in MAY.items() if role in who]
        answers = ((path, client.get(path)) for path in addresses)
        own = [path for path, answer in answers if answer.status_code == 200 and b"<main" in answer.getvalue()]
        return people[role], own + (ALLAUTH if people[role] else OF_NOBODY)

    return are_for


@pytest.mark.parametrize("role", ["signed out", "moderator", "instance admin"])
def test_nothing_keeps_anybody_out(role, pages, browse, live_server, page):
    person, addresses = pages(role)
    browse(person, addresses[0])
    page.add_init_script(AXE_SCRIPT)
    found, part = [], "html"
    for path in addresses:
        page.emulate_media(color_scheme="light")
        page.goto(f"{live_server.url}{path}")
        found += [f"{path} {each}" for each in page.evaluate(READ, ["html", False])]
        if role == "moderator":
            continue  # the colours are the same for all who sign in
        page.emulate_media(color_scheme="dark")
        found += [f"{path}, dark: {each}" for each in page.evaluate(READ, [part, True])]
        part = "main"  # what is around it looks the same on every page
    assert not found, "\n".join(found)
    assert len(addresses) >= {"signed out": 3, "moderator": 12, "instance admin": 35}[role]
