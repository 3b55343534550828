// The real express-session, playing scenarios. Each line of standard input is one, as JSON; each line of standard output
// is what came out of it. scenarios.py says what a scenario is. Times there are seconds, here milliseconds.
import http from 'node:http'
import readline from 'node:readline'
import { RedisStore } from 'connect-redis'
import * as cookies from 'cookie'
import signature from 'cookie-signature'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const NAMES = {
  save_uninitialized: 'saveUninitialized',
  max_age: 'maxAge',
  http_only: 'httpOnly',
  same_site: 'sameSite'
}
const ROW_ENDS = 86_400 // connect-redis keeps a row without an end for a day

let now = 0 // the clock's time; nothing but the scenario moves it
globalThis.Date = class extends Date {
  constructor (...given) { super(...(given.length ? given : [now])) }
  static now () { return now }
}

// Scenarios

const promised = (call) => new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))))

/** Settings as Express names them. */
function settings (ours) {
  const there = Object.entries(ours).map(([name, value]) => [NAMES[name] ?? name, value])
  return Object.fromEntries(there.map(([name, value]) => [name, time(name, value)]))
}

function time (name, value) {
  if (value === null || value === false) return value
  if (name === 'maxAge') return value * 1000
  return name === 'expires' ? new Date(Date.now() + value * 1000) : value
}

class Play {
  constructor ({ options: { cookie = {}, cookie_function, ...options }, redis }) {
    this.turns = [] // the requests so far: what each wants, what its handler saw
    this.store = redis ? new RedisStore({ client: redis }) : new session.MemoryStore()
    this.asked = [] // what the store is asked to do
    for (const method of ['get', 'set', 'touch', 'destroy']) this.listen(method)
    this.redis = redis
    this.name = options.name ?? 'connect.sid'
    this.secrets = [options.secret].flat()
    this.app = express()
    this.app.use((req, res, next) => {
      req.socket.encrypted = Boolean(req.headers['x-https'])
      req.turn = this.turns[req.headers['x-turn']]
      next()
    })
    this.app.use(session({
      ...settings(options),
      cookie: cookie_function ? () => settings(cookie) : settings(cookie),
      store: this.store,
      genid: ({ turn }) => String(turn.number * 10 + turn.ids++).padStart(32, '0')
    }))
    this.app.use((req, res, next) => this.handle(req, res).catch(next))
    this.app.use((error, req, res, next) => { if (!res.headersSent) res.status(500).end() })
  }

  /** What one request comes to, and what the store holds after it. */
  async request (wanted) {
    await this.pass(wanted.after ?? 0)
    for (const [id, row] of Object.entries(wanted.plant ?? {})) await this.plant(id, row)
    const turn = this.turns.length
    this.asked = []
    const told = await this.answer(wanted)
    return { ...told, turn, asked: this.asked, rows: await this.rows() }
  }

  async answer (wanted) {
    const number = this.turns.length
    const turn = this.turns[number] = { number, wanted, seen: [], ids: 0 }
    const headers = { ...wanted.headers, 'x-turn': number }
    this.failing = wanted.fails ?? []
    const got = await ask(this.app, { ...wanted, headers })
    this.failing = []
    return {
      status: got.status,
      cookies: got.headers['set-cookie'] ?? [],
      vary: got.headers.vary ?? null,
      cache: got.headers['cache-control'] ?? null,
      seen: turn.seen,
      last: turn.session ? this.last(turn) : null
    }
  }

  /** The session that the handler had last, and what Express would send and store for it if it had to. */
  last ({ session }) {
    return {
      id: session.id,
      row: JSON.stringify(session),
      set: session.cookie.serialize(this.name, 's:' + signature.sign(session.id, this.secrets[0])),
      clear: cookies.serialize(this.name, '', { ...session.cookie.data, expires: new Date(0) })
    }
  }

  async handle (req, res) {
    const { turn, turn: { wanted, seen } } = req
    seen.push(look(req))
    for (const [does, ...what] of wanted.does ?? []) {
      turn.session = req.session ?? turn.session
      try {
        const news = does === 'meanwhile' ? await this.answer(what[0]) : await DOES[does](req, ...what)
        if (does === 'look' || does === 'meanwhile') seen.push(news)
      } catch {
        seen.push('error')
      }
    }
    seen.push(look(req))
    turn.session = req.session ?? turn.session
    res.send('ok')
  }

  // The store

  listen (method) {
    const real = this.store[method].bind(this.store)
    this.store[method] = (...what) => {
      this.asked.push(method)
      return this.failing.includes(method) ? what.at(-1)(new Error('down')) : real(...what)
    }
  }

  async pass (seconds) {
    now += seconds * 1000
    for (const key of this.redis && seconds ? await this.redis.keys('*') : []) {
      await this.redis.pExpire(key, await this.redis.pTTL(key) - seconds * 1000)
    }
  }

  async plant (id, row) {
    if (this.redis) await this.redis.set('sess:' + id, row, { EX: ROW_ENDS })
    else this.store.sessions[id] = row
  }

  /** What the store holds: the text of each row and, where that does not stand in it, the seconds until it ends. */
  async rows () {
    const rows = {}
    for (const key of this.redis ? (await this.redis.keys('*')).sort() : []) {
      rows[key.slice('sess:'.length)] = [await this.redis.get(key), await this.redis.ttl(key)]
    }
    for (const [id, row] of Object.entries(this.store.sessions ?? {})) if (isAlive(row)) rows[id] = [row, null]
    return rows
  }
}

function isAlive (row) {
  try {
    const { expires } = JSON.parse(row).cookie
    return !expires || new Date(expires) > Date.now()
  } catch {
    return true // nobody can tell
  }
}

/** What a handler sees: the data, and of the time what is left and what it was at first. */
function look ({ session }) {
  if (!session) return null
  const { cookie, ...data } = session
  return { data: JSON.parse(JSON.stringify(data)), left: cookie.maxAge, life: cookie.originalMaxAge }
}

const DOES = {
  look,
  set: ({ session }, key, value) => { session[key] = value },
  delete: ({ session }, key) => { delete session[key] },
  touch: ({ session }) => { session.touch() },
  save: ({ session }) => promised(done => session.save(done)),
  reload: ({ session }) => promised(done => session.reload(done)),
  regenerate: ({ session }) => promised(done => session.regenerate(done)),
  destroy: ({ session }) => promised(done => session.destroy(done)),
  unset: (req) => { req.session = null },
  cookie: ({ session }, name, value) => { Object.assign(session.cookie, settings({ [name]: value })) }
}

// HTTP: a server that asks itself, so that the answers are what a browser gets

const agent = new http.Agent({ keepAlive: true })
let port
const server = http.createServer((req, res) => server.app(req, res))

function ask (app, { path = '/', headers = {} }) {
  server.app = app
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path, headers, agent }, (res) => {
      res.resume().on('end', () => resolve({ status: res.statusCode, headers: res.headers }))
    }).on('error', reject)
  })
}

async function play ({ redis, start, ...scenario }) {
  if (redis) await connected.flushDb()
  now = start * 1000
  const stage = new Play({ ...scenario, redis: redis && connected })
  const told = []
  for (const request of scenario.requests) told.push(await stage.request(request))
  return told
}

// Bytes: what the packages beneath express-session make of odd inputs

const attempt = (call) => {
  try { return call() } catch { return 'error' }
}

const BYTES = {
  serialize: (name, value, { expires, ...options }) => attempt(() => cookies.serialize(name, value, {
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [NAMES[name] ?? name, value])),
    ...(expires == null ? {} : { expires: new Date(expires * 1000) })
  })),
  parse: (header) => attempt(() => cookies.parse(header)),
  sign: (value, secret) => attempt(() => signature.sign(value, secret)),
  unsign: (value, secret) => attempt(() => signature.unsign(value, secret))
}

// Work: lines in, lines out

const connected = process.argv[2] && await createClient({ url: process.argv[2] }).connect()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
port = server.address().port
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { bytes, ...scenario } = JSON.parse(line)
  const told = bytes ? bytes.map(([does, ...what]) => BYTES[does](...what)) : await play(scenario)
  process.stdout.write(JSON.stringify(told) + '\n')
}
server.close()
agent.destroy()
if (connected) connected.destroy()
