from collections.abc import Mapping


class Preferences:
    @classmethod
    def chosen(cls, wishes: Any) -> "Preferences":
        if not isinstance(wishes, Mapping):
            return cls()
        known = {"theme": THEMES, "language": LANGUAGES}
        wanted = {name: wishes.get(name) for name in known}
        return cls(**{name: wish for name, wish in wanted.items() if isinstance(wish, str) and wish in known[name]})
