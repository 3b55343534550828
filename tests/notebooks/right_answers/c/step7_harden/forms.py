def check_body() -> None:
    environ = request.environ
    if environ.get("HTTP_TRANSFER_ENCODING"):  # with a length beside it, too: Bottle would read the pieces, without end
        raise HTTPError(411)
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        raise HTTPError(400)
    digits = length.lstrip("0") or "0"
    if len(digits) > 9 or int(digits) > LARGEST_BODY:
        raise HTTPError(413)
    kind = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if digits != "0" and kind not in FORM_TYPES:
        raise HTTPError(415)


def size(each: Any, is_bytes: bool) -> int:
    """How many bytes a name, a value or a file has. Of the one kind of form, Bottle gives a letter for each byte."""
    if isinstance(each, str):
        return len(each) if is_bytes else len(each.encode("utf-8", "surrogatepass"))
    return each.file.seek(0, 2)


def local_path(wanted: str, *, otherwise: str) -> str:
    return wanted if LOCAL_PATH.fullmatch(wanted) else otherwise
