def token_of(session: Session, salt: str) -> str:
    written = len(session) > 0 or session.held is not None
    if written and not session.ended:
        return (
            salt + hmac.new(session.id.encode(), f"kept{salt}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()
        )
    id = session.cookie_id if session.cookie_id is not None else session.id
    return salt + hmac.new(id.encode(), f"new{salt}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def is_from_here(environ: Environ) -> bool:
    match environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN"):
        case None, None:
            return True
        case None, origin:
            scheme, _, host = origin.partition("://")
            return scheme == environ["wsgi.url_scheme"] and host == environ.get("HTTP_HOST")
        case site, _:
            return site == "same-origin" or site == "none"


def is_right(token: str, session: Session | None) -> bool:
    match session:
        case None:
            return False
        case _:
            known = token_of(session, token[:SALT]).encode(errors="surrogatepass")
            return hmac.compare_digest(known, token.encode(errors="surrogatepass"))


def require_token() -> None:
    known = is_right(field(FIELD), request.session)
    if not is_from_here(request.environ):
        raise HTTPError(403, "This form is not ours.")
    if not known:
        raise Stale(403, "This form is old.")
