"""Throttle: whoever guesses passwords has to wait, and the owner of the account has not.

Wrong passwords are counted for a name from an address, and for an address alone. From elsewhere the owner still gets
in, so that nobody can lock another out by guessing. Source: OWASP ASVS 6.3.1.
"""

import ipaddress
import math
import time
from pathlib import Path

from bottle import HTTPError, request

from steps.step3_authenticate.users import Users
from steps.step4_destroy.expiry import Clock
from steps.step6_access.new_password import LONGEST
from steps.step7_harden.hashed_ids import hashed

WINDOW = 15 * 60  # seconds for which a wrong password counts
OF_NAME = 10  # wrong passwords for one name from one address
OF_ADDRESS = 100  # wrong passwords from one address, whatever the names
CLOTHES = ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")  # RFC 4291, 2765, 6052 and 8215
IPV4_INSIDE = [ipaddress.ip_network(prefix) for prefix in CLOTHES]
TABLE = "CREATE TABLE IF NOT EXISTS attempts (name TEXT NOT NULL, address TEXT NOT NULL, at REAL NOT NULL)"
COUNT = """SELECT total(name = :name), count(*), min(CASE WHEN name = :name THEN at END), min(at)
    FROM attempts WHERE address = :address"""


class ThrottledUsers(Users):
    """Users whose passwords can be tried only so often: at the login, and wherever else one is asked for.

    The attempts are counted in the users' database, so that all workers count together. It changes `verify`.
    """

    def __init__(self, path: str | Path, *, clock: Clock = time.time) -> None:
        super().__init__(path)
        self.clock = clock
        self.prepare(TABLE)

    def verify(self, name: str, password: str) -> bool:
        """Whether this name has this password; one over LONGEST is wrong, and is not hashed.

        Answers 429 where too many have been tried, with Retry-After: the whole seconds to wait, rounded up.
        """
        address = network(request.environ.get("REMOTE_ADDR", ""))
        seconds = self.wait(name, address)
        if seconds:
            raise HTTPError(429, Retry_After=str(math.ceil(seconds)))
        right = len(password) <= LONGEST and super().verify(name, password)
        if right:
            self.forgive(name, address)
        return right

    def wait(self, name: str, address: str) -> float:
        """Note an attempt, and return 0; or the seconds to wait, if there have been OF_NAME or OF_ADDRESS already.

        The wait is over when the first of those is WINDOW old and forgotten; an attempt that must wait is not noted.
        Noted before the password is checked and in one transaction, so that a hundred at once do not all get through;
        the name is noted as its hash, since people type their passwords there, too.
        """
        now = self.clock()
        values = {"name": hashed(name), "address": address, "now": now}
        with self.connect() as database:
            database.execute("DELETE FROM attempts WHERE at <= ?", (now - WINDOW,))
            of_name, of_address, first_of_name, first = database.execute(COUNT, values).fetchone()
            if of_name >= OF_NAME or of_address >= OF_ADDRESS:
                return float(WINDOW - (now - (first_of_name if of_name >= OF_NAME else first)))
            database.execute("INSERT INTO attempts VALUES (:name, :address, :now)", values)
        return 0

    def forgive(self, name: str, address: str) -> None:
        """The password was right: forget the wrong ones before it."""
        with self.connect() as database:
            database.execute("DELETE FROM attempts WHERE name = ? AND address = ?", (hashed(name), address))


def network(address: str) -> str:
    """The address to count by, without a port: of IPv6, the first half, since a single home owns all of the second.

    An IPv4 address that comes in IPv6's clothes counts as what it is: all of them have one first half.
    """
    host, bracket, _ = address.strip('[" ').partition("]")
    if not bracket and host.count(":") == 1:  # "192.0.2.1:4711", as some proxies say it; "[2001:db8::1]:4711" is cut
        host = host.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return host
    number = int(parsed)
    if parsed.version == 4 or any(parsed in clothes for clothes in IPV4_INSIDE):
        return str(ipaddress.IPv4Address(number % 2**32))
    return str(ipaddress.IPv6Network((number >> 64 << 64, 64)))
