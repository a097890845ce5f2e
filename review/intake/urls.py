"""Addresses under /intake/."""

from django.urls import path

from review.intake import views

urlpatterns = [
    path("", views.intake, name="intake"),
    path("<int:pk>/", views.file, name="intake-file"),
    path("<int:pk>/start/", views.start, name="intake-start"),
    path("<int:pk>/discard/", views.discard, name="intake-discard"),
    path("<int:pk>/rejected.csv", views.rejected, name="intake-rejected"),
]
