<li>Compare your session’s first letters with those from before you logged in: they have changed, so whoever knew the old id knows nothing.</li>
<li>Copy the cookie, log out, and send the copy: <code>curl -b 'connect.sid=…' {{address}}whoami</code>. It is worth nothing.</li>
<li>Log in with “remember me” and look when the cookie expires now.</li>
