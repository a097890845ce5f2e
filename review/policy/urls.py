"""Addresses under /policy/."""

from django.urls import path

from review.policy import views

urlpatterns = [
    path("", views.show, name="policy"),
    path("<slug:slug>/preview/", views.preview, name="policy-preview"),
    path("<slug:slug>/save/", views.save, name="policy-save"),
    path("<slug:slug>/bring-back/<int:version>/", views.bring_back, name="policy-bring-back"),
]
