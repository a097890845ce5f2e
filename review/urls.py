"""The pages, by capability."""

from django.urls import URLPattern, URLResolver, include, path

from review.insight import team_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("review.desk.urls")),
    path("messages/", include("review.search.urls")),
    path("calibration/", include("review.calibration.urls")),
    path("policy/", include("review.policy.urls")),
    path("triggers/", include("review.triggers.urls")),
    path("models/", include("review.candidates.urls")),
    path("rubrics/", include("review.candidates.rubric_urls")),
    path("intake/", include("review.intake.urls")),
    path("sources/", include("review.intake.sources.urls")),
    path("appeals/", include("review.insight.appeal_urls")),
    path("authors/", include("review.insight.author_urls")),
    path("transparency/", include("review.insight.transparency_urls")),
    path("team/", include("review.insight.team_urls")),
    path("me/", team_views.mine, name="mine"),
    path("me/care/", team_views.save_care, name="save-care"),
    path("me/milder/", team_views.ask_for_milder, name="milder"),
    path("people/", include("review.people.urls")),
    path("audit/", include("review.insight.audit_urls")),
    path("start/", include("review.insight.first_steps_urls")),
    path("operations/", include("review.insight.urls")),
]
