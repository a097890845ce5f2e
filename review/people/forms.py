"""The forms of `/people/` and of the pages behind its links."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy

from review import mail
from review.access import administered_by
from review.models import Role, SignInRules, Source, User

EVERYWHERE = gettext_lazy("All sources")
TAKEN = gettext_lazy("Somebody has this name already.")


class RoleForm(forms.Form):
    """A role in one of the sources in which `actor` may give it."""

    source = forms.ModelChoiceField(
        Source.objects.none(), required=False, empty_label=None, to_field_name="slug", label=gettext_lazy("Source")
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.MODERATOR, label=gettext_lazy("Role"))

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - as declared above
        field.queryset = administered_by(actor)
        if actor.is_instance_admin:
            field.empty_label = EVERYWHERE
        else:
            field.required = True


class InvitationForm(RoleForm):
    """Who is asked, and to what."""

    name = forms.CharField(
        max_length=150,
        required=False,
        label=gettext_lazy("Who it is for"),
        help_text=gettext_lazy("For this list only."),
    )
    email = forms.EmailField(
        required=False,
        label=gettext_lazy("Send it to"),
        help_text=gettext_lazy("Empty: you hand the link over yourself."),
    )
    field_order = ("name", "email", "source", "role")

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        if not mail.is_set():
            del self.fields["email"]


class SignInRulesForm(forms.ModelForm):  # type: ignore[type-arg] # not generic while running
    """From which role on a second factor is asked."""

    class Meta:
        model = SignInRules
        fields = ("second_factor_from",)


class PasswordForm(forms.Form):
    """A new password, for whoever has the link."""

    password = forms.CharField(
        strip=False,
        label=gettext_lazy("Password"),
        min_length=10,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters."),
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.person = person

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if password := data.get("password"):
            try:
                validate_password(password, self.person or User(username=data.get("username", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class AccountForm(PasswordForm):
    """A new account."""

    username = forms.CharField(
        max_length=150,
        label=gettext_lazy("Name to sign in with"),
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    field_order = ("username", "password")

    def clean_username(self) -> str:
        """As the model takes it, and nobody else's in any case."""
        username = str(User.normalize_username(self.cleaned_data["username"]))
        User.username_validator(username)
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(TAKEN)
        return username
