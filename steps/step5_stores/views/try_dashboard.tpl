<li>Restart the server and reload: you are still logged in, because the session lies in a file, and no longer in the process.</li>
<li>Copy the cookie, log out, and send the copy: <code>curl -b 'connect.sid=…' {{address}}whoami</code>. It is worth nothing, whatever requests were on their way.</li>
