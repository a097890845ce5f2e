"""Addresses under /operations/."""

from django.urls import path

from review.insight import views

urlpatterns = [
    path("", views.operations, name="operations"),
    path("charts/", views.charts, name="operations-charts"),
    path("history/", views.history, name="operations-history"),
    path("explain-everything/", views.explain_everything, name="explain_everything"),
    path("simulator/<slug:slug>/", views.simulator, name="simulator"),
]
