"""Cells of CSV that a spreadsheet takes for what they are: text from outside never becomes a formula."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width ones count, too


def safe_cell(cell: object) -> object:
    """A text that begins as a formula does gets an apostrophe before it; nothing for None; all else as it is."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
