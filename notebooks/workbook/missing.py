"""Missing: stands for what is not installed here, so that a lesson goes on and says how to get it."""


class Missing:
    """False, and shown as a sentence: what is missing, and how to get it."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return self.sentence
