% rebase('layout.tpl', title='Your devices')
<h1>Where you are logged in</h1>
% for login in logins:
<div class="card">
<h2>{{login.data["browser"]}}{{" (this one)" if login.handle == own else ""}}</h2>
<p>Since {{moment(login.created)}}, last seen {{moment(login.seen)}} (UTC)</p>
<form method="post" action="/devices/end"><input type="hidden" name="handle" value="{{login.handle}}"><button>Log out {{login.data["browser"]}}{{" (this one)" if login.handle == own else ""}}</button></form>
</div>
% end
% if len(logins) > 1:
<form method="post" action="/devices/end-others"><button>Log out all others</button></form>
% end
<p><a href="/password">Change your password</a>: it logs out all others, too.</p>
% include('tips.tpl', tips='try_devices.tpl')
