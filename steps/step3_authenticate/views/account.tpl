<a href="/">Home</a>
% if session and session.get("user"):
<a href="/dashboard">{{session["user"]}}’s table</a>
% include('leave.tpl')
% else:
<a href="/login">Log in</a>
% end
