"""What moddog stores in English is read in the reader's language, and what people wrote stays theirs."""

import numpy as np
import pytest
from django.utils import translation

from inference.calibration.fitting import CannotFit, fit
from review.calibration.gate import Comparison
from review.calibration.pinned_kind import PROVISIONAL_BECAUSE
from review.calibration.refit import PASSED
from review.calibration.refit_attempt import InForce, _too_few, _verdict
from review.judging.trials import too_long
from review.models import CertificationAttempt, RiskTarget
from review.policy.certification import _words as certified_because
from review.policy.views import PARTS
from review.registry.calibrators import GIVEN
from review.stored_words import in_readers_words


def compared(difference: float, bound: float, ece: float = 0.01) -> Comparison:
    return Comparison(120, 90.0, 0.3125 + difference, 0.3125, difference, bound, ece, 0.05)


def why_not(margins: list[float], violation: list[int]) -> str:
    with pytest.raises(CannotFit) as found:
        fit("platt", np.array(margins), np.array(violation), np.ones(len(margins)))
    return str(found.value)


IN_FORCE = InForce(3, None, until=0.0)  # type: ignore[arg-type] # only its version is named
CERTIFIED = CertificationAttempt(target=RiskTarget(action="hide"), number=2, errors=1.0, labels=1_204)
STORED = [
    "Brought back policy 3",
    "Hide is supervised again",
    "The risk target for hide has ended",
    "12.5% of remove judged blind, to know within 4 weeks",
    *PARTS.values(),
    certified_because(CERTIFIED),
    PASSED,
    f"{PASSED} of Arcade, Harbour",
    GIVEN,
    PROVISIONAL_BECAUSE.format(5.0),
    f"calibrator 4: {PASSED}",
    _too_few(12.4, IN_FORCE),
    _too_few(12.4, None),
    _verdict(compared(-0.01, 0.001), "platt", 120, IN_FORCE),
    _verdict(compared(-0.01, 0.01, ece=0.2), "beta", 120, IN_FORCE),
    _verdict(compared(0.01, 0.02), "platt", 120, None),
    _verdict(compared(-0.01, 0.01), "platt", 120, IN_FORCE),
    too_long(20),
]


@pytest.mark.parametrize("stored", STORED)
def test_is_read_in_german(stored):
    with translation.override("de"):
        shown = in_readers_words(stored)
    assert shown != stored
    assert not {"the", "gate", "calibrator", "labels of", "against"} & set(shown.split())


def test_stays_english_in_english():
    with translation.override("en"):
        assert [in_readers_words(stored) for stored in STORED] == STORED


def test_why_nothing_could_be_fitted_is_in_it():
    stored = f"Nothing could be fitted: {why_not([0.1, 0.2, 0.3], [0, 1, 0])}."
    with translation.override("de"):
        assert in_readers_words(stored).startswith("Nichts konnte angepasst werden: platt braucht ")


def test_numbers_within_are_written_as_its_readers_do():
    with translation.override("de"):
        assert "0,3225 gegen 0,3125 auf 120 " in in_readers_words(_verdict(compared(0.01, 0.02), "platt", 120, None))


@pytest.mark.parametrize("written", ["policy of the house", "It flags too much since Monday.", "Passed on by Erin", ""])
def test_what_people_wrote_stays_as_it_is(written):
    with translation.override("de"):
        assert in_readers_words(written) == written
        assert in_readers_words(f"calibrator 4: {written}x").endswith(f": {written}x")


def test_a_policys_note_of_a_certificate_has_its_action_and_its_number_in_words():
    with translation.override("de"):
        shown = in_readers_words(certified_because(CERTIFIED))
    assert shown == "Verbergen zertifiziert durch Versuch 2: 1 Fehler unter 1.204 Kohorten-Labels"
    assert certified_because(CERTIFIED) == "Hide certified by attempt 2: 1 error in 1,204 cohort labels"
