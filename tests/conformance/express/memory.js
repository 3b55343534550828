// How many bytes a session occupies in express-session's MemoryStore: `make bench` prints it beside ours.
import session from 'express-session'

const [size, row] = [Number(process.argv[2]), process.argv[3]]
const store = new session.MemoryStore()
const before = process.memoryUsage().rss
for (let n = 0; n < size; n++) {
  store.set(String(n).padStart(32, '0'), JSON.parse(row))
}
console.log((process.memoryUsage().rss - before) / size)
