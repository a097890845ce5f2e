"""Addresses under /policy/."""

from django.urls import path

from review.policy import risk_target_views, views

urlpatterns = [
    path("", views.show, name="policy"),
    path("<slug:slug>/preview/", views.preview, name="policy-preview"),
    path("<slug:slug>/save/", views.save, name="policy-save"),
    path("<slug:slug>/bring-back/<int:version>/", views.bring_back, name="policy-bring-back"),
    path("<slug:slug>/goals/", risk_target_views.listed, name="policy-goals"),
    path("<slug:slug>/goals/add/", risk_target_views.add, name="policy-goal-add"),
    path("<slug:slug>/goals/<int:pk>/change/", risk_target_views.change, name="policy-goal-change"),
    path("<slug:slug>/goals/<int:pk>/look/", risk_target_views.look, name="policy-goal-look"),
    path("<slug:slug>/goals/<int:pk>/rate/", risk_target_views.use_rate, name="policy-goal-rate"),
    path("<slug:slug>/goals/<int:pk>/withdraw/", risk_target_views.withdraw, name="policy-goal-withdraw"),
    path("<slug:slug>/goals/<int:pk>/end/", risk_target_views.end, name="policy-goal-end"),
    path("<slug:slug>/looks/<int:pk>/apply/", risk_target_views.apply, name="policy-look-apply"),
    path("<slug:slug>/alarms/<int:pk>/answer/", risk_target_views.answer, name="policy-alarm-answer"),
]
