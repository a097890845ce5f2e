"""The pages, by capability."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("review.desk.urls")),
    path("calibration/", include("review.calibration.urls")),
    path("policy/", include("review.policy.urls")),
    path("triggers/", include("review.triggers.urls")),
    path("models/", include("review.candidates.urls")),
    path("intake/", include("review.intake.urls")),
    path("sources/", include("review.intake.sources.urls")),
    path("appeals/", include("review.insight.appeal_urls")),
    path("authors/", include("review.insight.author_urls")),
    path("transparency/", include("review.insight.transparency_urls")),
    path("operations/", include("review.insight.urls")),
]
