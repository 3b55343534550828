<li>Log in with a second browser, and end that login from here: <a href="/devices">Devices</a>.</li>
<li>Look at <a href="/admin">Guests</a>: only an admin may. Log in as <code>queen</code> with <code>off-with-their-heads</code> in the other browser, make alice an admin, and try again.</li>
