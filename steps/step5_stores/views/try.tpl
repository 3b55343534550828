<li>Stop the server with Ctrl-C, start it again, and reload: the count goes on.</li>
<li>Start a second one beside it, <code>PORT=8081 make step-5</code>, and log in at one of them: you are logged in at both.</li>
<li>Read the <a href="/menu">menu</a>: a page that needs no session, and no store.</li>
