"""Addresses under /operations/."""

from django.urls import path

from review.insight import views

urlpatterns = [
    path("", views.operations, name="operations"),
    path("explain-everything/", views.explain_everything, name="explain_everything"),
    path("simulator/<slug:slug>/", views.simulator, name="simulator"),
]
