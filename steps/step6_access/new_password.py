"""New password: what may become one. Whatever is accepted here must open the door later, too."""

SHORTEST = 8  # letters. Source: OWASP ASVS 6.2.1
LONGEST = 1024  # letters: no password needs more, and hashing a megabyte is work that all others wait for


def problem(password: str) -> str:
    """What is wrong with it, in a sentence; empty if nothing is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password needs {SHORTEST} letters or more, and at most {LONGEST}."
    if password.encode("utf-8", "ignore").decode() != password:
        return "A password needs letters that a form can send."
    return ""
