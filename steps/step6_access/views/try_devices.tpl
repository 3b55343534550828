<li>Log in with another browser, come back, and end that login: the other browser is a stranger at its next request.</li>
<li>Look at the page’s source: no session id is in it. What names a login opens nothing.</li>
