"""Addresses under /rubrics/."""

from django.urls import path

from review.candidates import rubric_views

urlpatterns = [
    path("", rubric_views.rubrics, name="rubrics"),
    path("write/", rubric_views.write, name="rubric-write"),
    path("<int:pk>/", rubric_views.rubric, name="rubric"),
    path("<int:pk>/charts/", rubric_views.charts, name="rubric-charts"),
    path("<int:pk>/try/", rubric_views.try_out, name="rubric-try"),
    path("<int:pk>/shadow/", rubric_views.shadow, name="rubric-shadow"),
    path("<int:pk>/force/", rubric_views.put_in_force, name="rubric-force"),
]
