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
