<li>Change it, and look at <a href="/devices">Devices</a> in another browser: you are a stranger there.</li>
<li>Start this server again: alice and queen have the passwords of the lessons again.</li>
