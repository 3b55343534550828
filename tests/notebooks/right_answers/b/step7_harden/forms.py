def check_body() -> None:
    told = request.environ.get("CONTENT_LENGTH")
    if not told:
        if "HTTP_TRANSFER_ENCODING" in request.environ:
            raise HTTPError(411)
        return
    if not re.fullmatch("[0-9]+", told):
        raise HTTPError(400)
    digits = told.lstrip("0")
    if len(digits) > len(str(LARGEST_BODY)) or int(digits or "0") > LARGEST_BODY:
        raise HTTPError(413)
    kind = re.match(r"\s*([^;\s]*)", request.environ.get("CONTENT_TYPE", ""))[1]
    if digits and kind.lower() not in FORM_TYPES:
        raise HTTPError(415)


def local_path(wanted: str, *, otherwise: str) -> str:
    return wanted if re.fullmatch(LOCAL_PATH, wanted) else otherwise
