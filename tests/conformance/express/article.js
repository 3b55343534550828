// The article's app: its configuration and its routes, as they stand there. What it leaves open is filled in, and marked.
import express from 'express'
import session from 'express-session'

const app = express()

app.use(
  session({
    secret: 'your-secret-key',
    resave: false,
    saveUninitialized: true,
  })
)

// Filled in: forms are read, users are known, there are pages to show.
const USERS = { alice: 'follow-the-rabbit', queen: 'off-with-their-heads' }
const page = (words, look = "") => `<!doctype html><title>Tea house</title><p class="${look}">${words}</p>
<form method="post" action="/login"><input name="username"><input name="password" type="password"><button>Log in</button></form>
<form action="/logout"><button>Log out</button></form>`
app.use(express.urlencoded())
app.response.render = function (view) { this.send(page(`Welcome, ${this.req.session.user.username}`)) }
app.get('/login', (req, res) => req.session.user ? res.redirect(303, '/dashboard') : res.send(page('Who are you?')))

app.post('/login', (req, res) => {
  const { username, password } = req.body

  // Validate username and password (e.g., against a database)
  if (!Object.hasOwn(USERS, username) || USERS[username] !== password) { // filled in
    return res.status(401).send(page('Wrong name or password.'))
  }

  // If valid credentials, create a session
  req.session.user = { username }
  res.redirect('/dashboard')
})

app.get('/dashboard', (req, res) => {
  if (req.session.user) {
    // User is authenticated, render dashboard
    res.render('dashboard')
  } else {
    // User is not authenticated, redirect to login page
    res.redirect('/login')
  }
})

app.get('/logout', (req, res) => {
  req.session.destroy(() => {
    res.redirect('/login')
  })
})

// Filled in: what the exam looks at, a page that counts and one that tells what the server knows.
app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.send(page(`${req.session.views}`, "big"))
})
app.get('/whoami', ({ session, sessionID }, res) => {
  const known = session.user || session.views
  res.json({ user: session.user?.username ?? null, views: session.views ?? 0, session: known ? sessionID.slice(0, 8) + '…' : null })
})

const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`)
})
