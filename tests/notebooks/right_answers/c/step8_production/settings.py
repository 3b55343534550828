def secrets(text: str) -> list[str]:
    found = [each.strip() for each in text.split(",")]
    for each in found:
        if problem := weakness(each):
            raise ValueError(f"{problem}; {ADVICE}")
    return found


def weakness(secret: str) -> str:
    """Why this secret can be guessed; empty if nothing is known against it."""
    if secret.casefold() in {known.casefold() for known in KNOWN_SECRETS}:
        return "is known from books and examples"
    if len(secret) < SHORTEST_SECRET:
        return f"needs {SHORTEST_SECRET} characters or more"
    if len(set(secret)) < SHORTEST_SECRET / 4:
        return "repeats a few characters again and again"
    return ""


def read_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    settings = {setting.name: read(setting, environment) for setting in SETTINGS}
    if settings["STORE"] == "memory:" and settings["WORKERS"] > 1:
        raise Refused("STORE=memory: is not shared, so it goes with WORKERS=1 only: take sqlite or redis")
    if settings["TRUST_PROXY"] and settings["SECURE_COOKIES"] == "never":
        raise Refused("SECURE_COOKIES=never is not safe with TRUST_PROXY=1: leave it out")
    return settings


def read(setting: Setting, environment: Mapping[str, str]) -> Any:
    text = environment.get(setting.name) or setting.default
    if text is None:
        advice = ADVICE if setting.read is secrets else "please set it"
        raise Refused(f"{setting.name} is missing ({setting.does}): {advice}")
    try:
        return setting.read(text)
    except ValueError as error:
        raise Refused(f"{setting.name} {error}") from None


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    try:
        try_out(open_store(settings["STORE"]))
    except Exception as error:  # its text is left out: an address may have a password in it
        raise Refused(
            f"STORE does not answer ({type(error).__name__}): is the address right, and is it running?"
        ) from None
    users = Users(settings["USERS"])
    known = [name for name, password in DEMO_USERS.items() if users.verify(name, password)]
    if known:
        raise Refused(f"USERS has {', '.join(known)} with the password of the book: give another one, or remove them")
