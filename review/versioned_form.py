"""Forms that know which values they were made from, so that nobody's change is lost without a word."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext_lazy

OVERTAKEN = gettext_lazy(
    "Somebody changed this since the page was opened, and nothing was saved. What holds now is shown when the page is "
    "loaded again; save again to put what stands here in its place."
)


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg] # not generic while running
    """A form of one row that is refused where the row is no longer what the form was made from.

    `version` is a digest of the fields that it shows. The view must hold a lock on the row from before the form is made
    until it is saved, and ask `is_current` before it saves. After a refusal the form carries the new version: whoever
    has read the message may save again.
    """

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    shown: Sequence[str] = ()
    """Fields of the row that the form shows beside those of its `Meta`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = [*(self._meta.fields or ()), *self.shown]
        self._found = version_of(self.instance, fields)
        self.initial["version"] = self._found
        self.is_overtaken = False

    def is_current(self) -> bool:
        """Whether the row is still what the form was made from; if not, the form says so and `is_overtaken`."""
        self.is_overtaken = self.data.get(self.add_prefix("version")) != self._found
        if self.is_overtaken:
            data = QueryDict(mutable=True)
            data.update(self.data)
            data[self.add_prefix("version")] = self._found
            self.data = data
            self.add_error(None, OVERTAKEN)
        return not self.is_overtaken


def version_of(row: Model, fields: Sequence[str]) -> str:
    """A digest of the values of `fields`."""
    values = json.dumps([getattr(row, name) for name in fields], sort_keys=True, default=str)
    return hashlib.sha256(values.encode()).hexdigest()[:16]
