"""What an admin sets about a source's intake."""

from django import forms

from review.models import ApiToken, Source


class TokenLimitsForm(forms.ModelForm):  # type: ignore[type-arg]
    """How much a token may send a minute; empty is any number."""

    class Meta:
        model = ApiToken
        fields = ("messages_a_minute", "text_a_minute")
        labels = {"messages_a_minute": "Messages a minute", "text_a_minute": "Bytes of text a minute"}  # noqa: RUF012


class BacklogForm(forms.ModelForm):  # type: ignore[type-arg]
    """How many messages may wait before the source's are turned away."""

    class Meta:
        model = Source
        fields = ("backlog_limit",)
        labels = {"backlog_limit": "Most messages that wait"}  # noqa: RUF012
