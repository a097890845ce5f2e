"""Addresses under /messages/."""

from django.urls import path

from review.search import views

urlpatterns = [
    path("", views.messages, name="messages"),
    path("<int:pk>/", views.message, name="message"),
]
