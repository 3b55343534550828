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
