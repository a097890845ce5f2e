"""Fit, gate and, if it passes, promote a calibrator now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inference.calibration.calibrator_json import from_json
from review.calibration import refit
from review.calibration.by_source import figures_of, in_words, next_version
from review.calibration.flips import Flips, flips
from review.models import Source
from review.registry.calibrators import unsaved
from review.registry.scoring_setup import ScoringSetup, active_setup


class Command(BaseCommand):
    help = "Fit a calibrator on the labels, compare it with the one in force, and promote it if it is better."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="fit this source's own calibrator, and no common one")
        parser.add_argument("--dry-run", action="store_true", help="print the comparison and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        setup = active_setup()
        if not setup:
            raise CommandError("no model has judged here yet, so there are no margins to fit on")
        source = self._source(options["source"])
        if options["dry_run"]:
            self._try(setup, source)
            return
        try:
            row = refit.refit_by_hand(setup, source)
        except refit.AnotherRefit as error:
            raise CommandError("another refit is running; try again when it is done") from error
        self._print(row.figures, row.labels)
        self.stdout.write(f"{row.get_result_display().lower()}: {row.reason}")

    def _try(self, setup: ScoringSetup, source: Source | None) -> None:
        found = refit.attempted(setup, timezone.now(), source)
        self._print(figures_of(found), found.labels)
        if following := next_version(found):
            self._print_flips(flips(setup, unsaved(setup, from_json(following.parameters))))
        reason = in_words(found, dict(Source.objects.values_list("pk", "name")))
        self.stdout.write(f"{'would be promoted' if found.promoted else 'no change'}: {reason}")

    def _source(self, slug: str | None) -> Source | None:
        if not slug:
            return None
        source = Source.objects.filter(slug=slug).first()
        if not source:
            raise CommandError(f"there is no source called {slug!r}")
        return source

    def _print(self, figures: dict[str, Any], labels: int) -> None:
        outside = figures.get("outside", 0)
        self.stdout.write(f"{labels:,} labels; {outside:,} of spam or self-harm are outside what the model detects")
        for kind, loss in figures.get("log_loss", {}).items():
            self.stdout.write(f"  {kind:10} cross-fitted log-loss {loss:.4f}, {self._described(kind, figures)}")
        for kind, why in figures.get("left_out", {}).items():
            self.stdout.write(f"  {kind:10} left out: {why}")
        if "offsets" in figures:
            self.stdout.write(self._offsets(figures["offsets"]))
        if gate := figures.get("gate"):
            self._print_gate(gate)

    def _described(self, kind: str, figures: dict[str, Any]) -> str:
        behind = figures["behind"][kind]
        words = (
            "the best"
            if kind == figures["best"]
            else f"behind the best by {behind['mean']:.4f}, paired standard error {behind['error']:.4f}"
        )
        if kind != figures["chosen"]:
            return words
        why = "pinned by an admin" if figures["pinned"] else "the simplest within one standard error of the best"
        return f"{words}  <- {why}"

    def _offsets(self, offsets: dict[str, dict[str, float]]) -> str:
        used = {name: move for moves in offsets.values() for name, move in moves.items()}
        if not used:
            return "offsets of category and source: not used, they gain less than one standard error"
        return "offsets, in logits: " + ", ".join(f"{name} {move:+.2f}" for name, move in used.items())

    def _print_gate(self, gate: dict[str, Any]) -> None:
        band = "outside" if gate["active_ece"] > gate["active_q95"] else "within"
        self.stdout.write(
            f"gate: log-loss {gate['candidate']:.4f} against {gate['active']:.4f} on {gate['labels']:,} cohort labels "
            f"(effective {gate['effective']:.0f}), difference {gate['difference']:+.4f}, at most {gate['bound']:+.4f} "
            f"with 90 % confidence"
        )
        self.stdout.write(
            f"the one in force is {band} its band: calibration error {gate['active_ece']:.3f}, up to "
            f"{gate['active_q95']:.3f} by chance"
        )

    def _print_flips(self, found: Flips) -> None:
        self.stdout.write(
            f"flips: {found.flipping:,} of the last {found.outcomes:,} automatic outcomes, "
            f"{found.flipping_cases:,} of {found.waiting:,} waiting cases"
        )
