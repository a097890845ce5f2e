"""How a source answers the clients of other APIs, and the scale that its scores are told on."""

from functools import partial

from review.intake.dropin.judged_text import JudgedText
from review.intake.dropin.scale import Scale, anchored, starts
from review.models import AnchorVersion, CalibratorVersion, ClientSettings, Policy, Source
from review.registry.calibrators import probability_at, read
from review.registry.ladder import Ladders, SetupKey, parse


def settings_of(source: Source) -> ClientSettings:
    """The source's settings; the defaults, not saved, where nobody has chosen yet."""
    try:
        return source.client_settings
    except ClientSettings.DoesNotExist:
        return ClientSettings(source=source)


class Scales:
    """The scales of one source under one calibrator and policy, one for each ladder."""

    def __init__(self, settings: ClientSettings, judged: JudgedText) -> None:
        """Those under which `judged` was made, so that score and version belong together."""
        self._judged = judged
        self._name = settings.scale
        self._anchors: AnchorVersion | None = None
        self._pair = SetupKey(judged.fingerprint, judged.rubric)
        self._source = settings.source_id
        self._ladders: Ladders | None = None
        if settings.scale == ClientSettings.Scale.ANCHORED:
            self._anchors = AnchorVersion.objects.filter(source=settings.source_id).latest("version")
        if self._anchors and judged.calibrator_id:
            self._ladders = parse(Policy.objects.get(pk=judged.policy_id).ladders)
            self._map = read(CalibratorVersion.objects.get(pk=judged.calibrator_id))

    @property
    def version(self) -> str:
        """What `Moddog-Version` says, so that a score on these scales can be reproduced later."""
        return self._judged.version(self._name, self._anchors.version if self._anchors else None)

    def of(self, category: str) -> Scale:
        """The scale for messages whose likeliest violation this is."""
        if self._ladders is None or self._anchors is None:
            return Scale()
        probability = partial(self._probability, category)
        drawn = self._ladders.of(category).drawn(self._pair, probability)
        return anchored(starts(drawn, self._pair), self._anchors.thresholds)

    def _probability(self, category: str, margin: float) -> float:
        return probability_at(self._map, margin, self._source, category)
