"""Addresses under /sources/."""

from django.urls import path

from review.intake.sources import rule_views, views

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
    path("<slug:slug>/rules/", rule_views.show, name="source-rules"),
    path("<slug:slug>/rules/write/", rule_views.write, name="source-rules-write"),
    path("<slug:slug>/rules/start/", rule_views.start, name="source-rules-start"),
    path("<slug:slug>/rules/<int:rule_id>/", rule_views.change, name="source-rule"),
    path("<slug:slug>/rules/<int:rule_id>/move/", rule_views.move, name="source-rule-move"),
    path("<slug:slug>/rules/<int:rule_id>/retire/", rule_views.retire, name="source-rule-retire"),
    path("<slug:slug>/coral/", views.save_coral, name="source-coral"),
    path("<slug:slug>/coral/<int:position>/remove/", views.remove_secret, name="source-coral-remove"),
]
