"""Addresses under /appeals/: the list for seniors, and for each outcome the public page behind its signed link."""

from django.urls import path

from review.insight import appeal_views, public_appeals

urlpatterns = [
    path("", appeal_views.appeals, name="appeals"),
    path("of-authors/<int:pk>/", appeal_views.of_author, name="appeal-of-author"),
    path("<str:token>/", public_appeals.appeal, name="appeal"),
]
