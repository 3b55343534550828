def token_of(session: Session, salt: str) -> str:
    if (session or session.held is not None) and not session.ended:
        id, kept = session.id, True
    else:
        id, kept = session.cookie_id or session.id, False
    return f"{salt}{hashed('/'.join([salt, id, str(kept)]))}"


def is_from_here(environ: Environ) -> bool:
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return True
    scheme = environ["wsgi.url_scheme"]
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    default_port = ":443" if scheme == "https" else ":80"
    ours = f"{scheme}://{host.removesuffix(default_port)}"
    return origin.lower().removesuffix(default_port) == ours.lower()


def is_right(token: str, session: Session | None) -> bool:
    if session is None:
        return False
    known = token_of(session, token[:SALT])
    return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), known.encode("utf-8", "surrogatepass"))


def require_token() -> None:
    if is_from_here(request.environ):
        if is_right(field(FIELD), request.environ["session"]):
            return
        raise Stale
    raise HTTPError(403)
