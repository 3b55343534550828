<li>Choose colours and a language in <a href="/preferences">Preferences</a>, and order a cup from the <a href="/menu">menu</a>, before you log in.</li>
<li>Then <a href="/login">log in</a>: the session’s id changes, and what you chose comes along.</li>
