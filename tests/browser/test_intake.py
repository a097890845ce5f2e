"""A file in a real browser: dropped, its columns named, started, watched to its end; by keyboard and on a phone too."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from review.intake import tasks
from review.models import Message
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)
CSV = b"number;words;who;verdict\n1;hello there;wren;0\n2;awful;kes;1\n3;;kes;1\n"
BEYOND = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def drop(page):
    page.get_by_label("File", exact=True).set_input_files({"name": "chat.csv", "mimeType": "text/csv", "buffer": CSV})
    page.get_by_role("button", name="See how it reads").click()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_file_goes_in(dana, browse, page, console, width):
    make_source()
    page.set_viewport_size({"width": width, "height": 844})
    browse(dana, "/intake/")
    drop(page)
    expect(page.get_by_text("Say which columns hold the id and the text.")).to_be_visible()
    expect(page.get_by_role("button", name="Take it in")).to_be_disabled()
    page.get_by_label("Id", exact=True).select_option("number")
    page.get_by_label("Text", exact=True).select_option("words")
    expect(page.get_by_role("cell", name="hello there")).to_be_visible()
    expect(page.get_by_text("1 of the first 3 rows will be rejected")).to_be_visible()
    page.get_by_label("Labels", exact=True).select_option("verdict")
    expect(page.get_by_role("cell", name="toxicity")).to_be_visible()
    assert not page.evaluate(BEYOND)
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    tasks.take_in_files()
    expect(page.get_by_role("heading", name="Taken in")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert not page.evaluate(BEYOND)
    with page.expect_download() as download:
        page.get_by_role("link", name="the lines and the reasons").click()
    assert "4,3,invalid,text: is required" in download.value.path().read_text()
    assert Message.objects.count() == 2
    assert console == []


def test_it_works_without_javascript(dana, client):
    source = make_source()
    client.force_login(dana)
    page = client.post("/intake/", {"source": source.pk, "file": SimpleUploadedFile("a.csv", CSV)}, follow=True)
    address = page.redirect_chain[-1][0]
    again = client.post(f"{address}start/", {"id": "number", "text": "words", "look": "again"})
    assert "hello there" in again.content.decode()
    client.post(f"{address}start/", {"id": "number", "text": "words"})
    tasks.take_in_files()
    assert Message.objects.count() == 2
