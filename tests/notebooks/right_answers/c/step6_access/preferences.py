"""Preferences: how a visitor likes the pages, before the login and after it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from steps.step3_authenticate.users import Users

THEMES = {"auto": "as the browser says", "light": "light", "dark": "dark"}
LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français"}
TABLE = "CREATE TABLE IF NOT EXISTS preferences (name TEXT PRIMARY KEY, theme TEXT NOT NULL, language TEXT NOT NULL)"


@dataclass(frozen=True)
class Preferences:
    """What can be chosen, and nothing else: each field has its list, and what is not on it is not taken."""

    theme: str = "auto"
    language: str = "en"

    @classmethod
    def chosen(cls, wishes: Any) -> "Preferences":
        """The wishes that can be fulfilled, out of a dict from a form or a session; of anything else, the defaults.

        A field that is unknown or has no such choice is left out, and the others are taken: no mass assignment.
        """
        if not isinstance(wishes, Mapping):
            return cls()
        known = {"theme": THEMES, "language": LANGUAGES}
        wanted = {name: wishes.get(name) for name in known}
        return cls(**{name: wish for name, wish in wanted.items() if isinstance(wish, str) and wish in known[name]})

    def as_dict(self) -> dict[str, str]:
        """For a session, which keeps only what fits into JSON."""
        return asdict(self)


class KeptPreferences:
    """The preferences of the users, in their database: they are the same on every device."""

    def __init__(self, users: Users) -> None:
        self.users = users
        users.prepare(TABLE)

    def of(self, name: str) -> Preferences | None:
        """What a user has chosen; None if nothing yet."""
        with self.users.connect() as database:
            row = database.execute("SELECT theme, language FROM preferences WHERE name = ?", (name,)).fetchone()
        return Preferences.chosen(dict(zip(("theme", "language"), row, strict=True))) if row else None

    def keep(self, name: str, preferences: Preferences) -> None:
        """Keep what a user has chosen, in place of what was there."""
        with self.users.connect() as database:
            database.execute(
                "INSERT OR REPLACE INTO preferences (name, theme, language) VALUES (?, ?, ?)",
                (name, preferences.theme, preferences.language),
            )
