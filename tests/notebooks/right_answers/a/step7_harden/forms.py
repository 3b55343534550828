def check_body() -> None:
    environ = request.environ
    if environ.get("HTTP_TRANSFER_ENCODING") or not environ.get("CONTENT_LENGTH"):
        raise HTTPError(411)
    length = environ["CONTENT_LENGTH"]
    if not (length.isascii() and length.isdecimal()):
        raise HTTPError(400)
    if len(length) > 10 or int(length) > LARGEST_BODY:
        raise HTTPError(413)
    content_type = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if content_type not in FORM_TYPES:
        raise HTTPError(415)


def local_path(wanted: str, *, otherwise: str) -> str:
    if not LOCAL_PATH.fullmatch(wanted):
        return otherwise
    return wanted
