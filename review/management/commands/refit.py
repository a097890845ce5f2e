"""Fit, gate and, if it passes, promote a calibrator now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from review.calibration import refit
from review.judging.registry import active_judge
from review.models import Source


class Command(BaseCommand):
    help = "Fit a calibrator on the labels, compare it with the one in force, and promote it if it is better."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="fit on this source's labels only")
        parser.add_argument("--dry-run", action="store_true", help="print the comparison and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        judge = active_judge()
        if not judge:
            raise CommandError("no model has judged here yet, so there are no margins to fit on")
        source = self._source(options["source"])
        if options["dry_run"]:
            found = refit.attempted(judge, timezone.now(), source)
            self._print(
                found.figures, found.labels, found.reason, "would be promoted" if found.promoted else "no change"
            )
            return
        try:
            row = refit.refit_by_hand(judge, source)
        except refit.AnotherRefit as error:
            raise CommandError("another refit is running; try again when it is done") from error
        self._print(row.figures, row.labels, row.reason, row.get_result_display().lower())

    def _source(self, slug: str | None) -> Source | None:
        if not slug:
            return None
        source = Source.objects.filter(slug=slug).first()
        if not source:
            raise CommandError(f"there is no source called {slug!r}")
        return source

    def _print(self, figures: dict[str, Any], labels: int, reason: str, result: str) -> None:
        outside = figures.get("outside", 0)
        self.stdout.write(f"{labels:,} labels; {outside:,} of spam or self-harm are outside what the model detects")
        for kind, loss in figures.get("log_loss", {}).items():
            chosen = "  <- the simplest within one standard error of the best" if kind == figures["chosen"] else ""
            self.stdout.write(f"  {kind:10} cross-fitted log-loss {loss:.4f}{chosen}")
        for kind, why in figures.get("left_out", {}).items():
            self.stdout.write(f"  {kind:10} left out: {why}")
        if gate := figures.get("gate"):
            self.stdout.write(
                f"gate: {gate['candidate']:.4f} against {gate['active']:.4f} on {gate['labels']:,} cohort labels "
                f"(effective {gate['effective']:.0f}), difference {gate['difference']:+.4f}, at most "
                f"{gate['bound']:+.4f} with 90 % confidence"
            )
        self.stdout.write(f"{result}: {reason}")
