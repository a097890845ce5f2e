"""Addresses under /triggers/."""

from django.urls import path

from review.triggers import views

urlpatterns = [
    path("", views.show, name="triggers"),
    path("<slug:slug>/try/", views.trial, name="triggers-try"),
    path("<slug:slug>/add/", views.add, name="triggers-add"),
    path("<slug:slug>/<int:pk>/", views.edit, name="trigger"),
    path("<slug:slug>/<int:pk>/remove/", views.remove, name="trigger-remove"),
    path("<slug:slug>/start/<slug:name>/", views.start, name="triggers-start"),
    path("<slug:slug>/versions/<int:number>/", views.go_back, name="triggers-go-back"),
]
