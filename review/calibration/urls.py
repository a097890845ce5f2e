"""Addresses under /calibration/."""

from django.urls import path

from review.calibration import admin_views, views

urlpatterns = [
    path("", views.calibration, name="calibration"),
    path("live/", views.live, name="calibration-live"),
    path("charts/", views.charts, name="calibration-charts"),
    path("refit/", admin_views.refit_now, name="calibration-refit"),
    path("prior/", admin_views.set_prior, name="calibration-prior"),
    path("kind/", admin_views.pin, name="calibration-kind"),
    path("<int:pk>/", admin_views.compare, name="calibration-compare"),
    path("<int:pk>/flips/", admin_views.flips_of, name="calibration-flips"),
    path("activate/<int:pk>/", admin_views.activate, name="calibration-activate"),
]
