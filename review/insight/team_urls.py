"""Addresses under /team/."""

from django.urls import path

from review.insight import load_views, team_views

urlpatterns = [
    path("", team_views.team, name="team"),
    path("<slug:slug>/load/", load_views.load, name="team-load"),
    path("<slug:slug>/load/charts/", load_views.charts, name="team-load-charts"),
    path("<slug:slug>/rates/", team_views.save_rates, name="team-rates"),
    path("<slug:slug>/gold/", team_views.gold_items, name="team-gold"),
    path("<slug:slug>/gold/mix/", team_views.save_mix, name="team-gold-mix"),
    path("<slug:slug>/gold/write/", team_views.write_gold, name="team-gold-write"),
    path("<slug:slug>/gold/from/<int:pk>/", team_views.gold_from_case, name="team-gold-from"),
    path("<slug:slug>/gold/<int:pk>/retire/", team_views.retire_gold, name="team-gold-retire"),
]
