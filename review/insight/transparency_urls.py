"""Addresses under /transparency/."""

from django.urls import path

from review.insight import transparency_views

urlpatterns = [
    path("", transparency_views.show, name="transparency"),
    path("csv/", transparency_views.as_csv, name="transparency-csv"),
]
