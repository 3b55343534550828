from dataclasses import replace


class Preferences:
    @classmethod
    def chosen(cls, wishes: Any) -> "Preferences":
        if not isinstance(wishes, dict):
            wishes = {}
        chosen = cls()
        if wishes.get("theme") in list(THEMES):
            chosen = replace(chosen, theme=wishes["theme"])
        if wishes.get("language") in list(LANGUAGES):
            chosen = replace(chosen, language=wishes["language"])
        return chosen


class KeptPreferences:
    def of(self, name: str) -> Preferences | None:
        with self.users.connect() as database:
            rows = database.execute("SELECT theme, language FROM preferences WHERE name = ?", [name]).fetchall()
        for theme, language in rows:
            return Preferences(theme=theme, language=language)
        return None

    def keep(self, name: str, preferences: Preferences) -> None:
        with self.users.connect() as database:
            database.execute("DELETE FROM preferences WHERE name = ?", [name])
            sql = "INSERT INTO preferences (name, theme, language) VALUES (:name, :theme, :language)"
            database.execute(sql, {"name": name, **preferences.as_dict()})
