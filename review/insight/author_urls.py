"""Addresses under /authors/."""

from django.urls import path

from review.insight import author_views, reporter_views

urlpatterns = [
    path("", author_views.authors, name="authors"),
    path("reporters/", reporter_views.reporters, name="reporters"),
    path("reporters/<int:pk>/mute/", reporter_views.mute, name="reporter-mute"),
    path("lift/<slug:slug>/<path:author>", author_views.lift, name="author-lift"),
    path("of/<slug:slug>/<path:author>", author_views.author, name="author"),
]
