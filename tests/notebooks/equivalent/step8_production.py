"""Changes of step 8's solutions that change nothing that is promised, with the reason."""

ENDS = "the body ends the function, so it runs once"
WORDS = "the words of an error are the learner's own"
ANY_ID = "any id will do: it is asked only whether there is an answer"
PHRASE = "the words behind the number are for people, and no program reads them"
FINELY = "how finely the time is written is free"
BOTTLE = "the site is a Bottle app, which has read each request by the time it answers"
AT_LOGIN = "401 and 429 for somebody who is not logged in come from /login alone"

EQUIVALENT = {
    "step8_production.settings": [
        ("while each.lower() in KNOWN_SECRETS:", ENDS),
        ("while len(each) < SHORTEST_SECRET", ENDS),
        ("while settings['STORE'] == 'memory:'", ENDS),
        ("while settings['TRUST_PROXY']", ENDS),
        ("while text is None:", ENDS),
        ("while users.password_hash(name) and", ENDS),
        ("if not text:", "no default is an empty text"),
        ("if users.verify(name, password):", "nobody's password verifies for a name that is not there"),
        ("remedy = f'{name}'", WORDS),
        ("users remove x{name}'", WORDS),
    ],
    "step8_production.health": [
        ("while environ['PATH_INFO'] != PATH", ENDS),
        ("'200 OKx'", PHRASE),
        ("'503 Service Unavailablex'", PHRASE),
    ],
    "step8_production.events": [
        ("round(self.clock()), 'event'", "whole seconds are seconds, too"),
        ("environ.get('REMOTE_ADDR')", "every server says from where a request comes"),
        ("int(status[:4])", "int() takes the space behind the number, too"),
        ("round(self.clock(), 2)", FINELY),
        ("round(self.clock(), 4)", FINELY),
        ("name_in_log(session.id), 'from'", "a session that ends keeps its id, and only a login gives another"),
        ("environ.get('REMOTE_ADDR', 'x')", "the server always says it"),
        ("while 'bottle.request' not in environ", ENDS),
        ("if 'bottle.request' not in environ and", BOTTLE),
        ("+        if environ['PATH_INFO'] != '/login':", BOTTLE),
        ("+        if 'bottle.request' not in environ:", AT_LOGIN),
        ("-            return None\n+        pass", BOTTLE + "; " + AT_LOGIN),
        ("getunicode('username')", "None is nobody's name, as the empty text is"),
        ("getunicode('username', 'x')", "a form without the field has tried nobody's password"),
    ],
}
