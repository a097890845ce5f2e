"""Addresses under /policy/."""

from django.urls import path

from review.policy import risk_target_views, views

urlpatterns = [
    path("", views.show, name="policy"),
    path("<slug:slug>/charts/", views.charts, name="policy-charts"),
    path("<slug:slug>/preview/", views.preview, name="policy-preview"),
    path("<slug:slug>/save/", views.save, name="policy-save"),
    path("<slug:slug>/strikes/", views.save_strikes, name="policy-strikes"),
    path("<slug:slug>/desk/", views.save_desk, name="policy-desk"),
    path("<slug:slug>/bring-back/<int:version>/", views.bring_back, name="policy-bring-back"),
    path("<slug:slug>/risk-targets/", risk_target_views.listed, name="policy-targets"),
    path("<slug:slug>/risk-targets/add/", risk_target_views.add, name="policy-target-add"),
    path("<slug:slug>/risk-targets/<int:pk>/change/", risk_target_views.change, name="policy-target-change"),
    path("<slug:slug>/risk-targets/<int:pk>/attempt/", risk_target_views.attempt, name="policy-target-attempt"),
    path("<slug:slug>/risk-targets/<int:pk>/rate/", risk_target_views.use_rate, name="policy-target-rate"),
    path("<slug:slug>/risk-targets/<int:pk>/withdraw/", risk_target_views.withdraw, name="policy-target-withdraw"),
    path("<slug:slug>/risk-targets/<int:pk>/end/", risk_target_views.end, name="policy-target-end"),
    path("<slug:slug>/attempts/<int:pk>/apply/", risk_target_views.apply, name="policy-attempt-apply"),
    path("<slug:slug>/alarms/<int:pk>/answer/", risk_target_views.answer, name="policy-alarm-answer"),
]
