"""Changes of step 6's solutions that change nothing that is promised, with the reason."""

ENDS = "the body ends the function, so it runs once"
ONE_COLUMN = "the row has one column: its first is its last"
WORDS = "the words of a notice are the learner's own"
BY_NAME = "Bottle passes on the parts of an address by name alone"

GIVES_NOBODY = (
    "GIVE gives no role to a user who is not there, and that is a ValueError, too; its words are the learner's own"
)

EQUIVALENT = {
    "step6_access.roles": [
        ("-        if self.users.password_hash(name) is None:", GIVES_NOBODY),
        ("-            raise ValueError(f'There is no user {name}.')", GIVES_NOBODY),
        ("while role not in ROLES:", ENDS),
        ("while self.users.password_hash(name) is None:", ENDS),
        ("while not given:", ENDS),
        ("while account is None:", ENDS),
        ("while account.role == role:", ENDS),
        ("return row[-1] if row else 'user'", ONE_COLUMN),
        ("if not self.users.password_hash(name):", "no hash is an empty text"),
        ("if not account:", "an account is always true"),
        ("return handler(**kwargs)", BY_NAME),
    ],
    "step6_access.logins": [],
    "step6_access.orders": [
        ("while tea not in TEAS:", ENDS),
    ],
    "step6_access.rooms": [
        ("-        tell('login ended')", "nobody listens to what is told before step 8, whose tests do"),
        ("while session is None:", ENDS),
        ("while handle == request.session.handle:", ENDS),
        ("while not self.logins.end(request.session['user'], handle):", ENDS),
        ("if not session:", "an empty session names nobody, and its preferences are the defaults"),
        ("That device is logged out.x", WORDS),
        ("session.get('confirmed', 0) <= FRESH", "at the very second, both are right"),
        ("session.get('confirmed', 1)", "a second after 1970 is as long ago"),
        ("session.get('confirmed', -1)", "a second before 1970 is as long ago"),
        ("return handler(**kwargs)", BY_NAME),
    ],
}
