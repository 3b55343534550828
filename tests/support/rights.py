"""Rights: a check, the act that it allows, and a change between the two; how often that was not noticed.

Each is tried on the site of step 8, with passwords at their full cost, where `make scoreboard` asks for it.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from steps.step3_authenticate import Users
from steps.step6_access import Roles
from steps.step7_harden.throttle import OF_NAME
from steps.step8_production import server as step8
from steps.step8_production import users as command
from tests.support.calling import DEMO_USERS, SECRET, Guest
from tests.support.races import at_once
from tests.support.servers import demo_users_in

FIRST = {**DEMO_USERS, "white": DEMO_USERS["queen"]}
LATER = "a whole new password"


class House:
    """The site of step 8 with alice and three admins: queen, white and red."""

    def __init__(self, folder: Any) -> None:
        self.users = demo_users_in(folder)
        for name in ("white", "red"):
            self.users.add(name, DEMO_USERS["queen"])
        self.app = step8.create_app(users=self.users, secret=SECRET)
        for name in ("queen", "white", "red"):
            Roles(self.users).give(name, "admin")

    def guest(self, name: str = "", **fields: str) -> Guest:
        """A browser; with a name, logged in, if the password still is the first one."""
        guest = Guest(self.app, tokens=True)
        if name:
            guest.post("/login", username=name, password=FIRST[name], **fields)
        return guest


def stolen_passwords(folder: Any, times: int, change: Callable[[House], Any]) -> int:
    """Three thieves go on logging in with Alice's password while it changes: how many logins outlive that."""
    survived = 0
    for _ in range(times):
        with TemporaryDirectory(dir=folder) as place:
            house, thieves = House(Path(place)), list[Guest]()
            swing, changed = threading.Barrier(4), threading.Event()

            def steal(house: House = house, thieves: Any = thieves, swing: Any = swing, changed: Any = changed) -> None:
                thieves.append(house.guest("alice"))
                swing.wait()
                while not changed.is_set():
                    thieves.append(house.guest("alice"))

            def end(house: House = house, swing: Any = swing, changed: Any = changed) -> None:
                swing.wait()
                time.sleep(0.02)  # among their checks, not before them
                try:
                    change(house)
                finally:
                    changed.set()

            at_once(steal, steal, steal, end)
            survived += [guest.user() for guest in thieves].count("alice")
    return survived


def changed_by_form(folder: Any, times: int) -> int:
    """Alice changes her password on the site."""

    def change(house: House) -> None:
        alice = house.guest("alice")
        assert alice.post("/password", password=FIRST["alice"], new=LATER).location == "/devices"
        alice.post("/logout")

    return stolen_passwords(folder, times, change)


def changed_by_command(folder: Any, times: int) -> int:
    """The users command gives Alice another password."""
    return stolen_passwords(folder, times, lambda house: command.add(Users(house.users.path), "alice", "user", LATER))


def removed(folder: Any, times: int) -> int:
    """The users command removes Alice."""
    return stolen_passwords(folder, times, lambda house: command.remove(Users(house.users.path), "alice"))


def two_new_passwords(folder: Any, times: int) -> int:
    """Alice and a thief change her password at the same moment, both with the old one: only one may be told so."""
    both = 0
    for _ in range(times):
        with TemporaryDirectory(dir=folder) as place:
            house = House(Path(place))
            forms = [(guest, guest.token()) for guest in (house.guest("alice"), house.guest("alice"))]
            answers = at_once(
                *(
                    partial(guest.post, "/password", password=FIRST["alice"], new=LATER + str(n), csrf_token=token)
                    for n, (guest, token) in enumerate(forms)
                )
            )
            both += sum(answer.location == "/devices" for answer in answers) != 1
    return both


def lost_rights(folder: Any, times: int) -> int:
    """Two admins take away each other's role at the same moment: who has lost it first changes nothing more."""
    none = 0
    with TemporaryDirectory(dir=folder) as place:
        house = House(Path(place))
        queen, white = house.guest("queen"), house.guest("white")
        tokens = queen.token(), white.token()
        for _ in range(times):
            works = ((queen, tokens[0], "white"), (white, tokens[1], "queen"))
            at_once(
                *(
                    partial(guest.post, "/admin/role", username=name, role="user", csrf_token=token)
                    for guest, token, name in works
                )
            )
            roles = Roles(house.users)
            none += sorted(roles.of(name) for name in ("queen", "white")) != ["admin", "user"]
            for name in ("queen", "white"):
                roles.give(name, "admin")
    return none


def ended_logins(folder: Any, times: int) -> int:
    """Alice and a thief end all other logins at the same moment: whose has been ended ends no other."""
    nobody = 0
    with TemporaryDirectory(dir=folder) as place:
        house = House(Path(place))
        for _ in range(times):
            forms = [(guest, guest.token()) for guest in (house.guest("alice"), house.guest("alice"))]
            at_once(*(partial(guest.post, "/devices/end-others", csrf_token=token) for guest, token in forms))
            nobody += [guest.user() for guest, _ in forms].count("alice") != 1
    return nobody


def many_guesses(folder: Any, times: int) -> int:
    """Sixteen guesses at once, from one address for one name: more than the limit were tried."""
    more = 0
    for _ in range(times):
        with TemporaryDirectory(dir=folder) as place:
            house = House(Path(place))
            forms = [(guest, guest.token()) for guest in (house.guest() for _ in range(16))]
            answers = at_once(
                *(
                    partial(guest.post, "/login", username="alice", password="wrong", csrf_token=token)
                    for guest, token in forms
                )
            )
            more += max(0, [answer.status for answer in answers].count(401) - OF_NAME)
    return more
