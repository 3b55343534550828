"""Owned Redis: whose each row is, in keys beside those of connect-redis, each change in one script.

    @owner-of:{sess:ID}         a hash: owner, created, seen
    @sessions-of:5:sess:alice   a sorted set: alice's ids, the oldest first; 5 is the length of the prefix

The first lies on the same node of a cluster as the row, so that a session that is nobody's asks no other. Whoever uses
owners needs a single server, or a prefix with a tag in braces.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from steps import step5_stores
from steps.step4_destroy.expiry import Clock
from steps.step5_stores.connections import as_text
from steps.step6_access.owners import Claim, OwnedRow, latest_first

if TYPE_CHECKING:
    from redis import Redis

OWNER_OF, SESSIONS_OF = "@owner-of:", "@sessions-of:"
LONGER = 7 * 86_400  # seconds by which what lies beside outlives its row, whose end an Express app may move by itself
COMMON = """
local row, list, prefix, id, now, life = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local function beside(id)
    local key = prefix .. id
    return '@owner-of:' .. (key:find('{', 1, true) and key or '{' .. key .. '}')
end
local function owner_of(id) return redis.call('HGET', beside(id), 'owner') end
local function forget(id)
    local owner = owner_of(id)
    if owner then redis.call('ZREM', list .. owner, id); redis.call('DEL', beside(id)) end
end
local function destroy(id) redis.call('DEL', prefix .. id); forget(id) end
local function prolong(key)
    local longer = life + tonumber(ARGV[6])
    if redis.call('TTL', key) < longer then redis.call('EXPIRE', key, longer) end
end
local function note(owner)
    if life <= 0 then forget(id); return end
    redis.call('HSET', beside(id), 'owner', owner, 'seen', now)
    prolong(beside(id)); prolong(list .. owner)
end
local function see() local owner = owner_of(id); if owner then note(owner) end end
local function live(owner)
    local found = {}
    for _, each in ipairs(redis.call('ZRANGE', list .. owner, 0, -1)) do
        if redis.call('EXISTS', prefix .. each) == 0 then forget(each) end
        if owner_of(each) == owner then table.insert(found, each)
        else redis.call('ZREM', list .. owner, each) end
    end
    return found
end
local function forget_some(owner)
    local some = redis.pcall('ZRANDMEMBER', list .. owner, 2)
    if some.err then some = redis.call('ZRANGE', list .. owner, 0, 1) end
    for _, each in ipairs(some) do if redis.call('EXISTS', prefix .. each) == 0 then forget(each) end end
end
local function fits()
    if ARGV[8] == 'new' then return redis.call('EXISTS', row) == 0 end
    return redis.call('GET', row) == ARGV[9]
end
local function write()
    if life > 0 then redis.call('SET', row, ARGV[10], 'EX', life) else redis.call('DEL', row) end
end
"""
WORKS = {
    "set": """
if not fits() then return 0 end
if ARGV[8] == 'new' then forget(id) end
see(); write()
return 1
""",
    "set_owned": """
if not fits() then return 0 end
local owner, limit, others = ARGV[11], tonumber(ARGV[12]), {}
if ARGV[8] == 'new' then forget(id) end
if owner ~= '' and limit > 0 then
    for _, each in ipairs(live(owner)) do if each ~= id then table.insert(others, each) end end
    if ARGV[13] == 'refuse' and #others >= limit and owner_of(id) ~= owner then return -1 end
end
if owner == '' or life <= 0 then forget(id); write(); return 1 end
if owner_of(id) ~= owner then
    forget(id)
    local last = redis.call('ZREVRANGE', list .. owner, 0, 0, 'WITHSCORES')
    local score = math.max(tonumber(now), last[2] and tonumber(last[2]) + 0.00001 or 0)
    redis.call('HSET', beside(id), 'created', now)
    redis.call('ZADD', list .. owner, string.format('%.6f', score), id)
    forget_some(owner)
end
note(owner); write()
for place = 1, limit > 0 and #others + 1 - limit or 0 do destroy(others[place]) end
return 1
""",
    "touch": """
if redis.call('EXPIRE', row, life) == 0 then return 0 end
see()
return 1
""",
    "destroy": "destroy(id)",
    "owner_of": "return redis.call('EXISTS', row) == 1 and owner_of(id)",
    "of_owner": """
local found = {}
for _, each in ipairs(live(ARGV[8])) do
    local row, times = redis.pcall('GET', prefix .. each), redis.call('HMGET', beside(each), 'created', 'seen')
    table.insert(found, {each, type(row) == 'string' and row or '', times[1], times[2]})
end
return found
""",
    "end_owned": """
local ended = 0
for _, each in ipairs(live(ARGV[8])) do
    if each ~= ARGV[9] and (ARGV[10] == '' or each == ARGV[10]) then destroy(each); ended = ended + 1 end
end
return ended
""",
}
SCRIPT = COMMON + "".join(f"if ARGV[7] == '{name}' then\n{work.strip()}\nend\n" for name, work in WORKS.items())


class RedisStore(step5_stores.RedisStore):
    """A store on a Redis or Valkey server, in Express's format, which knows whose the sessions are.

    An Express app that shares the rows does not see what lies beside. That outlives by a week the last end of a row
    which this store has seen: let Express give it no later one. Each login forgets two of what has expired, so that it
    does not pile up. A Redis user of one's own (ACL) needs ~@owner-of:* and ~@sessions-of:*, too. It changes step 5's
    `set`, `touch`, `destroy` and the iteration: each of the three is one script.

    client  says which server; it is asked through connections of the store's own, which do not wait for a second.
            TypeError for one that is async, or no client
    prefix  "sess:" stands before the id in each key
    clock   time.time, or another function that gives the seconds since 1970
    """

    needs = (
        f"{step5_stores.RedisStore.needs}, TTL, HGET, HMGET, HSET, ZADD, ZRANGE, ZREVRANGE, ZREM and EVAL, "
        f"also on {OWNER_OF}* and {SESSIONS_OF}*"
    )

    def __init__(self, client: "Redis", *, prefix: str = "sess:", clock: Clock = time.time) -> None:
        super().__init__(client, prefix=prefix, clock=clock)
        self._list = f"{SESSIONS_OF}{len(prefix)}:{prefix}"
        self._script = self.client.register_script(SCRIPT)  # one for all, so that the server has to learn it once

    def set(self, id: str, row: str, *, expected: str | None, expires: float | None) -> bool:
        """Write if the live row still is `expected` (None: if there is none). A row that begins is nobody's."""
        return bool(self._run("set", id, expires, *compared(expected), row))

    def touch(self, id: str, expires: float | None) -> bool:
        """Move the end of a live row, and note that it was seen. False if there is none."""
        return bool(self._run("touch", id, expires))

    def destroy(self, id: str) -> None:
        """Remove the row, and what is known of it. No error if there is none."""
        self._run("destroy", id)

    def __iter__(self) -> Iterator[str]:
        """As step 5's; where the prefix stands before the keys beside, too, without these."""
        beside = (OWNER_OF, SESSIONS_OF)
        return (id for id in super().__iter__() if not (self.prefix + id).startswith(beside))

    def set_owned(self, id: str, row: str, *, expected: str | None, expires: float | None, claim: Claim) -> bool:
        """Write as `set` does, and note whose the row is. Beyond the limit the oldest end, or this is refused."""
        owner, (most, refuse) = claim
        claimed = (owner or "", most or 0, "refuse" if refuse else "")
        done = self._run("set_owned", id, expires, *compared(expected), row, *claimed)
        if done == -1:
            raise claim.refused()
        return bool(done)

    def owner_of(self, id: str) -> str | None:
        """Whose the live row is; None for nobody's, and if there is none."""
        owner = self._run("owner_of", id)
        return text_of(owner) if owner else None

    def of_owner(self, owner: str) -> list[OwnedRow]:
        """The live rows of an owner, the last seen first, and of those seen at once the last created."""
        script = ("EVAL", SCRIPT, 1, self._list + owner, *self._told("of_owner", "", None), owner)
        # a row that is no text spoils no other, whatever the client makes of answers
        told = self._ask(self.client.execute_command, *script, NEVER_DECODE=True)
        found = [OwnedRow(text_of(id), text_of(row), float(begun), float(seen)) for id, row, begun, seen in told or ()]
        return latest_first(found)

    def end_owned(self, owner: str, *, but: str | None = None, only: str | None = None) -> int:
        """End all rows of an owner, but the one with this id; or only the one with that id. Return how many."""
        if only == "":
            return 0  # no row has this id; the script would take it for none
        return int(self._run("end_owned", "", None, owner, but or "", only or "") or 0)

    def _run(self, work: str, id: str, expires: float | None = None, *args: Any) -> Any:
        """What one of the WORKS says, about the row of this id."""
        return self._ask(self._script, keys=[self.prefix + id], args=[*self._told(work, id, expires), *args])

    def _told(self, work: str, id: str, expires: float | None) -> list[Any]:
        """What the script is told, whichever work it does."""
        return [self._list, self.prefix, id, repr(self.clock()), self._life(expires), LONGER, work]


def compared(expected: str | None) -> tuple[str, str]:
    """What a write expects, as the scripts are told."""
    return ("new", "") if expected is None else ("", expected)


def text_of(answer: Any) -> str:
    """What Redis holds, as text, whatever the client has made of it."""
    return answer if isinstance(answer, str) else as_text(answer)
