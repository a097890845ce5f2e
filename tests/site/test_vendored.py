"""The Plotly that Python makes figures for is the one that the browser draws them with."""

from plotly.offline import get_plotlyjs_version

from moddog_site.variables import PROJECT


def test_both_plotlys_are_of_one_version() -> None:
    bundle = (PROJECT / "static" / "vendor" / "plotly" / "plotly-basic.min.js").read_text(encoding="utf-8")
    assert f"v{get_plotlyjs_version()}\n" in bundle[:200]


def test_the_table_of_vendored_files_says_so() -> None:
    table = (PROJECT / "static" / "vendor" / "README.md").read_text(encoding="utf-8")
    assert f"| `plotly.js-basic-dist-min` | {get_plotlyjs_version()} |" in table
