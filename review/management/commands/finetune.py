"""Fine-tune a model on what reviewers decided, measure it beside the old one, and register it as a candidate."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from review.candidates import finetuning
from review.candidates.side_by_side import side_by_side
from review.candidates.training_labels import TrainingLabels, training_labels
from review.management.arguments import positive, positive_number
from review.management.candidates import begun, refuse_shadow_beside_a_server
from review.models import ModelVersion, Source
from review.registry.cascades import cascade_of
from review.registry.model_versions import AlreadyRegistered
from review.registry.scoring_setup import ScoringSetup, active_setup

if TYPE_CHECKING:
    from inference.finetuning.finetune import Settings


class Command(BaseCommand):
    help = (
        "Teach a model what your reviewers decided (LoRA), and register the result as a candidate. It judges nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SLUG", help="decisions of this source only")
        parser.add_argument(
            "--base", type=int, metavar="ID", help="of a model in the registry; default: the active one"
        )
        parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: a new folder under MODDOG_HOME/models")
        parser.add_argument("--held-out", type=float, default=0.25, metavar="SHARE", help="default 0.25")
        parser.add_argument("--epochs", type=positive, default=6, help="default 6")
        parser.add_argument("--rank", type=positive, default=8, help="of the adapters; default 8")
        parser.add_argument("--rate", type=positive_number, help="learning rate; by the model's size if left out")
        parser.add_argument("--rows", type=positive, default=32, help="texts of a step; default 32")
        parser.add_argument("--four-bit", action="store_true", help="QLoRA: needs CUDA and bitsandbytes")
        parser.add_argument("--seed", type=int, default=0, help="default 0")
        parser.add_argument("--shadow", action="store_true", help="run the candidate in shadow at once")
        parser.add_argument("--export", type=Path, metavar="FILE", help="write what would be taught, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        setup, at = self._judge(options["base"]), timezone.now()
        found = training_labels(at, self._source(options["source"]))
        if not 0.0 < options["held_out"] <= 0.5:
            raise CommandError("--held-out must lie above 0 and not above 0.5")
        try:
            parts = finetuning.parts(found, options["held_out"], options["seed"], finetuning.taught_to(setup.model))
        except finetuning.TooFewDecisions as error:
            raise CommandError(str(error)) from error
        self._say(found, parts)
        if options["export"]:
            try:
                self._export(options["export"], parts)
            except OSError as error:
                raise CommandError(f"nothing could be exported: {error}") from error
            return
        out = self._folder(options["out"], setup.model)
        refuse_shadow_beside_a_server(asked=options["shadow"])
        plan = finetuning.Plan(setup, at, found, parts, out, self._settings(options))
        model = self._candidate(plan)
        self.stdout.write(f"Candidate {model.pk}, {model}, is in {out}. {begun(model, asked=options['shadow'])}")
        self._measure(plan, model)

    def _candidate(self, plan: finetuning.Plan) -> ModelVersion:
        from inference.finetuning.finetune import CannotFinetune

        with tqdm(desc="training", unit="step", disable=not sys.stderr.isatty()) as bar:
            try:
                return finetuning.tune(plan, lambda done, total: _move(bar, done, total))
            except (CannotFinetune, AlreadyRegistered, OSError) as error:
                raise CommandError(str(error)) from error

    def _measure(self, plan: finetuning.Plan, model: ModelVersion) -> None:
        self.stdout.write(f"Measuring it and {plan.setup.model} on what was held out.")
        try:
            compared = finetuning.compare(plan, model, _watched)
        except Exception as error:  # whatever it is: the candidate is there, and hours of training with it
            raise CommandError(f"{model} is candidate {model.pk}, but could not be measured: {error!r}") from error
        if compared.base and compared.candidate:
            self.stdout.write(side_by_side(compared.base, compared.candidate))
        else:
            self.stdout.write("Too few decisions are held out, or of one kind only, to measure anything on them.")

    def _judge(self, base: int | None) -> ScoringSetup:
        setup = active_setup()
        if not setup:
            raise CommandError("no model has judged here yet; start moddog once, or run manage.py classify")
        if base is None:
            return _whole(setup)
        model = ModelVersion.objects.filter(pk=base).first()
        if not model:
            known = ", ".join(f"{one.pk} ({one})" for one in ModelVersion.objects.order_by("pk"))
            raise CommandError(f"there is no model {base}; the registry has {known}")
        return _whole(ScoringSetup(model, setup.rubric))

    def _source(self, slug: str | None) -> Source | None:
        source = Source.objects.filter(slug=slug).first() if slug else None
        if slug and not source:
            raise CommandError(f"there is no source called {slug!r}")
        return source

    def _folder(self, asked: Path | None, base: ModelVersion) -> Path:
        if asked:
            out = asked.expanduser().absolute()
            if out.exists():
                raise CommandError(f"{out} is there already; name another folder")
            return out
        if django_settings.VARIABLES.database_url:
            raise CommandError("with an external database, --out must name a folder that every worker can read")
        folder: Path = django_settings.HOME.root / "models"
        stem = base.name.split("/")[-1].split("-tuned")[0]
        out = folder / f"{stem}-tuned-{timezone.now():%Y%m%d-%H%M%S}"
        return out

    def _settings(self, options: dict[str, Any]) -> "Settings":
        from inference.finetuning.finetune import Settings
        from inference.scoring.devices import device_for

        asked = {name: options[name] for name in ("epochs", "rank", "rate", "rows", "four_bit", "seed")}
        try:
            return Settings(**asked, device=device_for(django_settings.VARIABLES.device or None))
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _say(self, found: TrainingLabels, parts: finetuning.Parts) -> None:
        self.stdout.write(
            f"{len(parts.taught):,} texts to teach, {len(parts.held_out):,} held out; left out: {found.split:,} on "
            f"which reviewers split evenly, {found.outside:,} decisions of spam or self-harm"
        )

    def _export(self, path: Path, parts: finetuning.Parts) -> None:
        with path.open("w", encoding="utf-8") as lines:
            for part, texts in (("taught", parts.taught), ("held_out", parts.held_out)):
                for one in texts:
                    flag = int(one.target > 0.5)
                    row = {"text": one.text, "flag": flag, "category": one.category if flag else "benign"}
                    row |= {"score": one.target, "weight": one.weight, "source": one.source, "part": part}
                    lines.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.stdout.write(f"Written to {path}.")


def _whole(setup: ScoringSetup) -> ScoringSetup:
    """The setup itself. Raises CommandError where its model is a cascade, or weights and an adapter."""
    if cascade := cascade_of(setup.model):
        raise CommandError(
            f"{setup.model} is a cascade: teach one of its two with --base {cascade.first.pk} or {cascade.second.pk}"
        )
    if setup.model.adapter:
        raise CommandError(
            f"{setup.model} is loaded with an adapter; merge that into a folder, and judge with that first"
        )
    return setup


def _watched(chunks: Sequence[list[str]]) -> Iterable[list[str]]:
    yield from tqdm(chunks, desc="measuring", unit="chunk", disable=not sys.stderr.isatty())


def _move(bar: Any, done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)
