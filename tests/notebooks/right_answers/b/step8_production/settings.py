def secrets(text: str) -> list[str]:
    known = {each.casefold() for each in KNOWN_SECRETS}
    several = [each.strip() for each in text.split(",")]
    if any(each.casefold() in known for each in several):
        raise ValueError(f"can be read in books: {ADVICE}")
    if min(map(len, several)) < SHORTEST_SECRET or min(len({*each}) for each in several) * 4 < SHORTEST_SECRET:
        raise ValueError(f"can be guessed: {ADVICE}")
    return several


def read_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    found = {}
    for setting in SETTINGS:
        found[setting.name] = read(setting, environment)
    match found:
        case {"STORE": "memory:", "WORKERS": workers} if workers != 1:
            raise Refused("WORKERS must be 1 with a STORE in memory: each would have its own.")
        case {"TRUST_PROXY": True, "SECURE_COOKIES": "never"}:
            raise Refused("TRUST_PROXY says that there is HTTPS, SECURE_COOKIES that it is not to be used.")
    return found


def read(setting: Setting, environment: Mapping[str, str]) -> Any:
    text = environment.get(setting.name, "")
    if text == "":
        if setting.default is None:
            raise Refused(f"Please set {setting.name}.")
        text = setting.default
    try:
        return setting.read(text)
    except ValueError as problem:
        raise Refused(f"Please set {setting.name} otherwise: it {problem}") from problem


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    try:
        store = open_store(settings["STORE"])
        try_out(store)
    except Exception as problem:
        raise Refused(f"STORE: {problem}") from problem
    users = Users(settings["USERS"])
    known = [name for name in DEMO_USERS if users.verify(name, DEMO_USERS[name])]
    if known:
        raise Refused(f"USERS has guests with the passwords of the book: {known}")
