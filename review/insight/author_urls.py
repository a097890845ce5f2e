"""Addresses under /authors/."""

from django.urls import path

from review.insight import reporter_views

urlpatterns = [
    path("reporters/", reporter_views.reporters, name="reporters"),
    path("reporters/<int:pk>/mute/", reporter_views.mute, name="reporter-mute"),
]
