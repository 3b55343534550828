// The job that `make bench` measures: a page that reads the session, and one that changes it.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const redis = process.env.STORE?.startsWith('redis:')
const client = redis && await createClient({ url: process.env.STORE }).connect()
const app = express()
app.use(session({
  secret: 'keyboard cat',
  resave: false,
  saveUninitialized: false,
  store: redis ? new RedisStore({ client }) : new session.MemoryStore()
}))
app.get('/read', (req, res) => res.send(String(req.session.views)))
app.get('/write', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.send(String(req.session.views))
})
const server = app.listen(process.env.PORT ?? 0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`)
})
