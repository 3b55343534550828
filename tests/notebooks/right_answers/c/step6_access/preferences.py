from collections.abc import Mapping


class Preferences:
    @classmethod
    def chosen(cls, wishes: Any) -> "Preferences":
        if not isinstance(wishes, Mapping):
            return cls()
        known = {"theme": THEMES, "language": LANGUAGES}
        wanted = {name: wishes.get(name) for name in known}
        return cls(**{name: wish for name, wish in wanted.items() if isinstance(wish, str) and wish in known[name]})


class KeptPreferences:
    def of(self, name: str) -> Preferences | None:
        with self.users.connect() as database:
            row = database.execute("SELECT theme, language FROM preferences WHERE name = ?", (name,)).fetchone()
        return Preferences.chosen(dict(zip(("theme", "language"), row, strict=True))) if row else None

    def keep(self, name: str, preferences: Preferences) -> None:
        with self.users.connect() as database:
            database.execute(
                "INSERT OR REPLACE INTO preferences (name, theme, language) VALUES (?, ?, ?)",
                (name, preferences.theme, preferences.language),
            )
