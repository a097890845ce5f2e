"""Addresses under /models/."""

from django.urls import path

from review.candidates import views

urlpatterns = [
    path("", views.models, name="models"),
    path("side-by-side/", views.side_by_side, name="models-side-by-side"),
    path("<int:pk>/", views.model, name="model"),
    path("<int:pk>/charts/", views.charts, name="model-charts"),
    path("<int:pk>/shadow/", views.shadow, name="model-shadow"),
    path("<int:pk>/promote/", views.promote, name="model-promote"),
    path("<int:pk>/back/", views.roll_back, name="model-back"),
]
