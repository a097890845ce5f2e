"""Addresses under /operations/."""

from django.urls import path

from review.insight import views

urlpatterns = [
    path("", views.operations, name="operations"),
    path("simulator/<slug:slug>/", views.simulator, name="simulator"),
]
