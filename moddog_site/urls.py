"""Every address, by capability."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from moddog_site import health
from review.intake.api import api
from review.people.language import words_for_scripts

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler403 = "review.access.forbidden"

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("words/<slug:language>.js", words_for_scripts, name="words"),
    path("", include("review.intake.dropin.urls")),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("review.urls")),
]
