from collections.abc import Mapping


class Preferences:
    @classmethod
    def chosen(cls, wishes: Any) -> "Preferences":
        if not isinstance(wishes, Mapping):
            return cls()
        theme, language = wishes.get("theme"), wishes.get("language")
        if not isinstance(theme, str) or theme not in THEMES:
            theme = cls.theme
        if not isinstance(language, str) or language not in LANGUAGES:
            language = cls.language
        return cls(theme, language)


class KeptPreferences:
    def of(self, name: str) -> Preferences | None:
        with self.users.connect() as database:
            row = database.execute("SELECT theme, language FROM preferences WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        return Preferences.chosen({"theme": row[0], "language": row[1]})

    def keep(self, name: str, preferences: Preferences) -> None:
        with self.users.connect() as database:
            database.execute(
                "INSERT OR REPLACE INTO preferences (name, theme, language) VALUES (?, ?, ?)",
                (name, preferences.theme, preferences.language),
            )
