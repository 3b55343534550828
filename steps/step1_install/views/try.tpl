<li>Reload the page. HTTP forgets you each time; the cookie does not.</li>
<li>Cheat: <code>curl -b visits=999 {{address}}</code>. The server believes every word.</li>
<li>Open a private window: another browser, another count.</li>
