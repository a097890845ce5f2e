"""What of a page, and of the statements behind it, may not differ between blind cases of different kinds."""

import re
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone


def shape(page: str) -> str:
    """A page with all that differs between any two cases taken out: ids, tokens, times and words."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"|nonce="[^"]+"', "", page)
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "TOKEN", page)
    page = re.sub(r"uninstall, do us all a favour|go back home", "TEXT", page)
    page = re.sub(r"wren|kestrel", "AUTHOR", page)
    now = timezone.now()
    days = "|".join(f"{each:%Y-%m-%d}" for each in (now - timedelta(minutes=5), now))  # of today alone, or midnight's
    page = re.sub(rf"(?:{days})T[\d:.+]+|\b\d\d:\d\d\b", "TIME", page)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "N", page))


def statements(captured: Iterable[dict[str, str]]) -> list[str]:
    """What was asked of the database, with all values taken out."""
    value = r"'(?:[^']|'')*'(::\w+)?|\"s\d+_x\d+\"|\b\d[\d.]*\b|\b(?i:true|false|null)\b"
    words = [re.sub(value, "?", each["sql"]) for each in captured]
    return [re.sub(r"ARRAY\[[^\]]*\](::\w+\[\])?|\?(, \?)+", "?", " ".join(each.split())) for each in words]
