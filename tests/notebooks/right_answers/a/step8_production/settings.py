import sqlite3
from steps.step5_stores.store import StoreError


def secrets(text: str) -> list[str]:
    found = [secret.strip() for secret in text.split(",")]
    for secret in found:
        if secret.lower() in KNOWN_SECRETS:
            raise ValueError(f"is known from books and examples; {ADVICE}")
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:  # "aaaa…" is long, but not random
            raise ValueError(f"must have {SHORTEST_SECRET} random characters or more; {ADVICE}")
    return found


def read_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    settings = {setting.name: read(setting, environment) for setting in SETTINGS}
    if settings["STORE"] == "memory:" and settings["WORKERS"] > 1:
        raise Refused(
            "STORE=memory: is one for each worker, so half of the logins would be lost: take sqlite or redis."
        )
    if settings["TRUST_PROXY"] and settings["SECURE_COOKIES"] == "never":
        raise Refused(
            "SECURE_COOKIES=never behind a proxy with HTTPS would send sessions over open lines: leave it out."
        )
    return settings


def read(setting: Setting, environment: Mapping[str, str]) -> Any:
    text = environment.get(setting.name) or setting.default
    if text is None:
        raise Refused(f"{setting.name} is missing ({setting.does}): {ADVICE}")
    try:
        return setting.read(text)
    except ValueError as error:
        raise Refused(f"{setting.name} {error}.") from None


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    try:
        store = open_store(settings["STORE"])
        try_out(store)
    except ValueError as error:
        raise Refused(f"STORE cannot be used: {error}.") from None
    except (StoreError, OSError) as error:
        raise Refused(
            f"STORE cannot be used: it does not answer ({error}). Is the server running, or the file's folder there?"
        ) from None
    if hasattr(store, "close"):
        store.close()  # the workers open their own
    try:
        users = Users(settings["USERS"])
        known = [name for name, password in DEMO_USERS.items() if users.verify(name, password)]
    except (sqlite3.Error, OSError) as error:
        raise Refused(f"USERS={settings['USERS']} cannot be used: {error}.") from None
    if known:
        raise Refused(
            f"USERS={settings['USERS']} holds {', '.join(known)} with the password of this book: "
            f"remove with python -m steps.step8_production.users remove {known[0]}, or take another database."
        )
