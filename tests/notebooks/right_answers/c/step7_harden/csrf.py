def token_of(session: Session, salt: str) -> str:
    kept = not session.ended and (len(session) != 0 or session.held is not None)
    id = session.id if kept or session.cookie_id is None else session.cookie_id
    return salt + hashed(repr((id, kept, salt)))


def is_from_here(environ: Environ) -> bool:
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    if site is not None:
        return site in ("same-origin", "none")
    if origin is None:
        return True
    return bool(origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}")


def is_right(token: str, session: Session | None) -> bool:
    return session is not None and hmac.compare_digest(
        *(text.encode("utf-8", "surrogatepass") for text in (token, token_of(session, token[:SALT])))
    )


def require_token() -> None:
    if not is_from_here(request.environ):
        raise HTTPError(403)
    if not is_right(field(FIELD), request.session):
        raise Stale
