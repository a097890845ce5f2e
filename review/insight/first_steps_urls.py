"""Addresses under /start/."""

from django.urls import path

from review.insight import first_steps_views as views

urlpatterns = [
    path("", views.start, name="start"),
    path("community/", views.name_community, name="start-community"),
    path("token/", views.make_token, name="start-token"),
    path("arrived/", views.arrived, name="start-arrived"),
]
