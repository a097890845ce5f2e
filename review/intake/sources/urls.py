"""Addresses under /sources/."""

from django.urls import path

from review.intake.sources import views

urlpatterns = [
    path("", views.index, name="sources"),
    path("<slug:slug>/", views.show, name="source"),
    path("<slug:slug>/tokens/", views.make_token, name="source-token"),
    path("<slug:slug>/tokens/<int:pk>/revoke/", views.revoke_token, name="source-token-revoke"),
    path("<slug:slug>/tokens/<int:pk>/limits/", views.limit_token, name="source-token-limits"),
    path("<slug:slug>/backlog/", views.limit_backlog, name="source-backlog"),
    path("<slug:slug>/retention/", views.keep_for, name="source-retention"),
    path("<slug:slug>/clients/", views.save_clients, name="source-clients"),
    path("<slug:slug>/clients/preview/", views.preview, name="source-clients-preview"),
    path("<slug:slug>/coral/", views.save_coral, name="source-coral"),
    path("<slug:slug>/coral/<int:position>/remove/", views.remove_secret, name="source-coral-remove"),
]
