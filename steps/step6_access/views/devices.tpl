% rebase('layout.tpl', title='Your devices')
% from time import gmtime, strftime
<h1>Where you are logged in</h1>
% for login in logins:
<div class="card">
<h2>{{login.browser}}{{" (this one)" if login.handle == own else ""}}</h2>
<p>Since {{strftime("%d %b %Y, %H:%M", gmtime(login.began))}}, last seen {{strftime("%d %b %Y, %H:%M", gmtime(login.seen))}} (UTC)</p>
<form method="post" action="/devices/end"><input type="hidden" name="handle" value="{{login.handle}}"><button aria-label="Log out {{login.browser}}{{" (this one)" if login.handle == own else ""}}">Log out</button></form>
</div>
% end
% if len(logins) > 1:
<form method="post" action="/devices/end-others"><button>Log out all others</button></form>
% end
<p><a href="/password">Change your password</a>: it logs out all others, too.</p>
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
<li>Log in with another browser, come back, and end that login: the other browser is a stranger at its next request.</li>
<li>Look at the page’s source: no session id is in it. What names a login opens nothing.</li>
</ul>
</section>
