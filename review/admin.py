"""Back office for instance admins. What is append-only can be looked at, not changed."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from review.models import ApiToken, AuditEntry, Membership, ModelVersion, Policy, Rubric, Source, User
from review.records import audit


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    inlines = (MembershipInline,)


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "created_at")


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "source", "hint", "scopes", "created_at", "revoked_at")
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: Any) -> None:
        with transaction.atomic():
            for token in tokens.filter(revoked_at=None).select_for_update():
                token.revoked_at = timezone.now()
                token.save(update_fields=["revoked_at"])
                audit.record(request.user, "revoked token", token, token.source)  # type: ignore[arg-type]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "actor", "verb", "target", "target_id", "source")
    list_filter = ("verb", "source")


@admin.register(ModelVersion, Rubric, Policy)
class RecordAdmin(ReadOnlyAdmin):
    pass
