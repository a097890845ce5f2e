"""Addresses under /audit/."""

from django.urls import path

from review.insight import audit_views

urlpatterns = [
    path("", audit_views.audit, name="audit"),
    path("export/", audit_views.export, name="audit-export"),
]
