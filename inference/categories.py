"""The words a judgement is made of, in the order that every array follows."""

BENIGN = "benign"
CATEGORIES = ("toxicity", "harassment", "hate_speech", "sexual_content", "violence")
