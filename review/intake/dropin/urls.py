"""The addresses that clients of other moderation APIs call: with and without a slash at the end, never a redirect."""

from django.urls import path, re_path

from review.intake.dropin import coral_views, openai_views, perspective_views

urlpatterns = [
    re_path(r"^v1/moderations/?$", openai_views.moderations),
    path("v1/<path:path>", openai_views.nothing_here),
    re_path(r"^v1alpha1/comments:analyze/?$", perspective_views.analyze),
    re_path(r"^v1alpha1/comments:suggestscore/?$", perspective_views.suggest_score),
    path("v1alpha1/<path:path>", perspective_views.nothing_here),
    re_path(r"^batch(?:/commentanalyzer(?:/v1alpha1)?)?/?$", perspective_views.batched),
    re_path(r"^\$discovery/rest/?$", perspective_views.discovery),
    re_path(r"^api/v1/coral/?$", coral_views.moderate),
]
