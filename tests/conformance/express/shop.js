// A shop in Express that shares its logins: with the same secret and the same Redis as a neighbour's in Python.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const client = await createClient({ url: process.env.STORE }).connect()
const app = express()
app.use(express.json())
app.use(session({
  secret: process.env.SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 1_800_000 },
  store: new RedisStore({ client })
}))

const tell = ({ session }) => {
  const { cookie, ...data } = session ?? {}
  return data
}
app.get('/', (req, res) => res.json(tell(req)))
app.post('/', (req, res) => {
  Object.assign(req.session, req.body)
  res.json(tell(req))
})
app.post('/login', (req, res, next) => req.session.regenerate((error) => {
  if (error) return next(error)
  Object.assign(req.session, req.body)
  res.json(tell(req))
}))
app.post('/logout', (req, res, next) => req.session.destroy((error) => error ? next(error) : res.json({})))

const server = app.listen(process.env.PORT ?? 0, '127.0.0.1', () => {
  console.log(`The shop is open: http://127.0.0.1:${server.address().port}/`)
})
