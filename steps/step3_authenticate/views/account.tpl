<a href="/">Home</a>
% from steps.step3_authenticate.auth import current_user
% user = current_user(session) if session else None
% if user:
<a href="/dashboard">{{user}}’s table</a>
% include('leave.tpl')
% else:
<a href="/login">Log in</a>
% end
