"""In which precision a model that nobody has named one for is loaded: on a CPU what a timed try says, the same wherever
a model comes into the registry."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

from review.registry.model_versions import SHIPPED

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer


def precision_here(stored: str) -> str:
    """The precision in which weights are loaded: that of the registry, or what is asked for, or the device's."""
    from inference.scoring.devices import device_for, precision_for

    asked = settings.VARIABLES
    precision: str = stored or asked.dtype or precision_for(device_for(asked.device or None))
    return precision


def precision_that_pays(location: str, opened: Callable[[str], "Scorer"], say: Callable[[str], object]) -> str:
    """The precision that a timed try chooses for a model that this CPU could multiply in bfloat16.

    Empty where there is nothing to choose: the shipped model, whose calibrator is of one precision; a server or a GPU;
    a precision that the environment asks for; and where both do not fit into memory, or the model cannot be loaded,
    which then says why. `opened` loads it in a precision, `say` is told what was found.
    """
    asked = settings.VARIABLES
    if location == SHIPPED or asked.backend != "local" or asked.dtype or precision_here("") != "float32":
        return ""
    from inference.scoring.fingerprint import folder_of
    from inference.scoring.precision_trial import fit_into_memory, multiplies_in_bfloat16, precision_trial

    if not multiplies_in_bfloat16():
        return ""
    try:
        if not fit_into_memory(folder_of(location)):
            say("There is not the memory to compare precisions, so float32 is taken.")
            return ""
        tried = precision_trial(opened)
    except Exception as error:  # a model that cannot be loaded is loaded again by the caller, who says why it cannot
        say(f"Precisions could not be compared ({type(error).__name__}), so float32 is taken.")
        return ""
    say(f"{tried}.")
    return tried.chosen
