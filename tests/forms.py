"""Forms as a person posts them: made from a page that they have seen."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client


def version_in(page: HttpResponse, action: str) -> str:
    """The version that the page's form with this action was made from."""
    form = page.content.decode().split(f'action="{action}"')[1].split("</form>")[0]
    found = re.search(r'name="version" value="(\w+)"', form)
    assert found, f"the form of {action} says no version"
    return found[1]


def save(client: Client, page: str, action: str, data: dict[str, str], **options: Any) -> Any:
    """Open `page`, fill `data` into its form with this action, and post it."""
    return client.post(action, data | {"version": version_in(client.get(page), action)}, **options)
