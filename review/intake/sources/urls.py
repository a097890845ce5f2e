"""Addresses under /sources/."""

from django.urls import path

from review.intake.sources import erasure_views, rule_views, views, webhook_views

urlpatterns = [
    path("", views.index, name="sources"),
    path("<slug:slug>/", views.show, name="source"),
    path("<slug:slug>/tokens/", views.make_token, name="source-token"),
    path("<slug:slug>/tokens/<int:pk>/revoke/", views.revoke_token, name="source-token-revoke"),
    path("<slug:slug>/tokens/<int:pk>/limits/", views.limit_token, name="source-token-limits"),
    path("<slug:slug>/backlog/", views.limit_backlog, name="source-backlog"),
    path("<slug:slug>/languages/", views.judge_languages, name="source-languages"),
    path("<slug:slug>/retention/", views.keep_for, name="source-retention"),
    path("<slug:slug>/erase/", erasure_views.erase_author, name="source-erase"),
    path("<slug:slug>/language/", views.speak, name="source-language"),
    path("<slug:slug>/translator/", views.translate, name="source-translator"),
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
    path("<slug:slug>/webhooks/", webhook_views.show, name="source-webhooks"),
    path("<slug:slug>/webhooks/make/", webhook_views.make, name="source-webhook-make"),
    path("<slug:slug>/webhooks/<int:pk>/change/", webhook_views.change, name="source-webhook-change"),
    path("<slug:slug>/webhooks/<int:pk>/rotate/", webhook_views.rotate, name="source-webhook-rotate"),
    path("<slug:slug>/webhooks/<int:pk>/pause/", webhook_views.pause, name="source-webhook-pause"),
    path("<slug:slug>/webhooks/<int:pk>/test/", webhook_views.test, name="source-webhook-test"),
    path(
        "<slug:slug>/webhooks/<int:pk>/<int:delivery_pk>/redeliver/",
        webhook_views.send_again,
        name="source-webhook-redeliver",
    ),
]
