<a href="/">Home</a>
<a href="/menu">Menu</a>
<a href="/order">Order{{f" ({sum(order.values())})" if order else ""}}</a>
<a href="/preferences">Preferences</a>
% if account:
<a href="/dashboard">{{account.name}}’s table</a>
<a href="/devices">Devices</a>
%   if account.role == "admin":
<a href="/admin">Guests</a>
%   end
% include('leave.tpl')
% else:
<a href="/login">Log in</a>
% end
