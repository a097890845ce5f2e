"""Rubrics that nano now and then reads in training in place of its own."""

from inference.scoring.rubric import DEFAULT_RUBRIC

_ROLE, _FLAG, _SPARE, _ANSWER = (
    sentence + "." for sentence in DEFAULT_RUBRIC.rstrip(".").replace(". Judge", " and judge").split(". ")
)

RUBRICS = (
    f"{_ROLE} {_FLAG} {_ANSWER}",
    f"{_FLAG} {_SPARE} {_ANSWER}",
    f"{_ROLE} {_SPARE} {_FLAG} {_ANSWER}",
    f"{_ROLE} {_FLAG} Be lenient with swearing among friends. {_SPARE} {_ANSWER}",
    f"You moderate a chat. {_FLAG} {_ANSWER}",
    "You review messages for a community. Decide whether the message breaks the rules: insults, hate, threats, "
    "sexual advances. Mild words and jokes are fine. Reply in JSON.",
    "Classify the message for a moderation team. Threats and attacks on people are not allowed here, nor is "
    f"content that is sexual. Slang and criticism are allowed. {_ANSWER}",
    "You are a helpful assistant.",
)
