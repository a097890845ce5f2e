"""Addresses under /people/."""

from django.urls import path

from review.people import link_views, views

urlpatterns = [
    path("", views.people, name="people"),
    path("invite/", views.invite, name="invite"),
    path("invitations/<int:pk>/take-back/", views.take_back, name="invitation-take-back"),
    path("sign-in-rules/", views.set_rules, name="sign-in-rules"),
    path("link/<str:token>/", link_views.one_time_link, name="one-time-link"),
    path("link/<str:token>/join/", link_views.join, name="one-time-link-join"),
    path("<int:pk>/", views.person, name="person"),
    path("<int:pk>/role/", views.give_role, name="person-role"),
    path("<int:pk>/role/<int:membership>/take/", views.take_role, name="person-role-take"),
    path("<int:pk>/active/", views.set_active, name="person-active"),
    path("<int:pk>/sessions/end/", views.end_sessions, name="person-sessions-end"),
    path("<int:pk>/second-factor/forget/", views.forget_second_factor, name="person-second-factor-forget"),
    path("<int:pk>/password-link/", views.password_link, name="person-password-link"),
]
