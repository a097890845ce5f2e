"""Addresses under /calibration/."""

from django.urls import path

from review.calibration import views

urlpatterns = [
    path("", views.calibration, name="calibration"),
    path("live/", views.live, name="calibration-live"),
    path("refit/", views.refit_now, name="calibration-refit"),
    path("activate/<int:pk>/", views.roll_back, name="calibration-activate"),
]
