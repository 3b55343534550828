"""What changes nothing in step 7's exercises, and why: pieces of the changed lines, as `mutants.py` writes them."""

RAISES = "the body raises: it is never gone through twice"
RETURNS = "the body returns: it is never gone through twice"
HASHED = "in which words the three are hashed is nobody's promise"
EMPTY_FORM = "a form without anything in it is refused anyway: it has no token"

EQUIVALENT = {
    "step7_harden.policy": [
        ("while prefix.startswith(PREFIXES) and secure is not True:", RETURNS),
        (
            "+        path = as_wsgi(self.wanted(environ)['path'] or '')",
            "whatever is asked begins with nothing and a slash",
        ),
        ("while environ['wsgi.url_scheme'] == 'https':", RETURNS),
        ("environ.get('HTTP_X_FORWARDED_PROTO', 'x')", "no word is no https, whatever it is"),
        ("while prefix.startswith('__host-') and", RAISES),
        ("while not secure and SAME_SITES.get(", RAISES),
        ("str(settings.get('same_site') or 'x')", "no word is not none, whatever it is"),
        ("while not secure and settings.get('partitioned'):", RAISES),
        ("-        if self.is_everywhere:\n-            return True\n+        pass", "only quicker: all lies below /"),
        ("while self.is_everywhere:", RETURNS),
    ],
    "step7_harden.middleware": [
        ("super().replace(wanted) if self.row or self.may_travel", "nobody writes an empty row: its cookie is in it"),
        ("while not self.may_travel:", RETURNS),
        ("while wanted is None and self.is_offered", RETURNS),
        ("if self.is_offered and (not self.ended):", "what is wanted already is the same"),
        ("if not wanted and self.is_offered", "what is wanted has an end at the least, so it is never empty"),
    ],
    "step7_harden.hashed_ids": [
        ("while isinstance(id, Hash):", RETURNS),
        ("row: str & None = ", "the annotation of a local variable is not evaluated"),
    ],
    "step7_harden.csrf": [
        ("while site is not None:", RETURNS),
        ("{environ.get('HTTP_HOST')}", "every browser that sends an Origin sends a Host"),
        ("{environ.get('HTTP_HOST', 'x')}", "every browser that sends an Origin sends a Host"),
        ("while not is_from_here(request.environ):", RAISES),
        ("while not is_right(field(FIELD), request.session):", RAISES),
        ("while session is None:", RETURNS),
        ("return salt + hashed(f'{salt}{id} {kept}')", HASHED),
        ("return salt + hashed(f'{salt} x{id} {kept}')", HASHED),
        ("return salt + hashed(f'{salt} {id}{kept}')", HASHED),
        ("return salt + hashed(f'{salt} {id} x{kept}')", HASHED),
    ],
    "step7_harden.forms": [
        ("while not length and", RAISES),
        ("while length and", RAISES),
        ("while len(length) > 9 or", RAISES),
        ("while int(length or 0) and", RAISES),
        ("if not length or request.environ.get('HTTP_TRANSFER_ENCODING'):", EMPTY_FORM),
        ("if not length:", EMPTY_FORM),
        (
            "+    if request.environ.get('HTTP_TRANSFER_ENCODING'):",
            "a body in pieces that also has a length is an attack: no server hands it on",
        ),
        ("+    if not (length.isascii() and length.isdecimal()):", EMPTY_FORM),
        ("+    if kind.partition(';')[0].strip().lower() not in FORM_TYPES:", EMPTY_FORM),
        ("if int(length or 1) and", EMPTY_FORM),
        ("if int(length or -1) and", EMPTY_FORM),
        ("int(length or 1) > LARGEST_BODY", "one byte is as little too much as none"),
        ("int(length or -1) > LARGEST_BODY", "a byte less than none is as little too much as none"),
        ("request.environ.get('CONTENT_TYPE') or 'x')", "x is no form's type either"),
        ("len(length) >= 9 or", "a length of nine digits is too much anyway"),
        ("len(length) > 8 or", "a length of nine digits is too much anyway"),
        ("len(length) > 10 or", "a length of ten digits is too much anyway, and quickly read"),
    ],
    "step7_harden.throttle": [
        ("while seconds:", RAISES),
        ("request.environ.get('REMOTE_ADDR', 'x')", "of those without an address, any one word stands for all"),
        ("while of_name >= OF_NAME or", RETURNS),
    ],
    "step7_harden.headers": [],
}
