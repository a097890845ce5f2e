"""The desk's addresses."""

from django.urls import path

from review.desk import queue_views, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("take/", views.take, name="take"),
    path("figures/", views.figures, name="figures"),
    path("queue/", queue_views.queue, name="queue"),
    path("cases/<int:case_id>/", queue_views.case, name="case"),
    path("cases/<int:case_id>/open/", queue_views.open_case, name="open"),
    path("cases/<int:case_id>/decide/", views.decide, name="decide"),
    path("cases/<int:case_id>/skip/", views.skip, name="skip"),
    path("cases/<int:case_id>/release/", views.release, name="release"),
    path("cases/<int:case_id>/renew/", views.renew, name="renew"),
    path("decisions/<int:decision_id>/undo/", views.undo, name="undo"),
]
